// An invocation as the runtime's client from Node.js 24 on runs it: what the handler returns is awaited.
//
// Documentation: "Define Lambda function handler in Node.js"; what happens in between as aws-lambda-ric 4.0.2
// does it. What ends an invocation is told to `reply`: {result, bytes, error}.

import { setImmediate as turn } from "node:timers/promises";

import { describeFrom24 as describe, RuntimeProblem } from "./errors.mjs";
import { logError } from "./output.mjs";
import { isStreaming, stream } from "./streams.mjs";

const NO_CALLBACKS =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24." +
  " You need to modify this function to use a supported handler signature to use Node.js 24 or later." +
  " For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

/** Refuse a handler that declares a callback. */
export function check(handler) {
  const isRefused = handler.length >= 3 && !isStreaming(handler);
  if (isRefused) throw new RuntimeProblem("CallbackHandlerDeprecated", NO_CALLBACKS);
}

// Named as on Lambda, since stacks tell what calls the handler.
class BufferedInvokeProcessor {
  constructor(handler) {
    this.handler = handler;
  }
}

class StreamingInvokeProcessor extends BufferedInvokeProcessor {}

/** Run an invocation. A promise that is never settled leaves the process with nothing to do, and it ends. */
export async function invoke(handler, event, facts, reply) {
  if (isStreaming(handler)) return invokeStreaming(new StreamingInvokeProcessor(handler), event, facts, reply);
  try {
    const result = await new BufferedInvokeProcessor(handler).handler(event, facts);
    await turn();
    reply.result(serialise(result));
  } catch (error) {
    await turn();
    tell(error);
    reply.error(describe(error));
  }
}

async function invokeStreaming(processor, event, facts, reply) {
  try {
    reply.bytes(await stream(processor, event, facts, (message) => new Error(message), tell));
  } catch (error) {
    reply.error(describe(error));
  }
}

function tell(error) {
  logError("Invoke Error", error, describe);
}

function serialise(result) {
  let text;
  try {
    text = JSON.stringify(result === undefined ? null : result);
  } catch {
    throw new RuntimeProblem("JSONStringifyError", "Unable to stringify response body");
  }
  // Of a function or a symbol there is no text; the client's native part refuses that.
  if (text === undefined) throw new TypeError("Wrong arguments");
  return text;
}

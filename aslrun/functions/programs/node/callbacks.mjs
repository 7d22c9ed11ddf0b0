// An invocation as the runtime's client up to Node.js 22 runs it: by callback, context method or promise.
//
// Documentation: "Define Lambda function handler in Node.js"; what happens in between as aws-lambda-ric 3.3.0
// does it. What ends an invocation is told to `reply`: {result, bytes, error}.

import { describeBefore24 as describe } from "./errors.mjs";
import { logError } from "./output.mjs";
import { isStreaming, stream } from "./streams.mjs";

// What is done when nothing is left to do.
let whenIdle = null;
process.on("beforeExit", () => whenIdle?.());

// Named as on Lambda, since stacks tell what calls the handler.
class Runtime {
  constructor(handler) {
    this.handler = handler;
  }
}

/** Begin the invocation of a handler. */
export function invoke(handler, event, facts, reply) {
  if (isStreaming(handler)) return invokeStreaming(handler, event, facts, reply);
  const { callback, context } = waysToEnd(reply);
  // Neither a promise that settles nor a callback: null, once the event loop is empty.
  whenIdle = () => end(() => reply.result("null"));
  let answered;
  try {
    answered = new Runtime(handler).handler(event, Object.assign(context, facts), callback);
  } catch (error) {
    callback(error);
    return undefined;
  }
  if (typeof answered?.then === "function") answered.then(context.succeed, context.fail).catch(context.fail);
  return undefined;
}

function end(action) {
  whenIdle = null;
  action();
}

function waysToEnd(reply) {
  let waitsForIdle = true;
  let isFinished = false;
  const fail = (error) => {
    tell(error);
    reply.error(describe(error));
  };
  const complete = (result) => reply.result(serialise(result));
  const isGiven = (error) => error !== undefined && error !== null;
  // An action that throws has not ended the invocation: what it threw may still do so.
  const once = (action) => (...given) => {
    if (isFinished) return;
    whenIdle = null;
    action(...given);
    isFinished = true;
  };
  const callback = once((error, result) => {
    if (isGiven(error)) fail(error);
    else if (!waitsForIdle) complete(result);
    else whenIdle = () => setImmediate(() => end(() => complete(result)));
  });
  const done = (error, result) => (isGiven(error) ? fail(error) : complete(result));
  const context = {
    get callbackWaitsForEmptyEventLoop() {
      return waitsForIdle;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waitsForIdle = value;
    },
    succeed: once((result) => done(null, result)),
    fail: once((error) => done(isGiven(error) ? error : "handled")),
    done: once(done),
  };
  return { callback, context };
}

function serialise(result) {
  let text;
  try {
    text = JSON.stringify(result === undefined ? null : result);
  } catch {
    throw new Error("Unable to stringify response body");
  }
  // Of a function or a symbol there is no text; the client's native part refuses that.
  if (text === undefined) throw new TypeError("Wrong arguments");
  return text;
}

async function invokeStreaming(handler, event, facts, reply) {
  whenIdle = null;
  const context = { callbackWaitsForEmptyEventLoop: true, ...facts };
  try {
    reply.bytes(await stream(new Runtime(handler), event, context, (message) => message, tell));
  } catch (error) {
    reply.error(describe(error));
  }
}

function tell(error) {
  logError("Invoke Error", error, describe);
}

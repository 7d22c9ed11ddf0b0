// The worker process of a Lambda function in JavaScript: runs the handler for one event after the other.
//
// It stands alone (Node.js only) and is run as a script; the protocol is channel.mjs's. What the handler prints
// is the log. Each runtime has one of two clients; `node/` does as they do.

import { setImmediate as turn } from "node:timers/promises";
import { inspect } from "node:util";

import { Channel } from "./channel.mjs";
import { adviseAbout } from "./node/advice.mjs";
import * as callbacks from "./node/callbacks.mjs";
import { describeBefore24, describeFrom24, RuntimeProblem } from "./node/errors.mjs";
import { load } from "./node/handler.mjs";
import { currentId, finish, isLate, isLeftBehind, logError, patchConsole, runAs } from "./node/output.mjs";
import * as promises from "./node/promises.mjs";
import { defineGlobal } from "./node/streams.mjs";

const [descriptors, mark, file, handlerName, root, majorText] = process.argv.slice(2);
const channel = new Channel(descriptors, mark);
const major = Number(majorText);
const isFrom24 = major >= 24;
const describe = isFrom24 ? describeFrom24 : describeBefore24;
const { invoke } = isFrom24 ? promises : callbacks;
const { parse, stringify } = JSON;
const INIT = "init";
const LATE = "L";
const exit = process.exit.bind(process);

// ---------------------------------------------------------------- invocations

function factsOf(told) {
  const end = Date.now() + told.timeout * 1000;
  const headers = {
    clientContext: undefined,
    identity: undefined,
    invokedFunctionArn: told.arn,
    awsRequestId: told.request_id,
    tenantId: undefined,
    ...(isFrom24 ? { xRayTraceId: told.trace ?? "" } : {}),
    getRemainingTimeInMillis: () => end - Date.now(),
  };
  const version = { functionVersion: told.version };
  const name = { functionName: told.function };
  const environment = {
    ...(isFrom24 ? { ...name, ...version } : { ...version, ...name }),
    memoryLimitInMB: `${told.memory}`,
    logGroupName: `/aws/lambda/${told.function}`,
    logStreamName: `local/[${told.version}]aslrun`,
  };
  return isFrom24 ? { ...headers, ...environment } : { ...environment, ...headers };
}

function replyTo(id) {
  let isOver = false;
  const first = (kind, encode) => (given) => {
    if (isOver) return;
    const body = encode(given);
    isOver = true;
    finish();
    channel.answer(id, kind, body);
    setImmediate(takeNext);
  };
  return {
    result: first("R", (text) => text),
    bytes: first("B", (bytes) => bytes),
    error: first("E", stringify),
  };
}

async function takeNext() {
  const line = channel.next();
  if (line === null) exit(0);
  const { event, context } = parse(line);
  // What is due of earlier invocations comes before this one begins.
  await turn();
  runAs(context.request_id, () => begin(event, context));
}

function begin(event, context) {
  if (context.trace) process.env._X_AMZN_TRACE_ID = context.trace;
  else delete process.env._X_AMZN_TRACE_ID; // the earlier invocation's
  try {
    return invoke(handler, event, factsOf(context), replyTo(context.request_id));
  } catch (error) {
    console.log(`Unexpected Top Level Error: ${error}`);
    return end(error, 129);
  }
}

// ---------------------------------------------------------------- what nobody catches

class LateExit extends Error {}

function end(error, status) {
  channel.answer(currentId() ?? INIT, "X", stringify(describe(error)));
  exit(status);
}

function tellLate(what, error) {
  logError(`${what} of an invocation that had ended`, error, describe);
}

process.on("uncaughtException", (error, origin) => {
  if (error instanceof LateExit) return;
  if (isLate()) {
    tellLate("Uncaught Exception", error);
  } else if (!isFrom24) {
    logError("Uncaught Exception", error, describe);
    end(error, 129);
  } else if (process.listenerCount("uncaughtException") === 1) {
    endAsNode(error, origin);
  }
});

process.on("unhandledRejection", (reason, promise) => {
  if (reason instanceof LateExit) return;
  if (isLeftBehind()) {
    tellLate("Unhandled Promise Rejection", reason);
  } else if (!isFrom24) {
    const error = Object.assign(new RuntimeProblem("UnhandledPromiseRejection", `${reason}`), { reason, promise });
    logError("Unhandled Promise Rejection", error, describe);
    end(error, 128);
  } else if (process.listenerCount("unhandledRejection") === 1) {
    process.emit("uncaughtException", reason, "unhandledRejection");
  }
});

/** End the process as Node.js does on its own: from Node.js 24 on Lambda's client leaves that to it. */
function endAsNode(error, origin) {
  process.stderr.write(`${origin}:\n${inspect(error)}\n\nNode.js ${process.version}\n`);
  exit(1);
}

process.exit = (status) => {
  if (!isLate()) return exit(status);
  tellLate("process.exit", new LateExit(`exit status ${status ?? 0}`));
  throw new LateExit();
};

// ---------------------------------------------------------------- main

let handler;

async function main() {
  patchConsole(major, (id, text) => channel.answer(id, LATE, text));
  defineGlobal();
  adviseAbout(file, major);
  try {
    handler = await load(file, handlerName, root, major);
    if (isFrom24) promises.check(handler);
  } catch (error) {
    logError(isFrom24 ? "Init Error" : "Uncaught Exception", error, describe);
    end(error, 0);
  }
  channel.answer(INIT, "R", "null");
  setImmediate(takeNext);
}

main();

// Where the worker's output goes: the log, written at once, and each line of `console` as Lambda has it.
//
// Documentation: "Log and monitor Node.js Lambda functions", "Advanced logging controls"; forms of lines as
// the runtime's clients write them.

import { AsyncLocalStorage, executionAsyncResource } from "node:async_hooks";
import { Writable } from "node:stream";
import { format } from "node:util";

import { writeAll } from "../channel.mjs";
import { adviceOn } from "./advice.mjs";
import { intoError, toLog } from "./errors.mjs";

const LOG = 2;
const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

// What a connection calls back is of whoever uses it now, not of the invocation that opened it.
const CONNECTIONS = new Set(["TCP", "TLSWrap", "Pipe", "HTTPParser", "HTTPClientAsyncResource"]);
const invocations = new AsyncLocalStorage();
let current = null;

/** Run an action, and what it leads to, as the invocation with an id. */
export function runAs(id, action) {
  current = { id };
  return invocations.run(current, action);
}

/** Note that the invocation is over: what it left behind must neither end nor fail another. */
export function finish() {
  current = null;
}

/** Tell whether what runs was left behind by an invocation that is over. */
export function isLate() {
  return isLeftBehind() && !CONNECTIONS.has(executionAsyncResource()?.constructor?.name);
}

/** As `isLate`, of a promise: that one is of whoever made it, also if a connection settles it. */
export function isLeftBehind() {
  const owner = invocations.getStore();
  return owner !== undefined && owner !== current;
}

function idOfCaller() {
  return isLate() ? invocations.getStore().id : current?.id;
}

/** Return the id of the invocation that runs, undefined if none does. */
export function currentId() {
  return current?.id;
}

function replaceStream(name, descriptor, tellLate) {
  const stream = new Writable({
    decodeStrings: true,
    write(chunk, _encoding, done) {
      if (isLate()) tellLate(invocations.getStore().id, chunk);
      else writeAll(LOG, chunk);
      done();
    },
  });
  stream.fd = descriptor;
  stream.destroy = () => stream;
  Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true, writable: true });
}

/**
 * Give `console` the forms that it has on Lambda, in the runtime of a major version of Node.js. `tellLate` is
 * given the id and the output of an invocation that is over.
 */
export function patchConsole(major, tellLate) {
  replaceStream("stdout", 1, tellLate);
  replaceStream("stderr", 2, tellLate);
  const isJson = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
  const least = LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase());
  const line = isJson ? jsonLine(major < 24) : textLine;
  const nameless = major < 24 ? undefined : "-";
  for (const [order, level] of LEVELS.entries()) {
    console[level.toLowerCase()] =
      order < least && level !== "FATAL"
        ? () => {}
        : (message, ...more) => {
            const id = idOfCaller() ?? nameless;
            process.stdout.write(`${line(new Date().toISOString(), id, level, message, more)}\n`);
          };
  }
  console.log = console.info;
}

/** Log an error in the form that the runtime gives its own messages, and what to do about it if that is known. */
export function logError(title, thrown, describe) {
  if (process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON") console.error(intoError(thrown, describe));
  else console.error(title, toLog(intoError(thrown, describe), describe));
  const advice = adviceOn(thrown);
  if (advice !== null) process.stderr.write(`aslrun: ${advice}\n`);
}

function textLine(time, id, level, message, more) {
  return `${time}\t${id}\t${level}\t${format(message, ...more)}`;
}

const jsonLine = (looksAtFirst) => (timestamp, requestId, level, message, more) => {
  const told = { timestamp, level, requestId };
  if (!more.length) {
    try {
      return JSON.stringify({ ...told, message }, (_, value) => (value instanceof Error ? whole(value) : value));
    } catch {
      return JSON.stringify({ ...told, message: format(message) });
    }
  }
  const error = (looksAtFirst ? [message, ...more] : more).find((one) => one instanceof Error);
  return JSON.stringify({ ...told, message: format(message, ...more), ...(error ? stackOf(error) : {}) });
};

function stackOf(error) {
  return {
    errorType: error.constructor?.name ?? "UnknownError",
    errorMessage: error.message,
    stackTrace: typeof error.stack === "string" ? error.stack.split("\n") : [],
  };
}

function whole(error) {
  return { ...stackOf(error), ...error };
}

// How errors are told: by the runtime's client up to Node.js 22, and by the one from Node.js 24 on.
//
// Source: aws-lambda-ric 3.3.0 (nodejs22.x and before) and 4.0.2 (nodejs24.x and after), as they behave.

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { types } from "node:util";

const OWN = dirname(fileURLToPath(import.meta.url));
const OWN_FRAMES = [OWN, import.meta.url.slice(0, import.meta.url.lastIndexOf("/")), `${dirname(OWN)}/worker.mjs`];

// What a caller is told whose error has no name at all: the clients leave it out.
const UNNAMED = "Error";
const UNREADABLE =
  "callback called with Error argument, but there was a problem while retrieving one or more of its" +
  " message, name, and stack";

/** An error of the runtime itself. */
export class RuntimeProblem extends Error {
  constructor(kind, message) {
    super(message);
    this.name = `Runtime.${kind}`;
    this.stack = `${this.name}: ${message}`;
  }
}

/** Return what the client before Node.js 24 made of what was thrown: {errorType, errorMessage, trace}. */
export function describeBefore24(thrown) {
  try {
    if (types.isNativeError(thrown) || looksLikeError(thrown)) {
      return {
        errorType: printable(thrown.name) ?? UNNAMED,
        errorMessage: printable(thrown.message),
        trace: traceOf(thrown.stack.replaceAll("\x7f", "%7F")),
      };
    }
    return { errorType: typeof thrown, errorMessage: thrown.toString(), trace: [] };
  } catch {
    return { errorType: "handled", errorMessage: UNREADABLE };
  }
}

/** As `describeBefore24`, from Node.js 24 on. */
export function describeFrom24(thrown) {
  try {
    if (thrown instanceof Error) {
      return {
        errorType: printable(thrown.name) ?? UNNAMED,
        errorMessage: printable(thrown.message),
        trace: thrown.stack ? traceOf(printable(thrown.stack)) : [],
      };
    }
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  } catch {
    return { errorType: "handled", errorMessage: UNREADABLE, trace: [] };
  }
}

function looksLikeError(thrown) {
  return ["name", "message", "stack"].every((field) => typeof thrown?.[field] === "string" && thrown[field]);
}

function printable(text) {
  return text === undefined || text === null ? undefined : text.replaceAll("\x7f", "%7F");
}

/** Return the lines of a stack up to the first that is the worker's own, which Lambda's has not. */
function traceOf(stack) {
  const lines = stack.split("\n");
  const own = lines.findIndex((line) => /^ +at /.test(line) && OWN_FRAMES.some((frame) => line.includes(frame)));
  return own > 0 ? lines.slice(0, own) : lines;
}

/** Return an error that stands for what was thrown; what no error can be made of throws, as in the clients. */
export function intoError(thrown, describe) {
  if (thrown instanceof Error) return thrown;
  return new Error(describe === describeFrom24 ? String(thrown) : thrown);
}

/** Return the part of a log's line that tells an error. */
export function toLog(error, describe) {
  try {
    return `\t${JSON.stringify(error, (_, value) => withOwnFields(value))}`;
  } catch {
    return `\t${JSON.stringify(describe(error))}`;
  }
}

function withOwnFields(value) {
  if (!(value instanceof Error)) return value;
  const told = { errorType: value.name, errorMessage: value.message, code: value.code, ...value };
  return typeof value.stack === "string" ? { ...told, stack: value.stack.split("\n") } : told;
}

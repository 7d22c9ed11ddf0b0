// The worker process of a Lambda function in JavaScript: runs the handler for one event after the other.
//
// It stands alone (Node.js only) and is run as a script; the protocol is channel.mjs's.
// What the handler prints is the log. Documentation: "Define Lambda function handler in Node.js"; names and
// texts of errors as the runtime's client has them.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { types } from "node:util";

import { Channel, writeAll } from "./channel.mjs";

const [descriptors, mark, file, handlerName] = process.argv.slice(2);
const channel = new Channel(descriptors, mark);
const module = basename(file, extname(file));

// ---------------------------------------------------------------- what goes out

const printToLog = process.stderr.write.bind(process.stderr);
process.stdout.write = (chunk, encoding, callback) => printToLog(chunk, encoding, callback);

// The request that is answered; the first answer is of the start itself.
let requestId = "init";

function answer(kind, text) {
  channel.answer(requestId, kind, text);
}

function describe(error) {
  if (types.isNativeError(error)) {
    const stack = (error.stack ?? `${error}`).split("\n");
    const own = stack.findIndex((line) => line.includes(import.meta.url));
    return { errorType: error.name, errorMessage: error.message, trace: own > 0 ? stack.slice(0, own) : stack };
  }
  return { errorType: error === null ? "null" : typeof error, errorMessage: `${error}`, trace: [] };
}

function fail(error, kind = "E") {
  const described = describe(error);
  writeAll(2, `ERROR\tInvoke Error\t${JSON.stringify({ ...described, stack: described.trace, trace: undefined })}\n`);
  answer(kind, JSON.stringify(described));
}

function runtimeError(kind, message, trace = []) {
  return { errorType: `Runtime.${kind}`, errorMessage: message, trace };
}

// ---------------------------------------------------------------- the init phase

async function importFile() {
  const isModule = extname(file) === ".mjs" || (extname(file) === ".js" && typeOfPackage(dirname(file)) === "module");
  if (isModule) return await import(pathToFileURL(file).href);
  return createRequire(file)(file);
}

function typeOfPackage(folder) {
  const description = join(folder, "package.json");
  if (existsSync(description)) return JSON.parse(readFileSync(description, "utf8")).type;
  return dirname(folder) === folder ? undefined : typeOfPackage(dirname(folder));
}

async function loadHandler() {
  let found;
  try {
    found = await importFile();
  } catch (error) {
    if (error instanceof SyntaxError) throw runtimeError("UserCodeSyntaxError", `${error}`, describe(error).trace);
    const isMissing = ["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(error?.code);
    if (isMissing) throw runtimeError("ImportModuleError", `${error}`, describe(error).trace);
    throw describe(error);
  }
  for (const name of handlerName.split(".")) found = found?.[name] ?? found?.default?.[name];
  const name = `${module}.${handlerName}`;
  if (!found) throw runtimeError("HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof found !== "function") throw runtimeError("HandlerNotFound", `${name} is not a function`);
  return found;
}

// ---------------------------------------------------------------- invocations

function contextOf(told, done) {
  const end = performance.now() + told.timeout * 1000;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: told.function,
    functionVersion: told.version,
    invokedFunctionArn: told.arn,
    memoryLimitInMB: `${told.memory}`,
    awsRequestId: told.request_id,
    logGroupName: `/aws/lambda/${told.function}`,
    logStreamName: `local/[${told.version}]aslrun`,
    identity: undefined,
    clientContext: undefined,
    getRemainingTimeInMillis: () => Math.max(0, Math.trunc(end - performance.now())),
    done,
    succeed: (result) => done(null, result),
    fail: (error) => done(error ?? "handled"),
  };
}

// The invocation that runs: what ends it, and what it ends with where nothing is left to do.
let settle = null;
let lastWord = null;

function invoke(handler, request) {
  return new Promise((resolve, reject) => {
    let context;
    let isAsync = false;
    const end = (error, result) => (error !== null && error !== undefined ? reject(error) : resolve(result));
    const callback = (error, result) => {
      if (isAsync) return;
      // Only an error ends at once; a result waits until nothing is left to do, unless told not to.
      lastWord = () => end(error, result);
      if (error || !context.callbackWaitsForEmptyEventLoop) setImmediate(lastWord);
    };
    settle = reject;
    lastWord = () => resolve(null);
    context = contextOf(request.context, end);
    const answered = handler(request.event, context, callback);
    if (typeof answered?.then === "function") {
      isAsync = true;
      lastWord = () => reject(neverSettled());
      answered.then(resolve, reject);
    }
  });
}

function neverSettled() {
  return new RuntimeProblem(
    "NodeJsExit",
    "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a" +
      " Promise that was never settled.",
  );
}

class RuntimeProblem extends Error {
  constructor(kind, message) {
    super(message);
    this.name = `Runtime.${kind}`;
  }
}

function serialise(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? "null";
  } catch {
    throw new Error("Unable to stringify response body");
  }
}

async function respond(handler, line) {
  try {
    const request = JSON.parse(line);
    requestId = request.context.request_id;
    answer("R", serialise(await invoke(handler, request)));
  } catch (error) {
    fail(error);
  } finally {
    settle = null;
    lastWord = null;
  }
}

process.on("beforeExit", () => lastWord?.());
process.on("uncaughtException", (error) => crash(error, 129));
process.on("unhandledRejection", (reason) => crash(new RuntimeProblem("UnhandledPromiseRejection", `${reason}`), 128));

function crash(error, status) {
  if (settle === null) writeAll(2, `${error?.stack ?? error}\n`);
  else fail(error, "X");
  process.exit(status);
}

// ---------------------------------------------------------------- main

async function main() {
  let handler;
  try {
    handler = await loadHandler();
  } catch (problem) {
    answer("X", JSON.stringify(problem));
    process.exit(0);
  }
  answer("R", "null");
  for (let line = channel.next(); line !== null; line = channel.next()) {
    await respond(handler, line);
    // What is due runs before the next request is waited for.
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.exit(0);
}

main();

// `awslambda.streamifyResponse`: handlers that write their response. An invocation that waits for the whole
// response gets what was written.
//
// Documentation: "Writing response streaming-enabled Lambda functions".

import { Writable } from "node:stream";

import { RuntimeProblem } from "./errors.mjs";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const INTEGRATION = "application/vnd.awslambda.http-integration-response";
const DELIMITER = new Uint8Array(8);

/** Define the global that handlers find on Lambda. */
export function defineGlobal() {
  globalThis.awslambda = {
    ...globalThis.awslambda,
    streamifyResponse: (handler) => Object.assign(handler, { [STREAMING]: "response" }),
    HttpResponseStream: class HttpResponseStream {
      static from(stream, metadata) {
        stream.setContentType(INTEGRATION);
        stream._onBeforeFirstWrite = (write) => {
          write(JSON.stringify(metadata));
          write(DELIMITER);
        };
        return stream;
      }
    },
  };
}

/** Tell whether a handler streams; a mark of another kind throws. */
export function isStreaming(handler) {
  const mark = handler[STREAMING];
  if (mark === undefined || mark === null || mark === false) return false;
  if (mark === "response") return true;
  throw new RuntimeProblem("MalformedStreamingHandler", "Only response streaming is supported.");
}

class ResponseStream extends Writable {
  constructor() {
    super();
    this.isBegun = false;
    this.chunks = [];
    this.finished = new Promise((resolve, reject) => this.once("finish", resolve).once("error", reject));
    this.finished.catch(() => {});
  }

  setContentType() {
    if (this.isBegun) throw new RuntimeProblem("InvalidStreamingOperation", "Cannot set content-type, too late.");
  }

  write(chunk, encoding, done) {
    if (!this.isBegun) this._onBeforeFirstWrite?.((first) => super.write(first));
    this.isBegun = true;
    const isText = typeof chunk === "string" || chunk instanceof Uint8Array;
    return super.write(isText ? chunk : JSON.stringify(chunk), encoding, done);
  }

  end(chunk, encoding, done) {
    const hasChunk = chunk !== undefined && chunk !== null && typeof chunk !== "function";
    if (hasChunk) this.write(chunk, encoding);
    return super.end(...[chunk, encoding, done].filter((one) => typeof one === "function"));
  }

  _write(chunk, _encoding, done) {
    this.chunks.push(chunk);
    done();
  }
}

/**
 * Let `caller.handler` write its response, and return its bytes. What is thrown is given to `tell`, and thrown
 * unless the response has already ended. `refusal` makes an error of a message.
 */
export async function stream(caller, event, context, refusal, tell) {
  const response = new ResponseStream();
  // A response that nobody ends keeps the invocation open until its time is over, as the connection would.
  const connection = setInterval(() => {}, 60_000);
  try {
    const answered = caller.handler(event, response, context);
    if (typeof answered?.then !== "function") throw refusal("Streaming does not support non-async handlers.");
    if ((await answered) !== undefined) console.warn("Streaming handlers ignore return values.");
    await response.finished;
  } catch (error) {
    tell(error);
    // A response that has ended has reached its caller.
    if (!response.writableEnded) throw error;
  } finally {
    clearInterval(connection);
  }
  return Buffer.concat(response.chunks);
}

// The Node.js worker's side of the protocol.
//
// A request is a line of JSON: {event, context}. An answer is a line `MARK ID KIND LENGTH` and so many bytes: ID
// is the request's, or `init` for the first, KIND `R` and the JSON text of a result, `B` and bytes that are the
// result, `E` and an error, or `X` and the error after which the process ends. `L` is no answer, but what an
// invocation printed after its answer.

import { readSync, writeSync } from "node:fs";

const NEWLINE = 10;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Write all of a text or of bytes, waiting where the pipe is full. */
export function writeAll(descriptor, data) {
  let bytes = typeof data === "string" ? Buffer.from(data) : data;
  while (bytes.length) {
    try {
      bytes = bytes.subarray(writeSync(descriptor, bytes));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

/** The channel that the worker's parent told of: `descriptors` is `REQUESTS,ANSWERS`. */
export class Channel {
  #requests;
  #answers;
  #mark;

  constructor(descriptors, mark) {
    [this.#requests, this.#answers] = descriptors.split(",").map(Number);
    this.#mark = mark;
  }

  /** Answer the request of an id; `body` is text or bytes. */
  answer(id, kind, body) {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    writeAll(this.#answers, Buffer.concat([Buffer.from(`${this.#mark} ${id} ${kind} ${bytes.length}\n`), bytes]));
  }

  /** Wait for a request's line; null at the end. Until it comes nothing runs, as on Lambda. */
  next() {
    const parts = [];
    for (;;) {
      const part = Buffer.allocUnsafe(65_536);
      const size = readSync(this.#requests, part);
      if (size === 0) return null;
      // One request is under way at a time, so nothing follows its line.
      const isLast = part[size - 1] === NEWLINE;
      parts.push(part.subarray(0, isLast ? size - 1 : size));
      if (isLast) return Buffer.concat(parts).toString();
    }
  }
}

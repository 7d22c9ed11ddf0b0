"""Ordinary handlers in JavaScript, to be run through the real clients and through aslrun's worker.

Each is a name, its files (the first has the handler, `handler` unless told), and the events that it gets one
after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aslrun.values import JSON


@dataclass(frozen=True, slots=True)
class Case:
    """A handler and what it is given; `environment` is over the usual variables."""

    name: str
    files: Mapping[str, str]
    handler: str = "handler"
    events: tuple[JSON, ...] = ({},)
    environment: Mapping[str, str] = field(default_factory=dict)


def module(name: str, body: str, *events: JSON, **environment: str) -> Case:
    """A handler in an ES module."""
    return Case(name, {"index.mjs": body}, events=events or ({},), environment=environment)


def script(name: str, body: str, *events: JSON) -> Case:
    """A handler in a CommonJS file."""
    return Case(name, {"index.js": body}, events=events or ({},))


def arrow(name: str, body: str, *events: JSON, **environment: str) -> Case:
    """An async handler, of which the body is given."""
    text = f"export const handler = async (event, context) => {{ {body} }};"
    return module(name, text, *events, **environment)


ORDER: JSON = {"orderId": "A-1", "items": [{"sku": "x", "price": 2.5}, {"sku": "ÿ😀", "price": 1e21}], "note": None}

CASES = [
    # results
    arrow("echo", "return event;", ORDER, [1, 2], "text", None, 7, True),
    arrow("total", "return { total: event.items.reduce((sum, item) => sum + item.price, 0) };", ORDER),
    arrow("nothing", ""),
    arrow("counts", "globalThis.count = (globalThis.count ?? 0) + 1; return globalThis.count;", {}, {}, {}),
    arrow("odd values", "return [NaN, Infinity, -0, undefined, () => 1, new Date(0), new Map([[1, 2]]), /x/];"),
    arrow("own toJSON", "return { toJSON: () => ({ from: 'toJSON' }) };"),
    arrow("a buffer", "return Buffer.from('abc');"),
    arrow("text with JSON", "return JSON.stringify({ a: 1 });"),
    arrow("a function", "return () => 1;"),
    arrow("bigint", "return { id: 10n };"),
    arrow("circular", "const one = {}; one.self = one; return one;"),
    arrow("half a pair", "return 'a\\ud800b';"),
    arrow("later", "await new Promise((done) => setTimeout(done, 20)); return 'later';"),
    module("plain function", "export function handler(event) { return { plain: event.a }; }", {"a": 1}),
    module("plain promise", "export const handler = (event) => Promise.resolve(event.a);", {"a": 1}),
    module("thenable", "export const handler = () => ({ then: (done) => done('thenable') });"),
    # callbacks and context methods
    script("callback", "exports.handler = (event, context, callback) => callback(null, { done: event.a });", {"a": 1}),
    script(
        "callback later",
        "exports.handler = (event, context, callback) => { setTimeout(() => callback(null, 'later'), 10); };",
        {},
        {},
    ),
    script("callback error", "exports.handler = (event, context, callback) => callback(new TypeError('bad'));"),
    script("callback text", "exports.handler = (event, context, callback) => callback('just text');"),
    script(
        "callback at once",
        "exports.handler = (event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false;"
        " setInterval(() => {}, 1000); callback(null, 'at once'); };",
    ),
    script("callback twice", "exports.handler = (event, context, callback) => { callback(null, 1); callback(null, 2); };"),
    script("async with callback", "exports.handler = async (event, context, callback) => { callback(null, 1); return 2; };"),
    script("arguments", "exports.handler = async (...given) => given.length;"),
    script("two parameters", "exports.handler = (event, context) => { context.succeed({ ok: true }); };"),
    script("context fail", "exports.handler = (event, context) => { context.fail(new RangeError('far')); };"),
    script("context done", "exports.handler = (event, context) => { context.done(null, 'done'); };"),
    script("bigint by callback", "exports.handler = (event, context, callback) => callback(null, 1n);"),
    arrow("context", "delete context.awsRequestId; return context;"),
    arrow("context methods", "return ['succeed', 'fail', 'done'].map((name) => typeof context[name]);"),
    arrow("keys of the context", "return Object.keys(context);"),
    # errors
    arrow("error", "throw new Error('bad');"),
    module(
        "own error class",
        "class OrderError extends Error { constructor(text) { super(text); this.name = 'OrderError'; this.order = 7; } }"
        " export const handler = async () => { throw new OrderError('no order'); };",
    ),
    arrow("error with a cause", "throw new Error('outer', { cause: new Error('inner') });"),
    arrow("aggregate", "await Promise.any([Promise.reject(new Error('one')), Promise.reject(new Error('two'))]);"),
    arrow("of JSON.parse", "return JSON.parse('{bad');"),
    arrow("of null", "return event.a.b;"),
    arrow("of a name", "return nowhere;"),
    arrow("with a code", "const { readFileSync } = await import('node:fs'); readFileSync('/nowhere/at/all');"),
    arrow("assertion", "const { strict } = await import('node:assert'); strict.equal(1, 2);"),
    arrow("DOMException", "throw new DOMException('too slow', 'TimeoutError');"),
    arrow("abort", "const stop = new AbortController(); stop.abort(); stop.signal.throwIfAborted();"),
    arrow("text thrown", "throw 'just text';"),
    arrow("number thrown", "throw 7;"),
    arrow("object thrown", "throw { statusCode: 404 };"),
    arrow("null thrown", "throw null;"),
    arrow("undefined thrown", "throw undefined;"),
    arrow("symbol thrown", "throw Symbol('why');"),
    arrow("no prototype thrown", "throw Object.create(null);", {}, {}),
    module("thrown at once", "export const handler = () => { throw new Error('at once'); };"),
    module("null thrown at once", "export const handler = () => { throw null; };"),
    module("symbol thrown at once", "export const handler = () => { throw Symbol('why'); };"),
    arrow("error without a message", "throw new Error();"),
    arrow("error without a name", "const error = new Error('bad'); error.name = ''; throw error;"),
    arrow("error with an odd name", "const error = new Error('bad'); error.name = 7; throw error;"),
    arrow("error without a stack", "const error = new Error('bad'); error.stack = undefined; throw error;"),
    arrow("almost an error", "throw { name: 'Almost', message: 'an error', stack: 'Almost: an error' };"),
    arrow("error as a result", "return new Error('returned');"),
    # what nobody catches
    arrow("forgotten rejection", "Promise.reject(new Error('dropped')); await new Promise((go) => setTimeout(go, 30)); return 1;", {}, {}),
    arrow("forgotten text", "Promise.reject('dropped'); await new Promise((go) => setTimeout(go, 30)); return 1;"),
    arrow("uncaught", "setTimeout(() => { throw new RangeError('late'); }, 5); await new Promise((go) => setTimeout(go, 50)); return 1;", {}, {}),
    arrow("never settled", "await new Promise(() => {});"),
    arrow("exit 0", "process.exit(0);", {}, {}),
    arrow("exit 3", "process.exit(3);"),
    # files and modules
    script("exports", "module.exports = { handler: async () => 'exports' };"),
    script("exports of a class", "class Api { static async handler() { return 'static'; } } module.exports = Api;"),
    Case("nested", {"index.mjs": "export const api = { get: { handler: async () => 'deep' } };"}, "api.get.handler"),
    Case("folder", {"src/app.mjs": "export const handler = async () => import.meta.url.split('/').at(-2);"}),
    module("default object", "export default { handler: async () => 'default' };"),
    module("default function", "export default async () => 'default';"),
    Case("default by name", {"index.mjs": "export default async () => 'default';"}, "default"),
    Case("beside", {"index.mjs": "import { one } from './one.mjs'; export const handler = async () => one;", "one.mjs": "export const one = 1;"}),
    Case("JSON beside", {"index.js": "exports.handler = async () => require('./data.json').a;", "data.json": '{"a": 5}'}),
    Case("package of modules", {"index.js": "export const handler = async () => typeof require;", "package.json": '{"type": "module"}'}),
    Case("cjs", {"index.cjs": "exports.handler = async () => __filename.length > 0;"}),
    script("module syntax in js", "export const handler = async () => 'module';"),
    script("import in js", "import fs from 'node:fs'; export const handler = async () => typeof fs;"),
    Case("require of a module", {"index.js": "const { one } = require('./one.mjs'); exports.handler = async () => one;", "one.mjs": "export const one = 1;"}),
    Case("in a package", {"index.js": "exports.handler = async () => require('pkg').name;", "node_modules/pkg/index.js": "exports.name = 'pkg';"}),
    module("top-level await", "const one = await Promise.resolve(1); export const handler = async () => one;"),
    module("missing import", "import 'nowhere'; export const handler = async () => 1;"),
    module("missing file", "import './nowhere.mjs'; export const handler = async () => 1;"),
    script("missing require", "require('nowhere'); exports.handler = async () => 1;"),
    script("missing beside", "require('./nowhere'); exports.handler = async () => 1;"),
    script("missing later", "exports.handler = async () => require('nowhere');"),
    module("syntax error", "export const handler = async () => {"),
    script("syntax error in js", "exports.handler = async () => { return 1 +; };"),
    module("error at import", "throw new TypeError('at import'); export const handler = 1;"),
    script("text at import", "throw 'at import';"),
    module("no handler", "export const other = async () => 1;"),
    module("no function", "export const handler = 7;"),
    # streams
    module("stream", "export const handler = awslambda.streamifyResponse(async (event, out) => { out.write('a'); out.write('b\\n'); out.end(); });", {}, {}),
    module("stream of JSON", "export const handler = awslambda.streamifyResponse(async (event, out) => { out.write({ a: 1 }); out.end(); });"),
    module(
        "stream with metadata",
        "export const handler = awslambda.streamifyResponse(async (event, out) => {"
        " out = awslambda.HttpResponseStream.from(out, { statusCode: 201 }); out.write('body'); out.end(); });",
    ),
    module(
        "stream by pipeline",
        "import { pipeline } from 'node:stream/promises'; import { Readable } from 'node:stream';"
        " export const handler = awslambda.streamifyResponse(async (event, out) => {"
        " await pipeline(Readable.from(['x', 'y']), out); });",
    ),
    module("stream that fails", "export const handler = awslambda.streamifyResponse(async (event, out) => { throw new Error('no stream'); });"),
    module("stream not async", "export const handler = awslambda.streamifyResponse((event, out) => { out.end('x'); });"),
    # logs
    arrow("console", "console.log('a %s', 1, { b: [2] }); console.info('i'); console.warn('w'); console.error('e'); console.debug('d'); console.trace('t'); return 1;"),
    arrow("console of errors", "console.log(new Error('told').message); console.error('x', 7, null, undefined); return 1;"),
    arrow("raw output", "process.stdout.write('raw\\n'); process.stderr.write('err\\n'); return 1;"),
    arrow("console of other kinds", "console.group('g'); console.log('in'); console.groupEnd(); console.assert(false, 'no'); console.count(); console.dir({ a: 1 }); console.table([[1]]); return 1;"),
    arrow("console as JSON", "console.log('a', { b: 1 }); console.info({ c: 1 }); console.error('x', new RangeError('r')); console.warn(1n); return 1;", AWS_LAMBDA_LOG_FORMAT="JSON"),
    arrow("console of a level", "console.debug('d'); console.info('i'); console.warn('w'); return 1;", AWS_LAMBDA_LOG_LEVEL="WARN"),
    arrow("error as JSON", "throw new Error('bad');", AWS_LAMBDA_LOG_FORMAT="JSON"),
]  # fmt: skip

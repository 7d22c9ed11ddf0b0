// A function, its layer, versions and an alias through the AWS SDK for JavaScript. Exits with a status above 0 if
// anything differs. The zip files are given in ASLRUN_ZIPS, as JSON: name → base64.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.ASLRUN_NODE_SDK, "index.js"));
const lambda = require("@aws-sdk/client-lambda");

const zips = JSON.parse(process.env.ASLRUN_ZIPS);
const zip = (name) => Buffer.from(zips[name], "base64");
const client = new lambda.LambdaClient({});
const send = (name, members) => client.send(new lambda[`${name}Command`](members));
const FunctionName = "orders";

async function invoke(more = {}) {
  const told = await send("Invoke", { FunctionName, Payload: JSON.stringify({ id: 7 }), LogType: "Tail", ...more });
  const log = Buffer.from(told.LogResult ?? "", "base64").toString();
  return { ...told, log, answer: JSON.parse(Buffer.from(told.Payload ?? "").toString() || "null") };
}

const layer = await send("PublishLayerVersion", { LayerName: "shared", Content: { ZipFile: zip("layer") } });
assert.equal(layer.Version, 1);
const made = await send("CreateFunction", {
  FunctionName, Runtime: "nodejs20.x", Handler: "index.handler", Role: "arn:aws:iam::123456789012:role/r",
  Code: { ZipFile: zip("first") }, Environment: { Variables: { STAGE: "test" } },
});
assert.equal(made.State, "Active");
await send("UpdateFunctionConfiguration", { FunctionName, Layers: [layer.LayerVersionArn] });
const first = await invoke();
assert.deepEqual(first.answer, { version: 1, id: 7, stage: "test", shared: "from the layer" });
assert.match(first.log, /working on 7/);

const failed = await invoke({ Payload: JSON.stringify({ fail: true }) });
assert.equal(failed.FunctionError, "Unhandled");
assert.equal(failed.answer.errorMessage, "no such order");

assert.equal((await send("PublishVersion", { FunctionName })).Version, "1");
await send("UpdateFunctionCode", { FunctionName, ZipFile: zip("second") });
assert.equal((await send("PublishVersion", { FunctionName })).Version, "2");
await send("CreateAlias", { FunctionName, Name: "live", FunctionVersion: "1" });
const routed = await send("UpdateAlias", {
  FunctionName, Name: "live", RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } },
});
assert.deepEqual(routed.RoutingConfig.AdditionalVersionWeights, { 2: 0.5 });
const versions = new Set();
for (let call = 0; call < 40; call++) versions.add((await invoke({ Qualifier: "live" })).answer.version);
assert.deepEqual([...versions].sort(), [1, 2]);
const later = await invoke({ InvocationType: "Event" });
assert.equal(later.StatusCode, 202);
await assert.rejects(send("GetFunction", { FunctionName: "none" }), { name: "ResourceNotFoundException" });

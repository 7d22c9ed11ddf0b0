// The life of a state machine through the AWS SDK for JavaScript. Exits with a status above 0 if anything differs.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.ASLRUN_NODE_SDK, "index.js"));
const sfn = require("@aws-sdk/client-sfn");

const role = "arn:aws:iam::123456789012:role/states";
const activity = "arn:aws:states:us-east-1:123456789012:activity:work";
const pass = { StartAt: "A", States: { A: { Type: "Pass", Result: { x: 1 }, End: true } } };
const waits = {
  StartAt: "T",
  States: { T: { Type: "Task", Resource: activity, Next: "F" }, F: { Type: "Fail", Error: "E" } },
};
const client = new sfn.SFNClient({ disableHostPrefix: true });
const send = (name, members) => client.send(new sfn[`${name}Command`](members));

async function ended(executionArn) {
  for (;;) {
    const told = await send("DescribeExecution", { executionArn });
    if (told.status !== "RUNNING") return told;
  }
}

await send("CreateActivity", { name: "work" });
const made = await send("CreateStateMachine", {
  name: "js", definition: JSON.stringify(pass), roleArn: role, publish: true,
});
const stateMachineArn = made.stateMachineArn;
assert.ok(made.creationDate instanceof Date);
const first = await send("StartExecution", { stateMachineArn, input: '{"a": 1}' });
const told = await ended(first.executionArn);
assert.deepEqual([told.status, told.output], ["SUCCEEDED", '{"x":1}']);
const ids = [];
for await (const page of sfn.paginateGetExecutionHistory({ client, pageSize: 3 }, { executionArn: first.executionArn })) {
  ids.push(...page.events.map((event) => event.id));
}
assert.deepEqual(ids, [1, 2, 3, 4]);
const updated = await send("UpdateStateMachine", {
  stateMachineArn, definition: JSON.stringify(waits), publish: true,
});
assert.equal(updated.stateMachineVersionArn, `${stateMachineArn}:2`);
const { stateMachineAliasArn } = await send("CreateStateMachineAlias", {
  name: "live", routingConfiguration: [{ stateMachineVersionArn: `${stateMachineArn}:2`, weight: 100 }],
});
const second = await send("StartExecution", { stateMachineArn: stateMachineAliasArn });
const task = await send("GetActivityTask", { activityArn: activity });
await send("SendTaskHeartbeat", { taskToken: task.taskToken });
await send("SendTaskSuccess", { taskToken: task.taskToken, output: "{}" });
assert.equal((await ended(second.executionArn)).error, "E");
await send("RedriveExecution", { executionArn: second.executionArn });
assert.equal((await send("DescribeExecution", { executionArn: second.executionArn })).redriveCount, 1);
const third = await send("StartExecution", { stateMachineArn });
await send("StopExecution", { executionArn: third.executionArn, error: "Enough" });
assert.equal((await ended(third.executionArn)).status, "ABORTED");
await send("TagResource", { resourceArn: stateMachineArn, tags: [{ key: "a", value: "b" }] });
assert.deepEqual((await send("ListTagsForResource", { resourceArn: stateMachineArn })).tags, [{ key: "a", value: "b" }]);
await send("DeleteStateMachineAlias", { stateMachineAliasArn });
await send("DeleteStateMachineVersion", { stateMachineVersionArn: `${stateMachineArn}:2` });
const express = await send("CreateStateMachine", {
  name: "express", definition: JSON.stringify(pass), roleArn: role, type: "EXPRESS",
});
const sync = await send("StartSyncExecution", { stateMachineArn: express.stateMachineArn });
assert.equal(sync.status, "SUCCEEDED");
await assert.rejects(send("StartExecution", { stateMachineArn: `${stateMachineArn}-no` }), {
  name: "StateMachineDoesNotExist",
});
for (const one of [stateMachineArn, express.stateMachineArn]) {
  await send("DeleteStateMachine", { stateMachineArn: one });
}
assert.deepEqual((await send("ListStateMachines", {})).stateMachines, []);

#!/usr/bin/env bash
# aws-local-stepfunctions 3.0.0 takes an input of 0, or false, for none: a payload template's
# "n.$": "$" fails for it with States.Runtime, where it gives 1 for 1. The specification selects the whole input.
# So a Map over [1, 0] with Parameters {"n.$": "$"} fails, and so does one over booleans.
#
# Expected output:
#   1: {"n":1}
#   0: Path expression '$' does not point to a value
#   false: Path expression '$' does not point to a value
#
# It takes node and npm. Exit status: 0 as above, 1 if that has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund aws-local-stepfunctions@3.0.0
cat > run.mjs <<'JS'
import { StateMachine } from "aws-local-stepfunctions";
const machine = new StateMachine({
  StartAt: "One",
  States: { One: { Type: "Pass", Parameters: { "n.$": "$" }, End: true } },
});
for (const input of [1, 0, false]) {
  try {
    console.log(`${input}: ${JSON.stringify(await machine.run(input).result)}`);
  } catch (error) {
    console.log(`${input}: ${error.message.replace(/^.*following error: /, "")}`);
  }
}
JS
node run.mjs | tee out
cat > expected <<'TXT'
1: {"n":1}
0: Path expression '$' does not point to a value
false: Path expression '$' does not point to a value
TXT
diff expected out

#!/usr/bin/env bash
# moto 5.2.5, whose executions are really run with execute_state_machine, gives an execution that is started without
# a name the name None: the second one of a machine is refused as a duplicate of the first. Step Functions names
# each by a new UUID: `name` is optional in StartExecution.
#
# Expected output:
#   first: execution:m:None
#   second: ExecutionAlreadyExists
#
# It takes python3 with venv. Exit status: 0 as above, 1 if that has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'moto[stepfunctions]==5.2.5' boto3
cat > start.py <<'PY'
import json
import boto3
from moto import mock_aws
with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    client = boto3.client("stepfunctions", "us-east-1", **keys)
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    role = "arn:aws:iam::123456789012:role/r"
    arn = client.create_state_machine(name="m", definition=json.dumps(definition), roleArn=role)["stateMachineArn"]
    for which, input in (("first", '{"n": 1}'), ("second", '{"n": 2}')):
        try:
            started = client.start_execution(stateMachineArn=arn, input=input)["executionArn"]
            print(f"{which}: {started.split(':', 5)[5]}")
        except client.exceptions.ExecutionAlreadyExists:
            print(f"{which}: ExecutionAlreadyExists")
PY
venv/bin/python start.py | tee out
printf 'first: execution:m:None\nsecond: ExecutionAlreadyExists\n' > expected
diff expected out

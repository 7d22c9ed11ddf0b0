#!/usr/bin/env bash
# MiniStack 1.5.33 takes a JSONPath with a filter in a payload template for one that finds nothing, and puts null
# there: the execution succeeds with wrong data. Step Functions gives the list of what fits, and fails a path that
# finds nothing. A Choice on a variable that is not there goes to its Default; Step Functions ends the execution with
# States.Runtime.
#
# Expected output:
#   filter: SUCCEEDED {"picked": null}
#   choice: SUCCEEDED "default"
#
# It takes python3 with venv. Exit status: 0 as above, 1 if that has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
server=0
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ministack==1.5.33 boto3
port=$(venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
GATEWAY_PORT=$port venv/bin/ministack > log 2>&1 &
server=$!
cat > run.py <<'PY'
import json, socket, sys, time
import boto3
port = int(sys.argv[1])
while True:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        break
    except OSError:
        time.sleep(0.1)
keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
client = boto3.client("stepfunctions", endpoint_url=f"http://127.0.0.1:{port}", **keys)
pick = {"Type": "Pass", "Parameters": {"picked.$": "$.orders[?(@.paid == true)]"}, "End": True}
choice = {"Type": "Choice", "Choices": [{"Variable": "$.gone", "StringEquals": "x", "Next": "X"}], "Default": "D"}
others = {"X": {"Type": "Pass", "End": True}, "D": {"Type": "Pass", "Result": "default", "End": True}}
for name, states in (("filter", {"Pick": pick}), ("choice", {"Choose": choice, **others})):
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    role = "arn:aws:iam::000000000000:role/r"
    arn = client.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"]
    input = '{"orders": [{"id": 1, "paid": true}]}'
    execution = client.start_execution(stateMachineArn=arn, input=input)["executionArn"]
    while (told := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.1)
    print(f"{name}: {told['status']} {told.get('output')}")
PY
venv/bin/python run.py "$port" | tee out
printf 'filter: SUCCEEDED {"picked": null}\nchoice: SUCCEEDED "default"\n' > expected
diff expected out

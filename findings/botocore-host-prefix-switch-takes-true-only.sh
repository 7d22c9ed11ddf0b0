#!/usr/bin/env bash
# botocore 1.44.8 sends StartSyncExecution and TestState to the host sync-HOST of an endpoint, which no local endpoint
# has. AWS_DISABLE_HOST_PREFIX_INJECTION=true is the remedy, and =1 is none: it is taken for false, without a word.
#
# Expected output:
#   unset: sync-127.0.0.1
#   1: sync-127.0.0.1
#   true: 127.0.0.1
#
# It takes python3 with venv. Exit status: 0 as above, 1 if that has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check botocore==1.44.8
cat > run.py <<'PY'
import os
from urllib.parse import urlsplit
from botocore.session import Session
class Told(Exception): ...
def tell(request, **_):
    raise Told(urlsplit(request.url).hostname)
for value in (None, "1", "true"):
    os.environ.pop("AWS_DISABLE_HOST_PREFIX_INJECTION", None)
    if value:
        os.environ["AWS_DISABLE_HOST_PREFIX_INJECTION"] = value
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    client = Session().create_client("stepfunctions", "us-east-1", endpoint_url="http://127.0.0.1:8083", **keys)
    client.meta.events.register("before-send", tell)
    try:
        client.start_sync_execution(stateMachineArn="arn:aws:states:us-east-1:123456789012:stateMachine:m")
    except Told as host:
        print(f"{value or 'unset'}: {host}")
PY
venv/bin/python run.py | tee out
printf 'unset: sync-127.0.0.1\n1: sync-127.0.0.1\ntrue: 127.0.0.1\n' > expected
diff expected out

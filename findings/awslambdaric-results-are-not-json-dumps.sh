#!/usr/bin/env bash
# awslambdaric 4.2.2, the runtime interface client of Lambda's Python runtimes, writes a handler's result by
# simplejson's rules, not by those of the standard library: a Decimal, as DynamoDB's resource API returns it, is a
# number with all its digits (json.dumps raises TypeError), a namedtuple an object (json.dumps: an array), bytes are
# text. So a test that calls json.dumps on what a handler returned fails where Lambda does not.
#
# Expected output:
#   Decimal: 0.10
#   namedtuple: {"x": 1, "y": 2}
#   bytes: "ok"
#
# It takes python3 with venv. Exit status: 0 as above, 1 if that has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check awslambdaric==4.2.2
cat > run.py <<'PY'
from collections import namedtuple
from decimal import Decimal
from awslambdaric.lambda_runtime_marshaller import to_json
Point = namedtuple("Point", "x y")
for name, value in (("Decimal", Decimal("0.10")), ("namedtuple", Point(1, 2)), ("bytes", b"ok")):
    print(f"{name}: {to_json(value)}")
PY
venv/bin/python run.py | tee out
printf 'Decimal: 0.10\nnamedtuple: {"x": 1, "y": 2}\nbytes: "ok"\n' > expected
diff expected out

#!/usr/bin/env bash
# jsonata-python 0.7.1, a port of JSONata's reference, answers some ordinary expressions as Python would: an id of 16
# digits becomes text with an exponent, true is a member of [1], $0 in a replacement for a plain string is what was
# matched, [1, 1.0] has one distinct item, which collapses. jsonata 2.0.6 (npm) says 1234567890123460, false, a$0c
# and [1].
#
# Expected output:
#   "order-" & 1234567890123456: "order-1.23456789012346e+15"
#   true in [1]: true
#   $replace("abc", "b", "$0"): "abc"
#   $distinct([1, 1.0]): 1
#
# It takes python3 with venv. Exit status: 0 as above, 1 if that has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jsonata-python==0.7.1
cat > run.py <<'PY'
import json
import jsonata
for text in ('"order-" & 1234567890123456', "true in [1]", '$replace("abc", "b", "$0")', "$distinct([1, 1.0])"):
    print(f"{text}: {json.dumps(jsonata.Jsonata(text).evaluate({}))}")
PY
venv/bin/python run.py | tee out
cat > expected <<'TXT'
"order-" & 1234567890123456: "order-1.23456789012346e+15"
true in [1]: true
$replace("abc", "b", "$0"): "abc"
$distinct([1, 1.0]): 1
TXT
diff expected out

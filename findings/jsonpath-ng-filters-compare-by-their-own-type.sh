#!/usr/bin/env bash
# jsonpath-ng 1.7.0 (ext) turns each value into the type of a filter's literal before it compares: the text "9" is
# greater than 1, and 1.9 equals 1, since int(1.9) is 1; an element whose value cannot be turned is left out. A
# wildcard takes what is no array for an array of one: $.a[*] of 5 is 5, of an object the object itself, where
# JSONPath has its members.
#
# Expected output:
#   $.l[?(@.n > 1)] ["9"]
#   $.l[?(@.n == 1)] [1.9]
#   $.a[*] of 5: [5]
#   $.a[*] of {"k": 1}: [{"k": 1}]
#
# It takes python3 with venv. Exit status: 0 as above, 1 if that has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jsonpath-ng==1.7.0
cat > run.py <<'PY'
import json
from jsonpath_ng.ext import parse
def found(path, value):
    return [match.value for match in parse(path).find(value)]
for path, values in (("$.l[?(@.n > 1)]", ["9"]), ("$.l[?(@.n == 1)]", [1.9, "x"])):
    print(path, json.dumps([one["n"] for one in found(path, {"l": [{"n": value} for value in values]})]))
for value in (5, {"k": 1}):
    print(f"$.a[*] of {json.dumps(value)}: {json.dumps(found('$.a[*]', {'a': value}))}")
PY
venv/bin/python run.py | tee out
cat > expected <<'TXT'
$.l[?(@.n > 1)] ["9"]
$.l[?(@.n == 1)] [1.9]
$.a[*] of 5: [5]
$.a[*] of {"k": 1}: [{"k": 1}]
TXT
diff expected out

#!/usr/bin/env bash
# jsonata 2.0.6, the version whose semantics Step Functions has, writes a whole number with 15 significant digits
# where it becomes text: an id of 16 digits, which JSON and JavaScript hold exactly, ends in another digit after `&`
# and $string, also inside of an object; passed on as a number it is whole. Step Functions writes all digits.
#
# Expected output:
#   $string(id): "1234567890123460"
#   "order-" & id: "order-1234567890123460"
#   $string({"id": id}): "{\"id\":1234567890123460}"
#   id: 1234567890123456
#
# It takes node and npm. Exit status: 0 as above, 1 if that has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund jsonata@2.0.6
cat > run.mjs <<'JS'
import jsonata from "jsonata";
for (const text of ["$string(id)", '"order-" & id', '$string({"id": id})', "id"]) {
  console.log(`${text}: ${JSON.stringify(await jsonata(text).evaluate({ id: 1234567890123456 }))}`);
}
JS
node run.mjs | tee out
cat > expected <<'TXT'
$string(id): "1234567890123460"
"order-" & id: "order-1234567890123460"
$string({"id": id}): "{\"id\":1234567890123460}"
id: 1234567890123456
TXT
diff expected out

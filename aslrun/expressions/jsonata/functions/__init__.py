"""The built-in functions of JSONata 2.0.6 but `$eval`, and those of Step Functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aslrun.expressions.jsonata.callables import Builtin
from aslrun.expressions.jsonata.functions import (
    collections,
    dates,
    integers,
    numeric,
    patterns,
    pictures,
    service,
    text,
)
from aslrun.expressions.jsonata.signatures import parse_signature
from aslrun.expressions.jsonata.values import Value

_TABLE: Mapping[str, tuple[str, Callable[..., Value]]] = {
    # Strings
    "string": ("<x-b?:s>", text.string),
    "substring": ("<s-nn?:s>", text.substring),
    "substringBefore": ("<s-s:s>", text.substring_before),
    "substringAfter": ("<s-s:s>", text.substring_after),
    "lowercase": ("<s-:s>", text.lowercase),
    "uppercase": ("<s-:s>", text.uppercase),
    "length": ("<s-:n>", text.length),
    "trim": ("<s-:s>", text.trim),
    "pad": ("<s-ns?:s>", text.pad),
    "match": ("<s-f<s:o>n?:a<o>>", patterns.match),
    "contains": ("<s-(sf):b>", patterns.contains),
    "replace": ("<s-(sf)(sf)n?:s>", patterns.replace),
    "split": ("<s-(sf)n?:a<s>>", patterns.split),
    "join": ("<a<s>s?:s>", text.join),
    "base64encode": ("<s-:s>", text.base64_encode),
    "base64decode": ("<s-:s>", text.base64_decode),
    "encodeUrlComponent": ("<s-:s>", text.encode_url_component),
    "encodeUrl": ("<s-:s>", text.encode_url),
    "decodeUrlComponent": ("<s-:s>", text.decode_url_component),
    "decodeUrl": ("<s-:s>", text.decode_url),
    # Numbers
    "sum": ("<a<n>:n>", numeric.sum_),
    "max": ("<a<n>:n>", numeric.max_),
    "min": ("<a<n>:n>", numeric.min_),
    "average": ("<a<n>:n>", numeric.average),
    "number": ("<(nsb)-:n>", numeric.number),
    "floor": ("<n-:n>", numeric.floor),
    "ceil": ("<n-:n>", numeric.ceil),
    "round": ("<n-n?:n>", numeric.round_),
    "abs": ("<n-:n>", numeric.absolute),
    "sqrt": ("<n-:n>", numeric.square_root),
    "power": ("<n-n:n>", numeric.power),
    "formatNumber": ("<n-so?:s>", pictures.format_number),
    "formatBase": ("<n-n?:s>", numeric.format_base),
    "formatInteger": ("<n-s:s>", integers.format_integer),
    "parseInteger": ("<s-s:n>", integers.parse_integer),
    # Arrays and functions of functions
    "count": ("<a:n>", collections.count),
    "append": ("<xx:a>", collections.append),
    "reverse": ("<a:a>", collections.reverse),
    "shuffle": ("<a:a>", collections.shuffle),
    "distinct": ("<x:x>", collections.distinct),
    "zip": ("<a+>", collections.zip_),
    "sort": ("<af?:a>", collections.sort),
    "map": ("<af>", collections.map_),
    "filter": ("<af>", collections.filter_),
    "single": ("<af?>", collections.single),
    "reduce": ("<afj?:j>", collections.reduce_),
    "each": ("<o-f:a>", collections.each),
    "sift": ("<o-f?:o>", collections.sift),
    # Objects and any value
    "keys": ("<x-:a<s>>", collections.keys),
    "lookup": ("<x-s:x>", collections.lookup),
    "spread": ("<x-:a<o>>", collections.spread),
    "merge": ("<a:o>", collections.merge),
    "clone": ("<(oa)-:o>", collections.clone),
    "boolean": ("<x-:b>", collections.boolean),
    "not": ("<x-:b>", collections.not_),
    "exists": ("<x:b>", collections.exists),
    "type": ("<x:s>", collections.type_),
    "error": ("<s?:x>", collections.error),
    "assert": ("<bs?:x>", collections.assert_),
    # Dates
    "now": ("<s?s?:s>", dates.now),
    "millis": ("<:n>", dates.millis),
    "toMillis": ("<s-s?:n>", dates.to_millis),
    "fromMillis": ("<n-s?s?:s>", dates.from_millis),
    # Step Functions
    "partition": ("<an:a>", service.partition),
    "range": ("<nnn:x>", service.range_),
    "hash": ("<xs?:s>", service.hash_),
    "random": ("<n?:n>", service.random_),
    "uuid": ("<:s>", service.uuid),
    "parse": ("<s-:x>", service.parse),
}
"""Name → (signature, function of the evaluation and the values)."""

_ARITIES = {"string": 1, "zip": 0}
"""How many arguments a function takes from a function of functions, where that is not one a parameter."""


def _builtin(name: str, written: str, implementation: Callable[..., Value]) -> Builtin:
    signature = parse_signature(written)
    return Builtin(name, signature, implementation, _ARITIES.get(name, len(signature.parameters)))


BUILTINS: Mapping[str, Builtin] = {name: _builtin(name, *entry) for name, entry in _TABLE.items()}
"""All functions by name, without `$`."""

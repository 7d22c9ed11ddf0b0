# ruff: noqa: E501
"""JSONata where AWS, as measured there, goes its own way, and where 2.0.6 is easily missed."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
from test_jsonata import Scope, evaluate

from aslrun.errors import QueryEvaluationError
from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.expression import compile_jsonata
from aslrun.expressions.jsonata.values import UNDEFINED, States
from aslrun.expressions.query import compile_query


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        # Division by zero and overflow leave as strings, and compare as numbers inside.
        ("1/0", "Infinity"),
        ("[1/0]", ["Infinity"]),
        ("{'k': -1/0}", {"k": "-Infinity"}),
        ("0/0", "NaN"),
        ("[{'k': [0/0]}]", [{"k": ["NaN"]}]),
        ("1e308*10", "Infinity"),
        ("-1e308*10", "-Infinity"),
        ("5 / 1e-320", "Infinity"),
        ("$floor(1/0)", "Infinity"),
        ("$sum([1e308, 1e308])", "Infinity"),
        ("1/0 > 5", True),
        ("0/0 = 0/0", False),
        # Whole numbers in full, with the shortest digits; fractions with fifteen.
        ("$string(1e20)", "100000000000000000000"),
        ("'orders/' & 90071992547409931", "orders/90071992547409940"),
        ("$power(2, 63)", 9223372036854776000),
        ("$string($power(2, 63))", "9223372036854776000"),
        ("1e15 & ''", "1000000000000000"),
        ("1234567890123456789 & ''", "1234567890123456800"),
        ("$string(1e21)", "1e+21"),
        ("$string(1e-6) & ' ' & 1e-7", "0.000001 1e-7"),
        ("0.1 + 0.2 & ''", "0.3"),
        ("$string({'a': [0.1 + 0.2]})", '{"a":[0.3]}'),
        ("0.1 + 0.2", 0.30000000000000004),
        # Functions of Step Functions
        ("$random(42)", 0.7275636800328681),
        ("$random(0)", 0.730967787376657),
        ("$range(1.9, 4.9, 1)", [1, 2, 3, 4]),
        ("$range(-1.9, 1, 1)", [-1, 0, 1]),
        ("$count($range(1, 5000, 1))", 5000),
        ("$partition([1,2,3], 1.5)", [[1], [2], [3]]),
        ("$parse(\"{'a': 'b\\\"c'}\")", {"a": 'b"c'}),
        # Strings
        ("$formatNumber(12.345, '0.00')", "12.34"),
        ("$formatNumber(2.5, '0')", "2"),
        ("$formatNumber(3.5, '0')", "4"),
        ("$formatNumber(1234.5, '#.##')", "1234.5"),
        ("$base64decode('aGk')", "hi"),
        ("$base64decode('aGk=')", "hi"),
        ("$decodeUrlComponent('a+b')", "a b"),
        ("$decodeUrlComponent('%41%ff')", "A\ufffd"),
        ("$replace('cost', 'cost', '$0.99')", "$0.99"),
        ("$replace('aaa', 'a', 'b', 1.9)", "baa"),
        ("$match('a\u00a0b', /\\s/)", UNDEFINED),
        ("$match('é', /\\w/)", UNDEFINED),
        ("$split('a\U0001f600', '')", ["a", "\ud83d", "\ude00"]),
        ('"\\uD83D\\uDE00"', "\U0001f600"),
        ('"\\uD83D" & "\\uDE00"', "\U0001f600"),
        ("$lowercase('ß')", "ß"),
        ("$string({'a': 'é€'})", '{"a":"é€"}'),
        ("'x' & ['é']", 'x["é"]'),
        ("$replace('a1b2', /([a-z])([0-9])/, '$2$1')", "1a2b"),
        ("$replace('ab', /(a)/, '$1$$\\\\')", "a$\\b"),
        ("$replace('aaa', /a/, 'b', 2)", "bba"),
        ("$split('a1b22c', /[0-9]+/, 2)", ["a", "b"]),
        ("$filter(['abc', 'bcd', 'xaz', 'b--a'], /a/)", ["abc", "b--a"]),  # the index is where it begins
        # Arrays and objects
        ("$merge([[{'a': 1}], [{'b': 2}, {'a': 3}]])", {"a": 3, "b": 2}),
        ("true in [1]", False),
        ("1 in [true, 1.0]", True),
        ("'1' in [1]", False),
        ("$keys({'b': 1, '10': 2, 'a': 3, '2': 4})", ["2", "10", "b", "a"]),
        ("$each({'b': 1, '0': 2}, function($v, $k) { $k })", ["0", "b"]),
        ("$spread({'b': 1, '7': 2})", [{"7": 2}, {"b": 1}]),
        ("$x ~> |$|{'a': null}|", {"a": None, "n": None}),
        ("($k := $k + 1; $k)", 6),
        ("($k := $k + 1; ($k := $k + 1; $k) + $k)", 13),
        ("$distinct($many.t)", "a"),
        ("$distinct(['a', 'a'])", ["a"]),
        # Dates
        ("$fromMillis(0, '[H01]:[m01][Z]', '+05:30')", "00:05+00:05"),
        ("$fromMillis(300000, '[H01]:[m01][Z]', '+0530')", "05:35+05:30"),
        ("$toMillis('2024-03')", 1709251200000),
        ("$toMillis('10:30', '[H01]:[m01]')", 1699957800000),
        ("$parseInteger('1,234', '#,##0')", 1234),
    ],
)
def test_what_the_service_gives(expression: str, result: Any) -> None:
    found = evaluate(expression, x={"n": None}, k=5, many=[{"t": "a"}, {"t": "a"}])
    assert (type(found), found) == (type(result), result)


@pytest.mark.parametrize(
    ("comparator", "names"),
    [
        ("$l.k > $r.k", ["a", "b", "c", "d"]),
        ("$l.k < $r.k", ["d", "a", "b", "c"]),
        ("$l.z > $r.z", ["a", "b", "c", "d"]),
    ],
    ids=["ties keep their order", "descending", "what is missing comes after nothing"],
)
def test_sort_with_a_function(comparator: str, names: list[str]) -> None:
    items = [{"k": 1, "n": "a", "z": 1}, {"k": 1, "n": "b"}, {"k": 1, "n": "c"}, {"k": 2, "n": "d", "z": 0}]
    assert evaluate(f"$sort($x, function($l, $r) {{ {comparator} }}).n", x=items) == names


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("1/0 + 1", "an error during evaluation. D1001: Number out of range: Infinity"),
        ("$string(1/0)", "an error during evaluation. D3001: Attempting to invoke string function on Infinity or NaN"),
        ("$eval('1')", "an error during evaluation. T1006: Attempted to invoke a non-function"),
        (
            "$formatNumber(1, 'x')",
            "an error during evaluation. D3086: The sub-picture must not contain a passive character that is"
            " preceded by an active character and that is followed by another active character",
        ),
        ("$base64decode('@@')", "an internal error during evaluation. 00000000-0000-4000-8000-000000000000"),
        ("$decodeUrlComponent('%zz')", 'an error during evaluation. D3140: Malformed URL passed to $decodeUrlComponent(): "%zz"'),
        ("$encodeUrlComponent('\\ud83d')", 'an error during evaluation. D3140: Malformed URL passed to $encodeUrlComponent(): "\\ud83d"'),
        ("$parse('{\"a\":1,\"a\":2}')", 'an error during evaluation. D3120: The text is not JSON: "{\\"a\\":1,\\"a\\":2}"'),
        (
            "$toMillis('2024-03-05 10:11:12')",
            "an error during evaluation. D3110: The argument of the toMillis function must be an ISO 8601 formatted"
            ' timestamp. Given "2024-03-05 10:11:12"',
        ),
        (
            "[1..873783]",
            "an error during evaluation: Expression evaluation memory limit exceeded: Check for excessive memory usage",
        ),
        (
            "$pad('', 8388608)",
            "an error during evaluation: Expression evaluation memory limit exceeded: Check for excessive memory usage",
        ),
        (
            "+".join(["1"] * 200),
            "an error during evaluation: Stack overflow error: Check for non-terminating recursive function."
            " Consider rewriting as tail-recursive",
        ),
    ],
)  # fmt: skip
def test_what_the_service_says(expression: str, told: str) -> None:
    query = compile_query(f"{{% {expression} %}}", "Output/x")
    with pytest.raises(QueryEvaluationError) as failed:
        query(States(None), Scope())
    start = f"The JSONata expression '{expression}' specified for the field 'Output/x' threw "
    assert failed.value.cause == start + told


DOUBLED = '$reduce([1..60], function($a, $i) { {"l": $a, "r": $a} }, 1)'
"""An object that is small in memory and has more parts than can be written."""


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("($f := function($n) { 1 + $f($n + 1) }; $f(1))", "U1001"),
        ("(" * 300 + "1" + ")" * 300, "U1001"),
        ("$reduce([1..5000], function($a, $i) { [[$a]] }, 1)", "U1001"),
        ("$reduce([1..40], function($a, $i) { $a & $a }, 'ab')", "U1003"),
        ("$join($map([1..1000], function($i) { $pad('', 1000000) }))", "U1003"),
        ("$replace($pad('', 5000, 'a'), /a/, function($m) { $pad('', 100000) })", "U1003"),
        ("$split($pad('', 900000), '')", "U1003"),
        ("$map([1..800000], function($i) { $sum([1..800000]) })", "U1002"),
        (DOUBLED, "U1003"),
        (f"{DOUBLED} = {DOUBLED}", "U1002"),
        (f"{DOUBLED}.**", "U1002"),
        (f"$clone({DOUBLED})", "U1002"),
    ],
)
def test_what_has_no_end_or_no_room_is_stopped(
    expression: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aslrun.expressions.jsonata.limits.MAX_STEPS", 100_000)
    monkeypatch.setattr("aslrun.expressions.jsonata.comparison.MAX_COMPARED", 100_000)
    if "[1..800000]" in expression or "900000" in expression:
        monkeypatch.setattr("aslrun.expressions.jsonata.limits.MAX_STEPS", 2_000_000)
    with pytest.raises(JSONataError) as stopped:
        evaluate(expression)
    assert stopped.value.code == code


def test_the_largest_range_and_string_pass() -> None:
    assert evaluate("$count([1..873782])") == 873_782
    assert evaluate("$length($pad('', 4194304))") == 2**22


def test_names_of_javascript_are_names() -> None:
    assert evaluate('{"__proto__": {"a": 1}}') == {"__proto__": {"a": 1}}
    assert evaluate("$x.constructor", x={}) is UNDEFINED
    assert evaluate('$x ~> |$|{"__proto__": 1}|', x={"a": 1}) == {"a": 1, "__proto__": 1}


def test_large_inputs_pass_through_as_they_are() -> None:
    rows = [{"id": number, "text": "x" * 50} for number in range(3000)]
    found = evaluate(
        "{'first': $states.input[0], 'all': $states.input, 'count': $count($states.input)}", rows
    )
    assert found["all"] is rows
    assert found["first"] is rows[0]


def test_a_function_passed_from_one_definition_to_another_keeps_its_names() -> None:
    text = "($f := function($x) { ($y := $x * 2; function($z) { $y + $z }) }; $g := $f(1); $h := $f(10); [$g(1), $h(1)])"
    assert evaluate(text) == [3, 21]


def test_an_expression_may_be_evaluated_in_several_threads() -> None:
    compiled = compile_jsonata("$sum($map([1..200], function($v) { $v * $factor }))")
    found: dict[int, Any] = {}

    def work(factor: int) -> None:
        found[factor] = compiled(States(None), Scope({"factor": factor}))

    threads = [Thread(target=work, args=(factor,)) for factor in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {factor: 20_100 * factor for factor in range(8)}

# ruff: noqa: E501
"""Expressions of the kinds that people write, made by chance from a seed, to be compared with the reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

INPUT: dict[str, Any] = {
    "id": "A-17",
    "name": "Ada Lovelace",
    "note": "  two  words\n",
    "count": 3,
    "price": 19.99,
    "big": 1234567.891,
    "neg": -7,
    "zero": 0,
    "on": True,
    "off": False,
    "nothing": None,
    "empty": [],
    "none": {},
    "text": "straße, 10 €, naïve",
    "date": "2024-03-05T10:11:12.345Z",
    "tags": ["b", "a", "c", "a"],
    "numbers": [3, 1, 2.5, -4, 3],
    "one": ["only"],
    "nested": [[1, 2], [3, [4, 5]]],
    "address": {"city": "London", "zip": "N1", "geo": {"lat": 51.5, "lon": -0.12}},
    "map": {"2": "two", "10": "ten", "b": 1, "a": 2},
    "items": [
        {"sku": "x1", "p": 2.5, "q": 4, "tags": ["red", "big"], "in": True, "dim": {"w": 1, "h": 2}},
        {"sku": "y2", "p": 10, "q": 1, "tags": ["blue"], "in": False, "dim": {"w": 3, "h": 4}},
        {"sku": "x3", "p": 0.1, "q": 3, "tags": [], "in": True},
        {"sku": "z4", "p": 2.5, "q": 2, "tags": "red", "in": None, "dim": {"w": 1}},
    ],
    "orders": [
        {"no": 1, "who": "ann", "lines": [{"sku": "x1", "n": 2}, {"sku": "y2", "n": 1}]},
        {"no": 2, "who": "bob", "lines": [{"sku": "x1", "n": 5}]},
        {"no": 3, "who": "ann", "lines": []},
    ],
    "people": [
        {"who": "ann", "age": 31, "city": "Oslo"},
        {"who": "bob", "age": 27, "city": "Rome"},
        {"who": "cid", "age": 31},
    ],
}
VARIABLES: dict[str, Any] = {
    "k": 2,
    "word": "alpha",
    "list": [5, 6, 7],
    "record": {"x": 1, "y": {"z": [1, 2]}},
}


class Expressions:
    """Draws expressions; `depth` bounds how far they nest."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.areas: list[Callable[[int], str]] = [
            self.path, self.predicate, self.constructor, self.order, self.group, self.higher_order, self.string,
            self.number, self.block, self.join, self.object, self.states, self.transform, self.condition,
            self.comparison, self.array_function, self.chain, self.date, self.regex,
        ]  # fmt: skip

    def draw(self) -> str:
        return self.random.choice(self.areas)(2)

    def pick(self, choices: Sequence[str]) -> str:
        return self.random.choice(choices)

    def any(self, depth: int) -> str:
        is_leaf = depth <= 0 or self.random.random() < 0.3
        return self.leaf() if is_leaf else self.random.choice(self.areas)(depth - 1)

    # ------------------------------------------------------------ operands

    def leaf(self) -> str:
        return self.random.choice([self.literal, self.simple_path, self.simple_path])()

    def literal(self) -> str:
        return str(self.pick([
            "1", "2", "0", "-3", "0.5", "12.75", "100", '"a"', '"x1"', '"red"', "''", "true", "false", "null",
            '"é€"', "[1,2,3]", '["a","b"]', "[]", '{"a":1}', "1e21", "0.1", "$k", "$word", "$list",
        ]))  # fmt: skip

    def simple_path(self) -> str:
        return "$states.input." + str(self.pick([
            "id", "name", "count", "price", "neg", "zero", "on", "nothing", "empty", "text", "tags", "numbers",
            "one", "nested", "address.city", "address.geo.lat", "items.sku", "items.p", "items.tags", "missing",
            "items.dim.w", "orders.lines.sku", "people.age", "map", "address", "items", "big", "items[0]", "note",
        ]))  # fmt: skip

    def numbers(self) -> str:
        return str(self.pick([
            "$states.input.numbers", "$states.input.items.p", "[1..5]", "$list", "$states.input.people.age",
            "[3, 1.5, 2]", "$states.input.empty", "$states.input.items.(p * q)", "7", "$states.input.items.dim.w",
        ]))  # fmt: skip

    def strings(self) -> str:
        return str(self.pick([
            "$states.input.tags", "$states.input.items.sku", '["b","a"]', "$states.input.people.who", '"one"',
            "$states.input.one", "$states.input.people.city", "$states.input.orders.lines.sku",
        ]))  # fmt: skip

    def scalar_number(self, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.5:
            return str(self.pick([
                "1", "2.5", "$k", "$states.input.count", "$states.input.price", "$states.input.neg", "0.1", "7",
                "$states.input.zero", "1000000", "$states.input.big", "$states.input.missing", "1e-3", "12345678",
            ]))  # fmt: skip
        return str(self.number(depth - 1))

    def scalar_string(self, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.5:
            return str(self.pick([
                "$states.input.id", "$states.input.name", "$states.input.text", "$word", '"a-b-c"', '"é"', "''",
                "$states.input.note", "$states.input.address.city", '"Hello World"', "$states.input.missing",
            ]))  # fmt: skip
        return self.string(depth - 1)

    # ------------------------------------------------------------ areas

    def path(self, depth: int) -> str:
        steps = ["items", "sku", "p", "dim", "w", "tags", "*", "orders", "lines", "n", "address", "**", "map", "people",
                 "age", "who", "nested", "`10`", "dim.w", "items[0]", "tags[0]", "lines[-1]", "sku[]", "items[]"]  # fmt: skip
        root = self.pick(
            ["$states.input", "$states.input", "$states.input", "$record", "$list", "$states.input.items"]
        )
        made = root + "".join("." + self.pick(steps) for _ in range(self.random.randint(1, 3)))
        return made + self.pick(["", "", "", "[0]", "[]", "[-1]", "[[0,1]]"])

    def condition_on_item(self, depth: int) -> str:
        return str(self.pick([
            "p > 2", "q = 1", 'sku = "x1"', 'tags = "red"', '"red" in tags', "in", "$exists(dim)", "dim.w = 1",
            "p * q > 5 and in", "p < 1 or q > 3", "$not(in)", '$contains(sku, "x")', "$count(tags) > 1", "tags",
            "p > $k", "0", "-1", "[0,2]", "[1..2]", "$$.missing", "$.p = 10", 'sku != "x1"', "1.5", "$k", "dim",
            "$states.input.count = q", "age > 30", 'who = "ann"', "no", "q",
        ]))  # fmt: skip

    def predicate(self, depth: int) -> str:
        root = self.pick(
            ["items", "items", "orders", "people", "orders.lines", "(items)", "items.tags", "numbers", "tags"]
        )
        rest = self.pick(
            ["", "", ".sku", ".p", ".(p * q)", "[0]", ".tags", ".dim", ".lines.n", "[]", '.{"s": sku}']
        )
        return f"$states.input.{root}[{self.condition_on_item(depth)}]{rest}"

    def constructor(self, depth: int) -> str:
        kind = self.random.randint(0, 5)
        if kind == 0:
            return "[" + ", ".join(self.any(depth) for _ in range(self.random.randint(0, 3))) + "]"
        if kind == 1:
            return "$states.input.items." + self.pick(
                ['{"s": sku, "t": p * q}', "[sku, p]", "[tags]", "{sku: q}", "[dim]", "[p][0]"]
            )
        if kind == 2:
            return f"[{self.any(0)}][0]"
        if kind == 3:
            return f"[[{self.any(0)}], {self.any(0)}]"
        if kind == 4:
            return (
                f"[{self.pick(['1..3', '$k..4', '3..1', '-1..1', '1..$states.input.count'])}, {self.any(0)}]"
            )
        return (
            "{"
            + ", ".join(
                f'"{key}": {self.any(depth)}' for key in self.random.sample(["a", "b", "c", "1", "0"], 2)
            )
            + "}"
        )

    def order(self, depth: int) -> str:
        root = self.pick(
            ["items", "people", "orders", "items[p > 1]", "numbers", "tags", "orders.lines", "(items)"]
        )
        terms = self.pick([
            "p", ">p", "sku", ">sku", "p, q", ">p, <q", "age, >who", "q * p", "$", ">$", "dim.w", "who", "city", "n", "no",
            "$length(sku)", "tags[0]", "age, city", "$count(lines)",
        ])  # fmt: skip
        return f"$states.input.{root}^({terms})" + self.pick(
            ["", ".sku", "[0]", ".who", "[]", ".(p & sku)", "[0].sku", "#$i.$i"]
        )

    def group(self, depth: int) -> str:
        root = self.pick(
            ["items", "people", "orders", "orders.lines", "items[in]", "items.tags", "empty", "missing"]
        )
        pairs = self.pick([
            "sku: p", "$string(p): sku", "who: age", "who: $sum(age)", "$string(age): who[]", "who: $count($)", "sku: $",
            '"all": p', '"n" & no: lines', "sku: $sum(n)", "who: $count(lines)", "$string(age): {\"w\": who}", "$: $count($)",
            "who: $", "$string(q): $sum(p), sku: q", "city: age", "sku: $join(tags)",
        ])  # fmt: skip
        return f"$states.input.{root}{{{pairs}}}"

    def higher_order(self, depth: int) -> str:
        items = self.pick(
            [self.numbers(), self.strings(), "$states.input.items", "$states.input.people", self.any(0)]
        )
        one = self.pick(
            [
                "$v",
                "$v * 2",
                "$v.p",
                "$string($v)",
                "$v & '-' & $i",
                "$i",
                "[$v]",
                '{"k": $v}',
                "$v.sku",
                "$count($a)",
                "$v.tags",
                "$k",
                "$v > 1 ? $v",
            ]
        )
        test = self.pick(
            [
                "$v > 2",
                "$v.p > 2",
                "true",
                "$i = 0",
                "$v = 'a'",
                "$v.in",
                "$exists($v)",
                "$i % 2 = 0",
                "$v.age = 31",
                "$v != $k",
            ]
        )
        return str(self.pick([
            f"$map({items}, function($v, $i, $a) {{ {one} }})",
            f"$map({items}, function($v, $i) {{ {one.replace('$a', '$v')} }})",
            f"$map({items}, $string)",
            f"$filter({items}, function($v, $i) {{ {test} }})",
            f"$single({items}, function($v, $i) {{ {test} }})",
            f"$reduce({items}, function($x, $y) {{ {self.pick(['$x + $y', '$x & $y', '$append($x, $y)', '$y'])} }})",
            f"$reduce({items}, function($x, $y) {{ {self.pick(['$x & $y', '$append($x, [$y])', '$x + 1'])} }}, {self.pick(['0', '[]', '1'])})",
            f"$sift({self.pick(['$states.input.map', '$states.input.address', '$record'])}, function($v, $i) {{ {self.pick(['$i > $k & $v', '$v = 1', '$i = $string(2)', 'true', '$type($v) = $type(1)'])} }})",
            f"$each({self.pick(['$states.input.map', '$states.input.address', '$record'])}, function($v, $i) {{ {self.pick(['$i', '$v', '$i & $string($v)', '[$v]', '{$i: $v}'])} }})",
            f"$sort({items}, function($l, $r) {{ {self.pick(['$l > $r', '$l < $r', '$l.p > $r.p', '$l.age > $r.age', '$l.sku < $r.sku', '$l.dim.w > $r.dim.w'])} }})",
            f"$map({items}, function($v) {{ $filter({self.numbers()}, function($w) {{ $w = $v }}) }})",
            f"({self.pick(['$f', '$g'])} := function($x) {{ {self.pick(['$x', '$x & $k', '[$x, $x]'])} }}; $map({items}, $f))",
        ]))  # fmt: skip

    def string(self, depth: int) -> str:
        text, other = self.scalar_string(depth), self.scalar_string(0)
        number = self.pick(["0", "1", "2", "-1", "-3", "5", "20", "1.5"])
        return str(self.pick([
            f"{text} & {other}", f"{text} & {self.any(0)}", f"$string({self.any(depth)})", f"$uppercase({text})",
            f"$lowercase({text})", f"$length({text})", f"$trim({text})", f"$substring({text}, {number})",
            f"$substring({text}, {number}, {self.pick(['0', '1', '3', '-1', '2.5'])})",
            f"$substringBefore({text}, {self.pick([other, chr(34) + 'a' + chr(34)])})",
            f"$substringAfter({text}, {self.pick([other, chr(34) + ' ' + chr(34)])})",
            f"$pad({text}, {self.pick(['5', '-8', '12', '0'])}{self.pick(['', ', chr'.replace('chr', chr(34) + '#' + chr(34)), ', ' + chr(34) + 'ab' + chr(34)])})",
            f"$contains({text}, {other})", f"$split({text}, {self.pick([chr(34) + ' ' + chr(34), chr(34) + '-' + chr(34), chr(34) * 2, other])})",
            f"$split({text}, \"a\", {self.pick(['1', '2', '0'])})", f"$join({self.strings()}{self.pick(['', ', chr'.replace('chr', chr(34) + '-' + chr(34))])})",
            f"$replace({text}, \"a\", {self.pick([chr(34) + 'X' + chr(34), chr(34) * 2, other])})", f"$replace({text}, \"l\", \"L\", 1)",
            f"$base64encode({self.pick(['$word', chr(34) + 'abc' + chr(34), '$states.input.id'])})", f"$encodeUrlComponent({text})", f"$encodeUrl({text})",
            f"$string({self.any(0)}, true)", f"$string({self.scalar_number(2)})", "$base64decode(\"aGVsbG8=\")",
        ]))  # fmt: skip

    def number(self, depth: int) -> str:
        first, second = self.scalar_number(depth), self.scalar_number(depth)
        return str(self.pick([
            f"{first} + {second}", f"{first} - {second}", f"{first} * {second}", f"({first}) / {self.pick(['2', '3', '7', '0.3'])}",
            f"({first}) % {self.pick(['2', '3', '0.7', '-4'])}", f"-({first})", f"$abs({first})", f"$floor({first})", f"$ceil({first})",
            f"$round({first})", f"$round({first}, {self.pick(['1', '2', '-1', '0', '3'])})", f"$power({first}, {self.pick(['2', '3', '0.5', '-1'])})",
            f"$sqrt({first})", f"$sum({self.numbers()})", f"$max({self.numbers()})", f"$min({self.numbers()})", f"$average({self.numbers()})",
            f"$count({self.any(0)})", f"$number({self.pick([chr(34) + '12.5' + chr(34), 'true', chr(34) + '0x1F' + chr(34), first, chr(34) + 'abc' + chr(34), chr(34) + '1e3' + chr(34)])})",
            f"$formatNumber({first}, {self.pick([chr(34) + one + chr(34) for one in ('0', '#,##0.00', '000', '0.0#', '#', '0%', '#.##', '#,###', '(0);[0]')])})",
            # The reference does not come back from an exponent for a number that is not above zero.
            f"$formatNumber({self.pick(['12345.6', '0.00123', '7'])}, \"{self.pick(['00.000e0', '0.0e00', '#0.0##e0'])}\")",
            f"$formatBase({first}, {self.pick(['2', '16', '36'])})", f"$formatInteger({first}, {self.pick([chr(34) + one + chr(34) for one in ('0', '#,##0', 'w', 'I', 'a', '000', '1;o', 'Ww')])})",
            f"$parseInteger({self.pick([chr(34) + one + chr(34) for one in ('12', '1,234', 'twelve')])}, {self.pick([chr(34) + one + chr(34) for one in ('0', '#,##0', 'w')])})",
        ]))  # fmt: skip

    def block(self, depth: int) -> str:
        return str(self.pick([
            f"($x := {self.any(depth)}; $x)", f"($x := {self.any(0)}; $y := {self.any(0)}; [$x, $y])",
            "($k := $k + 1; $k)", f"($x := {self.scalar_number(1)}; {{ \"x\": $x, \"y\": $x }})",
            f"($x := {self.any(0)}; ($x := 5; $x); $x)", f"($f := function($n) {{ $n <= 1 ? 1 : $n * $f($n - 1) }}; $f({self.pick(['3', '5', '0'])}))",
            f"($f := function($n, $acc) {{ $n = 0 ? $acc : $f($n - 1, $acc + $n) }}; $f(50, {self.scalar_number(0)}))",
            f"({self.any(0)}; {self.any(depth)})", "()", f"($y := ($x := {self.any(0)}); $x)",
            f"($add := function($a, $b) {{ $a + $b }}; $inc := $add(?, 1); $inc({self.scalar_number(0)}))",
            f"($x := {self.any(0)}; $g := function() {{ $x }}; $x := 2; $g())",
        ]))  # fmt: skip

    def join(self, depth: int) -> str:
        return str(self.pick([
            "$states.input.orders@$o.lines.{\"no\": $o.no, \"sku\": sku}", "$states.input.orders.lines.{\"who\": %.who, \"sku\": sku}",
            "$states.input.items#$i.{\"i\": $i, \"sku\": sku}", "$states.input.items#$i[$i > 1].sku", "$states.input.items@$i.$i.sku",
            "$states.input.orders@$o.$states.input.people[who = $o.who].{\"no\": $o.no, \"age\": age}",
            "$states.input.people@$p.$states.input.orders[who = $p.who].no", "$states.input.orders.lines[%.no = 1].sku", "$states.input.orders#$o.lines#$l.($o & '-' & $l)",
            "$states.input.orders@$o[$o.no > 1].lines.n", "$states.input.(orders)@$o.(people)@$p[$o.who = $p.who].{\"w\": $p.who, \"n\": $o.no}",
            "$states.input.items^(p)#$i.{\"i\": $i, \"sku\": sku}", "$states.input.orders.lines.%.no", "$states.input.orders@$o.lines@$l.{\"a\": $o.no, \"b\": $l.n}",
            "$states.input.orders@$o#$i.lines.($i & sku & $o.who)", "$states.input.orders.lines#$i{sku: $i}", "$states.input.orders@$o.lines{$o.who: $sum(n)}",
        ]))  # fmt: skip

    def object(self, depth: int) -> str:
        some = self.pick(
            [
                "$states.input.map",
                "$states.input.address",
                "$record",
                "$states.input.items",
                '{"z":1,"y":2,"0":3}',
                self.any(0),
            ]
        )
        return str(self.pick([
            f"$keys({some})", f"$lookup({some}, {self.pick([chr(34) + 'a' + chr(34), chr(34) + 'sku' + chr(34), '$word'])})", f"$spread({some})",
            f"$merge([{some}, {{\"n\": 1}}])", f"$merge({some})", f"$merge($map({self.strings()}, function($v) {{ {{$v: 1}} }}))", f"$type({self.any(depth)})",
            f"$exists({self.any(depth)})", f"$boolean({self.any(depth)})", f"$not({self.any(depth)})", f"{some}.*", f"$each({some}, function($v, $k) {{ $k }})",
            f"$clone({some})", f"$error({self.pick(['', chr(34) + 'no' + chr(34)])})", f"$assert({self.pick(['true', 'false', '1 = 1'])}, \"no\")",
        ]))  # fmt: skip

    def states(self, depth: int) -> str:
        return str(
            self.pick(
                [
                    "$states.input",
                    "$states.context.State.Name",
                    "$states.result",
                    "$keys($states)",
                    "$states.input.address.*",
                    "$states.context",
                    "$states.input.(name & id)",
                    "$states.input.items.$states.input.count",
                    "$exists($states.errorOutput)",
                    "$states.input.$lookup($, 'id')",
                ]
            )
        )

    def transform(self, depth: int) -> str:
        pattern = self.pick(
            ["items", "$", "address", "items[p > 2]", "missing", "orders.lines", "address.geo"]
        )
        update = self.pick(
            [
                '{"new": 1}',
                '{"sku": "s"}',
                '{"p": p * 2}',
                "{}",
                '{"a": nothing}',
                '{"t": $count(tags)}',
                "missing",
                "1",
            ]
        )
        delete = self.pick(["", "", ', "sku"', ', ["p", "q"]', ", missing", ", 'lat'"])
        return f"$states.input ~> |{pattern}|{update}{delete}|" + self.pick(["", "", " ~> $keys()"])

    def condition(self, depth: int) -> str:
        return f"{self.any(depth)} ? {self.any(0)}" + self.pick(["", f" : {self.any(depth)}"])

    def comparison(self, depth: int) -> str:
        operator = self.pick(["=", "!=", "<", "<=", ">", ">=", "in", "and", "or"])
        return f"({self.any(depth)}) {operator} ({self.any(0)})"

    def array_function(self, depth: int) -> str:
        items = self.pick([self.numbers(), self.strings(), self.any(depth)])
        return str(self.pick([
            f"$append({items}, {self.any(0)})", f"$reverse({items})", f"$distinct({items})", f"$sort({items})", f"$zip({items}, {self.numbers()})",
            f"$count({items})", f"$sum({items})", f"$join({items})", f"({items})[0]", f"({items})[-1]", f"({items})[[0..1]]", f"$reverse($sort({items}))",
            f"$distinct({items}.sku)", f"$exists(({items})[5])", f"$max({items})", f"$string({items})",
        ]))  # fmt: skip

    def chain(self, depth: int) -> str:
        return str(self.pick([
            f"{self.scalar_string(0)} ~> $uppercase()", f"{self.scalar_string(0)} ~> $uppercase", f"{self.numbers()} ~> $sum()", f"{self.numbers()} ~> $map(function($v) {{ $v + 1 }}) ~> $sum()",
            f"{self.scalar_string(0)} ~> $trim() ~> $length()", f"($t := $trim ~> $uppercase; $t({self.scalar_string(0)}))", f"{self.any(0)} ~> $string()",
            f"{self.strings()} ~> $join(\"+\")", f"{self.any(0)} ~> $count", "$states.input.items.p ~> $filter(function($v) { $v > 1 })", f"{self.scalar_string(0)} ~> $split(\" \") ~> $reverse()",
        ]))  # fmt: skip

    def date(self, depth: int) -> str:
        millis = self.pick(["0", "1709633472345", "1700000000000", "-1", "951782400000", "1735603200000"])
        picture = self.pick(
            [
                "[Y0001]-[M01]-[D01]",
                "[H01]:[m01]:[s01]",
                "[D1] [MNn] [Y]",
                "[FNn], [D1o] [MNn,*-3]",
                "[h]:[m01] [P]",
                "[Y]-W[W01]-[F1]",
                "[d001]",
                "[M01]/[D01]/[Y0001] [H01]:[m01] [Z]",
                "[X]-[W]",
                "[w]",
                "[f001]",
                "[YI]",
                "[Dw]",
            ]
        )
        return str(self.pick([
            f"$fromMillis({millis})", f"$fromMillis({millis}, \"{picture}\")", f"$fromMillis({millis}, \"{picture}\", \"{self.pick(['+0530', '-0800', '+05:30', '0000'])}\")",
            "$toMillis($states.input.date)", f"$toMillis(\"{self.pick(['2024-03', '2024', '2024-03-05', '2024-03-05T10:11:12Z', '2024-03-05T10:11:12+01:00', '2024-03-05 10:11:12', 'x'])}\")",
            "$toMillis(\"05/03/2024\", \"[D01]/[M01]/[Y0001]\")", "$toMillis(\"2024-03-05 10:11\", \"[Y0001]-[M01]-[D01] [H01]:[m01]\")", "$toMillis(\"5 March 2024\", \"[D1] [MNn] [Y0001]\")",
        ]))  # fmt: skip

    def regex(self, depth: int) -> str:
        text = self.scalar_string(0)
        pattern = self.pick(
            [
                "/a/",
                "/[a-z]+/",
                "/(\\w)(\\w)/",
                "/\\s+/",
                "/^A/i",
                "/-/",
                "/(o)|(l)/",
                "/[^a-z]/i",
                "/\\d+/",
                "/l+o?/",
                "/e$/m",
            ]
        )
        return str(self.pick([
            f"$match({text}, {pattern})", f"$match({text}, {pattern}, 1)", f"$contains({text}, {pattern})", f"$split({text}, {pattern})", f"$split({text}, {pattern}, 2)",
            f"$replace({text}, {pattern}, \"{self.pick(['X', '[$0]', '$1-', '$$', '', '$2$1', '$10'])}\")", f"$replace({text}, {pattern}, function($m) {{ $uppercase($m.match) }})",
            f"$replace({text}, {pattern}, \"Y\", 1)", f"$match({text}, {pattern}).match", f"$match({text}, {pattern})[0].groups", f"$filter({self.strings()}, {pattern})", f"$states.input.items[sku ~> {pattern}].p",
        ]))  # fmt: skip

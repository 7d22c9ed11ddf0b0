"""Paths of the kind people write, each with data of the kind it is written for, drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

FIELDS = ["Id", "Name", "Status", "Price", "Count", "Paid", "Tags", "Address", "Lines", "Note"]
WORDS = ["open", "closed", "Receipt", "tea", "red", "new", "10", "true", "a b"]
TOPS = ["orders", "order", "customer", "total", "missing"]


def cases(seed: int, count: int) -> Iterator[tuple[str, Any]]:
    """Yield `count` pairs of a path and the data that it is applied to."""
    random = Random(seed)
    for _ in range(count):
        yield path(random), data(random)


# ---------------------------------------------------------------- data


def data(random: Random) -> Any:
    """Make an object with a list of orders, one order, a customer and a total."""
    return {
        "orders": [order(random) for _ in range(random.choice([0, 1, 2, 2, 3, 4]))],
        "order": order(random),
        "customer": {"Name": word(random), "Address": address(random), "Tags": tags(random)},
        "total": random.choice([0, 3, 12.5, 1e10]),
    }


def order(random: Random) -> Any:
    if random.random() < 0.03:
        return random.choice([None, "text", 7, True, [], {}])
    made = {
        "Id": random.randint(1, 9),
        "Name": word(random),
        "Status": random.choice(["open", "closed", "open", None]),
        "Price": random.choice([5, 5.0, 9.99, 20, "5", None]),
        "Count": random.randint(0, 3),
        "Paid": random.random() < 0.5,
        "Tags": tags(random),
        "Address": address(random),
        "Lines": [{"Name": word(random), "Count": random.randint(0, 5)} for _ in range(random.randint(0, 2))],
        "Note": random.choice(["", "x", "it's"]),
    }
    rare = random.random()
    for name in random.sample(FIELDS, 1 if rare < 0.3 else 0):
        del made[name]
    return made


def word(random: Random) -> str:
    return random.choice(WORDS)


def tags(random: Random) -> Any:
    return [word(random) for _ in range(random.randint(0, 3))]


def address(random: Random) -> Any:
    return random.choice([{"City": "Bern", "Zip": "3000"}, {"City": "Oslo"}, {}, None, {"City": None}])


# ---------------------------------------------------------------- paths


def path(random: Random) -> str:
    """Make a path: mostly a list of orders, which of them, and what of those."""
    text = "$." + random.choices(TOPS, [14, 5, 3, 2, 1])[0]
    if text == "$.customer":
        return text + random.choice([".Name", ".Address.City", ".Tags[0]", ".Tags[*]", "['Name','Tags']"])
    if text == "$.order":
        return text + many(random, 2)
    if text in ("$.total", "$.missing"):
        return text + many(random, 1)
    if random.random() < 0.12:
        return descending(random)
    return text + which(random) + random.choices(["", many(random, 1), many(random, 2)], [3, 5, 2])[0]


def many(random: Random, most: int) -> str:
    return "".join(step(random) for _ in range(random.randint(1, most)))


def step(random: Random) -> str:
    name = random.choice(FIELDS)
    return random.choices(
        [
            f".{name}",
            f"['{name}']",
            ".Address.City",
            f".Tags{which(random)}",
            f".Lines{which(random)}.Name",
            ".*",
            f"['{name}','Id']",
        ],
        [10, 2, 3, 3, 3, 1, 1],
    )[0]


def descending(random: Random) -> str:
    name = random.choice([*FIELDS, "City", "City", "Name"])
    return random.choice(
        [
            f"$..{name}",
            f"$..{name}",
            f"$.orders..{name}",
            f"$..Lines{which(random)}",
            f"$..Tags{which(random)}",
        ]
    )


def which(random: Random) -> str:
    number = random.randint(0, 3)
    return random.choices(
        [
            "[*]",
            f"[{number}]",
            f"[?({test(random)})]",
            f"[{number}:]",
            f"[:{number}]",
            f"[0:{number}]",
            "[-1:]",
            "[(@.length-1)]",
            f"[{number},{number + 1}]",
            "[-1]",
            random.choice(
                [".length()", ".size()", "[0..1]", "[1:3:2]", "[-2:-1]", "[:-1]", '["Name"]', "[ * ]"]
            ),
        ],
        [12, 8, 24, 4, 3, 3, 3, 3, 2, 2, 2],
    )[0]


def test(random: Random) -> str:
    kind = random.random()
    if kind < 0.72:
        return comparison(random)
    if kind < 0.84:
        return f"{comparison(random)} && {comparison(random)}"
    if kind < 0.92:
        return f"{comparison(random)} || {comparison(random)}"
    if kind < 0.96:
        three = [comparison(random) for _ in range(3)]
        return random.choice(["({0} || {1}) && {2}", "{0} && ({1} || {2})", "{0} || {1} && {2}"]).format(
            *three
        )
    return random.choice(["!(@.Paid == true)", "@.Tags contains 'red'", "@.Name in ['tea','red']",
                          "@.Tags size 2", "@.Tags empty true", "@.Name === 'tea'", "@..City",
                          "@.Tags.length() > 1", "@.Lines[*].Name == 'tea'"])  # fmt: skip


COMPARISONS: list[tuple[int, Callable[[Random], str]]] = [
    (8, lambda random: f"@.Status {equality(random)} '{random.choice(['open', 'closed'])}'"),
    (6, lambda random: f"@.Name{random.choice(['==', ' == ', '!='])}{quoted(random)}"),
    (6, lambda random: f"@.Price {order_of(random)} {random.choice(['5', '9.99', '10', '5.0'])}"),
    (4, lambda random: f"@.Count {order_of(random)} {random.randint(0, 3)}"),
    (4, lambda random: f"@.Paid {equality(random)} {random.choice(['true', 'false'])}"),
    (2, lambda random: f"@.Paid == '{random.choice(['true', 'false'])}'"),
    (
        5,
        lambda random: (
            f"{random.choice(['', '', '!'])}@.{random.choice([*FIELDS, 'Address.City', 'Tags[0]'])}"
        ),
    ),
    (3, lambda random: f"@.Name =~ /{random.choice(['r.*', 'REC.*', '[a-z]+', 'tea|red'])}/{flag(random)}"),
    (2, lambda random: f"@.Address.City == {quoted(random, ['Bern', 'Oslo'])}"),
    (2, lambda random: f"@.{random.choice(FIELDS)} {equality(random)} null"),
    (2, lambda random: f"@.Tags[0] == {quoted(random)}"),
    (2, lambda random: f"@.Count {order_of(random)} $.order.Count"),
    (1, lambda random: f"@.Name == @.{random.choice(FIELDS)}"),
    (1, lambda random: f"@.{random.choice(FIELDS)} == {quoted(random)}"),
    (1, lambda random: f"@ == {quoted(random)}"),
    (1, lambda random: f"{quoted(random)} == @.Name"),
    (1, lambda random: f"{random.randint(0, 3)} {order_of(random)} @.Count"),
]


def comparison(random: Random) -> str:
    return random.choices([make for _, make in COMPARISONS], [weight for weight, _ in COMPARISONS])[0](random)


def equality(random: Random) -> str:
    return random.choices(["==", "!="], [3, 1])[0]


def order_of(random: Random) -> str:
    return random.choice(["<", "<=", ">", ">=", "==", "!="])


def quoted(random: Random, words: list[str] = WORDS) -> str:
    text = random.choice(words)
    return random.choices([f"'{text}'", text.replace(" ", ""), f'"{text}"'], [10, 2, 1])[0]


def flag(random: Random) -> str:
    return random.choice(["", "i"])

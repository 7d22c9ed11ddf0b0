"""The language of event patterns, operator by operator."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.services.pattern import PatternError, check, matches

EVENT: dict[str, Any] = {
    "source": "shop.orders",
    "detail-type": "OrderPlaced",
    "resources": ["arn:a", "arn:b"],
    "detail": {
        "total": 42.5,
        "paid": True,
        "note": None,
        "file": "IMG_1.PNG",
        "ip": "10.0.0.7",
        "empty": "",
        "items": [{"sku": "a", "n": 1}, {"sku": "b", "n": 9}],
    },
}

CASES: list[tuple[Any, bool]] = [
    ({"source": ["shop.orders"]}, True),
    ({"source": ["other", "shop.orders"]}, True),
    ({"source": ["other"]}, False),
    ({"source": ["shop.orders"], "detail-type": ["Other"]}, False),
    ({"resources": ["arn:b"]}, True),
    ({"detail": {"paid": [True]}}, True),
    ({"detail": {"paid": [1]}}, False),
    ({"detail": {"note": [None]}}, True),
    ({"detail": {"nothing": [None]}}, False),
    ({"detail": {"empty": [""]}}, True),
    ({"detail": {"total": [42.5]}}, True),
    ({"detail": {"items": {"sku": ["b"]}}}, True),
    ({"detail": {"items": {"sku": ["c"]}}}, False),
    ({"source": [{"prefix": "shop."}]}, True),
    ({"source": [{"prefix": "Shop."}]}, False),
    ({"source": [{"prefix": {"equals-ignore-case": "SHOP"}}]}, True),
    ({"detail": {"file": [{"suffix": ".PNG"}]}}, True),
    ({"detail": {"file": [{"suffix": {"equals-ignore-case": ".png"}}]}}, True),
    ({"detail": {"file": [{"suffix": ".png"}]}}, False),
    ({"detail": {"file": [{"equals-ignore-case": "img_1.png"}]}}, True),
    ({"detail": {"file": [{"wildcard": "IMG_*.PNG"}]}}, True),
    ({"detail": {"file": [{"wildcard": "*.JPG"}]}}, False),
    ({"detail": {"file": [{"wildcard": "IMG\\*"}]}}, False),
    ({"detail": {"file": [{"anything-but": "x"}]}}, True),
    ({"detail": {"file": [{"anything-but": ["x", "IMG_1.PNG"]}]}}, False),
    ({"detail": {"file": [{"anything-but": {"prefix": "IMG"}}]}}, False),
    ({"detail": {"file": [{"anything-but": {"suffix": [".JPG", ".GIF"]}}]}}, True),
    ({"detail": {"file": [{"anything-but": {"wildcard": "*.PNG"}}]}}, False),
    ({"detail": {"file": [{"anything-but": {"equals-ignore-case": "img_1.png"}}]}}, False),
    ({"detail": {"total": [{"anything-but": [1, 2]}]}}, True),
    ({"detail": {"nothing": [{"anything-but": "x"}]}}, False),
    ({"detail": {"total": [{"numeric": [">", 42, "<=", 42.5]}]}}, True),
    ({"detail": {"total": [{"numeric": ["<", 42]}]}}, False),
    ({"detail": {"total": [{"numeric": ["=", 42.5]}]}}, True),
    ({"detail": {"file": [{"numeric": [">", 0]}]}}, False),
    ({"detail": {"ip": [{"cidr": "10.0.0.0/24"}]}}, True),
    ({"detail": {"ip": [{"cidr": "10.0.1.0/24"}]}}, False),
    ({"detail": {"total": [{"exists": True}]}}, True),
    ({"detail": {"total": [{"exists": False}]}}, False),
    ({"detail": {"nothing": [{"exists": False}]}}, True),
    ({"detail": {"nothing": {"deeper": [{"exists": False}]}}}, True),
    ({"detail": {"$or": [{"total": [1]}, {"ip": [{"prefix": "10."}]}]}}, True),
    ({"detail": {"$or": [{"total": [1]}, {"ip": ["x"]}]}}, False),
    ({"$or": [{"source": ["x"]}, {"detail-type": ["OrderPlaced"]}], "detail": {"paid": [True]}}, True),
]


@pytest.mark.parametrize(("pattern", "is_for_it"), CASES)
def test_matches(pattern: Any, is_for_it: bool) -> None:
    check(pattern)
    assert matches(pattern, EVENT) is is_for_it


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ({}, "not empty"),
        ({"source": "x"}, "source: 'x' must be an object or a list"),
        ({"source": [{"begins": "x"}]}, "no operator 'begins'"),
        ({"detail": {"n": [{"numeric": ["~", 1]}]}}, "detail.n: numeric: '~ 1' is no comparison"),
        ({"detail": {"n": [{"numeric": [">"]}]}}, "numeric is written as"),
        ({"ip": [{"cidr": "10.0.0.0/99"}]}, "no range of addresses"),
        ({"a": [{"exists": "yes"}]}, "true or false"),
        ({"a": [{"wildcard": "a**b"}]}, "two \\*"),
        ({"a": []}, "matches nothing"),
        ({"a": [["b"]]}, "a list in a list"),
        ({"$or": [{"a": ["b"]}]}, "two patterns"),
    ],
)
def test_wrong_patterns_are_told(pattern: Any, told: str) -> None:
    with pytest.raises(PatternError, match=told):
        check(pattern)

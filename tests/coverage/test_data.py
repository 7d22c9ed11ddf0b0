"""Counts in files: added up over runs and processes, dropped for what was changed since."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from known_machine import KNOWN

from aslrun.coverage.data import (
    Counts,
    Coverage,
    Place,
    add_to_file,
    check_file,
    from_json,
    read_coverage,
    to_json,
)
from aslrun.coverage.points import points_of
from aslrun.coverage.report import DefinitionCoverage, Report, percent_text
from aslrun.document import document_of
from aslrun.errors import UsageError

KEYS = [point.key for point in points_of(KNOWN)]
HITS = st.dictionaries(st.sampled_from([*KEYS, "/States/Gone"]), st.integers(0, 9)).map(Counter)
PLACES = st.sampled_from([Place("/m/a.asl.json"), Place("/m/t.yaml", "A"), Place("/m/t.yaml", "B")])
COVERAGES = st.dictionaries(PLACES, HITS).map(
    lambda given: Coverage({place: Counts("d", hits) for place, hits in given.items()})
)


def plain(coverage: Coverage) -> Any:
    return to_json(coverage, "/")


def total(*parts: Coverage) -> Coverage:
    added = Coverage()
    for part in parts:
        added.add(from_json(plain(part), "/"))
    return added


@given(COVERAGES, COVERAGES, COVERAGES)
def test_the_order_of_runs_does_not_matter(one: Coverage, two: Coverage, three: Coverage) -> None:
    assert plain(total(one, two, three)) == plain(total(three, total(two, one)))
    assert plain(total(one)) == plain(total(one, Coverage())) == plain(from_json(plain(one), "/"))


def covered(hits: Counter[str]) -> DefinitionCoverage:
    return DefinitionCoverage("known.asl.json", "", document_of(KNOWN), hits)


@given(HITS, HITS)
def test_runs_never_take_coverage_away(one: Counter[str], two: Counter[str]) -> None:
    both = covered(one + two)
    for kind in (None, "states", "transitions", "rules", "retriers", "catchers", "maps"):
        hit, total = both.ratio(kind)
        assert max(covered(one).ratio(kind)[0], covered(two).ratio(kind)[0]) <= hit <= total
        assert covered(one + one).ratio(kind) == covered(one).ratio(kind)


@given(HITS)
def test_what_is_told_in_few_lines_is_all_that_was_missed(hits: Counter[str]) -> None:
    definition = covered(+hits)
    misses = list(definition.misses())
    if not any(definition.count(point) for point in definition.points):
        assert [miss.message for miss in misses] == ["no part of it was run"]
        return
    told = sum(sum(miss.inside.values()) for miss in misses) + len(misses)
    told += sum(miss.message.endswith("never evaluated") for miss in misses)  # two points in one line
    assert told == len(definition.missed)


def test_percentages_are_cut_off() -> None:
    assert [percent_text(ratio) for ratio in ((2, 3), (1, 2), (99_999, 100_000), (0, 5), (5, 5), (0, 0))] == [
        "66.66%", "50%", "99.99%", "0%", "100%", "100%",
    ]  # fmt: skip
    report = Report([covered(Counter(KEYS[:19]))])
    assert (report.is_under(50), report.is_under(50.01), Report([]).is_under(100)) == (False, True, False)


def test_files_are_named_as_seen_from_the_data(tmp_path: Path) -> None:
    place = Place(str((tmp_path / "flows" / "a.asl.json").resolve()))
    add_to_file(str(tmp_path / "cov.json"), Coverage({place: Counts("d", Counter({"/States/A": 2}))}))
    (tmp_path / "elsewhere").mkdir()
    moved = tmp_path / "elsewhere" / "cov.json"
    (tmp_path / "cov.json").rename(moved)
    assert json.loads(moved.read_text())["definitions"][0]["file"] == "flows/a.asl.json"
    [place] = read_coverage(str(moved)).counts
    assert place.file == str((tmp_path / "elsewhere" / "flows" / "a.asl.json").resolve())


def test_what_was_counted_of_another_text_is_dropped(tmp_path: Path) -> None:
    file, place = str(tmp_path / "cov.json"), Place(str((tmp_path / "a.asl.json").resolve()))
    assert add_to_file(file, Coverage({place: Counts("old", Counter({"/States/A": 2}))})) == []
    assert add_to_file(file, Coverage({place: Counts("new", Counter({"/States/B": 1}))})) == [place]
    assert read_coverage(file).counts == {place: Counts("new", Counter({"/States/B": 1}))}
    assert [each.name for each in tmp_path.iterdir()] == ["cov.json"]


def test_processes_that_add_at_the_same_time(tmp_path: Path) -> None:
    code = f"""
from collections import Counter
from aslrun.coverage.data import *
for _ in range(20):
    add_to_file({str(tmp_path / "cov.json")!r}, Coverage({{Place("/m/a"): Counts("d", Counter(A=1))}}))
"""
    started = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    assert [process.wait(60) for process in started] == [0] * 4
    [counts] = read_coverage(str(tmp_path / "cov.json")).counts.values()
    assert counts.hits == {"A": 80}
    assert [each.name for each in tmp_path.iterdir()] == ["cov.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "aslrun coverage 1"}',
        '{"format": "aslrun coverage 1", "definitions": [1]}',
        '{"format": "aslrun coverage 1", "definitions": [{"file": "a", "digest": "d", "hits": {"A": -1}}]}',
        '{"format": "aslrun coverage 1", "definitions": [{"file": "a", "digest": "d", "hits": {"A": "x"}}]}',
        "[" * 100_000,
        "\x00",
    ],
)
def test_files_that_are_no_counts(tmp_path: Path, text: str) -> None:
    (tmp_path / "cov.json").write_text(text)
    with pytest.raises(UsageError, match=r"cov\.json is no coverage data of aslrun's"):
        check_file(str(tmp_path / "cov.json"))


def test_files_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        check_file(str(tmp_path / "nowhere" / "cov.json"))
    with pytest.raises(UsageError, match="cannot be written"):
        add_to_file(str(tmp_path / "nowhere" / "cov.json"), Coverage())
    with pytest.raises(UsageError, match="cannot be read"):
        check_file(str(tmp_path))

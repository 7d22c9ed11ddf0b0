"""Metrics in the form that Prometheus reads: whatever functions call theirs, its own parser takes all."""

from __future__ import annotations

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from aslrun.observe.metrics.metric import Dimensions, Metric
from aslrun.observe.metrics.openmetrics import Totals


def point(name: str, value: float = 1, unit: str = "Count", *dimensions: tuple[str, str]) -> Metric:
    of: Dimensions = dimensions
    return Metric("shop", name, value, unit, 0.0, of)


def read(*points: Metric) -> dict[str, float]:
    """Return the samples as Prometheus' parser has them, by their names with labels."""
    totals = Totals()
    for one in points:
        totals.take(one)
    families = text_string_to_metric_families(totals.exposition()[0].decode())  # type: ignore[no-untyped-call]
    samples = [sample for family in families for sample in family.samples]
    found = {sample.name + "".join(map(str, sample.labels.values())): sample.value for sample in samples}
    assert len(found) == len(samples)
    return found


def test_counts_times_and_numbers() -> None:
    assert read(point("Orders"), point("Orders", 2), point("Took", 5, "Milliseconds")) == {
        "shop_orders_total": 3, "shop_took_milliseconds_count": 1, "shop_took_milliseconds_sum": 5,
    }  # fmt: skip


def test_what_was_below_0_is_a_gauge() -> None:
    assert read(point("Stock", 2), point("Stock", -3)) == {"shop_stock": -3}
    assert read(point("Drift", -1.5, "Seconds")) == {"shop_drift_seconds": -1.5}


def test_names_that_come_to_the_same_are_added_up() -> None:
    assert read(point("fooBar"), point("foo_bar")) == {"shop_foo_bar_total": 2}
    assert read(point("N", 1, "Count", ("Stage", "a")), point("N", 1, "Count", ("stage", "a"))) == {
        "shop_n_totala": 2
    }


def test_names_that_other_families_have_get_a_number() -> None:
    assert read(point("N"), point("N", 4, "None")) == {
        "shop_n_total": 1, "shop_n_2_count": 1, "shop_n_2_sum": 4,
    }  # fmt: skip
    assert read(point("Size", 4, "None"), point("SizeCount")) == {
        "shop_size_count": 1, "shop_size_sum": 4, "shop_size_count_2_total": 1,
    }  # fmt: skip
    assert read(point("N_total"), point("N")) == {"shop_n_total_total": 1, "shop_n_2_total": 1}

"""`aslrun profile`: where the time of recorded executions goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from aslrun.cli.completion import FILE

if TYPE_CHECKING:
    from aslrun.observe.profile import Profile, StateTimes
    from aslrun.values import JSON

PERCENTILES = (50, 90, 99)
MOST_STEPS = 40
"""States of a critical path that are shown; of more, the longest."""


@click.command()
@click.argument("histories", type=FILE, nargs=-1, required=True, metavar="HISTORY...")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(histories: tuple[str, ...], as_json: bool) -> None:
    """Show where the time of recorded executions goes: critical paths, waiting, retrying, functions.

    HISTORY is what `aslrun execute --history FILE` or `aws stepfunctions get-execution-history` wrote (- for
    stdin), one execution in each. Of several, each state's times are told over all of them.
    """
    from aslrun.cli.files import read_histories
    from aslrun.cli.output import echo, print_json
    from aslrun.cli.view import read_recording
    from aslrun.functions.report import Invocation
    from aslrun.observe.profile import profile_of, state_times
    from aslrun.page.recording import read_whole

    profiles, journeys = [], []
    for path in histories:
        recorded = read_histories([path])
        invocations = {id: [Invocation(**one) for one in made] for id, made in recorded.invocations.items()}
        journey = read_whole(read_recording([path], recorded)).journey
        journeys.append(journey)
        profiles.append((path, profile_of(journey, invocations)))
    times = state_times(journeys)
    if as_json:
        print_json({"executions": [_profile_json(*one) for one in profiles], "states": _times_json(times)})
        return
    lines = [line for path, profile in profiles for line in _profile_lines(path, profile)]
    echo("\n".join([*lines, *_times_lines(times, len(profiles))]))


def _profile_lines(path: str, profile: Profile) -> Iterator[str]:
    from aslrun.document.printable import printable
    from aslrun.timestamps import duration_text

    shown = sorted(profile.path, key=lambda step: -step.seconds)[:MOST_STEPS]
    left_out = (
        f", the {MOST_STEPS} longest of {len(profile.path):,} states"
        if len(profile.path) > MOST_STEPS
        else ""
    )
    yield f"{path}: {duration_text(profile.seconds)}, on its critical path{left_out}:"
    for step in profile.path:
        if not any(step is one for one in shown):
            continue
        share = step.seconds / profile.seconds if profile.seconds else 0.0
        told = [
            f"{duration_text(seconds)} {what}"
            for what, seconds in _parts(step.waiting, step.retrying, step.working)
        ]
        name = "  " * step.depth + printable(step.visit.name)
        yield f"  {name:<36}{duration_text(step.seconds):>12}{share:>6.0%}  {', '.join(told)}".rstrip()
    parts = _parts(profile.waiting, profile.retrying, profile.working)
    yield "  in all: " + (
        ", ".join(f"{duration_text(seconds)} {what}" for what, seconds in parts) or "no time"
    )
    if profile.invocations:
        cold = f"{profile.cold_starts} of {profile.invocations} invocations"
        yield f"  cold starts: {cold}, {duration_text(round(profile.initialising, 3))} of initialising"
    yield ""


def _parts(waiting: float, retrying: float, working: float) -> list[tuple[str, float]]:
    parts = (("waiting", waiting), ("retrying", retrying), ("in functions and services", working))
    return [(what, round(seconds, 3)) for what, seconds in parts if round(seconds, 3)]


def _times_lines(times: list[StateTimes], executions: int) -> Iterator[str]:
    from aslrun.document.printable import printable
    from aslrun.timestamps import duration_text

    yield f"States of {executions} execution{'s' if executions > 1 else ''}, the longest in sum first:"
    heads = ["VISITS", *(f"P{percent}" for percent in PERCENTILES), "LONGEST"]
    yield f"  {'STATE':<36}" + "".join(f"{head:>12}" for head in heads)
    for one in times:
        figures = [duration_text(one.percentile(percent)) for percent in (*PERCENTILES, 100)]
        yield f"  {printable(one.state):<36}{len(one.seconds):>12,}" + "".join(
            f"{figure:>12}" for figure in figures
        )


def _profile_json(path: str, profile: Profile) -> dict[str, JSON]:
    steps: list[JSON] = [
        {
            "state": step.visit.name,
            "depth": step.depth,
            "seconds": step.seconds,
            "waiting": step.waiting,
            "retrying": step.retrying,
            "working": step.working,
        }
        for step in profile.path
    ]
    return {
        "history": path,
        "seconds": profile.seconds,
        "waiting": round(profile.waiting, 6),
        "retrying": round(profile.retrying, 6),
        "working": round(profile.working, 6),
        "invocations": profile.invocations,
        "coldStarts": profile.cold_starts,
        "initialising": round(profile.initialising, 6),
        "criticalPath": steps,
    }


def _times_json(times: list[StateTimes]) -> list[JSON]:
    return [
        {
            "state": one.state,
            "visits": len(one.seconds),
            **{f"p{percent}": one.percentile(percent) for percent in PERCENTILES},
            "longest": one.seconds[-1],
        }
        for one in times
    ]

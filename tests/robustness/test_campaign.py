"""A few mutated inputs of each day; `make fuzz-inputs` tries 2,000."""

from __future__ import annotations

from campaign import run_campaign, seed_of_the_day


def test_mutated_inputs_end_with_a_message_of_ours() -> None:
    seed = seed_of_the_day()
    for found in run_campaign(60, seed):
        raise AssertionError(f"--seed {seed} --only {found.number}: {found.case.args}\n{found.what}")

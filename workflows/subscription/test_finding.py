"""A finding of `aslrun fuzz`, and what became of it.

    aslrun fuzz workflows/subscription/flawed.asl.json --output workflows/subscription/finding

found that Notify reads `$.payments.receipts` also where nothing was paid: a card expires during the trial,
the customer is asked for a new one, and does not answer for three days. The folder `finding` is what it
wrote. No test had come to that way, and validation cannot tell: `payments` might be in the input.

subscription.asl.json has two states in place of Notify, of which Regret reads no receipts; the test of that
is `test_nobody_answers` in test_subscription.py.
"""

import json
from pathlib import Path

import aslrun

HERE = Path(__file__).parent
FINDING = HERE / "finding"


def test_the_finding_happens_again():
    machine = aslrun.load(HERE / "flawed.asl.json")
    execution = machine.execute(
        json.loads((FINDING / "RuntimeError1.json").read_text(encoding="utf-8")),
        mocks=machine.read_mocks(str(FINDING / "mocks.json"), "RuntimeError1"),
    )
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert execution.failed_state == "Notify"
    assert "'$.payments.receipts'" in execution.cause


def test_the_flaw_does_not_show_as_long_as_something_is_paid(state_machine):
    execution = state_machine("flawed.asl.json").execute(
        {"email": "ada@example.com", "plan": "team", "card": "4242"}
    )
    assert execution.output["text"] == "Your subscription is active. Receipts: R-I-1, R-I-2."

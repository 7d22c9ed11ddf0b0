"""The subscription, tested: functions and mocks as values, exceptions, callables and sequences of these.

pytest workflows/subscription --asl-cov=workflows/subscription/subscription.asl.json
"""

import pytest

from aslrun import StateError
from aslrun.drivers.clock import VirtualClock

DAY = 86_400
NEW_YEAR = 1_798_761_600  # 2027-01-01T00:00:00Z
ADA = {"email": "ada@example.com", "plan": "team", "card": "4242"}
OPEN = {"cancelled": False, "cardExpired": False, "invoices": [{"id": "I-1", "amount": 20}]}


class CardDeclined(Exception):
    pass


class ProcessorBusy(Exception):
    pass


@pytest.fixture
def machine(state_machine):
    return state_machine("subscription.asl.json")


def only_card(number):
    """A `charge` that takes one card."""

    def charge(event):
        if event["card"] != number:
            raise CardDeclined("insufficient funds")
        return {"receipt": f"R-{event['invoice']}"}

    return charge


def test_a_trial_of_two_weeks_takes_no_time(machine):
    execution = machine.execute(ADA, functions={"look-up": OPEN}, clock=VirtualClock(NEW_YEAR))
    assert execution.path == [
        "SignUp", "Trial", "LookUp", "StillWanted", "PayInvoices", "Charge", "Activate", "Welcome",
    ]  # fmt: skip
    assert execution.output["text"] == "Your subscription is active. Receipts: R-I-1."
    assert execution.waited == 14 * DAY
    assert execution.clock.now >= NEW_YEAR + 14 * DAY


def test_a_busy_processor_is_asked_again(machine):
    execution = machine.execute(
        ADA,
        functions={
            "look-up": OPEN,
            "charge": (ProcessorBusy("try later"), ProcessorBusy("try later"), {"receipt": "R-1"}),
        },
    )
    assert execution.succeeded
    assert execution.retries("Charge") == 2
    assert execution.waited == 14 * DAY + 60 + 120


def test_a_processor_that_stays_busy_fails_the_execution(machine):
    execution = machine.execute(ADA, functions={"look-up": OPEN, "charge": ProcessorBusy("try later")})
    assert (execution.status, execution.error) == ("FAILED", "ProcessorBusy")
    assert execution.retries("Charge") == 4


def test_a_declined_card_is_replaced(machine, history_snapshot):
    execution = machine.execute(
        ADA,
        functions={"look-up": OPEN, "charge": only_card("5555")},
        mocks={"AskForCard": "5555"},
    )
    assert execution.output["text"] == "Your subscription is active. Receipts: R-I-1."
    assert [given["card"] for given in execution.inputs("Charge")] == ["4242", "5555"]
    assert execution.inputs("PayInvoices")[1]["declined"]["Error"] == "CardDeclined"
    history_snapshot(execution)


def test_an_expired_card_is_asked_for_before_it_is_charged(machine):
    def ask(arguments):
        assert arguments["MessageBody"]["email"] == "ada@example.com"
        return "5555"

    execution = machine.execute(
        ADA,
        functions={"look-up": ({**OPEN, "cardExpired": True}, OPEN), "charge": only_card("5555")},
        mocks={"AskForCard": ask},
    )
    assert execution.succeeded
    assert len(execution.events("LambdaFunctionScheduled", "Charge")) == 1


def test_nobody_answers(machine):
    """Written after the finding of `aslrun fuzz` that test_finding.py tells of."""
    execution = machine.execute(
        ADA,
        functions={"look-up": {**OPEN, "cardExpired": True}},
        mocks={"AskForCard": StateError("States.Timeout", "")},
    )
    assert execution.path[-2:] == ["Suspend", "Regret"]
    assert execution.output["text"] == "Your subscription is suspended. Receipts: none."

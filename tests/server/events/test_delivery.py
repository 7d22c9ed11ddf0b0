"""When what a rule delivers is tried again."""

from __future__ import annotations

import pytest

from aslrun.server.events.targets import delivery_of


class Refused(Exception):
    def __init__(self, status: int, code: str = "Wrong") -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}


TARGET = {"Arn": "arn", "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}}


@pytest.mark.parametrize(
    ("wrong", "attempt", "waited", "again"),
    [
        (Refused(400), 1, 0, False),
        (Refused(500), 1, 2, True),
        (Refused(400, "ThrottlingException"), 2, 4, True),
        (Refused(503), 3, 6, False),
        (Refused(503), 1, 61, False),
        (ValueError("no local form"), 1, 0, False),
    ],
)
def test_only_what_may_pass_is_tried_again(
    wrong: Exception, attempt: int, waited: float, again: bool
) -> None:
    assert delivery_of("rule", TARGET).may_try_again(wrong, attempt, waited) is again


def test_without_a_policy_it_is_eventbridges() -> None:
    delivery = delivery_of("rule", {"Arn": "arn"})
    assert (delivery.retries, delivery.age, delivery.dead_letters) == (185, 86_400, None)

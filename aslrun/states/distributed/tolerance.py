"""ToleratedFailureCount and ToleratedFailurePercentage. Documentation: "Setting failure thresholds for
Distributed Map states"; texts as recorded; that 0 counts as not set as measured on AWS."""

from __future__ import annotations

from collections.abc import Callable

from aslrun.errors import FatalStateError, StateError
from aslrun.interpreter.map_run import MapRun


def check_tolerance(count: float | None, percentage: float | None) -> None:
    """Raise States.Runtime for thresholds that are none."""
    if percentage is not None and not 0 <= percentage <= 100:
        raise FatalStateError("ToleratedFailurePercentage must be between 0 and 100.")
    if count is not None and count < 0:
        raise FatalStateError("ToleratedFailureCount cannot be negative.")


def check_failures(run: MapRun, total: Callable[[], int]) -> None:
    """Raise States.ExceedToleratedFailureThreshold where more items failed than may.

    `total` gives the number of all items; it is asked for only where it decides.
    """
    failed = run.items.failed + run.items.timedOut
    if not failed:
        return
    is_set = run.tolerated_count or run.tolerated_percentage
    too_many = bool(run.tolerated_count) and failed > run.tolerated_count
    if not too_many and run.tolerated_percentage:
        # What is known of the total is less than it: where that is enough, the rest need not be counted.
        percentage = 100 * failed / max(1, run.items.total)
        too_many = percentage > run.tolerated_percentage
        if too_many and not run.all_read:
            too_many = 100 * failed / max(1, total()) > run.tolerated_percentage
    if too_many or not is_set:
        raise StateError(
            "States.ExceedToleratedFailureThreshold",
            "The specified tolerated failure threshold was exceeded",
        )

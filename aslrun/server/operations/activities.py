"""Activities, and the tokens of Tasks that wait: GetActivityTask, SendTaskSuccess, SendTaskFailure,
SendTaskHeartbeat."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from aslrun.interpreter.quota import PAYLOAD_LIMIT
from aslrun.server.arns import parse_arn
from aslrun.server.errors import ApiError, invalid_token, no_activity, quoted
from aslrun.server.json_text import parse_text
from aslrun.server.names import check_name
from aslrun.server.operations.configuration import read_encryption
from aslrun.server.operations.tags import read_tags
from aslrun.server.pages import page_of
from aslrun.server.protocol import Later, Request
from aslrun.server.service import ACTIVITY, Service
from aslrun.store import Resource

POLL = 55.0
"""Seconds that GetActivityTask waits for a task: the service waits 60, but clients give up then."""


def create(service: Service, request: Request) -> Mapping[str, Any]:
    """CreateActivity: idempotent by its name."""
    members = request.members
    check_name(members["name"])
    activity = Resource(
        kind=ACTIVITY,
        arn=request.place.arn("activity", members["name"]),
        name=members["name"],
        data={
            "tags": read_tags(members.get("tags", [])),
            "encryption": read_encryption(members.get("encryptionConfiguration")),
        },
        created=service.now(),
    )
    if not service.store.add(activity):
        there = service.store.get(ACTIVITY, activity.arn)
        if there is not None and there.data["encryption"] != activity.data["encryption"]:
            raise quoted("ActivityAlreadyExists", "Activity Already Exists", activity.arn)
        activity = there or activity
    return {"activityArn": activity.arn, "creationDate": activity.created}


def find(service: Service, text: str) -> Resource:
    """Return an activity; ApiError if there is none of that ARN."""
    parse_arn(text, "activity")
    activity = service.store.get(ACTIVITY, text)
    if activity is None:
        raise no_activity(text)
    return activity


def describe(service: Service, request: Request) -> Mapping[str, Any]:
    """DescribeActivity."""
    activity = find(service, request.members["activityArn"])
    return {
        "activityArn": activity.arn,
        "name": activity.name,
        "creationDate": activity.created,
        "encryptionConfiguration": activity.data["encryption"],
    }


def delete(service: Service, request: Request) -> Mapping[str, Any]:
    """DeleteActivity: one that is not there is deleted already (recorded)."""
    arn = request.members["activityArn"]
    parse_arn(arn, "activity")
    service.store.delete(ACTIVITY, arn)
    return {}


def list_activities(service: Service, request: Request) -> Mapping[str, Any]:
    """ListActivities: by their names."""
    prefix = request.place.arn("activity", "")
    activities = sorted(
        (one for one in service.all(ACTIVITY) if one.arn.startswith(prefix)), key=lambda one: one.name
    )
    page, token = page_of("ListActivities", request.members, activities, lambda one: one.name)
    return {
        "activities": [
            {"activityArn": one.arn, "name": one.name, "creationDate": one.created} for one in page
        ],
        "nextToken": token,
    }


def get_task(service: Service, request: Request) -> Later:
    """GetActivityTask: the next task of an activity, or nothing where none comes in time."""
    activity = find(service, request.members["activityArn"])
    task = service.engine.poll_activity(activity.arn, request.members.get("workerName"))
    return Later(when_kept(service, task), POLL, {})


def when_kept(service: Service, task: Future[Mapping[str, Any]]) -> Future[Mapping[str, Any]]:
    """Return a task once it is kept that a worker has it: after a crash its token is valid then."""
    handed: Future[Mapping[str, Any]] = Future()
    handed.add_done_callback(lambda given_up: given_up.cancelled() and task.cancel())

    def hand(told: Future[Mapping[str, Any]]) -> None:
        if not told.cancelled() and handed.set_running_or_notify_cancel():
            result = told.result()
            service.engine.running.settled().add_done_callback(lambda _: handed.set_result(result))

    task.add_done_callback(hand)
    return handed


def _answer(service: Service, told: bool | None) -> Later:
    """Return the answer to a token's answer, which comes when that is kept: None is a token of nobody, False
    one that no longer waits."""
    if told is None:
        raise invalid_token()
    if not told:
        raise quoted("TaskTimedOut", "Task Timed Out", "Provided task does not exist anymore")
    answer: Future[Mapping[str, Any]] = Future()

    def tell(settled: Future[None]) -> None:
        if answer.set_running_or_notify_cancel():  # else the client has gone
            answer.set_result({})

    service.engine.running.settled().add_done_callback(tell)
    return Later(answer)


def succeed(service: Service, request: Request) -> Later:
    """SendTaskSuccess."""
    members = request.members
    text = members["output"]
    try:
        output = parse_text(text)
    except ValueError as wrong:
        raise quoted("InvalidOutput", "Invalid Output", str(wrong)) from None
    if len(text.encode("utf-8", "replace")) > PAYLOAD_LIMIT:
        raise ApiError("InvalidOutput", "Invalid Output: 'Output exceeds the maximum size'")
    return _answer(service, service.engine.send_success(members["taskToken"], output))


def fail(service: Service, request: Request) -> Later:
    """SendTaskFailure."""
    members = request.members
    told = service.engine.send_failure(members["taskToken"], members.get("error"), members.get("cause"))
    return _answer(service, told)


def heartbeat(service: Service, request: Request) -> Later:
    """SendTaskHeartbeat."""
    return _answer(service, service.engine.send_heartbeat(request.members["taskToken"]))

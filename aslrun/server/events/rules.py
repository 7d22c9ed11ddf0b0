"""Rules and schedules of EventBridge, the events of buckets, and the messages of topics for functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote_plus
from uuid import uuid4

from aslrun.functions.sample_events import Origin, s3_put, schedule, sns
from aslrun.server.events.inputs import input_of, parsed
from aslrun.server.events.schedule import Next, ScheduleError, read_schedule
from aslrun.server.events.targets import Delivery, Targets, delivery_of, more_of, stamp
from aslrun.server.events.telling import short
from aslrun.services.local.handed import BusEvent, DelayedMessage, Handed, ObjectEvent, TopicMessage
from aslrun.services.local.subscriptions import is_wanted
from aslrun.services.pattern import PatternError, check, matches
from aslrun.services.wire import Request
from aslrun.values import JSON


class Pushed:
    """Delivers what the local AWS hands over: it has come with a request, and is pushed on at once. `wake`
    has queues looked at."""

    def __init__(self, targets: Targets, wake: Callable[[], None]) -> None:
        self.targets = targets
        self.wake = wake
        self.work = targets.work
        self._wrong: set[str] = set()

    def take(self, handed: Handed, request: Request) -> None:
        """Deliver something. Called on the thread of the request."""
        if isinstance(handed, DelayedMessage):
            self.work.later(handed.seconds, partial(self._show, handed))
            return
        depth = self.targets.depths.of(request)
        if isinstance(handed, BusEvent):
            self._event(handed, depth)
        elif isinstance(handed, TopicMessage):
            self._message(handed, depth)
        else:
            self._object(handed, depth)

    def _show(self, one: DelayedMessage) -> None:
        """Its delay is over by the server's clock."""
        one.show()
        self.wake()

    def _event(self, one: BusEvent, depth: int) -> None:
        try:
            check(one.pattern)
            is_for_it = matches(one.pattern, one.event)
        except PatternError as wrong:
            self._tell_once(one.arn, f"{short(one.arn)} matches nothing: its pattern is wrong: {wrong}")
            return
        if not is_for_it:
            return
        for target in one.targets:
            payload = input_of(target, one.event, one.arn, one.rule, stamp(self.work.now))
            delivery, more = delivery_of(one.arn, target), more_of(target, one.event)
            self._deliver(short(one.arn), payload, more, depth, str(one.event.get("id")), delivery)

    def _deliver(
        self, source: str, payload: JSON, more: Mapping[str, Any], depth: int, id: str, delivery: Delivery
    ) -> None:
        self.work.start(
            lambda: self.targets.deliver(
                source,
                delivery.target,
                payload,
                more=more,
                depth=depth,
                id=id or str(uuid4()),
                delivery=delivery,
            )
        )

    def _message(self, one: TopicMessage, depth: int) -> None:
        if one.filter_policy and not self._is_wanted(one):
            return
        source = short(one.topic)
        topic = one.topic.rpartition(":")[2]
        event: Any = sns(self._origin(), topic, one.message, one.subject)
        record = event["Records"][0]
        record["EventSubscriptionArn"] = one.subscription
        record["Sns"] |= {
            "MessageId": one.id,
            "TopicArn": one.topic,
            "MessageAttributes": {
                name: {"Type": given.get("Type"), "Value": _plain(given.get("Value"))}
                for name, given in one.attributes.items()
            },
        }
        self.targets.invoke(source, one.function, event, depth=depth, id=str(uuid4()))

    def _is_wanted(self, one: TopicMessage) -> bool:
        """Tell whether a subscription's filter policy lets a message through."""
        try:
            return is_wanted(one.filter_policy or {}, one.attributes, one.message, of_body=one.of_body)
        except PatternError as wrong:
            self._tell_once(
                one.subscription, f"{short(one.subscription)}: its filter policy is wrong: {wrong}"
            )
            return False

    def _object(self, one: ObjectEvent, depth: int) -> None:
        """The shape is that of `aslrun event s3`; the local AWS leaves out some of it."""
        for told in one.event.get("Records", []):
            bucket, thing = told["s3"]["bucket"], told["s3"]["object"]
            source = f"bucket {bucket['name']} ({told['eventName']})"
            event: Any = s3_put(
                self._origin(), bucket["name"], unquote_plus(thing["key"]), thing.get("size", 0)
            )
            record = event["Records"][0]
            record["eventName"] = told["eventName"]
            record["s3"]["configurationId"] = told["s3"].get("configurationId")
            removed = "Removed" in told["eventName"]
            names = ("versionId", "sequencer") if removed else ("eTag", "versionId", "sequencer")
            own = {"key": thing["key"]} if removed else record["s3"]["object"]
            record["s3"]["object"] = {**own, **{name: thing[name] for name in names if name in thing}}
            self.targets.invoke(source, one.function, event, depth=depth, id=str(uuid4()))

    def _origin(self) -> Origin:
        return Origin(time=stamp(self.work.now))

    def _tell_once(self, what: str, told: str) -> None:
        if what not in self._wrong:
            self._wrong.add(what)
            self.targets.telling.say(told)


def _plain(value: Any) -> JSON:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Something that happens by a schedule; `rule` is the name of a rule of EventBridge, None for a schedule
    of Scheduler, whose target is given the Input. It happens from `begin` to `end`, where these are told."""

    id: str
    arn: str
    expression: str
    targets: tuple[str, ...]
    rule: str | None = None
    zone: str = "UTC"
    begin: float | None = None
    end: float | None = None

    def read(self, now: float) -> Next:
        """Return when it is time. Raises ScheduleError."""
        if self.begin is None and self.end is None:
            return read_schedule(self.expression, now, self.zone)
        begin = now if self.begin is None else self.begin
        following = read_schedule(self.expression, begin, self.zone)
        is_rate = self.expression.startswith("rate(")

        def within(after: float) -> float | None:
            time = following(max(after, begin - 1))
            if is_rate and after < begin:  # where the first time of a rate is
                time = begin
            return None if time is None or (self.end is not None and time > self.end) else time

        return within


class Schedules:
    """What happens by the clock. It is read off the local AWS whenever something of it was changed."""

    def __init__(self, targets: Targets) -> None:
        self.targets = targets
        self.work = targets.work
        self._now: dict[str, tuple[Scheduled, Next]] = {}

    def read(self, call: Callable[[str, str, Mapping[str, Any]], dict[str, Any]], service: str) -> None:
        """Take up what a service (`events` or `scheduler`) has of schedules now."""
        found = {one.id: one for one in (_rules(call) if service == "events" else _schedules(call))}
        prefix = f"{service}:"
        for id in [id for id in self._now if id.startswith(prefix) and id not in found]:
            del self._now[id]
        for id, one in found.items():
            if id not in self._now or self._now[id][0] != one:
                self._begin(one)

    def _begin(self, one: Scheduled) -> None:
        try:
            following = one.read(self.work.now)
        except ScheduleError as wrong:
            self._now[one.id] = (one, _never)
            self.targets.telling.say(f"schedule {one.id.partition(':')[2]} never happens: {wrong}")
            return
        self._now[one.id] = (one, following)
        if not self._set(one, following, self.work.now):
            self.targets.telling.say(
                f"schedule {one.id.partition(':')[2]} never happens: no time by {one.expression} is to come"
            )

    def _set(self, one: Scheduled, following: Next, after: float) -> bool:
        time = following(after)
        if time is None:
            return False
        self.work.at(time, lambda: self._happen(one, following, time), drives=False)
        return True

    def _happen(self, one: Scheduled, following: Next, time: float) -> None:
        if self._now.get(one.id) != (one, following):
            return  # changed or gone since
        self._set(one, following, time)
        name = one.id.partition(":")[2]
        for text in one.targets:
            target, id = json.loads(text), str(uuid4())
            if one.rule is not None:
                event = schedule(Origin(time=stamp(time)), one.rule)
                event["id"] = id
                payload = input_of(target, event, one.arn, one.rule, stamp(time))
            else:
                payload = _scheduled_input(target, one.arn, stamp(time), id)
            self.targets.deliver(
                f"schedule {name}",
                target["Arn"],
                payload,
                more=more_of(target, payload),
                id=id,
                delivery=delivery_of(one.arn, target),
            )


def _never(after: float) -> float | None:
    return None


def _scheduled_input(target: Mapping[str, Any], arn: str, time: str, id: str) -> JSON:
    """Return what a schedule gives. Documentation: "Adding context attributes to the schedule target"."""
    text = str(target.get("Input", "{}"))
    told = {"scheduled-time": time, "schedule-arn": arn, "execution-id": id, "attempt-number": "1"}
    for name, value in told.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return parsed(text)


def _rules(call: Callable[[str, str, Mapping[str, Any]], dict[str, Any]]) -> list[Scheduled]:
    found = []
    for rule in call("events", "ListRules", {})["Rules"]:
        if rule.get("ScheduleExpression") and rule.get("State") != "DISABLED":
            told = call("events", "ListTargetsByRule", {"Rule": rule["Name"]})["Targets"]
            if told:
                targets = tuple(json.dumps(one) for one in told)
                name, expression = rule["Name"], rule["ScheduleExpression"]
                found.append(Scheduled(f"events:{name}", rule["Arn"], expression, targets, name))
    return found


def _schedules(call: Callable[[str, str, Mapping[str, Any]], dict[str, Any]]) -> list[Scheduled]:
    found = []
    for listed in call("scheduler", "ListSchedules", {})["Schedules"]:
        group = listed.get("GroupName", "default")
        one = call("scheduler", "GetSchedule", {"Name": listed["Name"], "GroupName": group})
        if one.get("State") != "DISABLED":
            zone = one.get("ScheduleExpressionTimezone") or "UTC"
            targets = (json.dumps(one["Target"]),)
            id = f"scheduler:{one['Name']}" if group == "default" else f"scheduler:{group}/{one['Name']}"
            begin, end = (one[name].timestamp() if name in one else None for name in ("StartDate", "EndDate"))
            found.append(
                Scheduled(id, one["Arn"], one["ScheduleExpression"], targets, None, zone, begin, end)
            )
    return found

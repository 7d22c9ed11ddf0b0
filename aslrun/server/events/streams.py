"""Streams of DynamoDB tables and of Kinesis: records are given to functions in their order.

Documentation: "Using AWS Lambda with Amazon DynamoDB", "How Lambda processes records from stream and
queue-based event sources". A batch that fails holds up its shard until it has been tried often enough.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import uuid4

from aslrun.server.events.inputs import parsed
from aslrun.server.events.mapping import AT_TIMESTAMP, EventSource, failed_items, is_wanted
from aslrun.server.events.reader import Reader, circle
from aslrun.server.events.targets import Targets, stamp
from aslrun.server.events.telling import short
from aslrun.server.events.work import DEEPEST
from aslrun.values import JSON

FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0
"""Seconds between attempts, twice as many each time."""
POSITIONS = ("LATEST", "TRIM_HORIZON", AT_TIMESTAMP)
KEPT = 86_400.0
"""Seconds that a stream keeps records."""


class StreamReader(Reader):
    """Reads the shards of a stream for a function."""

    def __init__(self, mapping: EventSource, targets: Targets) -> None:
        name = mapping.source.split(":", 5)[5]
        super().__init__(mapping, targets, name, name)
        self.service = "dynamodbstreams" if mapping.service == "dynamodb" else "kinesis"
        self._iterators: dict[str, str] = {}
        self._busy: set[str] = set()
        self._gathered: dict[str, list[dict[str, JSON]]] = {}
        """Shard → records that wait for a batch to be full, or for the end of its window."""
        self._sending = threading.Lock()
        """Is held while a shard is read, and while what was gathered of it is sent."""
        self._source = mapping.source

    def begin(self) -> None:
        try:
            self._find_shards()  # LATEST is what comes from now on
        except Exception as wrong:
            self.tell_once(str(wrong))
        super().begin()

    def read_all(self) -> None:
        if not self._iterators:
            self._find_shards()
        for shard in [one for one in self._iterators if one not in self._busy]:
            with self._sending:
                if shard not in self._busy:
                    self._read(shard)

    def start_over(self) -> None:
        self._iterators.clear()
        self._gathered.clear()

    @property
    def shown(self) -> str:
        """What people call it: `table Orders`, `stream clicks`."""
        return " ".join(self.name.split("/")[:2])

    # ------------------------------------------------------------------ reading

    def _find_shards(self) -> None:
        if self.service == "kinesis":
            stream: dict[str, Any] = {"StreamName": self.name.removeprefix("stream/").partition("/")[0]}
        else:
            stream = {"StreamArn": self._stream_arn()}
        described = self.targets.call(self.service, "DescribeStream", stream)["StreamDescription"]
        kind = str(self.mapping.settings.get("StartingPosition") or "TRIM_HORIZON")
        kind = kind if kind in POSITIONS else "TRIM_HORIZON"
        since = {"Timestamp": self.mapping.since} if kind == AT_TIMESTAMP else {}
        for shard in described["Shards"]:
            asked = {**stream, "ShardId": shard["ShardId"], "ShardIteratorType": kind, **since}
            found = self.targets.call(self.service, "GetShardIterator", asked)
            self._iterators[shard["ShardId"]] = found["ShardIterator"]

    def _stream_arn(self) -> str:
        """Return the ARN of a table's stream; a template has none, and names the table."""
        if "/stream/" not in self._source:
            table = self.name.removeprefix("table/")
            described = self.targets.call("dynamodb", "DescribeTable", {"TableName": table})["Table"]
            arn = described.get("LatestStreamArn")
            if not arn:
                raise ValueError(f"the table {table} has no stream: give it a StreamSpecification")
            self._source = str(arn)
        return self._source

    def _read(self, shard: str) -> None:
        gathered = self._gathered.get(shard, [])
        missing = self.mapping.batch_size - len(gathered)
        asked = {"ShardIterator": self._iterators[shard], "Limit": min(missing, 1_000)}
        found = self.targets.call(self.service, "GetRecords", asked)
        self._iterators[shard] = found.get("NextShardIterator") or self._iterators[shard]
        records = [self._record(shard, one) for one in found["Records"]]
        filters = self.mapping.filters
        wanted = [one for one in records if is_wanted(filters, _for_filters(one))]
        if wanted and (not self.mapping.window or len(wanted) == missing):
            self._gathered[shard] = [*gathered, *wanted]
            self._send(shard)
        elif wanted:
            self._gathered[shard] = batch = [*gathered, *wanted]
            if not gathered:
                self.work.later(self.mapping.window, lambda: self._window_ended(shard, batch[0]))
        if records and shard not in self._busy:
            self.wake()

    def _window_ended(self, shard: str, first: dict[str, JSON]) -> None:
        """The window has ended that began with a record, if its batch was not full before."""
        with self._sending:
            gathered = self._gathered.get(shard)
            if gathered and gathered[0] is first and not self._closing:
                self._send(shard)

    def _send(self, shard: str) -> None:
        batch = self._gathered.pop(shard)
        self._busy.add(shard)
        self.work.start(lambda: self._process(shard, [batch], 1, self.work.now))

    def _record(self, shard: str, one: Mapping[str, Any]) -> dict[str, JSON]:
        """The shapes are those of `aslrun event dynamodb` and `kinesis`."""
        common: dict[str, JSON] = {"awsRegion": "us-east-1", "eventSourceARN": self._source}
        if self.service == "dynamodbstreams":
            data = dict(one["dynamodb"])
            created: Any = data.get("ApproximateCreationDateTime")
            if hasattr(created, "timestamp"):
                data["ApproximateCreationDateTime"] = int(created.timestamp())
            return {
                "eventID": one.get("eventID", ""),
                "eventName": one.get("eventName"),
                "eventVersion": str(one.get("eventVersion", "1.1")),
                "eventSource": "aws:dynamodb",
                **common,
                "dynamodb": _json(data),
            }
        arrived = one["ApproximateArrivalTimestamp"].timestamp()
        return {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": one["PartitionKey"],
                "sequenceNumber": one["SequenceNumber"],
                "data": base64.b64encode(one["Data"]).decode(),
                "approximateArrivalTimestamp": arrived,
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{shard}:{one['SequenceNumber']}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": "arn:aws:iam::123456789012:role/aslrun",
            **common,
        }

    # ------------------------------------------------------------------ batches

    def _process(self, shard: str, batches: list[list[dict[str, JSON]]], attempt: int, began: float) -> None:
        """Give batches to the function, one after the other; the first that fails is tried again later."""
        while batches and not self._closing:
            batch = batches[0]
            depth = self.targets.depths.of_stream(self.name.split("/")[1])
            if depth >= DEEPEST:
                self.targets.telling.say(circle(self.shown, self.mapping.function))
                break
            ran = self.targets.run(
                self.shown,
                self.mapping.function,
                {"Records": [*batch]},
                depth=depth,
                attempt=attempt,
                count=len(batch),
            )
            rest = batch if ran.failed else self._failed_part(batch, ran.body)
            if not rest:
                batches, attempt, began = batches[1:], 1, self.work.now
                continue
            settings = self.mapping.settings
            retries = settings.get("MaximumRetryAttempts")
            retries = -1 if retries is None else int(retries)
            age = float(settings.get("MaximumRecordAgeInSeconds") or -1)
            wait = min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT)
            is_old = self.work.now - began + wait > (age if age > 0 else KEPT)
            # What the function has named begins the next batch; else it is split, which counts as no retry.
            is_split = self._splits and len(rest) == len(batch) > 1
            if is_old or (not is_split and 0 <= retries < attempt):
                self._give_up(shard, rest, ran.version, attempt, is_old=is_old)
                batches, attempt, began = batches[1:], 1, self.work.now
                continue
            middle = len(rest) // 2 if is_split else 0
            parts = [rest[:middle], rest[middle:]] if is_split else [rest]
            following = attempt if is_split else attempt + 1
            self.work.later(wait, partial(self._process, shard, [*parts, *batches[1:]], following, began))
            return
        self._busy.discard(shard)
        self.wake()

    @property
    def _splits(self) -> bool:
        return str(self.mapping.settings.get("BisectBatchOnFunctionError")).lower() == "true"

    def _failed_part(self, batch: list[dict[str, JSON]], body: JSON) -> list[dict[str, JSON]]:
        """Return what has to be given again: from the first record on that the function says has failed."""
        if not self.mapping.reports_items:
            return []
        numbers = [sequence_number(one) for one in batch]
        failed = failed_items(body, set(numbers))
        if failed is None:
            return batch
        first = min((numbers.index(one) for one in failed), default=len(batch))
        return batch[first:]

    def _give_up(
        self, shard: str, batch: list[dict[str, JSON]], version: str, attempts: int, *, is_old: bool
    ) -> None:
        """Documentation: "Retain discarded records": the destination is told where they were."""
        function = self.mapping.function
        self.targets.telling.say(f"{self.shown} → {short(function)}: gave up {len(batch)} records")
        if self.mapping.on_failure is None:
            return
        where: dict[str, JSON] = {
            "shardId": shard,
            "startSequenceNumber": sequence_number(batch[0]),
            "endSequenceNumber": sequence_number(batch[-1]),
            "approximateArrivalOfFirstRecord": stamp(self.work.now),
            "approximateArrivalOfLastRecord": stamp(self.work.now),
            "batchSize": len(batch),
            "streamArn": self._source,
        }
        kind = "KinesisBatchInfo" if self.service == "kinesis" else "DDBStreamBatchInfo"
        envelope: dict[str, JSON] = {
            "requestContext": {
                "requestId": str(uuid4()),
                "functionArn": function,
                "condition": "RecordAgeExceeded" if is_old else "RetryAttemptsExhausted",
                "approximateInvokeCount": attempts,
            },
            "responseContext": {"statusCode": 200, "executedVersion": version, "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": stamp(self.work.now),
            kind: where,
        }
        self.targets.deliver(f"{self.shown} (gave up)", self.mapping.on_failure, envelope)


def sequence_number(record: Mapping[str, Any]) -> str:
    """Return what a record is known by within its shard."""
    if "kinesis" in record:
        return str(record["kinesis"]["sequenceNumber"])
    return str(record["dynamodb"].get("SequenceNumber"))


def _json(value: Any) -> JSON:
    """Return what botocore has parsed as Lambda's events have it: bytes in base64."""
    if isinstance(value, Mapping):
        return {name: _json(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_json(one) for one in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _for_filters(record: dict[str, JSON]) -> dict[str, JSON]:
    """Kinesis' filters see the data decoded, as `data`; those of pipes all that a record has beside it."""
    told = record.get("kinesis")
    if not isinstance(told, dict):
        return record
    data = base64.b64decode(str(told["data"])).decode("utf-8", "replace")
    read = {**told, "data": parsed(data)}
    return {**record, **read, "kinesis": read}

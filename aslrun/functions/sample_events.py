"""Sample events as AWS services send them to Lambda functions and start executions with.

The shapes are those of the services' documentation ("Using Lambda with other services" and the EventBridge
reference). Ids and times are the same each time, so that an event can be kept beside a test.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote_plus, urlencode

from aslrun.timestamps import format_timestamp, parse_timestamp
from aslrun.values import JSON


@dataclass(frozen=True, slots=True)
class Origin:
    """What all events tell: region, account, and when it was (ISO 8601)."""

    region: str = "us-east-1"
    account: str = "123456789012"
    time: str = "2026-01-01T12:00:00.000Z"

    @property
    def milliseconds(self) -> int:
        """The time in milliseconds since the epoch."""
        return round(self._seconds * 1000)

    @property
    def seconds_text(self) -> str:
        """The time as EventBridge writes it: without fractions of a second."""
        return format_timestamp(self._seconds)[:19] + "Z"

    @property
    def _seconds(self) -> float:
        seconds = parse_timestamp(self.time)
        assert seconds is not None
        return seconds

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


@lru_cache(maxsize=256)
def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"aslrun:{name}"))


def apigateway(
    origin: Origin,
    method: str = "GET",
    path: str = "/",
    body: str | None = None,
    query: Mapping[str, str] = {},
    headers: Mapping[str, str] = {},
) -> dict[str, JSON]:
    """An API Gateway proxy request of a REST API; HTTP APIs tell the `version` 1.0 besides."""
    told = {"Host": f"api.execute-api.{origin.region}.amazonaws.com", **headers}
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {**told},
        "multiValueHeaders": {name: [value] for name, value in told.items()},
        "queryStringParameters": {**query} or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": origin.account,
            "apiId": "api",
            "resourceId": "resource",
            "resourcePath": path,
            "path": f"/prod{path}",
            "httpMethod": method,
            "stage": "prod",
            "protocol": "HTTP/1.1",
            "domainName": told["Host"],
            "requestId": _id("request"),
            "requestTimeEpoch": origin.milliseconds,
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "aslrun"},
        },
        "body": body,
        "isBase64Encoded": False,
    }


def apigateway_http(
    origin: Origin,
    method: str = "GET",
    path: str = "/",
    body: str | None = None,
    query: Mapping[str, str] = {},
    headers: Mapping[str, str] = {},
) -> dict[str, JSON]:
    """An API Gateway proxy request of an HTTP API (payload format 2.0); also of a function URL."""
    host = f"api.execute-api.{origin.region}.amazonaws.com"
    event: dict[str, JSON] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": urlencode(query),
        "headers": {"host": host, **{name.lower(): value for name, value in headers.items()}},
        "requestContext": {
            "accountId": origin.account,
            "apiId": "api",
            "domainName": host,
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "aslrun",
            },
            "requestId": _id("request"),
            "routeKey": "$default",
            "stage": "$default",
            "timeEpoch": origin.milliseconds,
        },
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = {**query}
    if body is not None:
        event["body"] = body
    return event


def s3_put(origin: Origin, bucket: str = "bucket", key: str = "key", size: int = 1024) -> dict[str, JSON]:
    """The notification that an object was put; its key is URL-encoded, as S3 sends it."""
    record: dict[str, JSON] = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": origin.region,
        "eventTime": origin.time,
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "EXAMPLE"},
        "requestParameters": {"sourceIPAddress": "192.0.2.1"},
        "responseElements": {"x-amz-request-id": "EXAMPLE123456789", "x-amz-id-2": "EXAMPLE123"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "notification",
            "bucket": {
                "name": bucket,
                "ownerIdentity": {"principalId": "EXAMPLE"},
                "arn": f"arn:aws:s3:::{bucket}",
            },
            "object": {
                "key": quote_plus(key, safe="/"),
                "size": size,
                "eTag": hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(),
                "sequencer": "0A1B2C3D4E5F678901",
            },
        },
    }
    return {"Records": [record]}


def dynamodb_stream(
    origin: Origin, table: str = "table", kind: str = "INSERT", item: JSON = None, key: str = "id"
) -> dict[str, JSON]:
    """A record of a table's stream. `item` is plain JSON; `key` the name of its partition key."""
    values = item if isinstance(item, dict) else {key: "1"}
    image: JSON = {name: attribute_value(value) for name, value in values.items()}
    stream: dict[str, JSON] = {
        "ApproximateCreationDateTime": origin.milliseconds // 1000,
        "Keys": {key: attribute_value(values.get(key))},
    }
    if kind != "REMOVE":
        stream["NewImage"] = image
    if kind != "INSERT":
        stream["OldImage"] = image
    stream |= {"SequenceNumber": "111", "SizeBytes": 26, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    record: dict[str, JSON] = {
        "eventID": hashlib.md5(table.encode(), usedforsecurity=False).hexdigest(),
        "eventName": kind,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": origin.region,
        "dynamodb": stream,
        "eventSourceARN": origin.arn("dynamodb", f"table/{table}/stream/{origin.time[:-1]}"),
    }
    return {"Records": [record]}


def attribute_value(value: JSON) -> dict[str, JSON]:
    """Return a JSON value as DynamoDB's AttributeValue."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, (int, float)):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, list):
        return {"L": [attribute_value(one) for one in value]}
    return {"M": {name: attribute_value(one) for name, one in value.items()}}


def sqs(origin: Origin, queue: str = "queue", bodies: tuple[str, ...] = ("hello",)) -> dict[str, JSON]:
    """Messages of a queue, one for each body."""
    return {"Records": [_sqs_message(origin, queue, number, body) for number, body in enumerate(bodies)]}


def _sqs_message(origin: Origin, queue: str, number: int, body: str) -> JSON:
    sent = str(origin.milliseconds)
    return {
        "messageId": _id(f"message {number}"),
        "receiptHandle": f"receipt-{number}",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": sent,
            "SenderId": "AIDAEXAMPLE",
            "ApproximateFirstReceiveTimestamp": sent,
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": origin.arn("sqs", queue),
        "awsRegion": origin.region,
    }


def sns(
    origin: Origin, topic: str = "topic", message: str = "hello", subject: str | None = None
) -> dict[str, JSON]:
    """The notification of a topic."""
    record: dict[str, JSON] = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": origin.arn("sns", f"{topic}:{_id('subscription')}"),
        "Sns": {
            "Type": "Notification",
            "MessageId": _id("notification"),
            "TopicArn": origin.arn("sns", topic),
            "Subject": subject,
            "Message": message,
            "Timestamp": origin.time,
            "SignatureVersion": "1",
            "Signature": "EXAMPLE",
            "SigningCertUrl": "EXAMPLE",
            "UnsubscribeUrl": "EXAMPLE",
            "MessageAttributes": {},
        },
    }
    return {"Records": [record]}


def eventbridge(
    origin: Origin,
    source: str = "my.app",
    detail_type: str = "Something happened",
    detail: JSON = None,
    resources: tuple[str, ...] = (),
) -> dict[str, JSON]:
    """An event of EventBridge."""
    return {
        "version": "0",
        "id": _id("event"),
        "detail-type": detail_type,
        "source": source,
        "account": origin.account,
        "time": origin.seconds_text,
        "region": origin.region,
        "resources": [*resources],
        "detail": {} if detail is None else detail,
    }


def schedule(origin: Origin, rule: str = "rule") -> dict[str, JSON]:
    """The event of a scheduled rule."""
    return eventbridge(
        origin, "aws.events", "Scheduled Event", resources=(origin.arn("events", f"rule/{rule}"),)
    )

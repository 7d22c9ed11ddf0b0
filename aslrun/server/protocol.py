"""The wire: AWS JSON 1.0, as boto3, the command line and the SDKs speak it.

One request is a `POST /` with its operation in `X-Amz-Target`; errors are answered with status 400 and
their name in the body's `__type`, also when something of ours breaks: clients send anew what was answered
with 500, and repeat what was done before it broke. A client that has timed out sends its request again
under the same `amz-sdk-invocation-id`: it gets the answer of the first.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import traceback
import uuid
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

from aslrun.errors import AslrunError
from aslrun.server.arns import Place
from aslrun.server.errors import ApiError, invalid
from aslrun.server.model import check_request, operations, write_answer
from aslrun.states.resource import DEFAULT_ACCOUNT, DEFAULT_REGION
from aslrun.values import JSON

TARGET = "AWSStepFunctions."
REMEMBERED = 10_000
"""Requests whose answers are remembered."""
LARGEST = 8 * 2**20
"""Bytes of a request that are read: a definition of 1 MB, each character of it escaped, fits."""
THREADS = 16
"""Operations that are worked on at once. None waits in one of these threads for something to happen."""

QUICK = frozenset({"DescribeExecution", "StartExecution"})
"""Operations that are done on the event loop, where the store is quick: to hand one to a thread and back
costs as much as all else that it does."""

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/([a-zA-Z0-9-]+)/")
_READING = ("Describe", "List", "GetActivityTask", "GetExecutionHistory", "Validate", "TestState")
"""Operations that may be done again for a request that comes again. A worker that is gone gets no task."""


@dataclass(frozen=True, slots=True)
class Request:
    """An operation's request: its members, checked by the model; where it is made; the id that its client
    gave it, "" if it gave none; whether it says that it is not the first attempt."""

    operation: str
    members: dict[str, Any]
    place: Place = field(default_factory=Place)
    id: str = ""
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, JSON, and headers besides the usual."""

    status: int
    body: JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Later:
    """An answer that comes later, or is `otherwise` if it has not come in so many `seconds`. The future is
    cancelled when nobody waits for it any more."""

    future: Future[Mapping[str, Any]]
    seconds: float | None = None
    otherwise: Mapping[str, Any] = field(default_factory=dict)


Answer: TypeAlias = Mapping[str, Any] | Later
"""What an operation answers."""
Operate: TypeAlias = Callable[[Request], Answer]


def place_of(headers: Mapping[str, str]) -> Place:
    """Return the account and the region that a request is signed for: an access key of 12 digits is taken for
    the account."""
    found = _CREDENTIAL.search(headers.get("authorization", ""))
    if found is None:
        return Place(DEFAULT_ACCOUNT, DEFAULT_REGION)
    is_account = len(found[1]) == 12 and found[1].isdecimal()
    return Place(found[1] if is_account else DEFAULT_ACCOUNT, found[2])


def is_for_states(headers: Mapping[str, str]) -> bool:
    """Tell whether a request's target is this API."""
    return headers.get("x-amz-target", "").startswith(TARGET)


class Protocol:
    """Answers requests of Step Functions. Belongs to one event loop, which `quick` operations may hold up."""

    def __init__(self, operate: Operate, quick: Collection[str] = ()) -> None:
        self.operate = operate
        self.quick = quick
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="aslrun-operation")
        self.arrived: OrderedDict[tuple[str, str], asyncio.Future[Reply]] = OrderedDict()

    def close(self) -> None:
        """End the threads; what they are at goes on to its end."""
        self.threads.shutdown(wait=False, cancel_futures=True)

    async def answer(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer a request; `headers` have names in lower case. Cancelling it gives up waiting, not the
        work."""
        try:
            request = read_request(headers, body)
        except ApiError as refused:
            return refusal(refused)
        if not request.id or request.operation.startswith(_READING):
            return await self.work(request)
        key = (request.operation, request.id)
        task = self.arrived.get(key)
        if task is None or task.cancelled():
            task = asyncio.ensure_future(self.work(request))
            self.remember(key, task)
        return await asyncio.shield(task)

    def remember(self, key: tuple[str, str], reply: asyncio.Future[Reply]) -> None:
        """Keep what a request is answered for when it comes again."""
        self.arrived[key] = reply
        while len(self.arrived) > REMEMBERED:
            self.arrived.popitem(last=False)

    def answer_at_once(self, headers: Mapping[str, str], body: bytes) -> Reply | None:
        """Answer a request here and now; None for one that may take its time, or has been here before."""
        operation = headers.get("x-amz-target", "").removeprefix(TARGET)
        key = operation, headers.get("amz-sdk-invocation-id", "")[:200]
        if operation not in self.quick or key in self.arrived:
            return None
        reply = self.answer_now(headers, body)
        if key[1] and not operation.startswith(_READING):
            kept: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
            kept.set_result(reply)
            self.remember(key, kept)
        return reply

    def answer_now(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer a request on this thread, for somebody in this process; see `answer`."""
        try:
            request = read_request(headers, body)
            answer = self.operate(request)
            told = _wait(answer) if isinstance(answer, Later) else answer
            return Reply(200, write_answer(request.operation, told))
        except ApiError as refused:
            return refusal(refused)
        except AslrunError as mistake:
            return refusal(invalid(str(mistake)))
        except Exception:
            return broken(headers.get("x-amz-target", "")[:200])

    async def work(self, request: Request) -> Reply:
        """Do what is asked, and say what came of it."""
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(self.threads, self.operate, request)
            if isinstance(answer, Later):
                answer = await _come(answer)
            return Reply(200, write_answer(request.operation, answer))
        except ApiError as refused:
            return refusal(refused)
        except AslrunError as mistake:
            return refusal(invalid(str(mistake)))
        except Exception:
            return broken(request.operation)


async def _come(later: Later) -> Mapping[str, Any]:
    try:
        return await asyncio.wait_for(asyncio.wrap_future(later.future), later.seconds)
    except TimeoutError:
        return later.otherwise


def _wait(later: Later) -> Mapping[str, Any]:
    try:
        return later.future.result(later.seconds)
    except TimeoutError:
        later.future.cancel()
        return later.otherwise


def broken(what: str) -> Reply:
    """Tell on stderr that something of ours has broken, and return what the client is answered."""
    print(
        f"aslrun: {what} has failed in aslrun itself:\n{traceback.format_exc()}", file=sys.stderr, flush=True
    )
    return refusal(ApiError("InternalFailure", "aslrun has broken down; its log on stderr has more"))


def refusal(error: ApiError) -> Reply:
    """Return the answer to a request that is refused."""
    return Reply(400, {"__type": error.code, "message": str(error)})


def read_request(headers: Mapping[str, str], body: bytes) -> Request:
    """Take a request apart; ApiError for what the service would refuse whatever it has."""
    operation = headers.get("x-amz-target", "").removeprefix(TARGET)
    if operation not in operations():
        raise ApiError("UnknownOperationException", f"Step Functions has no operation '{operation[:80]}'")
    members = read_body(body)
    attempt = re.search(r"attempt=(\d+)", headers.get("amz-sdk-request", ""))
    return Request(
        operation,
        check_request(operation, members),
        place_of(headers),
        headers.get("amz-sdk-invocation-id", "")[:200],
        attempt is not None and int(attempt[1]) > 1,
    )


def read_body(body: bytes) -> dict[str, Any]:
    """Return the object that a body is; ApiError if it is none."""
    try:
        value = json.loads(body or b"{}", parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ApiError("SerializationException", "the request's body is not JSON") from None
    if not isinstance(value, dict):
        raise ApiError("SerializationException", "the request's body is not a JSON object")
    # Half of a surrogate pair is no character: neither databases nor other programs take it.
    return _without_halves(value) if rb"\ud" in body.lower() else value


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _without_halves(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_halves(one) for one in value]
    if isinstance(value, dict):
        return {_without_halves(name): _without_halves(one) for name, one in value.items()}
    return value


def encode(body: JSON) -> bytes:
    """Return JSON as the wire has it: plain UTF-8, halves of surrogate pairs escaped."""
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(body, separators=(",", ":")).encode()


def headers_of(reply: Reply) -> dict[str, str]:
    """Return the headers that answers have."""
    return {
        "content-type": "application/x-amz-json-1.0",
        "x-amzn-RequestId": str(uuid.uuid4()),
        **reply.headers,
    }

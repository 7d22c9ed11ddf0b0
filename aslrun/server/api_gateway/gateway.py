"""Answers requests to the APIs of templates: finds the route, asks who may come, calls what is behind it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

from aslrun.errors import StateError, UsageError
from aslrun.functions.steps import Result, Steps
from aslrun.server.api_gateway.answers import Malformed, failure, response_of, timed_out
from aslrun.server.api_gateway.authorizers import (
    Refused,
    authorizer_event,
    broken,
    context_of,
    unauthorized,
)
from aslrun.server.api_gateway.backends import NoAnswer, mocked, outgoing, sent
from aslrun.server.api_gateway.callers import signer_of, token_claims
from aslrun.server.api_gateway.cors import preflight, with_cors
from aslrun.server.api_gateway.events import event_of
from aslrun.server.api_gateway.requests import ApiRequest, ApiResponse, as_json, message
from aslrun.server.api_gateway.routes import Api, Backend, CallFunction, Kind, Route, StartMachine, find_route
from aslrun.server.api_gateway.starting import members_of
from aslrun.server.awaiting import in_steps
from aslrun.server.events.telling import Happening
from aslrun.values import JSON, to_json_text

TRACE = "x-amzn-trace-id"
CallNamed: TypeAlias = Callable[[str, JSON, str | None], Steps[JSON]]
"""Calls the function of a name or an ARN with an event; StateError when it fails, UsageError for none."""
AskStates: TypeAlias = Callable[[str, JSON], tuple[int, JSON]]
LIMITS: dict[Kind, float] = {"REST": 29.0, "HTTP": 30.0, "URL": 900.0}
"""Seconds that what is behind a route may take. Documentation: quotas."""
LARGEST_EVENT = 6 * 2**20
"""Bytes of the event that a function is called with. Documentation: Lambda quotas, "Invocation payload"."""
THREADS = 64
"""Functions that are waited for at once."""


@dataclass(frozen=True, slots=True)
class Served:
    """The APIs of a template, and what calls its functions."""

    apis: Sequence[Api]
    call: CallNamed


class Gateway:
    """Answers requests. `served` may be replaced while it does; `tell` is told why something has failed.

    `happened` is told of each request that has a route. `ask_states` asks Step Functions for an action, and
    returns its status and its answer.
    """

    def __init__(
        self,
        served: Sequence[Served],
        ask_states: AskStates,
        tell: Callable[[str], None],
        happened: Callable[[Happening], None],
    ) -> None:
        self.served = served
        self.ask_states = ask_states
        self.tell = tell
        self.happened = happened
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="aslrun-api")

    def close(self) -> None:
        """End the threads; what they are at goes on to its end."""
        self.threads.shutdown(wait=False, cancel_futures=True)

    async def answer(self, request: ApiRequest) -> ApiResponse:
        """Answer a request."""
        path = request.path
        told = self._preflight(request, path)
        if told is not None:
            return told
        apis = self._apis_for(request)
        found = find_route(apis, request.method, path)
        if found is None:
            response = nowhere(apis)
            self.happened(Happening(f"{request.method} {path}", "no route", str(response.status), 0.0))
            return response
        api, route, values = found
        begun = time.monotonic()
        response = await self._routed(request, api, route, values)
        source, seconds = f"{request.method} {request.path}", time.monotonic() - begun
        self.happened(Happening(source, _called(route), str(response.status), seconds))
        return with_cors(response, request, api)

    async def _routed(
        self, request: ApiRequest, api: Api, route: Route, values: dict[str, str]
    ) -> ApiResponse:
        try:
            caller = await self._authorized(request, api, route, values)
            response = await self._answered(request, api, route, values, caller)
        except Refused as refused:
            if refused.reason is not None:
                self._tell(request, f"the authorizer {route.authorizer}: {refused.reason}")
            response = refused.response
        except NoAnswer as failed:
            self._tell(request, failed.reason)
            response = failed.response
        except TimeoutError:
            self._tell(request, f"{_called(route)} took longer than {_limit(api, route):g} s")
            response = timed_out(api.kind)
        except Malformed as reason:
            self._tell(request, f"{_called(route)} answered what cannot be sent: {reason}")
            response = failure(api.kind)
        except StateError as failed:
            self._tell(request, f"{_called(route)} failed: {_shown(failed)}")
            response = failure(api.kind)
        except UsageError as mistake:
            self._tell(request, str(mistake))
            response = failure(api.kind)
        return response

    def _preflight(self, request: ApiRequest, path: str) -> ApiResponse | None:
        # Where several have CORS, the one that has routes of this path.
        for api in sorted(self._apis_for(request), key=lambda api: not api.at(path)):
            told = preflight(request, api, path)
            if told is not None:
                return told
        return None

    def _apis_for(self, request: ApiRequest) -> list[Api]:
        """Return the APIs that a request may be for: those that the host's first part names, if it does."""
        apis = [api for one in self.served for api in one.apis]
        name, _, rest = request.host.partition(".")
        if rest.startswith("lambda-url."):
            return [api for api in apis if api.kind == "URL" and api.id.lower() == name.lower()]
        if rest.startswith("execute-api."):
            return [api for api in apis if api.kind != "URL" and api.id.lower() == name.lower()]
        return [api for api in apis if api.kind != "URL"]

    async def _authorized(
        self, request: ApiRequest, api: Api, route: Route, values: dict[str, str]
    ) -> dict[str, JSON]:
        """Return what the route's authorizer tells of the caller, if it has one; raises Refused."""
        name = route.authorizer
        authorizer = api.authorizers.get(name or "")
        if authorizer is None:
            if route.authorizer is not None:  # SAM deploys no such template: nobody is let in
                raise broken(api, f"{api.id} has none of that name")
            return {}
        if authorizer.kind == "JWT":
            return token_claims(authorizer, request, api, route)
        if authorizer.kind == "IAM":
            return signer_of(request, api, route)
        event = authorizer_event(authorizer, request, api, route, values)
        try:
            answer = await self._call(api, authorizer.function, event, LIMITS[api.kind], request)
        except StateError as failed:
            # Documentation: a REST API's authorizer raises this very text to have 401 answered.
            if '"errorMessage":"Unauthorized"' in _compact(failed.cause):
                raise unauthorized(api) from None
            raise broken(api, f"it failed: {_shown(failed)}") from None
        except (UsageError, TimeoutError) as failed:
            raise broken(api, str(failed) or f"it took longer than {LIMITS[api.kind]:g} s") from None
        told = context_of(
            authorizer, answer, request, api, lambda why: self._tell(request, f"the authorizer {name}: {why}")
        )
        return {"lambda": told} if route.payload == "2.0" and told else told

    async def _answered(
        self, request: ApiRequest, api: Api, route: Route, values: dict[str, str], caller: dict[str, JSON]
    ) -> ApiResponse:
        if isinstance(route.target, StartMachine):
            members = members_of(route.target, request, api, values)
            action = route.target.action
            header = request.header(TRACE)
            if header and action.startswith("Start") and isinstance(members, dict):
                members = {"traceHeader": header, **members}
            status, body = await self._within(_limit(api, route), self._ask(action, members))
            return as_json(status, body)
        if isinstance(route.target, Backend):
            return await self._forwarded(route.target, request, api, route, values)
        event = event_of(request, api, route, values, caller)
        if len(request.body) > LARGEST_EVENT / 2 and len(to_json_text(event).encode()) > LARGEST_EVENT:
            self._tell(request, f"{_called(route)} cannot be called with an event of more than 6 MB")
            return message(413, "Request Too Long")
        answer = await self._call(api, route.target.function, event, _limit(api, route), request)
        return response_of(answer, request, api, route)

    async def _forwarded(
        self, backend: Backend, request: ApiRequest, api: Api, route: Route, values: dict[str, str]
    ) -> ApiResponse:
        if backend.kind == "mock":
            return mocked(backend, request, api, values)
        out, seconds = outgoing(backend, request, api, values), _limit(api, route)

        def send() -> Steps[ApiResponse]:
            yield None
            return sent(out, backend, request, api, values, seconds)

        return await self._within(seconds, send())

    def _ask(self, action: str, members: JSON) -> Steps[tuple[int, JSON]]:
        yield None
        return self.ask_states(action, members)

    async def _call(self, api: Api, function: str, event: JSON, seconds: float, request: ApiRequest) -> JSON:
        call = next(one.call for one in self.served if api in one.apis)
        trace = request.header(TRACE) or None
        return await self._within(seconds, call(function, event, trace))

    async def _within(self, seconds: float, steps: Steps[Result]) -> Result:
        """Return what comes of steps; TimeoutError when they take too long: they go on then, as at AWS."""
        async with asyncio.timeout(seconds):
            return await in_steps(steps, self.threads)

    def _tell(self, request: ApiRequest, reason: str) -> None:
        self.tell(f"{request.method} {request.path}: {reason}")


def nowhere(apis: Sequence[Api]) -> ApiResponse:
    """Return what a request is answered that no route is for."""
    if any(api.kind == "REST" for api in apis):
        error = {"x_amzn_ErrorType": "MissingAuthenticationTokenException"}
        return message(403, "Missing Authentication Token", **error)
    return message(404, "Not Found")


def _shown(failed: StateError) -> str:
    """Return a failure in one line; the function's log has its stack trace."""
    cause = failed.cause or ""
    try:
        told = json.loads(cause)
    except ValueError:
        told = None
    message = told.get("errorMessage") if isinstance(told, dict) else None
    return f"{failed.error}: {cause if message is None else message}"


def _compact(cause: str | None) -> str:
    return (cause or "").replace('": "', '":"')


def _limit(api: Api, route: Route) -> float:
    return min(LIMITS[api.kind], route.timeout or LIMITS[api.kind])


def _called(route: Route) -> str:
    target = route.target
    if isinstance(target, CallFunction):
        return target.function.rpartition(":")[2]
    return target.action if isinstance(target, StartMachine) else target.uri or target.kind

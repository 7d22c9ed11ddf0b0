"""Which operation of Lambda's API a request is of: by its method and its path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from aslrun.server.app import HttpRequest, HttpResponse, json_response, path_parts
from aslrun.server.lambda_api.calls import Calls
from aslrun.server.lambda_api.errors import LambdaError
from aslrun.server.lambda_api.operations import Functions
from aslrun.values import JSON

PREFIXES = (
    "/2015-03-31/functions",
    "/2014-11-13/functions",
    "/2017-10-31/functions",
    "/2020-06-30/functions",
)
Operation: TypeAlias = Callable[[HttpRequest, str], "dict[str, JSON] | HttpResponse | None"]


class Routes:
    """Answers the requests of Lambda's API that there are."""

    def __init__(self, functions: Functions, calls: Calls) -> None:
        self.all: Mapping[tuple[str, bool, str], tuple[Operation, int]] = {
            ("POST", False, ""): (lambda request, _: functions.create(request), 201),
            ("GET", False, ""): (lambda request, _: functions.list_all(request), 200),
            ("GET", True, ""): (functions.get, 200),
            ("DELETE", True, ""): (functions.delete, 204),
            ("GET", True, "configuration"): (functions.get_configuration, 200),
            ("PUT", True, "configuration"): (functions.update_configuration, 200),
            ("PUT", True, "code"): (functions.update_code, 200),
            ("PUT", True, "concurrency"): (functions.put_concurrency, 200),
            ("POST", True, "versions"): (functions.publish, 201),
            ("POST", True, "invocations"): (calls.invoke, 200),
            ("POST", True, "invoke-async"): (calls.invoke_async, 202),
        }

    def handle(self, request: HttpRequest) -> HttpResponse | None:
        """Answer a request; None if it is not Lambda's."""
        parts = path_parts(request.path.rstrip("/"))
        if len(parts) < 2 or f"/{parts[0]}/{parts[1]}" not in PREFIXES:
            return None
        name, what = (parts[2] if len(parts) > 2 else ""), "/".join(parts[3:])
        found = self.all.get((request.method, bool(name), what))
        try:
            if found is None:
                raise LambdaError(
                    404, "UnknownOperationException", f"aslrun has no {request.method} {request.path[:200]}"
                )
            operation, status = found
            answer = operation(request, name)
        except LambdaError as refused:
            return refused.response()
        if isinstance(answer, HttpResponse):
            return answer
        return HttpResponse(status, b"") if answer is None else json_response(status, answer)

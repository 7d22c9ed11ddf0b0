"""Which operation of Lambda's API a request is of: by its method and its path."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeAlias

from aslrun.functions.steps import Steps
from aslrun.server.app import HttpRequest, HttpResponse, json_response, path_parts
from aslrun.server.lambda_api.calls import Calls
from aslrun.server.lambda_api.errors import LambdaError
from aslrun.server.lambda_api.operations import Functions
from aslrun.server.lambda_api.settings import EventSources, Settings
from aslrun.server.lambda_api.versions import Versions
from aslrun.values import JSON

PREFIXES = (
    "/2015-03-31/functions",
    "/2014-11-13/functions",
    "/2017-10-31/functions",
    "/2019-09-25/functions",
    "/2019-09-30/functions",
    "/2020-06-30/functions",
    "/2021-10-31/functions",
    "/2016-08-19/account-settings",
    "/2015-03-31/event-source-mappings",
    "/2017-03-31/tags",
    "/2018-10-31/layers",
)
Operation: TypeAlias = Callable[..., "dict[str, JSON] | HttpResponse | Steps[HttpResponse] | None"]


class Routes:
    """Answers the requests of Lambda's API that there are."""

    def __init__(
        self,
        functions: Functions,
        calls: Calls,
        versions: Versions,
        settings: Settings,
        sources: EventSources,
    ) -> None:
        self.invocations = (calls.invoke, calls.invoke_async)
        # A * stands for a part of the path that the operation is given.
        self.all: Mapping[tuple[str, str], tuple[Operation, int]] = {
            ("GET", "account-settings"): (functions.account, 200),
            ("POST", "functions"): (functions.create, 201),
            ("GET", "functions"): (functions.list_all, 200),
            ("GET", "functions/*"): (functions.get, 200),
            ("DELETE", "functions/*"): (functions.delete, 204),
            ("GET", "functions/*/configuration"): (functions.get_configuration, 200),
            ("PUT", "functions/*/configuration"): (functions.update_configuration, 200),
            ("PUT", "functions/*/code"): (functions.update_code, 200),
            ("POST", "functions/*/invocations"): (calls.invoke, 200),
            ("POST", "functions/*/invoke-async"): (calls.invoke_async, 202),
            ("POST", "functions/*/versions"): (versions.publish, 201),
            ("GET", "functions/*/versions"): (versions.list_versions, 200),
            ("POST", "functions/*/aliases"): (versions.create_alias, 201),
            ("GET", "functions/*/aliases"): (versions.list_aliases, 200),
            ("GET", "functions/*/aliases/*"): (versions.get_alias, 200),
            ("PUT", "functions/*/aliases/*"): (versions.update_alias, 200),
            ("DELETE", "functions/*/aliases/*"): (versions.delete_alias, 204),
            ("PUT", "functions/*/concurrency"): (functions.put_concurrency, 200),
            ("GET", "functions/*/concurrency"): (settings.get_concurrency, 200),
            ("DELETE", "functions/*/concurrency"): (settings.delete_concurrency, 204),
            ("PUT", "functions/*/provisioned-concurrency"): (settings.put_provisioned, 202),
            ("GET", "functions/*/provisioned-concurrency"): (settings.get_provisioned, 200),
            ("DELETE", "functions/*/provisioned-concurrency"): (settings.delete_provisioned, 204),
            ("POST", "functions/*/policy"): (settings.add_permission, 201),
            ("GET", "functions/*/policy"): (settings.get_policy, 200),
            ("DELETE", "functions/*/policy/*"): (settings.remove_permission, 204),
            ("POST", "functions/*/url"): (settings.put_url, 201),
            ("PUT", "functions/*/url"): (settings.put_url, 200),
            ("GET", "functions/*/url"): (settings.get_url, 200),
            ("DELETE", "functions/*/url"): (settings.delete_url, 204),
            ("PUT", "functions/*/event-invoke-config"): (settings.put_invoke_config, 200),
            ("POST", "functions/*/event-invoke-config"): (settings.put_invoke_config, 200),
            ("GET", "functions/*/event-invoke-config"): (settings.get_invoke_config, 200),
            ("DELETE", "functions/*/event-invoke-config"): (settings.delete_invoke_config, 204),
            ("GET", "tags/*"): (settings.list_tags, 200),
            ("POST", "tags/*"): (settings.tag, 204),
            ("DELETE", "tags/*"): (settings.untag, 204),
            ("GET", "layers"): (versions.list_layers, 200),
            ("POST", "layers/*/versions"): (versions.publish_layer, 201),
            ("GET", "layers/*/versions"): (versions.list_layer_versions, 200),
            ("GET", "layers/*/versions/*"): (versions.get_layer, 200),
            ("DELETE", "layers/*/versions/*"): (versions.delete_layer, 204),
            ("POST", "event-source-mappings"): (sources.create, 202),
            ("GET", "event-source-mappings"): (sources.list_all, 200),
            ("GET", "event-source-mappings/*"): (sources.get, 200),
            ("PUT", "event-source-mappings/*"): (sources.update, 202),
            ("DELETE", "event-source-mappings/*"): (sources.delete, 202),
        }

    def handle(self, request: HttpRequest) -> Steps[HttpResponse | None]:
        """Answer a request; None if it is not Lambda's. Invocations alone are done on an event loop."""
        parts = path_parts(request.path.rstrip("/"))
        if len(parts) < 2 or f"/{parts[0]}/{parts[1]}" not in PREFIXES:
            return None
        shape, given = _shape(parts[1:])
        found = self.all.get((request.method, shape))
        try:
            if found is None:
                raise LambdaError(
                    404, "UnknownOperationException", f"aslrun has no {request.method} {request.path[:200]}"
                )
            operation, status = found
            if operation not in self.invocations:
                yield None
            answer = operation(request, *given)
            if isinstance(answer, Generator):
                answer = yield from answer
        except LambdaError as refused:
            return refused.response()
        if isinstance(answer, HttpResponse):
            return answer
        return HttpResponse(status, b"") if answer is None else json_response(status, answer)


def _shape(parts: list[str]) -> tuple[str, list[Any]]:
    """Return a path with * for each second part, and what is there."""
    shape = "/".join("*" if number % 2 else part for number, part in enumerate(parts))
    return shape, parts[1::2]

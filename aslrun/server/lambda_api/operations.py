"""Functions: CreateFunction, GetFunction, ListFunctions, UpdateFunctionCode, UpdateFunctionConfiguration,
DeleteFunction and their like."""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from aslrun.functions.function import is_name
from aslrun.server.app import HttpRequest
from aslrun.server.lambda_api.deployed import ALIAS, KIND, LATEST, LAYER, VERSION, Deployed
from aslrun.server.lambda_api.errors import LambdaError, not_found, wrong_value
from aslrun.server.protocol import place_of
from aslrun.states.resource import DEFAULT_ACCOUNT
from aslrun.store import Resource
from aslrun.values import JSON

_SETTINGS: Mapping[str, JSON] = {
    "Runtime": "",
    "Handler": "",
    "Role": "",
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
}
"""Settings and their defaults. API reference: CreateFunction."""

MOST_ENVIRONMENT, MOST_LAYERS = 4_096, 5
"""Bytes of environment variables, and layers of a function. Documentation: Lambda quotas."""
MOST_AT_ONCE = 1_000
LIMITS: Mapping[str, JSON] = {
    "TotalCodeSize": 75 * 2**30,
    "CodeSizeUnzipped": 250 * 2**20,
    "CodeSizeZipped": 50 * 2**20,
    "ConcurrentExecutions": MOST_AT_ONCE,
}
"""Of an account that has asked for no more. Documentation: Lambda quotas."""

RESERVED = frozenset(
    """
    _HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE
    AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID
    AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR
    """.split()  # noqa: SIM905
)
"""Environment variables that no function may have. Documentation: "Defined runtime environment variables"."""

Fetch = Callable[[str, str], bytes]
"""Gets an object of S3, by its bucket and its key."""

_BEFORE_NAME = re.compile(r"(?:.*?:)?function:")
"""What is before the name, as in the pattern of FunctionName in Lambda's API reference."""


def packed(given: Mapping[str, Any], fetch: Fetch | None) -> bytes | None:
    """Return the zip file that a request brings, or names in S3; None where it does neither."""
    if given.get("ZipFile"):
        try:
            return base64.b64decode(given["ZipFile"], validate=False)
        except (binascii.Error, ValueError, TypeError):
            raise wrong_value("ZipFile is not base64") from None
    if "S3Bucket" not in given:
        return None
    if fetch is None:
        raise wrong_value("there is no S3 here to get the code from; give it as ZipFile")
    return fetch(str(given["S3Bucket"]), str(given.get("S3Key")))


class Functions:
    """The operations on functions. `fetch` gets code that lies in S3; None where there is no S3."""

    def __init__(self, deployed: Deployed, now: Callable[[], float], fetch: Fetch | None = None) -> None:
        self.deployed = deployed
        self.now = now
        self.fetch = fetch

    def create(self, request: HttpRequest) -> dict[str, JSON]:
        """CreateFunction."""
        given = read_body(request)
        name = str(given.get("FunctionName", "")).rpartition(":")[2]
        if not is_name(name):
            raise LambdaError(
                400,
                "ValidationException",
                f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint:"
                " Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+",
                None,
            )
        if given.get("PackageType", "Zip") != "Zip":
            raise wrong_value("aslrun runs functions of zip files, and no container images")
        for needed in ("Runtime", "Handler"):
            if not given.get(needed):
                raise wrong_value(f"{needed} is mandatory for functions created with deployment packages.")
        place = place_of(request.headers)
        settings = self._changed(given)
        code = self.deployed.keep(name, self._code(given.get("Code") or {}))
        data = {**_SETTINGS, **settings, **code, "Tags": given.get("Tags") or {}, **self._stamp()}
        data["FunctionArn"] = f"arn:aws:lambda:{place.region}:{place.account}:function:{name}"
        data["Created"] = self.now()
        if not self.deployed.store.add(
            Resource(kind=KIND, arn=name, name=name, data=data, created=self.now())
        ):
            raise LambdaError(409, "ResourceConflictException", f"Function already exist: {name}")
        return configuration(data, name)

    def _stamp(self) -> dict[str, JSON]:
        moment = datetime.fromtimestamp(self.now(), UTC)
        return {
            "LastModified": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000",
            "RevisionId": str(uuid.uuid4()),
        }

    def _code(self, code: Mapping[str, Any]) -> bytes:
        found = packed(code, self.fetch)
        if found is None:
            raise wrong_value("Please provide a source for function code.")
        return found

    def found(self, request: HttpRequest, name: str) -> Resource:
        """Return a function by the name or the ARN in a path; LambdaError if there is none."""
        bare = bare_name(name)
        qualifier = qualifier_of(request, name)
        resource = self.deployed.by_name(bare)
        if resource is None and bare in self.deployed.declared:
            data = self.deployed.described(self.deployed.declared[bare])
            resource = Resource(kind=KIND, arn=bare, name=bare, data=data)
        if resource is not None and qualifier not in (None, LATEST):
            version = self.deployed.version_of(bare, qualifier)
            if version != LATEST:
                resource = self.deployed.store.get(VERSION, f"{bare}:{version}")
        if resource is None:
            place = place_of(request.headers)
            raise not_found(f"arn:aws:lambda:{place.region}:{place.account}:function:{bare}")
        return resource

    def get(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """GetFunction."""
        resource = self.found(request, name)
        return {
            "Configuration": configuration(resource.data, resource.name),
            "Code": {"RepositoryType": "S3", "Location": ""},
            "Tags": resource.data["Tags"],
        }

    def get_configuration(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """GetFunctionConfiguration."""
        resource = self.found(request, name)
        return configuration(resource.data, resource.name)

    def list_all(self, request: HttpRequest) -> dict[str, JSON]:
        """ListFunctions: by their names, all on one page."""
        names = sorted({*self.deployed.names(), *self.deployed.declared})
        found = [self.found(request, name) for name in names]
        return {"Functions": [configuration(one.data, one.name) for one in found]}

    def account(self, request: HttpRequest) -> dict[str, JSON]:
        """GetAccountSettings."""
        names = {*self.deployed.names(), *self.deployed.declared}
        reserved = sum(self.deployed.reserved(name) or 0 for name in names)
        store = self.deployed.store
        kept = [one for kind in (KIND, VERSION, LAYER) for one in store.resources(kind, limit=10_000).items]
        return {
            "AccountLimit": {**LIMITS, "UnreservedConcurrentExecutions": MOST_AT_ONCE - reserved},
            "AccountUsage": {
                "TotalCodeSize": sum(int(str(one.data.get("CodeSize", 0))) for one in kept),
                "FunctionCount": len(names),
            },
        }

    def _update(self, request: HttpRequest, name: str, changed: Mapping[str, JSON]) -> dict[str, JSON]:
        stamp = self._stamp()

        def change(there: Resource) -> Resource:
            return replace(there, data={**there.data, **changed, **stamp})

        self.found(request, name)
        self.deployed.adopt(bare_name(name))
        resource = self.deployed.store.update(KIND, bare_name(name), change)
        if resource is None:
            raise not_found(name)
        return configuration(resource.data, resource.name)

    def update_code(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """UpdateFunctionCode."""
        self.found(request, name)
        code = self.deployed.keep(bare_name(name), self._code(read_body(request)))
        return self._update(request, name, {**code, "declared": False})

    def update_configuration(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """UpdateFunctionConfiguration."""
        return self._update(request, name, self._changed(read_body(request)))

    def _changed(self, given: Mapping[str, Any]) -> dict[str, JSON]:
        """Return the settings of a request; LambdaError for layers that there are not."""
        changed = _settings(given)
        for arn in given.get("Layers") or ():
            # Those of other accounts are only on AWS: a function may do without them here.
            name = str(arn).partition(f":{DEFAULT_ACCOUNT}:layer:")[2]
            if name and self.deployed.store.get(LAYER, name) is None:
                raise wrong_value(f"Layer version {arn} does not exist.")
        return changed

    def put_concurrency(self, request: HttpRequest, name: str) -> dict[str, JSON]:
        """PutFunctionConcurrency."""
        reserved = read_body(request).get("ReservedConcurrentExecutions")
        if not isinstance(reserved, int) or reserved < 0:
            raise wrong_value("ReservedConcurrentExecutions must be a whole number, 0 or more")
        self._update(request, name, {"Concurrency": reserved})
        return {"ReservedConcurrentExecutions": reserved}

    def delete(self, request: HttpRequest, name: str) -> None:
        """DeleteFunction."""
        qualifier = qualifier_of(request, name)
        if qualifier == LATEST:
            raise wrong_value("$LATEST version cannot be deleted without deleting the function.")
        if qualifier is not None:
            self._delete_version(bare_name(name), qualifier)
            return
        self.deployed.declared.pop(self.found(request, name).name, None)
        self.deployed.forget(Resource(kind=KIND, arn=bare_name(name), name=bare_name(name)))

    def _delete_version(self, name: str, version: str) -> None:
        for one in self.deployed.store.resources(ALIAS, name, limit=10_000).items:
            data: Mapping[str, Any] = one.data
            if version in (data["FunctionVersion"], *(data.get("weights") or ())):
                told = f"Version {version} is referenced by alias {one.name}"
                raise LambdaError(409, "ResourceConflictException", told)
        self.deployed.store.delete(VERSION, f"{name}:{version}")


def qualifier_of(request: HttpRequest, name: str) -> str | None:
    """Return the version or alias that a request names."""
    given = parse_qs(request.query).get("Qualifier")
    return given[0] if given else _named(name).partition(":")[2] or None


def bare_name(text: str) -> str:
    """Return a function's name, of an ARN, a partial ARN, or a name with a qualifier."""
    return _named(text).partition(":")[0]


def _named(text: str) -> str:
    """Return a name and its qualifier without what an ARN has before; a name may end in `function` itself."""
    before = _BEFORE_NAME.match(text)
    return text[before.end() :] if before else text


def read_body(request: HttpRequest) -> dict[str, Any]:
    """Return the object that a body is; LambdaError if it is none."""
    try:
        value = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise LambdaError(400, "SerializationException", "the request's body is not a JSON object", None)
    return value


def _settings(given: Mapping[str, Any]) -> dict[str, JSON]:
    changed: dict[str, JSON] = {name: given[name] for name in _SETTINGS if given.get(name) is not None}
    for name, least, most in (("Timeout", 1, 900), ("MemorySize", 128, 10_240)):
        value = changed.get(name, least)
        if type(value) is not int or not least <= value <= most:
            raise wrong_value(f"{name} must be a whole number from {least} to {most}")
    if "Environment" in given or "Code" in given:
        variables = (given.get("Environment") or {}).get("Variables") or {}
        if not isinstance(variables, dict) or not all(isinstance(one, str) for one in variables.values()):
            raise wrong_value("Environment.Variables must be an object of texts")
        if reserved := [key for key in variables if key in RESERVED]:
            raise wrong_value(
                "Lambda was unable to configure your environment variables because the environment variables"
                " you have provided contains reserved keys that are currently not supported for modification."
                f" Reserved keys used in this request: {', '.join(reserved)}"
            )
        size = sum(len(key.encode()) + len(one.encode()) for key, one in variables.items())
        if size > MOST_ENVIRONMENT:
            raise wrong_value(
                "Lambda was unable to configure your environment variables because the environment variables"
                f" you have provided exceeded the {MOST_ENVIRONMENT // 1024}KB limit."
            )
        changed["Variables"] = variables
    if given.get("Layers") is not None:
        layers = [str(one) for one in given["Layers"]]
        if len(layers) > MOST_LAYERS:
            raise wrong_value(f"Cannot reference more than {MOST_LAYERS} layers.")
        changed["Layers"] = [*layers]
    return changed


def configuration(data: Mapping[str, Any], name: str) -> dict[str, JSON]:
    """Return what the API tells of a function."""
    version = str(data.get("Version", LATEST))
    return {
        "FunctionName": name,
        "FunctionArn": data["FunctionArn"] if version == LATEST else f"{data['FunctionArn']}:{version}",
        "Runtime": data["Runtime"],
        "Role": data["Role"],
        "Handler": data["Handler"],
        "CodeSize": data["CodeSize"],
        "Description": data["Description"],
        "Timeout": data["Timeout"],
        "MemorySize": data["MemorySize"],
        "LastModified": data["LastModified"],
        "CodeSha256": data["CodeSha256"],
        "Version": version,
        **({"Layers": [{"Arn": arn, "CodeSize": 0} for arn in data["Layers"]]} if data.get("Layers") else {}),
        **({"Environment": {"Variables": data["Variables"]}} if data.get("Variables") else {}),
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": data["RevisionId"],
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
    }

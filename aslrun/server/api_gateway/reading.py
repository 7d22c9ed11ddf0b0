"""The APIs of a template: from the events of its functions and machines, its API resources and their OpenAPI.

Documentation: SAM, "Api", "HttpApi", AWS::Serverless::Api, AWS::Serverless::HttpApi, "FunctionUrlConfig".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.functions import mapping_at
from aslrun.document.templates import STATE_MACHINES
from aslrun.server.api_gateway.openapi import authorizers_of, openapi_of, routes_of
from aslrun.server.api_gateway.routes import (
    ANY,
    DEFAULT,
    Api,
    Authorizer,
    CallFunction,
    Cors,
    Kind,
    Route,
    StartMachine,
)
from aslrun.values import JSON

TYPES: Mapping[str, Kind] = {"AWS::Serverless::Api": "REST", "AWS::Serverless::HttpApi": "HTTP"}
IMPLICIT: Mapping[Kind, tuple[str, str, str]] = {
    "REST": ("ServerlessRestApi", "Prod", "Api"),
    "HTTP": ("ServerlessHttpApi", DEFAULT, "HttpApi"),
}
"""The API that SAM makes for events that name none: its id, its stage, and its section of Globals."""
_EVENTS: Mapping[str, tuple[Kind, str]] = {"Api": ("REST", "RestApiId"), "HttpApi": ("HTTP", "ApiId")}
NONE = "NONE"
"""What an event has as its authorizer to have none, where its API has one for all."""
IAM = "AWS_IAM"
"""The name of the authorizer that signatures are."""
SIGNED: Mapping[str, Authorizer] = {IAM: Authorizer(IAM, "", "IAM")}


def apis_of(template: Template) -> list[Api]:
    """Return the APIs of a template that have routes. Raises nothing: what makes no sense is left out."""
    apis = {id: _api(template, id, kind) for type, kind in TYPES.items() for id in _made_of(template, type)}
    for id in _made_of(template, "AWS::Serverless::Function", STATE_MACHINES[0]):
        events = template.properties(id).get("Events")
        for event in (events if isinstance(events, dict) else {}).values():
            for api_id, kind, route in _routes_of_event(template, id, event):
                api = apis.get(api_id) or _implicit(template, api_id, kind)
                # What an event says goes before what the OpenAPI body has.
                others = tuple(one for one in api.routes if one.key != route.key)
                apis[api_id] = replace(api, routes=(*others, _with_default(template, api, route)))
    return [*(api for api in apis.values() if api.routes), *_function_urls(template)]


def _made_of(template: Template, *types: str) -> list[str]:
    return [id for id in template.resources_of(*types) if template.is_made(id)]


def _implicit(template: Template, id: str, kind: Kind) -> Api:
    _, stage, section = IMPLICIT[kind]
    shared = template.resolve(mapping_at(mapping_at(template.document.value, "Globals"), section))
    return _made(id, kind, shared if isinstance(shared, dict) else {}, stage)


def _api(template: Template, id: str, kind: Kind) -> Api:
    properties = template.resolve(template.properties(id))
    api = _made(id, kind, properties if isinstance(properties, dict) else {}, IMPLICIT[kind][1])
    body = openapi_of(template, template.properties(id))
    told = body if isinstance(body, dict) else {}
    # What the API's own properties say goes before what its OpenAPI body has.
    authorizers = {**{one.name: one for one in authorizers_of(told, kind)}, **api.authorizers}
    api = replace(
        api,
        authorizers=authorizers,
        binary=api.binary or _binary(told.get("x-amazon-apigateway-binary-media-types")),
        cors=api.cors or _cors_of_openapi(told.get("x-amazon-apigateway-cors")),
    )
    return replace(api, routes=tuple(routes_of(told, kind, authorizers, _default(template, api))))


def _made(id: str, kind: Kind, properties: Mapping[str, JSON], stage: str) -> Api:
    variables = _mapping(properties.get("Variables", properties.get("StageVariables")))
    authorizers = _mapping(_mapping(properties.get("Auth")).get("Authorizers"))
    name = properties.get("StageName")
    found = [_authorizer(name, one, kind) for name, one in authorizers.items()]
    found.append(SIGNED[IAM])
    return Api(
        id,
        kind,
        stage=name if isinstance(name, str) else stage,
        variables={key: str(value) for key, value in variables.items()},
        binary=_binary(properties.get("BinaryMediaTypes")),
        cors=cors_of(properties.get("Cors" if kind == "REST" else "CorsConfiguration")),
        authorizers={one.name: one for one in found if one is not None},
    )


# ---------------------------------------------------------------- events


def _routes_of_event(template: Template, id: str, event: JSON) -> Iterator[tuple[str, Kind, Route]]:
    """Yield the API that an event of a function or a machine is of, its kind, and the route."""
    if not isinstance(event, dict) or event.get("Type") not in _EVENTS:
        return
    kind, reference = _EVENTS[str(event["Type"])]
    written = mapping_at(event, "Properties")
    properties = {
        name: template.resolve(value) for name, value in written.items() if not template.is_absent(value)
    }
    path, method = properties.get("Path", DEFAULT), str(properties.get("Method", ANY)).upper()
    if not isinstance(path, str) or (kind == "REST" and path == DEFAULT):
        return
    target: CallFunction | StartMachine = CallFunction(template.name(id))
    if id in template.resources_of(STATE_MACHINES[0]):
        target = StartMachine("StartExecution", template.text({"Ref": id}))
    milliseconds = properties.get("TimeoutInMillis")
    payload = "1.0" if kind == "REST" else str(properties.get("PayloadFormatVersion", "2.0"))
    authorizer = _mapping(properties.get("Auth")).get("Authorizer")
    api = _id_of(written.get(reference)) or IMPLICIT[kind][0]
    yield (
        api,
        kind,
        Route(
            ANY if method in ("*", "X-AMAZON-APIGATEWAY-ANY-METHOD") else method,
            path if path == DEFAULT or path.startswith("/") else f"/{path}",
            target,
            payload,
            milliseconds / 1000 if isinstance(milliseconds, (int, float)) else None,
            authorizer if isinstance(authorizer, str) else None,
            tuple(_texts(_mapping(properties.get("Auth")).get("AuthorizationScopes"))),
        ),
    )


def _id_of(reference: JSON) -> str | None:
    if isinstance(reference, dict):
        reference = reference.get("Ref")
    return reference if isinstance(reference, str) else None


def _with_default(template: Template, api: Api, route: Route) -> Route:
    """Return a route with the authorizer that its API has for all of them."""
    if route.authorizer is not None:
        return replace(route, authorizer=None) if route.authorizer == NONE else route
    return replace(route, authorizer=_default(template, api))


def _default(template: Template, api: Api) -> str | None:
    section = next((section for id, _, section in IMPLICIT.values() if id == api.id), None)
    if section is None:
        own = template.properties(api.id) if api.id in template.resources else {}
    else:
        own = mapping_at(mapping_at(template.document.value, "Globals"), section)
    default = template.resolve(mapping_at(own, "Auth").get("DefaultAuthorizer"))
    return default if isinstance(default, str) and default in api.authorizers else None


# ---------------------------------------------------------------- CORS, authorizers, function URLs


def cors_of(written: JSON) -> Cors | None:
    """Return what a template says of other origins, in any of the ways to say it.

    REST APIs have texts in quotes of their own, HTTP APIs and function URLs lists; a text or `true` alone
    is for all of them.
    """
    if isinstance(written, str):
        return Cors(origins=_unquoted(written))
    if written is True:
        return Cors(("*",), ("*",), ("*",))
    if not isinstance(written, dict):
        return None
    age = written.get("MaxAge")
    return Cors(
        _unquoted(written.get("AllowOrigins", written.get("AllowOrigin"))),
        _unquoted(written.get("AllowMethods")),
        _unquoted(written.get("AllowHeaders")),
        _unquoted(written.get("ExposeHeaders")),
        None if age is None else str(age).strip("'"),
        written.get("AllowCredentials") is True,
    )


def _cors_of_openapi(written: JSON) -> Cors | None:
    """Return what an HTTP API's OpenAPI body says of other origins, in names like CorsConfiguration's."""
    told = {f"{name[:1].upper()}{name[1:]}": one for name, one in _mapping(written).items()}
    return cors_of(told) if told else None


def _binary(written: JSON) -> tuple[str, ...]:
    return tuple(one.replace("~1", "/") for one in _texts(written))


def _unquoted(written: JSON) -> tuple[str, ...]:
    if isinstance(written, str):
        return tuple(one.strip() for one in written.strip("'\"").split(","))
    return tuple(_texts(written))


def _authorizer(name: str, written: JSON, kind: Kind) -> Authorizer | None:
    told = _mapping(written)
    function = told.get("FunctionArn")
    identity = _mapping(told.get("Identity"))
    if not isinstance(function, str):
        return _of_tokens(name, told, identity)
    headers, query = tuple(_texts(identity.get("Headers"))), tuple(_texts(identity.get("QueryStrings")))
    if kind == "HTTP":
        payload = str(told.get("AuthorizerPayloadFormatVersion", "2.0"))
        is_simple = payload != "1.0" and told.get("EnableSimpleResponses") is True
        return Authorizer(name, function, "REQUEST", headers, query, None, payload, is_simple)
    if told.get("FunctionPayloadType") == "REQUEST":
        return Authorizer(name, function, "REQUEST", headers, query)
    header, pattern = identity.get("Header", "Authorization"), identity.get("ValidationExpression")
    return Authorizer(name, function, "TOKEN", (str(header),), (), str(pattern) if pattern else None)


def _of_tokens(name: str, told: Mapping[str, JSON], identity: Mapping[str, JSON]) -> Authorizer | None:
    """Return an authorizer of an HTTP API that looks at tokens, or of a REST API with Cognito."""
    settings = _mapping(told.get("JwtConfiguration"))
    if not settings and "UserPoolArn" not in told:
        return None
    source = str(told.get("IdentitySource", "")).removeprefix("$request.header.")
    header = source or str(identity.get("Header", "Authorization"))
    issuer = settings.get("issuer", settings.get("Issuer"))
    audience = settings.get("audience", settings.get("Audience"))
    return Authorizer(
        name,
        "",
        "JWT",
        (header,),
        issuer=issuer if isinstance(issuer, str) and "${" not in issuer else None,
        audience=tuple(_texts(audience if isinstance(audience, list) else [audience])),
        scopes=tuple(_texts(told.get("AuthorizationScopes"))),
    )


def _function_urls(template: Template) -> Iterable[Api]:
    route = Route(ANY, DEFAULT, CallFunction(""), "2.0")
    for id in _made_of(template, "AWS::Serverless::Function"):
        written = template.resolve(template.properties(id).get("FunctionUrlConfig"))
        if isinstance(written, dict):
            own = replace(route, target=CallFunction(template.name(id)), authorizer=_of_url(written))
            yield Api(template.name(id), "URL", (own,), cors=cors_of(written.get("Cors")), authorizers=SIGNED)
    for id in _made_of(template, "AWS::Lambda::Url"):
        properties = _mapping(template.resolve(template.properties(id)))
        function = properties.get("TargetFunctionArn")
        if isinstance(function, str):
            own = replace(route, target=CallFunction(function), authorizer=_of_url(properties))
            name = function.partition(":function:")[2].partition(":")[0] or function
            yield Api(name, "URL", (own,), cors=cors_of(properties.get("Cors")), authorizers=SIGNED)


def _of_url(written: Mapping[str, JSON]) -> str | None:
    return IAM if written.get("AuthType") == IAM else None


def _mapping(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, dict) else {}


def _texts(value: JSON) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []

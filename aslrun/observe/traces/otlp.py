"""Spans as OpenTelemetry sends them: by the SDK's exporter, or written as OTLP's JSON.

Specifications: "OTLP Specification" (JSON Protobuf Encoding: ids in hexadecimal digits), "OpenTelemetry
Protocol Exporter" (the environment variables that the SDK's exporter reads).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from json.encoder import encode_basestring as quote
from typing import TYPE_CHECKING, Any

from aslrun.errors import UsageError
from aslrun.interpreter.collection import no_collection
from aslrun.observe.traces.environment import endpoint, timeout
from aslrun.observe.traces.spans import Span

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

SCOPE = "aslrun"
KINDS: Mapping[str, int] = {"INTERNAL": 1, "SERVER": 2, "CLIENT": 3, "PRODUCER": 4}
BATCH = 512
"""Spans that are sent at once, as the SDK does by default."""


def export_spans(spans: Iterable[Span]) -> None:
    """Send spans to where the environment says, by OTLP over HTTP.

    Raises UsageError where the SDK is not installed, and where nothing takes them.
    """
    import logging

    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import SpanExportResult
    except ImportError:
        raise UsageError(
            f"traces are sent to {endpoint()} by OpenTelemetry's SDK, which is not installed:"
            " pip install 'aslrun[otel]'"
        ) from None
    made = readable_spans(spans)
    # What it logs of a failure is said here.
    logging.getLogger("opentelemetry.exporter.otlp").addHandler(logging.NullHandler())
    exporter = OTLPSpanExporter(timeout=timeout())
    try:
        for at in range(0, len(made), BATCH):
            if exporter.export(made[at : at + BATCH]) is not SpanExportResult.SUCCESS:
                raise UsageError(
                    f"the traces could not be sent to {endpoint()}: is something listening there?"
                )
    finally:
        exporter.shutdown()  # type: ignore[no-untyped-call]


def readable_spans(spans: Iterable[Span]) -> list[ReadableSpan]:
    """Return spans as the SDK has them. They are made as they are: no tracer ran while they did."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

    resources: dict[str, Resource] = {}
    scope, sampled = InstrumentationScope(SCOPE), TraceFlags(TraceFlags.SAMPLED)
    kinds = {name: SpanKind[name] for name in KINDS}
    unset = Status(StatusCode.UNSET)
    made = []
    for service, span in _with_services(spans):
        resource = resources.get(service)
        if resource is None:
            resource = resources[service] = Resource.create(resource_attributes(service))
        trace = int(span.trace, 16)
        parent = None if span.parent is None else SpanContext(trace, int(span.parent, 16), True, sampled)
        made.append(
            ReadableSpan(
                name=span.name,
                context=SpanContext(trace, int(span.id, 16), False, sampled),
                parent=parent,
                resource=resource,
                attributes=_attributes(span),
                kind=kinds[span.kind],
                status=unset if span.error is None else Status(StatusCode.ERROR, span.cause or span.error),
                start_time=_nanoseconds(span.began),
                end_time=_nanoseconds(span.began if span.ended is None else span.ended),
                instrumentation_scope=scope,
            )
        )
    return made


def _with_services(spans: Iterable[Span]) -> Iterable[tuple[str, Span]]:
    """Yield each span with the name of the service that it is of: the function's, or the state machine's."""
    services: dict[str, str] = {}
    for span in spans:
        own = span.attributes.get("faas.name")
        around = services.get(span.parent or "")
        if own is None and (around is None or "aws.step_functions.execution.arn" in span.attributes):
            own = span.name
        services[span.id] = service = str(own) if own is not None else str(around)
        yield service, span


def resource_attributes(service: str) -> dict[str, str]:
    """Return the attributes of what a span comes from."""
    return {
        "service.name": service,
        "cloud.provider": "aws",
        "telemetry.sdk.name": SCOPE,
        "telemetry.sdk.language": "python",
    }


def _attributes(span: Span) -> dict[str, Any]:
    return span.attributes if span.error is None else {**span.attributes, "error.type": span.error}


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1_000_000) * 1_000


def otlp_json(spans: Iterable[Span]) -> str:
    """Return spans as the JSON text of one ExportTraceServiceRequest."""
    by_service: dict[str, list[str]] = {}
    with no_collection():
        for service, span in _with_services(spans):
            made = by_service.get(service)
            if made is None:
                made = by_service[service] = []
            made.append(_span_json(span))
    scope = json.dumps({"name": SCOPE})
    resources = []
    for service, made in by_service.items():
        attributes = _attributes_json(tuple(resource_attributes(service).items()))
        own = f'[{{"scope": {scope}, "spans": [{", ".join(made)}]}}]'
        resources.append(f'{{"resource": {{"attributes": {attributes}}}, "scopeSpans": {own}}}')
    return f'{{"resourceSpans": [{", ".join(resources)}]}}'


def _span_json(span: Span) -> str:
    """Return a span as JSON text, without a dict between: there may be a hundred thousand."""
    trace, id, parent, name, kind, began, ended, attributes, error, cause = span
    start = _nanoseconds_json(began)
    end = start if ended is None or ended == began else _nanoseconds_json(ended)
    status = "{}"
    if error is not None:
        attributes = {**attributes, "error.type": error}
        status = f'{{"code": 2, "message": {quote(cause or error)}}}'
    around = "" if parent is None else f', "parentSpanId": "{parent}"'
    return (
        f'{{"traceId": "{trace}", "spanId": "{id}", "name": {quote(name)}, "kind": {KINDS[kind]}, '
        f'"startTimeUnixNano": {start}, "endTimeUnixNano": {end}, '
        f'"attributes": {_attributes_json(tuple(attributes.items()))}, "status": {status}{around}}}'
    )


@lru_cache(maxsize=64)
def _nanoseconds_json(seconds: float) -> str:
    """Return a time as text in quotes: spans of one turn share it."""
    return f'"{_nanoseconds(seconds)}"'


@lru_cache(maxsize=256)
def _attributes_json(attributes: tuple[tuple[str, str | int | float | bool], ...]) -> str:
    """Return attributes as JSON text: those of a state are the same each time. Values of one name have one
    type, so that none is taken for an equal one."""
    told = [{"key": name, "value": _value_json(value)} for name, value in attributes]
    return json.dumps(told, ensure_ascii=False)


def _value_json(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}

"""Traces: what a collector, X-Ray and a function get of an execution."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from command_line import run_command
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from aslrun import load, serve
from aslrun.errors import UsageError
from aslrun.functions.tracing import is_sampled, read_header
from aslrun.observe.observed import observe
from aslrun.observe.traces.environment import endpoint
from aslrun.observe.traces.otlp import export_spans
from aslrun.observe.traces.spans import trace_spans
from aslrun.testing.result import ExecutionResult

WORKFLOWS = Path(__file__).parents[2] / "workflows"
PASS = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
FULFILMENT = WORKFLOWS / "fulfilment" / "fulfilment.asl.json"


class Collector:
    """What listens for OTLP over HTTP, and keeps what it is sent."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.arrived = threading.Event()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    import gzip

                    body = gzip.decompress(body)
                request = ExportTraceServiceRequest()
                request.ParseFromString(body)
                collector.requests.append(request)
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.end_headers()
                collector.arrived.set()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def spans(self) -> list[Any]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    collector = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


def check_tree(spans: list[Any]) -> None:
    """Every span but one has a span around it that is there, and lies within it."""
    by_id = {span.span_id: span for span in spans}
    assert len(by_id) == len(spans), "ids are unique"
    assert len({span.trace_id for span in spans}) == 1
    roots = [span for span in spans if span.parent_span_id not in by_id]
    assert len(roots) == 1
    for span in spans:
        assert span.start_time_unix_nano <= span.end_time_unix_nano
        if span is not roots[0]:
            around = by_id[span.parent_span_id]
            assert around.start_time_unix_nano <= span.start_time_unix_nano
            assert around.end_time_unix_nano >= span.end_time_unix_nano - 1_000


def test_a_collector_gets_a_trace_of_the_fulfilment_example(collector: Collector) -> None:
    ran = run_command("execute", str(FULFILMENT), "--input", str(FULFILMENT.parent / "in.json"), "--quiet")
    assert ran.returncode == 0, ran.stderr
    check_tree(collector.spans)
    names = {span.name for span in collector.spans}
    assert "fulfilment" in names
    attributes = {attribute.key for span in collector.spans for attribute in span.attributes}
    assert {"faas.name", "faas.coldstart", "aws.step_functions.state_machine.arn"} <= attributes
    services = {
        attribute.value.string_value
        for request in collector.requests
        for resource in request.resource_spans
        for attribute in resource.resource.attributes
        if attribute.key == "service.name"
    }
    assert "fulfilment" in services
    assert len(services) > 1, "functions are services of their own"


def test_a_server_sends_the_traces_of_what_has_ended(collector: Collector) -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    with serve(aws="off") as server:
        states = server.client()
        arn = states.create_state_machine(name="m", definition=json.dumps(definition), roleArn=ROLE)
        header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
        states.start_execution(stateMachineArn=arn["stateMachineArn"], traceHeader=header)
        assert collector.arrived.wait(20)
    root = collector.spans[0]
    assert root.trace_id.hex() == "5759e988bd862e3fe1be46a994272793"
    assert root.parent_span_id.hex() == "53995c3f42cd8ad8"


ROLE = "arn:aws:iam::123456789012:role/states"
HANDLER = """
import os
def handler(event, context):
    return os.environ.get("_X_AMZN_TRACE_ID")
"""
TASK = {
    "StartAt": "Pay",
    "States": {
        "Pay": {
            "Type": "Task",
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:pay",
            "Retry": [{"ErrorEquals": ["States.ALL"]}],
            "End": True,
        }
    },
}


def run(folder: Path, **options: Any) -> ExecutionResult:
    (folder / "handlers").mkdir()
    (folder / "handlers" / "pay.py").write_text(HANDLER)
    (folder / "pay.asl.json").write_text(json.dumps(TASK))
    return ExecutionResult(load(folder / "pay.asl.json").execute({}, seed=1, **options))


def test_a_function_is_told_the_span_that_it_is(tmp_path: Path) -> None:
    result = run(tmp_path, trace=True)
    header = str(result.output)
    assert header.endswith(";Sampled=1")
    (function,) = result.trace.named("pay")[1:]  # the first one is the state machine's
    assert read_header(header) == (result.trace.id, function.id)
    assert [span.name for span in result.trace.inside(function)] == ["Init", "Invocation"]
    assert function.attributes["faas.coldstart"] is True


def test_nobody_takes_a_trace_unless_it_is_asked_for(tmp_path: Path) -> None:
    assert run(tmp_path).output is None


def test_ids_are_x_rays_and_equal_for_the_same_seed() -> None:
    machine = load({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    first, second = (ExecutionResult(machine.execute({}, seed=7)).trace for _ in range(2))
    assert int(first.id[:8], 16) == pytest.approx(first[0].began, abs=1)
    assert [span.id for span in first] == [span.id for span in second]


def test_spans_have_the_modelled_times() -> None:
    machine = load({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3600, "End": True}}})
    (span,) = ExecutionResult(machine.execute({})).trace.named("A")
    assert span.ended is not None
    assert span.ended - span.began == pytest.approx(3600)


def test_attempts_and_iterations_have_spans() -> None:
    task: dict[str, Any] = TASK["States"]["Pay"]  # type: ignore[index]
    each = {"Type": "Map", "End": True, "ItemProcessor": {"StartAt": "Pay", "States": {"Pay": task}}}
    machine = load({"StartAt": "Each", "States": {"Each": each}})
    execution = machine.execute([1, 2], functions={"pay": (ValueError("no"), {}, {})}, name="n")
    trace = ExecutionResult(execution).trace
    (state,) = trace.named("Each")
    assert [span.name for span in trace.inside(state)] == ["Each #0", "Each #1"]
    attempts = trace.named("lambda.Invoke pay")
    assert [span.error for span in attempts].count("ValueError") == 1
    assert len(attempts) == 3
    assert attempts[0].attributes["faas.invoked_name"] == "pay"


def test_children_of_a_distributed_map_are_in_the_trace() -> None:
    inner = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}},
             "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}  # fmt: skip
    each = {"Type": "Map", "ItemProcessor": inner, "End": True}
    trace = ExecutionResult(load({"StartAt": "E", "States": {"E": each}}).execute([1, 2, 3])).trace
    assert len(trace.named("A")) == 3
    assert len({span.id for span in trace}) == len(trace)


def test_x_ray_segments_are_written(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.succeeded
    ran = run_command("execute", "pay.asl.json", "--trace", "trace.json", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    machine, function = json.loads((tmp_path / "trace.json").read_text())
    assert (machine["name"], machine["origin"]) == ("pay", "AWS::StepFunctions::StateMachine")
    assert (function["name"], function["origin"]) == ("pay", "AWS::Lambda::Function")
    assert function["trace_id"] == machine["trace_id"]
    assert machine["trace_id"].startswith("1-")
    (state,) = machine["subsegments"]
    (attempt,) = state["subsegments"]
    assert attempt["namespace"] == "aws"
    assert function["parent_id"] == attempt["id"]
    ran = run_command("execute", "pay.asl.json", "--trace", "trace.otlp.json", cwd=tmp_path)
    (first, *_) = json.loads((tmp_path / "trace.otlp.json").read_text())["resourceSpans"]
    assert first["scopeSpans"][0]["spans"][0]["name"] == "pay"


def test_a_collector_that_is_not_there_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    (tmp_path / "a.asl.json").write_text('{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}')
    ran = run_command("execute", "a.asl.json", "--quiet", cwd=tmp_path)
    assert (ran.returncode, ran.stdout.strip()) == (0, "{}")
    assert "is something listening there?" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_collector_that_hangs_is_not_waited_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"http://127.0.0.1:{port}/v1/traces")
        monkeypatch.setattr("aslrun.observe.traces.environment.PATIENCE", 0.2)
        machine = load({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
        with pytest.raises(UsageError, match="is something listening"):
            export_spans(ExecutionResult(machine.execute({})).trace)


def test_the_environment_can_turn_traces_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    assert endpoint() == "http://127.0.0.1:9"
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    assert endpoint() is None
    monkeypatch.delenv("OTEL_TRACES_EXPORTER")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert endpoint() is None


def test_the_sdk_that_is_missing_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UsageError, match=r"pip install 'aslrun\[otel\]'"):
        export_spans([])


@pytest.mark.parametrize(
    "header",
    ["", "Root=1-xyz;Parent=1", "Root=1-5759e988-000000000000000000000000", "Self=1-5759e988", "Root=2-5759"],
)
def test_a_malformed_header_is_none(header: str) -> None:
    assert read_header(header) is None
    assert is_sampled(header)


def test_a_header_may_have_its_parts_in_any_order() -> None:
    root = "5759e988bd862e3fe1be46a994272793"
    header = f"Sampled=0;Root=1-{root[:8]}-{root[8:]};Parent=53995c3f42cd8ad8"
    assert read_header(header) == (root, "53995c3f42cd8ad8")
    assert not is_sampled(header)
    assert is_sampled(header.replace("Sampled=0", "Sampled=?"))


@pytest.mark.parametrize("places", ["here", 1])
def test_functions_in_children_of_a_distributed_map_are_in_its_trace(tmp_path: Path, places: Any) -> None:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "pay.py").write_text(HANDLER)
    inner = {**TASK, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    each = {"Type": "Map", "ItemProcessor": inner, "End": True}
    (tmp_path / "m.asl.json").write_text(json.dumps({"StartAt": "E", "States": {"E": each}}))
    execution = load(tmp_path / "m.asl.json").execute([1, 2], trace=True, map_workers=places)
    trace = ExecutionResult(execution).trace
    functions = {span.id for span in trace.named("pay")}
    assert isinstance(execution.output, list)
    told = [read_header(str(header)) for header in execution.output]
    assert {one.trace for one in told if one} == {trace.id}
    assert {one.span for one in told if one} == functions


def test_an_execution_that_another_starts_is_in_its_trace(tmp_path: Path) -> None:
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:child"},
        "End": True,
    }
    (tmp_path / "parent.asl.json").write_text(json.dumps({"StartAt": "S", "States": {"S": start}}))
    (tmp_path / "child.asl.json").write_text(PASS)
    execution = load(tmp_path / "parent.asl.json").execute({}, trace=True)
    assert execution.status == "SUCCEEDED", execution.cause
    (attempt,) = ExecutionResult(execution).trace.named("states.StartExecution")
    root = trace_spans(observe(execution.started[0]))[0]
    assert (root.trace, root.parent) == (attempt.trace, attempt.id)


@pytest.mark.parametrize("where", ["AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"])
def test_a_template_has_traces_taken(tmp_path: Path, where: str) -> None:
    member = "Tracing" if "Serverless" in where else "TracingConfiguration"
    properties = {"Definition": TASK, member: {"Enabled": True}}
    template = {"Resources": {"M": {"Type": where, "Properties": properties}}}
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "pay.py").write_text(HANDLER)
    (tmp_path / "template.json").write_text(json.dumps(template))
    execution = load(tmp_path / "template.json").execute({})
    assert str(execution.output).endswith(";Sampled=1")


def test_branches_and_retries_lie_within_what_is_around(tmp_path: Path) -> None:
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "End": True}}}
    both = {"Type": "Parallel", "Branches": [TASK, wait], "End": True}
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "pay.py").write_text(HANDLER)
    (tmp_path / "p.asl.json").write_text(json.dumps({"StartAt": "B", "States": {"B": both}}))
    trace = ExecutionResult(load(tmp_path / "p.asl.json").execute({})).trace
    by_id = {span.id: span for span in trace}
    for span in trace[1:]:
        around = by_id[str(span.parent)]
        assert span.ended is not None
        assert around.ended is not None
        assert around.began <= span.began <= span.ended <= around.ended + 1e-6
    (state,) = trace.named("B")
    assert {span.name for span in trace.inside(state)} == {"Pay", "W"}


NODE = "export const handler = async () => process.env._X_AMZN_TRACE_ID ?? null;"


@pytest.mark.node
def test_a_node_function_is_told_the_span_that_it_is(tmp_path: Path) -> None:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "pay.mjs").write_text(NODE)
    (tmp_path / "pay.asl.json").write_text(json.dumps(TASK))
    machine = load(tmp_path / "pay.asl.json")
    assert machine.execute({}).output is None
    result = ExecutionResult(machine.execute({}, trace=True))
    (function,) = result.trace.named("pay")[1:]
    assert read_header(str(result.output)) == (result.trace.id, function.id)


SENDS = """
import json, os, socket
def handler(event, context):
    root, parent, _ = (part.partition("=")[2] for part in os.environ["_X_AMZN_TRACE_ID"].split(";"))
    own = {"id": "00000000000000aa", "name": "own work", "trace_id": root, "parent_id": parent,
           "type": "subsegment", "start_time": 1.0, "end_time": 2.0}
    host, port = os.environ["AWS_XRAY_DAEMON_ADDRESS"].rsplit(":", 1)
    packet = '{"format": "json", "version": 1}\\n' + json.dumps(own)
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(packet.encode(), (host, int(port)))
    return {}
"""


def test_subsegments_that_a_function_sends_join_its_segment(tmp_path: Path) -> None:
    run(tmp_path)
    (tmp_path / "handlers" / "pay.py").write_text(SENDS)
    ran = run_command("execute", "pay.asl.json", "--trace", "trace.json", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    _, function, own = json.loads((tmp_path / "trace.json").read_text())
    assert own["name"] == "own work"
    assert own["trace_id"] == function["trace_id"]
    assert own["parent_id"] == function["id"]

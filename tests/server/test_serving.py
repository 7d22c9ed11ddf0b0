"""Servers from their opening to their closing: the command, files, mocks, the store, the fixtures."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from command_line import run_command
from served import PASS, Machines, refused
from test_api_executions import DAY, end_of, run, task, types, until

import aslrun
from aslrun.cli.serve import banner
from aslrun.server.serving import Server, Settings, serve

FAILS = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}


def silent(function: str, line: str) -> None:
    """Show nothing."""


def test_files_are_machines_that_find_their_functions(tmp_path: Path) -> None:
    (tmp_path / "handlers.py").write_text("def double(event, context): return event * 2")
    (tmp_path / "order.asl.json").write_text(json.dumps(task("double")))
    (tmp_path / "day.asl.yaml").write_text(json.dumps(DAY))
    with serve(tmp_path, show=silent) as server:
        client = server.client()
        names = [one["name"] for one in client.list_state_machines()["stateMachines"]]
        assert names == ["day", "order"]
        arn = "arn:aws:states:us-east-1:123456789012:stateMachine:order"
        assert run(client, arn, input="21")["output"] == "42"


def test_files_that_cannot_be_machines_are_told(tmp_path: Path) -> None:
    (tmp_path / "bad.asl.json").write_text(json.dumps({"StartAt": "A"}))
    with pytest.raises(aslrun.DefinitionError):
        serve(tmp_path / "bad.asl.json")
    with pytest.raises(aslrun.UsageError, match=r"no \w* ?nothing|nothing"):
        serve(tmp_path / "nothing.json")
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.asl.json").write_text(json.dumps(PASS))
    with pytest.raises(aslrun.UsageError, match="would both be the state machine 'same'"):
        serve(tmp_path / "a", tmp_path / "b")


def test_a_port_that_is_taken_is_told() -> None:
    with (
        serve() as server,
        pytest.raises(aslrun.UsageError, match=f"cannot listen on 127.0.0.1:{server.port}"),
    ):
        serve(port=server.port)


def test_test_cases_are_mocked_as_step_functions_local_does(tmp_path: Path) -> None:
    config = tmp_path / "mocks.json"
    config.write_text(
        json.dumps(
            {
                "StateMachines": {"mocked": {"TestCases": {"Happy": {"T": "Answer"}, "Sad": {"T": "Error"}}}},
                "MockedResponses": {
                    "Answer": {"0": {"Return": {"StatusCode": 200, "Payload": {"n": 1}}}},
                    "Error": {"0": {"Throw": {"Error": "Broken", "Cause": "pipe"}}},
                },
            }
        )
    )
    with serve(mock_config=config, show=silent) as server:
        client = server.client()
        invoke = task(
            "arn:aws:states:::lambda:invoke", Parameters={"FunctionName": "nowhere"}, OutputPath="$.Payload"
        )
        arn = Machines(client).arn(invoke, name="mocked")
        assert run(client, f"{arn}#Happy")["output"] == '{"n":1}'
        assert run(client, f"{arn}#Sad")["error"] == "Broken"
        code, told = refused(client.start_execution, stateMachineArn=f"{arn}#Other")
        assert code == "ValidationException"
        assert "there is no test case 'Other'" in told
        assert run(client, arn)["error"] == "Lambda.ResourceNotFoundException"


def test_what_runs_goes_on_with_the_next_server(tmp_path: Path) -> None:
    store = tmp_path / "kept" / "aslrun.db"
    with serve(store=store) as server:
        client = server.client()
        client.create_activity(name="work")
        activity = "arn:aws:states:us-east-1:123456789012:activity:work"
        then = {"StartAt": "T", "States": {**task(activity)["States"], "P": PASS["States"]["A"]}}  # type: ignore[index]
        then["States"]["T"] = {"Type": "Task", "Resource": activity, "Next": "P"}  # type: ignore[index]
        machine = Machines(client).arn(then)
        waiting = client.start_execution(stateMachineArn=machine, name="waiting")["executionArn"]
        ended = run(client, Machines(client).arn())
        token = client.get_activity_task(activityArn=activity)["taskToken"]
        until(lambda: types(client, waiting)[3:] or None)
    with serve(store=store) as server:
        client = server.client()
        assert client.describe_execution(executionArn=ended["executionArn"])["output"] == ended["output"]
        assert types(client, ended["executionArn"])[-1] == "ExecutionSucceeded"
        assert client.describe_execution(executionArn=waiting)["status"] == "RUNNING"
        until(lambda: types(client, waiting)[3:] or None)
        client.send_task_success(taskToken=token, output="1")
        assert end_of(client, waiting)["output"] == '{"x":1}'


def test_a_failed_execution_is_redriven(tmp_path: Path) -> None:
    (tmp_path / "handlers.py").write_text(
        "import os\n"
        "def flaky(event, context):\n"
        "    if not os.path.exists('mended'): raise ValueError('broken')\n"
        "    return 'mended'\n"
    )
    (tmp_path / "flaky.asl.json").write_text(json.dumps(task("flaky")))
    with serve(tmp_path, show=silent) as server:
        client = server.client()
        machine = "arn:aws:states:us-east-1:123456789012:stateMachine:flaky"
        told = run(client, machine)
        arn = told["executionArn"]
        assert (told["status"], told["redriveStatus"], told["redriveCount"]) == ("FAILED", "REDRIVABLE", 0)
        (tmp_path / "mended").touch()
        first = client.redrive_execution(executionArn=arn, clientToken="once")
        again = client.redrive_execution(executionArn=arn, clientToken="once")
        assert first["redriveDate"] == again["redriveDate"]
        told = end_of(client, arn)
        assert (told["status"], told["output"], told["redriveCount"]) == ("SUCCEEDED", '"mended"', 1)
        assert "ExecutionRedriven" in types(client, arn)
        code, message = refused(client.redrive_execution, executionArn=arn)
        assert (code, message) == (
            "ExecutionNotRedrivable",
            "Execution is SUCCEEDED and cannot be redriven",
        )


def test_a_saved_file_is_taken(tmp_path: Path) -> None:
    from aslrun.server.serving import Settings

    file = tmp_path / "watched.asl.json"
    file.write_text(json.dumps(PASS))
    told: list[Any] = []
    settings = Settings(files=[str(file)], port=0, store="memory", watch=True, tell=told.append, show=silent)
    with Server(settings) as server:
        client = server.client()
        arn = server.machines[0].arn
        file.write_text("{")
        assert until(lambda: told or None)
        assert json.loads(client.describe_state_machine(stateMachineArn=arn)["definition"]) == PASS
        file.write_text(json.dumps(DAY))

        def saved() -> bool | None:
            text = client.describe_state_machine(stateMachineArn=arn)["definition"]
            return True if json.loads(text) == DAY else None

        assert until(saved)


def test_the_clock_may_be_faster() -> None:
    with serve(time="real", time_scale=1000) as server:
        client = server.client()
        wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 100, "End": True}}}
        began = time.monotonic()
        told = run(client, Machines(client).arn(wait))
        assert time.monotonic() - began < 10
        assert (told["stopDate"] - told["startDate"]).total_seconds() >= 100


def test_equal_seeds_give_equal_runs() -> None:
    def histories() -> Any:
        with serve(seed=7) as server:
            client = server.client()
            uuids = {
                "StartAt": "A",
                "States": {"A": {"Type": "Pass", "Parameters": {"id.$": "States.UUID()"}, "End": True}},
            }
            told = run(client, Machines(client).arn(uuids, name="seeded"))
            return told["name"], told["output"]

    assert histories() == histories()


def test_the_command_listens_and_ends_cleanly(tmp_path: Path) -> None:
    (tmp_path / "pass.asl.json").write_text(json.dumps(PASS))
    command = [sys.executable, "-m", "aslrun", "serve", "pass.asl.json", "--port", "0", "--aws", "off"]
    environment = {**os.environ, "PYTHONPATH": str(Path(aslrun.__file__).parent.parent)}
    with subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        assert first.startswith("Step Functions at http://127.0.0.1:")
        lines = [process.stderr.readline().strip() for _ in range(5)]
        assert "export AWS_DISABLE_HOST_PREFIX_INJECTION=true" in lines
        assert any(line.startswith("console: http://127.0.0.1:") for line in lines)
        assert "arn:aws:states:us-east-1:123456789012:stateMachine:pass" in lines
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert "Traceback" not in process.stderr.read()
    assert (tmp_path / ".aslrun" / "aslrun.db").exists()


def test_clients_of_all_services_are_led_to_the_server_where_it_has_them() -> None:
    with serve(store="memory") as server:
        assert server.environment["AWS_ENDPOINT_URL"] == server.url
        assert f"AWS_ENDPOINT_URL={server.url}" in banner(server)
    with serve(store="memory", aws="off") as server:
        assert "AWS_ENDPOINT_URL" not in server.environment
        assert server.environment["AWS_ENDPOINT_URL_SFN"] == server.url


def test_wrong_usage_is_told(tmp_path: Path) -> None:
    for args, told in (
        (("--watch",), "name one"),
        (("--time", "virtual", "--time-scale", "2"), "--time-scale is for --time real"),
        (("--mock-config", "nothing.json"), "nothing.json"),
        (("nothing.asl.json",), "nothing.asl.json"),
    ):
        ran = run_command("serve", "--port", "0", *args, cwd=tmp_path)
        assert ran.returncode == 2
        assert told in ran.stderr


def test_the_fixture_gives_a_client(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import json

        def test_a_day(step_functions, step_functions_server):
            wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86400, "End": True}}}
            made = step_functions.create_state_machine(
                name="day", definition=json.dumps(wait), roleArn="arn:aws:iam::123456789012:role/x",
                type="EXPRESS",
            )
            told = step_functions.start_sync_execution(stateMachineArn=made["stateMachineArn"])
            assert told["status"] == "TIMED_OUT"
            assert step_functions_server.environment["AWS_ENDPOINT_URL_SFN"] == step_functions_server.url
        """
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_token_is_valid_from_the_first_request_after_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while what an earlier server has left is yet to go on."""
    from aslrun.store.running import Running

    store = tmp_path / "aslrun.db"
    with serve(store=store, time="real") as server:
        client = server.client("stepfunctions")
        activity = client.create_activity(name="paint")["activityArn"]
        machine = Machines(client).arn(task(activity))
        started = client.start_execution(stateMachineArn=machine)["executionArn"]
        token = client.get_activity_task(activityArn=activity)["taskToken"]
    go_on, late = Running._go_on, threading.Event()

    def wait() -> None:
        late.wait(10)

    def go_on_late(self: Running, *given: Any) -> Any:
        self.driver.post(wait)
        return go_on(self, *given)

    monkeypatch.setattr(Running, "_go_on", go_on_late)
    with serve(store=store, time="real") as server:
        threading.Timer(0.3, late.set).start()
        client = server.client("stepfunctions")
        client.send_task_success(taskToken=token, output='"done"')
        assert end_of(client, started)["output"] == '"done"'


def test_answers_of_a_test_case_go_on_where_they_were(tmp_path: Path) -> None:
    config, store = tmp_path / "mocks.json", tmp_path / "aslrun.db"
    throw = {"Throw": {"Error": "Again", "Cause": ""}}
    answer = {"0": throw, "1": {"Return": {"n": 1}}}
    config.write_text(
        json.dumps(
            {
                "StateMachines": {"mocked": {"TestCases": {"Case": {"T": "Answer"}}}},
                "MockedResponses": {"Answer": answer},
            }
        )
    )
    retry = [{"ErrorEquals": ["Again"], "IntervalSeconds": 3600, "MaxAttempts": 1}]
    parameters = {"FunctionName": "nowhere"}
    definition = task("arn:aws:states:::lambda:invoke", Parameters=parameters, Retry=retry)
    with serve(mock_config=config, store=store, time="real", show=silent, aws="off") as server:
        client = server.client()
        machine = Machines(client).arn(definition, name="mocked")
        arn = client.start_execution(stateMachineArn=f"{machine}#Case")["executionArn"]
        until(lambda: types(client, arn)[4:] or None)
    with serve(mock_config=config, store=store, show=silent, aws="off") as server:
        told = end_of(server.client(), arn)
        assert (told["status"], told.get("output")) == ("SUCCEEDED", '{"n":1}')


def test_the_disk_is_waited_for_where_that_is_wanted(tmp_path: Path) -> None:
    settings = Settings(store=str(tmp_path / "aslrun.db"), sync="full", port=0, api_port=0, aws="off")
    with Server(settings) as server:
        assert server.store.database.read("PRAGMA synchronous") == [(2,)]
        assert run(server.client(), Machines(server.client()).arn())["status"] == "SUCCEEDED"
    told = run_command("serve", "--store", "memory", "--sync", "full")
    assert told.returncode == 2
    assert "--sync full is for a --store in a file" in told.stderr


def test_executions_of_a_deleted_machine_end_at_their_next_transition(tmp_path: Path) -> None:
    store = tmp_path / "aslrun.db"
    two = {
        "StartAt": "T",
        "States": {"T": {"Type": "Task", "Resource": "", "Next": "P"}, "P": PASS["States"]["A"]},  # type: ignore[index]
    }
    with serve(store=store, show=silent, aws="off") as server:
        client = server.client()
        activity = client.create_activity(name="a")["activityArn"]
        two["States"]["T"]["Resource"] = activity  # type: ignore[index]
        machine = Machines(client).arn(two)
        arn = client.start_execution(stateMachineArn=machine)["executionArn"]
        token = client.get_activity_task(activityArn=activity)["taskToken"]
        client.delete_state_machine(stateMachineArn=machine)
        assert client.describe_state_machine(stateMachineArn=machine)["status"] == "DELETING"
        assert client.describe_execution(executionArn=arn)["status"] == "RUNNING"
    with serve(store=store, show=silent, aws="off") as server:
        client = server.client()
        client.send_task_success(taskToken=token, output="1")
        assert end_of(client, arn)["status"] == "ABORTED"
        assert types(client, arn)[-2:] == ["ActivityStarted", "ExecutionAborted"]
        assert (
            refused(client.describe_state_machine, stateMachineArn=machine)[0] == "StateMachineDoesNotExist"
        )


def test_an_activity_that_is_not_there_is_not_scheduled() -> None:
    with serve(show=silent, aws="off") as server:
        client = server.client()
        told = run(client, Machines(client).arn(task("arn:aws:states:us-east-1:123456789012:activity:no")))
        assert told["error"] == "States.Runtime"
        assert types(client, told["executionArn"]) == [
            "ExecutionStarted",
            "TaskStateEntered",
            "ExecutionFailed",
        ]


LEFT = """
import sys, threading, urllib.request
import aslrun

server = aslrun.serve(sys.argv[1], show=lambda function, line: None)

def ask():
    while True:
        urllib.request.urlopen(server.api_url + "/x").read()

for _ in range(4):
    threading.Thread(target=ask, daemon=True).start()
threading.Event().wait(0.5)
sys.exit(3)
"""
ASKED = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      Events: {Get: {Type: Api, Properties: {Path: /x, Method: get}}}
"""


def test_a_script_that_ends_without_closing_its_server_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(ASKED)
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return {'statusCode': 200}\n")
    (tmp_path / "temporary").mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", LEFT, str(tmp_path / "template.yaml")],
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
        capture_output=True,
        timeout=60,
    )
    assert ended.returncode == 3, ended.stderr.decode()[-500:]
    assert b"has failed in aslrun itself" not in ended.stderr
    assert [*(tmp_path / "temporary").glob("aslrun-functions-*")] == []

"""The pytest plugin, as a project sees it that only has aslrun installed."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest

import aslrun
from aslrun.drivers.clock import VirtualClock
from aslrun.errors import UsageError
from aslrun.testing.machine import MachineUnderTest
from aslrun.testing.result import ExecutionResult
from aslrun.testing.snapshot import normalised

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"
ORDER = {
    "StartAt": "Validate",
    "States": {
        "Validate": {
            "Type": "Task",
            "Resource": LAMBDA + "validate",
            "Catch": [{"ErrorEquals": ["BadOrder"], "Next": "Refused"}],
            "Next": "Pay",
        },
        "Pay": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": "q", "MessageBody.$": "$.id"},
            "ResultPath": "$.payment",
            "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 60, "MaxAttempts": 3}],
            "End": True,
        },
        "Refused": {"Type": "Fail", "Error": "Refused", "Cause": "no such thing"},
    },
}


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with a definition, a handler beside it, and no conftest.py."""
    pytester.makefile(".asl.json", order=json.dumps(ORDER))
    pytester.mkdir("handlers")
    (pytester.path / "handlers" / "validate.py").write_text(
        "def handler(event, context):\n    return event\n"
    )
    return pytester


def machine() -> tuple[MachineUnderTest, list[ExecutionResult]]:
    results: list[ExecutionResult] = []
    return MachineUnderTest(aslrun.load(ORDER), results.append), results


def test_a_project_of_passing_tests(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import aslrun

        def test_pays_at_the_second_try(state_machine):
            machine = state_machine("order.asl.json")
            mocks = {"Pay": (aslrun.StateError("Busy"), {"MessageId": "1"})}
            execution = machine.execute({"id": "A"}, mocks=mocks)
            assert execution.succeeded
            assert not execution.failed
            assert execution.output == {"id": "A", "payment": {"MessageId": "1"}}
            assert execution.path == ["Validate", "Pay"]
            assert execution.retries("Pay") == 1
            assert execution.waited == 60
            assert execution.inputs("Pay") == [{"id": "A"}]
            assert len(execution.events("TaskFailed")) == 1
            assert [event["type"] for event in execution.events(state="Validate")][0] == "TaskStateEntered"

        class TestInAClass:
            def test_refuses(self, state_machine):
                class BadOrder(Exception): pass
                machine = state_machine("order.asl.json")
                execution = machine.execute({}, functions={"validate": BadOrder("no")})
                assert execution.failed
                assert (execution.error, execution.cause) == ("Refused", "no such thing")
                assert execution.path[-1] == "Refused"
        """
    )
    project.runpytest().assert_outcomes(passed=2)
    project.runpytest("-n2").assert_outcomes(passed=2)


def test_a_failing_test_tells_the_executions_story(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        def test_it(state_machine):
            machine = state_machine("order.asl.json")
            execution = machine.execute({"id": "A"}, mocks={"Pay": KeyError("queue")})
            assert execution.succeeded
        """
    )
    ran = project.runpytest()
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(
        [
            "*state machine execution*",
            "order: FAILED",
            '*input:*{"id": "A"}*',
            "*path:*Validate → Pay*",
            "*failed:*state 'Pay' with input*",
            "*error:*KeyError*",
            "*cause:*'queue'*",
        ]
    )


def test_definitions_that_cannot_be_used(project: pytest.Pytester) -> None:
    project.makefile(".asl.json", broken=json.dumps({"StartAt": "A", "States": {}}))
    project.makepyfile(
        """
        def test_invalid(state_machine): state_machine("broken.asl.json")
        def test_nowhere(state_machine): state_machine("nowhere.asl.json")
        """
    )
    ran = project.runpytest()
    ran.assert_outcomes(failed=2)
    ran.stdout.fnmatch_lines(["*broken.asl.json:1:*", "there is no nowhere.asl.json in *"])
    ran.stdout.no_fnmatch_line("*Traceback*")


def test_snapshots(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import os
        def test_it(state_machine, history_snapshot):
            machine = state_machine("order.asl.json")
            execution = machine.execute({"id": os.environ["ORDER"]}, mocks={"Pay": {}}, seed=None)
            history_snapshot(execution)
        """
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORDER", "A")
        missing = project.runpytest()
        missing.assert_outcomes(failed=1)
        missing.stdout.fnmatch_lines(["there is no snapshot *pytest --asl-update writes it"])
        project.runpytest("--asl-update").assert_outcomes(passed=1)
        project.runpytest().assert_outcomes(passed=1)
        patch.setenv("ORDER", "B")
        differs = project.runpytest()
    differs.assert_outcomes(failed=1)
    differs.stdout.fnmatch_lines(["the history differs from *", '  kept *: "A"', '  this run *: "B"'])


def trace_at(line: int, compact: bool) -> str:
    """The text of a state's input that holds a function's error with a stack trace."""
    cause = {"errorMessage": "[1]", "errorType": "E", "stackTrace": [f"line {line}: x[0]]"], "requestId": "r"}
    separators = (",", ":") if compact else None
    return json.dumps({"e": {"Error": "E", "Cause": json.dumps(cause)}, "n": [1]}, separators=separators)


@pytest.mark.parametrize("compact", [True, False])
def test_stack_traces_are_no_part_of_a_snapshot_however_deep_they_lie(compact: bool) -> None:
    def history(line: int) -> list[Any]:
        return [{"id": 1, "stateEnteredEventDetails": {"name": "A", "input": trace_at(line, compact)}}]

    assert normalised(history(1)) == normalised(history(2))
    kept: Any = normalised(history(1))
    error = json.loads(kept[0]["stateEnteredEventDetails"]["input"])["e"]
    assert json.loads(error["Cause"]) == {"errorMessage": "[1]", "errorType": "E", "requestId": "r"}
    assert (": " in kept[0]["stateEnteredEventDetails"]["input"].partition("Cause")[0]) is not compact


def test_texts_of_a_snapshot_without_stack_traces_stay_as_they_are() -> None:
    texts = ['{"errorType":  "E"}', "stackTrace", '{"stackTrace"', '{"trace": ["a"], "x":"stackTrace"}', "{}"]
    history: list[Any] = [{"id": 1, "input": text} for text in texts]
    assert normalised(history) == history


def test_snapshots_have_names_of_their_own(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("id", ["a", "A", "x/y", "x_y", "CON", "ü" * 90])
        def test_it(state_machine, history_snapshot, id):
            history_snapshot(state_machine("order.asl.json").execute({"id": id}, mocks={"Pay": {}}))

        class TestOne:
            def test_it(self, state_machine, history_snapshot):
                history_snapshot(state_machine("order.asl.json").execute({"id": 1}, mocks={"Pay": {}}))

        class TestTwo:
            def test_it(self, state_machine, history_snapshot):
                machine = state_machine("order.asl.json")
                history_snapshot(machine.execute({"id": 2}, mocks={"Pay": {}}))
                history_snapshot(machine.execute({"id": 3}, mocks={"Pay": {}}))
        """
    )
    project.runpytest("--asl-update", "-n2").assert_outcomes(passed=8)
    project.runpytest().assert_outcomes(passed=8)
    names = [path.name for path in (project.path / "snapshots").iterdir()]
    assert len({name.lower() for name in names}) == 9
    assert all(name.isascii() and len(name) < 160 for name in names)
    stem = "test_snapshots_have_names_of_their_own"
    assert {f"{stem}.test_it_a.json", f"{stem}.TestTwo.test_it.json", f"{stem}.TestTwo.test_it.2.json"} < {
        *names
    }


def test_the_story_tells_which_iteration_failed(project: pytest.Pytester) -> None:
    call = {"Type": "Task", "Resource": LAMBDA + "check", "End": True}
    check = {"StartAt": "Check", "States": {"Check": call}}
    each = {"Type": "Map", "ItemProcessor": check, "End": True}
    project.makefile(".asl.json", each=json.dumps({"StartAt": "Each", "States": {"Each": each}}))
    project.makepyfile(
        """
        import pytest

        def check(event):
            assert event != 2
            return event

        @pytest.fixture
        def checked(state_machine):
            execution = state_machine("each.asl.json").execute([1, 2, 3], functions={"check": check})
            assert execution.succeeded
            return execution

        def test_it(checked): pass
        """
    )
    ran = project.runpytest()
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["*failed:*state 'Check' in iteration 1 of 'Each' with input 2"])


def test_what_is_loaded(project: pytest.Pytester) -> None:
    project.makefile(
        ".yaml",
        template=f"""
        Resources:
          Orders:
            Type: AWS::Serverless::StateMachine
            Properties:
              Type: EXPRESS
              DefinitionUri: order.asl.json
          Others:
            Type: AWS::Serverless::StateMachine
            Properties:
              Definition: {json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})}
        """,
    )
    project.makepyfile(
        """
        def test_a_template(state_machine):
            assert state_machine("template.yaml:Others").execute({"a": 1}).path == ["A"]
            assert state_machine("template.yaml:Orders").machine.type == "EXPRESS"
            assert state_machine("order.asl.json", type="STANDARD").machine.type == "STANDARD"

        def test_a_dict(state_machine):
            state = {"Type": "Wait", "Seconds": "${Pause}", "End": True}
            state["Seconds"] = 5
            assert state_machine({"StartAt": "A", "States": {"A": state}}).execute().waited == 5

        def test_one_of_several(state_machine):
            state_machine("template.yaml")
        """
    )
    ran = project.runpytest()
    ran.assert_outcomes(passed=2, failed=1)
    ran.stdout.fnmatch_lines(["*template.yaml has 2 state machines; pick one: *"])
    ran.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize(
    ("answer", "output"),
    [
        ({"total": 3}, {"total": 3}),
        ([1, 2], [1, 2]),
        (lambda event: event["id"] + "!", "A!"),
        (lambda event, context: context.function_name, "validate"),
        ((lambda event: 1,), 1),
    ],
)
def test_functions(answer: Any, output: Any) -> None:
    under_test, results = machine()
    execution = under_test.execute({"id": "A"}, functions={"validate": answer}, mocks={"Pay": KeyError})
    assert results == [execution]
    exited = execution.events("TaskStateExited")
    assert json.loads(exited[0]["stateExitedEventDetails"]["output"]) == output  # type: ignore[call-overload, index, arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        aslrun.StateError("BadOrder", "c"),
        type("BadOrder", (Exception,), {}),
        type("BadOrder", (Exception,), {})(),
    ],
)
def test_exceptions_of_functions(wrong: Any) -> None:
    under_test, _ = machine()
    assert under_test.execute({}, functions={"validate": wrong}).path == ["Validate", "Refused"]


@pytest.mark.parametrize(
    ("answer", "error", "cause"),
    [
        (aslrun.StateError("E", "c"), "E", "c"),
        (OSError("no"), "OSError", "no"),
        (OSError, "OSError", ""),
        (lambda arguments: arguments["nowhere"], "KeyError", "'nowhere'"),
    ],
)
def test_mocks_that_fail(answer: Any, error: str, cause: str) -> None:
    under_test, _ = machine()
    execution = under_test.execute({"id": "A"}, functions={"validate": {"id": "A"}}, mocks={"Pay": answer})
    assert (execution.error, execution.cause) == (error, cause)


def test_a_mock_gets_the_arguments_and_cannot_change_anything() -> None:
    under_test, _ = machine()
    given: list[Any] = []

    def pay(arguments: Any) -> Any:
        given.append(json.dumps(arguments))
        arguments.clear()
        return {"paid": True}

    execution = under_test.execute({"id": "A"}, functions={"validate": {"id": "A"}}, mocks={"Pay": pay})
    assert execution.output == {"id": "A", "payment": {"paid": True}}
    assert json.loads(given[0]) == {"QueueUrl": "q", "MessageBody": "A"}


def test_mistakes_of_a_test() -> None:
    under_test, _ = machine()
    with pytest.raises(
        UsageError, match="no Task 'Payment' to mock in StateMachine; there are Pay, Validate"
    ):
        under_test.execute({}, mocks={"Payment": 1})
    with pytest.raises(UsageError, match="the mock of 'Pay' has 1 answers, and was called 2 times"):
        under_test.execute(
            {"id": "A"}, functions={"validate": {"id": "A"}}, mocks={"Pay": (aslrun.StateError("Busy"),)}
        )
    with pytest.raises(UsageError, match="the function 'validate' has 0 answers, and was called 1 times"):
        under_test.execute({}, functions={"validate": ()})
    execution = under_test.execute({}, functions={"validate": aslrun.StateError("BadOrder")})
    with pytest.raises(AssertionError, match="'Pay' was not entered; the path is Validate → Refused"):
        execution.retries("Pay")


def test_functions_that_nothing_calls() -> None:
    under_test, _ = machine()
    with pytest.raises(
        UsageError, match="no Task of StateMachine calls the Lambda function 'valdate'; they call validate"
    ):
        under_test.execute({}, functions={"valdate": {}})
    chosen = {"FunctionName.$": "$.function", "Payload": {}}
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": chosen, "End": True}
    dynamic = MachineUnderTest(aslrun.load({"StartAt": "T", "States": {"T": task}}), lambda result: None)
    assert dynamic.execute({"function": "any"}, functions={"any": 1, "other": 2}).succeeded


def test_an_assertion_in_a_mock_is_the_tests() -> None:
    under_test, results = machine()

    def pay(arguments: Any) -> Any:
        assert arguments["MessageBody"] == "B"

    with pytest.raises(AssertionError, match="assert 'A' == 'B'"):
        under_test.execute({"id": "A"}, functions={"validate": {"id": "A"}}, mocks={"Pay": pay})
    assert results[0].path == ["Validate", "Pay"]


@pytest.mark.parametrize("answer", [{1, 2}, (object(),), lambda arguments: float("nan")])
def test_a_mock_that_gives_no_json(answer: Any) -> None:
    under_test, _ = machine()
    with pytest.raises(UsageError, match="the mock of 'Pay' gives what is no JSON"):
        under_test.execute({"id": "A"}, functions={"validate": {"id": "A"}}, mocks={"Pay": answer})


@pytest.mark.parametrize("input", [{"id": {1, 2}}, [float("nan")], {1: object()}])
def test_an_input_that_is_no_json(input: Any) -> None:
    under_test, _ = machine()
    with pytest.raises(UsageError, match=r"no JSON: it has (a value of type (set|object)|NaN)"):
        under_test.execute(input)


def test_a_list_of_answers_is_to_be_a_tuple() -> None:
    under_test, _ = machine()
    answers: Any = [TimeoutError(), {"id": "A"}]
    cases: list[dict[str, Any]] = [{"functions": {"validate": answers}}, {"mocks": {"Pay": answers}}]
    for given in cases:
        with pytest.raises(UsageError, match="a tuple has one answer for each call"):
            under_test.execute({}, **given)


def test_async_functions_are_refused() -> None:
    async def later(event: Any) -> Any:
        return event

    under_test, _ = machine()
    for given in ({"functions": {"validate": later}}, {"mocks": {"Pay": (later,)}}):
        with pytest.raises(UsageError, match="is an async function"):
            under_test.execute({}, **given)


def test_mocks_of_states_in_a_map() -> None:
    pay = {**ORDER["States"]["Pay"], "ResultPath": "$"}  # type: ignore[index]
    each = {"Type": "Map", "ItemProcessor": {"StartAt": "Pay", "States": {"Pay": pay}}, "MaxConcurrency": 1}
    definition = {"StartAt": "Each", "States": {"Each": {**each, "End": True}}}
    under_test = MachineUnderTest(aslrun.load(definition), lambda result: None)
    mocks = {"Pay": (1, aslrun.StateError("Busy"), 2)}
    for _ in range(2):  # the sequence begins anew with each execution
        execution = under_test.execute([{"id": "A"}, {"id": "B"}], mocks=mocks)
        assert execution.output == [1, 2]
        assert (execution.retries("Pay"), execution.waited) == (1, 60)


def test_the_same_each_time() -> None:
    under_test, _ = machine()
    first, second = (under_test.execute({}, functions={"validate": KeyError}) for _ in range(2))
    assert first.execution.name == second.execution.name
    assert "FAILED KeyError in Validate, path Validate" in repr(first)


def test_a_mistake_is_told_once_and_without_the_insides_of_aslrun(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        def test_no_function(state_machine):
            gone = "arn:aws:lambda:us-east-1:123456789012:function:gone"
            task = {"Type": "Task", "Resource": gone, "End": True}
            state_machine({"StartAt": "A", "States": {"A": task}}).execute()

        def test_no_answer(state_machine):
            state_machine("order.asl.json").execute(
                {"id": "A"}, functions={"validate": {"id": "A"}}, aws="off", partial=True
            )

        def test_no_sequence(state_machine):
            state_machine("order.asl.json").execute({}, mocks={"Pay": [ValueError()]})

        def test_no_task(state_machine):
            state_machine("order.asl.json").execute({}, mocks={"Nothing": 1})

        def test_no_definition(state_machine):
            state_machine({"StartAt": "A", "States": {}})
        """
    )
    shown = project.runpytest("-p", "no:xdist").stdout.str()
    assert "machine.py:" not in shown
    assert "functions.py:" not in shown
    assert "answers.py:" not in shown
    assert "another exception" not in shown
    assert "there is no Lambda function 'gone'" in shown
    assert 'a mock can (--mock-config, or mocks={"Pay": ...} in a test)' in shown
    assert "error:   aslrun" not in shown


def test_what_is_given_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is that the tests run on."""
    ticks = count()
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks) / 100)
    under_test, _ = machine()
    execution = under_test.execute(
        {"id": "A"},
        functions={"validate": {"id": "A"}},
        mocks={"Pay": (aslrun.StateError("Busy"), {})},
        clock=VirtualClock(0),
    )
    assert execution.clock.now == execution.waited == 60
    slow = under_test.execute(
        {"id": "A"}, functions={"validate": lambda event: event}, mocks={"Pay": {}}, clock=VirtualClock(0)
    )
    assert 0 < slow.clock.now < 1


def test_one_exception_for_several_calls_is_the_same_each_time() -> None:
    state = {
        "Type": "Task",
        "Resource": LAMBDA + "f",
        "Retry": [{"ErrorEquals": ["ValueError"], "MaxAttempts": 2}],
        "End": True,
    }
    under_test = MachineUnderTest(aslrun.load({"StartAt": "A", "States": {"A": state}}), lambda result: None)
    execution = under_test.execute(functions={"f": ValueError("no")})
    failed = [event["lambdaFunctionFailedEventDetails"] for event in execution.events("LambdaFunctionFailed")]
    causes = [json.loads(details["cause"]) for details in failed]  # type: ignore[index, call-overload, arg-type]
    assert [(cause["errorMessage"], cause["stackTrace"]) for cause in causes] == [("no", [])] * 3


def test_a_snapshot_is_compared_by_the_rules_of_diff(project: pytest.Pytester) -> None:
    # In which order the iterations end depends on the functions, which really work.
    project.makepyfile(
        """
        import os
        import threading

        ITERATIONS = {"StartAt": "F", "States": {"F": {"Type": "Task", "Resource": "f", "End": True}}}
        MAP = {"Type": "Map", "ItemProcessor": ITERATIONS, "End": True}

        def test_it(state_machine, history_snapshot):
            first, over = int(os.environ["FIRST"]), threading.Event()

            def f(event):
                if event != first:
                    over.wait(30)
                over.set()
                return event

            machine = state_machine({"StartAt": "M", "States": {"M": MAP}})
            history_snapshot(machine.execute([0, 1], functions={"f": f}))
        """
    )
    with pytest.MonkeyPatch.context() as patch:
        for first, options in (("0", ["--asl-update"]), ("1", [])):
            patch.setenv("FIRST", first)
            project.runpytest(*options).assert_outcomes(passed=1)

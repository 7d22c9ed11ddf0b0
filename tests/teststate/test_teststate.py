"""TestState: what the response says of each type of state, and what the API refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun.teststate import ApiError
from aslrun.teststate.field_validation import check_result

PAY = {
    "Type": "Task",
    "Resource": "arn:aws:states:::dynamodb:updateItem",
    "Parameters": {"TableName": "orders", "Key": {"id": {"S.$": "$.id"}}},
    "ResultSelector": {"done.$": "$.Attributes.done"},
    "ResultPath": "$.paid",
    "OutputPath": "$.paid",
    "Next": "Ship",
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "MaxAttempts": 2, "BackoffRate": 1.5}],
    "Catch": [
        {"ErrorEquals": ["Busy"], "Next": "Later", "ResultPath": "$.error"},
        {"ErrorEquals": ["States.ALL"], "Next": "Sorry"},
    ],
}
EACH = {
    "Type": "Map",
    "ItemsPath": "$.items",
    "ItemSelector": {"n.$": "$$.Map.Item.Value"},
    "MaxConcurrency": 5,
    "ToleratedFailureCount": 1,
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "One",
        "States": {"One": {"Type": "Pass", "End": True}},
    },
    "End": True,
}


ROLE = "arn:aws:iam::123456789012:role/r"
ERROR = {"mock": {"errorOutput": {"error": "E"}}}
NOT_HERE = ("ValidationException", "can only be specified for")
TOKEN = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
    "End": True,
}
ACTIVITY = {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a", "End": True}


def run_one(definition: Any, input: Any = None, level: str = "DEBUG", **request: Any) -> dict[str, Any]:
    request |= {"definition": definition, "inspectionLevel": level, "input": {} if input is None else input}
    response = aslrun.test_state(request)
    for holder in (response, response.get("inspectionData", {})):
        assert isinstance(holder, dict)
        for name, value in holder.items():
            if isinstance(value, str) and (name == "output" or holder is not response):
                holder[name] = json.loads(value)
    return response


def refusal(definition: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ApiError) as refused:
        aslrun.test_state({"definition": definition, **request})
    return refused.value.code, str(refused.value)


def test_a_task_and_all_that_its_input_and_output_go_through() -> None:
    mock = {"result": '{"Attributes": {"done": true}}', "fieldValidationMode": "NONE"}
    assert run_one(PAY, {"id": "A"}, mock=mock) == {
        "status": "SUCCEEDED",
        "output": {"done": True},
        "nextState": "Ship",
        "inspectionData": {
            "input": {"id": "A"},
            "afterInputPath": {"id": "A"},
            "afterParameters": {"TableName": "orders", "Key": {"id": {"S": "A"}}},
            "result": {"Attributes": {"done": True}},
            "afterResultSelector": {"done": True},
            "afterResultPath": {"id": "A", "paid": {"done": True}},
        },
    }
    assert "inspectionData" not in run_one(PAY, {"id": "A"}, level="INFO", mock=mock)


@pytest.mark.parametrize(
    ("error", "count", "told"),
    [
        ("Busy", 0, {"status": "RETRIABLE", "details": {"retryIndex": 0, "retryBackoffIntervalSeconds": 3}}),
        (
            "Busy",
            1,
            {"status": "RETRIABLE", "details": {"retryIndex": 0, "retryBackoffIntervalSeconds": 4}},
        ),
        (
            "Busy",
            2,
            {"status": "CAUGHT_ERROR", "next": "Later", "details": {"retryIndex": 0, "catchIndex": 0}},
        ),
        ("Other", 0, {"status": "CAUGHT_ERROR", "next": "Sorry", "details": {"catchIndex": 1}}),
        ("States.Runtime", 0, {"status": "FAILED", "details": None}),
    ],
)
def test_what_retry_and_catch_make_of_an_error(error: str, count: int, told: dict[str, Any]) -> None:
    mock = {"errorOutput": {"error": error, "cause": "why"}}
    response = run_one(PAY, {"id": "A"}, mock=mock, stateConfiguration={"retrierRetryCount": count})
    assert (response["error"], response["cause"]) == (error, "why")
    assert (response["status"], response.get("nextState")) == (told["status"], told.get("next"))
    assert response["inspectionData"].get("errorDetails") == told["details"]
    if told.get("next") == "Later":
        assert response["output"] == {"id": "A", "error": {"Error": "Busy", "Cause": "why"}}


@pytest.mark.parametrize(
    ("state", "input", "told"),
    [
        ({"Type": "Pass", "Result": 1, "End": True}, {"a": 1}, {"output": 1}),
        ({"Type": "Succeed", "InputPath": "$.a"}, {"a": 1}, {"output": 1}),
        ({"Type": "Wait", "Seconds": 300, "Next": "B"}, {"a": 1}, {"output": {"a": 1}, "nextState": "B"}),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "N"}], "Default": "D"},
            {"a": 1},
            {"output": {"a": 1}, "nextState": "D"},
        ),
        (
            {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.a + $b %}", "End": True},
            {"a": 1},
            {"output": 3},
        ),
    ],
)
def test_states_that_only_compute(state: Any, input: Any, told: dict[str, Any]) -> None:
    response = run_one(state, input, level="INFO", variables='{"b": 2}')
    assert response == {"status": "SUCCEEDED", **told}


def test_fail_and_an_expression_that_fails() -> None:
    response = run_one({"Type": "Fail", "ErrorPath": "$.e"}, {"e": "Broken"})
    assert (response["status"], response["error"], "cause" in response) == ("FAILED", "Broken", False)
    response = run_one({"Type": "Pass", "InputPath": "$.nowhere", "End": True})
    assert (response["status"], response["error"]) == ("FAILED", "States.Runtime")
    assert "(entered at the event id #2). Invalid path '$.nowhere'" in response["cause"]
    assert response["inspectionData"] == {"input": {}}


def test_a_catcher_that_fails() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "N", "Output": "{% $error('no') %}"}]
    state = {**CALL, "QueryLanguage": "JSONata", "Arguments": {"FunctionName": "f"}, "Catch": catch}
    response = run_one(state, mock={"errorOutput": {"error": "E"}})
    assert (response["status"], response["error"]) == ("FAILED", "States.QueryEvaluationError")
    assert "errorDetails" not in response["inspectionData"]


def test_variables_are_shown_with_those_assigned() -> None:
    state = {"Type": "Pass", "Assign": {"total.$": "$.a"}, "End": True}
    shown = run_one(state, {"a": 1}, variables={"old": 2})["inspectionData"]
    assert shown["variables"] == {"old": 2, "total": 1}


def test_a_map_whose_children_are_mocked() -> None:
    response = run_one(EACH, {"items": [1, 2, 3]}, mock={"result": "[1, 4, 9]"})
    assert response["output"] == [1, 4, 9]
    shown = response["inspectionData"]
    assert shown["afterItemsPath"] == [1, 2, 3]
    assert shown["afterItemSelector"] == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert (shown["maxConcurrency"], shown["toleratedFailureCount"]) == (5, 1)
    assert shown["afterResultPath"] == [1, 4, 9]


@pytest.mark.parametrize(("failed", "status"), [(1, "SUCCEEDED"), (2, "FAILED")])
def test_iterations_of_a_map_that_failed(failed: int, status: str) -> None:
    configuration = {"mapIterationFailureCount": failed}
    response = run_one(EACH, {"items": [1, 2]}, mock={"result": "[1, 2]"}, stateConfiguration=configuration)
    assert response["status"] == status
    if status == "FAILED":
        assert response["error"] == "States.ExceedToleratedFailureThreshold"


def test_data_that_an_item_reader_is_said_to_have_read() -> None:
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}
    each = {**EACH, "ItemReader": {**reader, "ReaderConfig": {"InputType": "JSON"}}}
    del each["ItemsPath"]
    configuration = {"mapItemReaderData": "[7]"}
    response = run_one(each, {}, mock={"result": "[8]"}, stateConfiguration=configuration)
    assert response["output"] == [8]
    assert response["inspectionData"]["afterItemSelector"] == [{"n": 7}]


READ = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}


@pytest.mark.parametrize(
    ("config", "text", "shown"),
    [
        ({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, "a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        ({"InputType": "JSONL", "MaxItems": 1}, '{"a": 1}\n{"a": 2}\n', [{"a": 1}]),
        ({"InputType": "JSON", "ItemsPointer": "/x/0"}, '{"x": [[3, 4]]}', [3, 4]),
        ({"InputType": "JSON", "MaxItemsPath": "$.most"}, "[3, 4]", [3]),
    ],
)
def test_data_as_found_in_its_original_source(config: Any, text: str, shown: Any) -> None:
    each = {**EACH, "ItemReader": {**READ, "ReaderConfig": config}}
    configuration = {"mapItemReaderData": text}
    response = run_one(each, {"most": 1}, mock={"result": "[8]"}, stateConfiguration=configuration)
    found = response["inspectionData"]
    assert found["afterItemSelector"] == [{"n": item} for item in shown]
    assert found.get("afterItemsPointer") == (shown if "ItemsPointer" in config else None)
    assert "afterItemsPath" not in found


def test_data_that_cannot_be_read() -> None:
    each = {**EACH, "ItemReader": {**READ, "ReaderConfig": {"InputType": "JSON"}}}
    response = run_one(each, mock={"result": "[]"}, stateConfiguration={"mapItemReaderData": "a,b"})
    assert (response["status"], response["error"]) == ("FAILED", "States.ItemReaderFailed")


def test_data_of_an_item_reader_in_the_input() -> None:
    each = {**EACH, "ItemReader": READ}
    response = run_one(each, {"items": [5, 6]}, mock={"result": "[1, 2]"})
    assert response["inspectionData"]["afterItemsPath"] == [5, 6]


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_items_in_batches(language: str) -> None:
    each = {**EACH, "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"id.$": "$.id"}}}
    if language == "JSONata":
        renewed = {
            "Items": "{% $states.input.items %}",
            "ItemSelector": {"n": "{% $states.context.Map.Item.Value %}"},
            "ItemBatcher": {
                "MaxItemsPerBatch": "{% 1 + 1 %}",
                "BatchInput": {"id": "{% $states.input.id %}"},
            },
        }
        each = {**each, "QueryLanguage": language, **renewed}
        del each["ItemsPath"]
    shown = run_one(each, {"items": [1, 2, 3], "id": 7}, mock={"result": "[0, 0]"})["inspectionData"]
    assert shown["afterItemBatcher"] == [
        {"BatchInput": {"id": 7}, "Items": [{"n": 1}, {"n": 2}]},
        {"BatchInput": {"id": 7}, "Items": [{"n": 3}]},
    ]


def test_more_iterations_failed_than_there_are() -> None:
    mock, configuration = {"errorOutput": {"error": "E"}}, {"mapIterationFailureCount": 3}
    told = refusal(EACH, input={"items": [1, 2]}, mock=mock, stateConfiguration=configuration)
    assert told == (
        "ValidationException",
        "Map iteration failure count must be less than or equal to the number of Map iterations",
    )


def test_a_parallel_state() -> None:
    branch = {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}
    state = {"Type": "Parallel", "Branches": [branch], "ResultPath": "$.all", "End": True}
    response = run_one(state, {"a": 1}, mock={"result": "[2]"})
    assert response["output"] == {"a": 1, "all": [2]}
    assert set(response["inspectionData"]) == {"input", "afterResultSelector", "afterResultPath"}


def test_a_state_inside_a_machine_by_its_name() -> None:
    machine = {"StartAt": "M", "States": {"M": EACH}}
    assert run_one(machine, {"x": 1}, level="INFO", stateName="One")["output"] == {"x": 1}
    assert refusal(machine, stateName="Two") == ("ValidationException", "State not found in definition")
    assert refusal(machine)[0] == "ValidationException"


CALL = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}


def test_the_context_object() -> None:
    state = {**CALL, "Parameters": {"FunctionName": "f", "Payload.$": "$$"}}
    mock = {"result": "{}"}
    shown = run_one(state, mock=mock, context='{"Execution": {"Name": "E"}}')["inspectionData"]
    assert shown["afterParameters"]["Payload"] == {"Execution": {"Name": "E"}}
    made = run_one(state, {"i": 1}, mock=mock)["inspectionData"]["afterParameters"]["Payload"]
    assert set(made) == {"Execution", "StateMachine", "State"}
    assert set(made["Execution"]) == {"Id", "Input", "Name", "RoleArn", "StartTime"}
    assert made["State"]["Name"] == "StateName"


def test_the_context_object_of_a_state_inside_a_map() -> None:
    look = {"Type": "Pass", "Parameters": {"item.$": "$$.Map.Item"}, "End": True}
    each = {**EACH, "ItemProcessor": {**EACH["ItemProcessor"], "States": {"One": look}}}  # type: ignore[dict-item]
    machine = {"StartAt": "M", "States": {"M": each}}
    found = run_one(machine, {"x": 1}, level="INFO", stateName="One")["output"]["item"]
    assert found == {"Index": 0, "Value": {"x": 1}, "Source": "STATE_DATA"}


def test_the_token_of_a_callback_is_made() -> None:
    resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    state = {**CALL, "Resource": resource, "Parameters": {"FunctionName": "f", "Payload.$": "$$.Task.Token"}}
    shown = run_one(state, mock={"result": '{"any": ["thing"]}'})["inspectionData"]
    assert shown["afterParameters"]["Payload"]
    assert shown["result"] == {"any": ["thing"]}


def test_retries_counted_in_the_context_object() -> None:
    retry = [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}]
    state = {**CALL, "Parameters": {"FunctionName": "f"}, "Retry": retry}
    mock = {"errorOutput": {"error": "Busy"}}
    assert run_one(state, mock=mock, context={"State": {"RetryCount": 1}})["status"] == "RETRIABLE"
    assert run_one(state, mock=mock, context={"State": {"RetryCount": 2}})["status"] == "FAILED"
    configuration = {"retrierRetryCount": 0}
    response = run_one(
        state, mock=mock, context={"State": {"RetryCount": 2}}, stateConfiguration=configuration
    )
    assert response["status"] == "RETRIABLE"


def test_texts_are_given_back_as_they_came() -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 2.0, "Next": "Two"}]}
    told = aslrun.test_state({"definition": choice, "input": '{"n": 2.0 }', "inspectionLevel": "DEBUG"})
    assert told["output"] == '{"n": 2.0 }'
    assert told["inspectionData"] == {"input": '{"n": 2.0 }', "afterInputPath": '{"n": 2.0 }'}


def test_a_state_takes_five_minutes_at_most() -> None:
    told = aslrun.test_state({"definition": {"Type": "Wait", "Seconds": 301, "End": True}})
    assert told == {"status": "FAILED", "error": "States.Timeout"}


def test_data_that_is_too_big() -> None:
    state = {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}, "End": True}
    assert run_one(state, ["x" * 200_000], level="INFO")["error"] == "States.DataLimitExceeded"


def test_a_function_that_lies_beside_the_request(tmp_path: Path) -> None:
    (tmp_path / "handlers.py").write_text("def double(event, context): return event['n'] * 2")
    state = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:1:function:double", "End": True}
    request = {"definition": json.dumps(state), "input": '{"n": 4}', "roleArn": "arn:aws:iam::1:role/r"}
    assert aslrun.test_state(request, folder=tmp_path) == {"status": "SUCCEEDED", "output": "8"}
    del request["roleArn"]
    assert refusal(state) == ("ValidationException", "RoleArn must be specified when testing a Task state")


@pytest.mark.parametrize(
    ("result", "mode", "wrong"),
    [
        ("{}", "STRICT", "Required field 'ExecutionArn' is missing"),
        ("{}", "PRESENT", None),
        ("{}", "NONE", None),
        ('{"ExecutionArn": 1}', "PRESENT", "Field 'ExecutionArn' must be a string"),
        ('{"ExecutionArn": ""}', "PRESENT", "Field 'ExecutionArn' is smaller than the minimum length"),
        ('{"ExecutionArn": 1}', "NONE", None),
        ('{"ExecutionArn": "a", "StartDate": "b", "Unknown": 1}', "STRICT", None),
        ("[]", "PRESENT", "The result must be an object"),
    ],
)
def test_mocked_results_are_held_to_the_api(result: str, mode: str, wrong: str | None) -> None:
    pytest.importorskip("botocore")
    resource = "arn:aws:states:::states:startExecution"
    state = {"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": "a"}, "End": True}
    request = {"mock": {"result": result, "fieldValidationMode": mode}}
    if wrong is None:
        assert run_one(state, level="INFO", **request)["status"] == "SUCCEEDED"
    else:
        assert refusal(state, **request)[1] == f"Mock result schema validation error: {wrong}"


@pytest.mark.parametrize(
    ("resource", "result", "wrong"),
    [
        ("lambda:invoke", {"Payload": {"ok": True}}, "Field 'Payload' must be a string"),
        ("lambda:invoke", {"Payload": '{"ok": true}'}, None),
        ("lambda:invoke.waitForTaskToken", {"Payload": 1}, None),
        ("states:startExecution.sync:2", {"ExecutionArn": "a", "StartDate": "b"}, "Required field"),
        ("ecs:runTask.sync", {"Tasks": {}}, "Field 'Tasks' must be an array"),
        ("eks:runJob.sync", {"Tasks": 1}, None),
        ("apigateway:invoke", {"StatusCode": "200"}, None),
        ("http:invoke", {"StatusCode": "200"}, None),
        ("aws-sdk:rdsdata:executeStatement", {"Records": 1}, "Field 'Records' must be an array"),
        ("aws-sdk:nowhere:doThis", {"A": 1}, None),
        ("dynamodb:getItem", {"Item": {"id": {"S": 1}}}, "Field 'S' must be a string"),
    ],
)
def test_the_api_whose_answer_a_result_must_look_like(resource: str, result: Any, wrong: str | None) -> None:
    pytest.importorskip("botocore")
    found = check_result(f"arn:aws:states:::{resource}", result, is_strict=True)
    assert (found or "").startswith(wrong or "")
    assert (found is None) is (wrong is None)


@pytest.mark.parametrize(
    ("definition", "request_", "code", "says"),
    [
        ("{", {}, "InvalidDefinition", "INVALID_JSON_DESCRIPTION"),
        ("[]", {}, "InvalidDefinition", "Definition must be a valid JSON object"),
        ({"Type": "Pass"}, {}, "InvalidDefinition", "at /States/StateName"),
        ({"Type": "Succeed"}, {"stateName": ""}, "ParamValidationError", "min length: 1"),
        ({"Type": "Succeed"}, {"mock": 1}, "ParamValidationError", "Invalid type for parameter mock"),
        ({"Type": "Succeed"}, {"inspectionLevel": "ALL"}, "ValidationException", "[INFO, DEBUG, TRACE]"),
        ({"Type": "Succeed"}, {"input": "{"}, "InvalidExecutionInput", "'input' is not JSON"),
        ({"Type": "Succeed"}, {"variables": "[]"}, "ValidationException", "must be a JSON object"),
        ({"Type": "Succeed"}, {"mock": {"result": "1"}}, "ValidationException", "'Succeed' is not supported"),
        (EACH, {}, "InvalidDefinition", "does not support Map or Parallel"),
        (EACH, {"mock": {"result": "{}"}}, "ValidationException", "must be an array"),
        (EACH, {"mock": {}}, "ValidationException", "at least one of"),
        (EACH, {"mock": {"result": "1", "errorOutput": {}}}, "ValidationException", "only one of"),
        (EACH, {"mock": {"result": "["}}, "ValidationException", "valid JSON"),
        (PAY, {"mock": {"result": "{}"}, "revealSecrets": True}, "ValidationException", "RevealSecrets"),
        (PAY, {"mock": {"errorOutput": {"cause": "c"}}}, "ValidationException", "Error must be specified"),
        (PAY, {"roleArn": "me"}, "InvalidArn", "Invalid Role Arn: 'me'"),
        ({"Type": "Succeed"}, {"context": "{}"}, "ValidationException", "when a mock is specified"),
        (PAY, {"context": "[]", "mock": {"result": "{}"}}, "ValidationException", "must be a JSON object"),
        ({"Type": "Succeed"}, {"stateName": "S"}, "InvalidDefinition", "[States, StartAt]"),
        (TOKEN, {"roleArn": ROLE}, "ValidationException", "pattern .waitForTaskToken"),
        (ACTIVITY, {"roleArn": ROLE}, "ValidationException", "an Activity"),
        (PAY, {"stateConfiguration": {"mapIterationFailureCount": 1}, **ERROR}, *NOT_HERE),
        (PAY, {"stateConfiguration": {"errorCausedByState": "A"}, **ERROR}, *NOT_HERE),
        (EACH, {"stateConfiguration": {"mapItemReaderData": "[]"}, **ERROR}, *NOT_HERE),
        (EACH, {"stateConfiguration": {"errorCausedByState": "A"}, **ERROR}, NOT_HERE[0], "'A' not"),
    ],
)
def test_requests_that_are_refused(definition: Any, request_: dict[str, Any], code: str, says: str) -> None:
    told = refusal(definition, **request_)
    assert told[0] == code
    assert says in told[1]

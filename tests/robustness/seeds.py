"""What mutated inputs begin with: ordinary files of each kind, and values that break things."""

from __future__ import annotations

from typing import Any

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"

JSONPATH: dict[str, Any] = {
    "Comment": "every type of state",
    "StartAt": "Shape",
    "TimeoutSeconds": 3600,
    "States": {
        "Shape": {
            "Type": "Pass",
            "Parameters": {
                "n.$": "$.n",
                "id.$": "States.Format('{}-{}', $.n, $$.Execution.Name)",
                "l": [1, 2],
            },
            "ResultPath": "$.shaped",
            "Next": "Choose",
        },
        "Choose": {
            "Type": "Choice",
            "Choices": [
                {
                    "And": [
                        {"Variable": "$.n", "NumericGreaterThan": 0},
                        {"Not": {"Variable": "$.x", "IsPresent": True}},
                    ],
                    "Next": "Work",
                },
                {"Variable": "$.when", "TimestampLessThan": "2026-01-01T00:00:00Z", "Next": "Wait"},
                {"Variable": "$.name", "StringMatches": "a*", "Next": "Fail"},
            ],
            "Default": "Wait",
        },
        "Work": {
            "Type": "Task",
            "Resource": FUNCTION,
            "InputPath": "$.shaped",
            "ResultSelector": {"got.$": "$.answer"},
            "ResultPath": "$.work",
            "TimeoutSeconds": 10,
            "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 1.5}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Wait"}],
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.shaped.l",
            "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"},
            "MaxConcurrency": 1,
            "ItemProcessor": {
                "StartAt": "One",
                "States": {
                    "One": {"Type": "Pass", "Parameters": {"s.$": "States.MathAdd($.i, $.v)"}, "End": True}
                },
            },
            "ResultPath": "$.each",
            "Next": "Both",
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "L", "States": {"L": {"Type": "Pass", "OutputPath": "$.each[0:1]", "End": True}}},
                {"StartAt": "R", "States": {"R": {"Type": "Wait", "Seconds": 5, "End": True}}},
            ],
            "Next": "Wait",
        },
        "Wait": {"Type": "Wait", "SecondsPath": "$$.State.Name", "Next": "Done"},
        "Fail": {"Type": "Fail", "Error": "No", "Cause": "it is so"},
        "Done": {"Type": "Succeed"},
    },
}
JSONPATH["States"]["Wait"] = {"Type": "Wait", "Seconds": 60, "Next": "Done"}

JSONATA: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "Set",
    "States": {
        "Set": {
            "Type": "Pass",
            "Assign": {"total": "{% $sum($states.input.l) %}", "who": "{% $states.context.Execution.Name %}"},
            "Output": {
                "l": "{% $states.input.l %}",
                "m": "{% $map($states.input.l, function($v){$v * 2}) %}",
            },
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "Items": "{% $states.input.l %}",
            "ToleratedFailurePercentage": 50,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "One",
                "States": {
                    "One": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::lambda:invoke",
                        "Arguments": {"FunctionName": "f", "Payload": "{% $states.input %}"},
                        "Output": "{% $states.result.Payload %}",
                        "End": True,
                    }
                },
            },
            "Next": "Choose",
        },
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $total > 3 %}", "Next": "Wait"}],
            "Default": "Stop",
        },
        "Wait": {"Type": "Wait", "Timestamp": "{% $fromMillis(1900000000000) %}", "Next": "Stop"},
        "Stop": {"Type": "Fail", "Error": "{% 'E' & $string($total) %}", "Cause": "{% $who %}"},
    },
}

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
Resources:
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: !Sub "flow-${Stage}"
      DefinitionSubstitutions: {Arn: !GetAtt F.Arn}
      Definition:
        StartAt: Work
        States:
          Work: {Type: Task, Resource: "${Arn}", Next: Done}
          Done: {Type: Succeed}
  F:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: ., Handler: h.handler, Runtime: python3.13}
"""

YAML = """\
# a comment
StartAt: A
States:
  A: {Type: Pass, Result: &r {text: "é", list: [1, 2.5, null, true]}, Next: B}
  B:
    Type: Choice
    Choices:
      - Variable: $.text
        StringEquals: é
        Next: C
    Default: C
  C:
    Type: Succeed
    Comment: >
      folded
      text
"""

INPUT: dict[str, Any] = {
    "n": 2,
    "l": [1, 2, 3],
    "name": "Zoë",
    "when": "2025-05-05T05:05:05Z",
    "o": {"p": [None, 1.5]},
}

MOCKS: dict[str, Any] = {
    "StateMachines": {"m": {"TestCases": {"Good": {"Work": "Answer"}}}},
    "MockedResponses": {
        "Answer": {"0": {"Throw": {"Error": "Busy", "Cause": "no"}}, "1-9": {"Return": {"answer": 42}}},
    },
}
JSONATA_MOCKS: dict[str, Any] = {
    "StateMachines": {"m": {"TestCases": {"Good": {"One": "Answer"}}}},
    "MockedResponses": {"Answer": {"0-99": {"Return": {"StatusCode": 200, "Payload": {"answer": 42}}}}},
}

REQUEST: dict[str, Any] = {
    "definition": JSONPATH["States"]["Shape"],
    "input": '{"n": 1}',
    "inspectionLevel": "TRACE",
    "variables": {"v": 1},
}
MOCKED_REQUEST: dict[str, Any] = {
    "definition": {**JSONPATH["States"]["Work"], "InputPath": "$"},
    "roleArn": "arn:aws:iam::123456789012:role/r",
    "input": {"n": 1},
    "inspectionLevel": "DEBUG",
    "mock": {"errorOutput": {"error": "Busy", "cause": "no"}},
    "context": {"Execution": {"Id": "e"}, "State": {"Name": "Work", "RetryCount": 1}},
    "stateConfiguration": {"retrierRetryCount": 1},
}
MAP_REQUEST: dict[str, Any] = {
    "definition": JSONPATH["States"]["Each"],
    "input": {"shaped": {"l": [1, 2]}},
    "inspectionLevel": "DEBUG",
    "mock": {"result": [1, 2]},
    "stateConfiguration": {"mapIterationFailureCount": 0},
}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["n"],
    "properties": {
        "n": {"type": "integer", "minimum": 0, "maximum": 9},
        "name": {"type": "string", "maxLength": 5, "pattern": "^[a-z]*$"},
        "l": {"type": "array", "items": {"type": "number"}, "maxItems": 3},
        "o": {"oneOf": [{"$ref": "#/$defs/p"}, {"enum": [1, "x"]}]},
    },
    "$defs": {"p": {"const": {"a": 1}}},
}

EVENTS: dict[str, list[str]] = {
    "apigateway": ["--method", "--path", "--body", "--query", "--header"],
    "apigateway-http": ["--method", "--path", "--body", "--query", "--header"],
    "s3-put": ["--bucket", "--key", "--size"],
    "dynamodb-stream": ["--table", "--item", "--key", "--kind"],
    "sqs": ["--queue", "--body"],
    "sns": ["--topic", "--message", "--subject"],
    "eventbridge": ["--source", "--detail-type", "--detail"],
    "schedule": ["--rule"],
}

NASTY: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2,
    40,
    10**9,
    2**31,
    2**53,
    2**63,
    10**25,
    10**400,
    -0.0,
    0.5,
    1e-300,
    1e308,
    1.5e300,
    "",
    " ",
    "a",
    "A",
    "$",
    "$$",
    "$.",
    "$.a",
    "$.a[0]",
    "$..*",
    "$.l[*]",
    "$.l[-1:]",
    "$.l[?(@ > 1)]",
    "$[",
    "$.a.b.c",
    "$x",
    "$$.Execution.Id",
    "$$.Map.Item.Value",
    "States.UUID()",
    "States.Format('{}')",
    "States.Array(",
    "{%",
    "{% %}",
    "{% $x %}",
    "{% 1/0 %}",
    "{% $states.input %}",
    "{% function($x){$x} %}",
    "{% $$$ %}",
    "${X}",
    "${",
    "\ud83d",
    "x\ud83dy\udc00",
    "\x00",
    "\x1b[2J",
    "a\nb",
    "a\r::error::x",
    "\u202e",
    "\ufeff",
    "é" * 90,
    "x" * 300,
    "😀" * 40,
    "1",
    "1.5",
    "NaN",
    "-1",
    "null",
    "2026-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "0000-00-00T00:00:00Z",
    "+10000-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "STANDARD",
    "DISTRIBUTED",
    "JSONata",
    "JSONPath",
    "Pass",
    "Task",
    "Map",
    "Parallel",
    "Choice",
    "Wait",
    "Fail",
    "Succeed",
    "States.ALL",
    "States.Timeout",
    "States.Runtime",
    "arn:aws:states:::lambda:invoke",
    "arn:aws:states:::states:startExecution.sync:2",
    "arn:aws:states:::s3:getObject",
    FUNCTION,
    "arn:aws:states:::",
    "arn:aws:states:::aws-sdk:sns:publish.waitForTaskToken",
    "arn:",
    "../../x",
    "/etc",
    "-",
    "--help",
    "a=b",
    "0" * 5000,
    [],
    {},
    [[]],
    [{}],
    {"": {}},
    {"a": None},
    {"a.$": "$.a"},
    {".$": 1},
    {"$ref": "#"},
    {"$ref": "#/nowhere"},
    [None],
    [1, "x", None],
    {"Error": 1},
    {"type": "x"},
    {"And": []},
    {"Ref": "X"},
    {"Fn::If": []},
    [[[[[[[[[[]]]]]]]]]],
]
"""Values that take the place of others."""


def deep(levels: int, kind: int) -> Any:
    """Return lists or objects within each other."""
    value: Any = 1
    for _ in range(levels):
        value = [value] if kind == 0 else {"a": value} if kind == 1 else {"Not": value}
    return value

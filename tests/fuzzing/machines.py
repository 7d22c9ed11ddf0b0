"""Machines with one mistake each, and what is to be found in them; and machines with none."""

from __future__ import annotations

from typing import Any

Machine = dict[str, Any]


def function(name: str, **fields: Any) -> Machine:
    fields = fields if "Next" in fields or "End" in fields else {**fields, "End": True}
    return {"Type": "Task", "Resource": f"arn:aws:lambda:us-east-1:123456789012:function:{name}", **fields}


def service(resource: str, **fields: Any) -> Machine:
    fields = fields if "Next" in fields or "End" in fields else {**fields, "End": True}
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", **fields}


def machine(**states: Machine) -> Machine:
    return {"StartAt": next(iter(states)), "States": states}


def jsonata(**states: Machine) -> Machine:
    return {"QueryLanguage": "JSONata", **machine(**states)}


DONE: Machine = {"Type": "Succeed"}


def _steps(count: int, flawed: int) -> Machine:
    """Steps that are undone when they fail; a person is told if that fails too. One forgets what for."""
    states: dict[str, Machine] = {}
    for n in range(count):
        kept = {} if n == flawed else {"ResultPath": "$.error"}
        states[f"Do{n}"] = function(
            f"do{n}",
            Parameters={"id.$": "$.id"},
            ResultPath=f"$.done{n}",
            Catch=[
                {"ErrorEquals": ["A"], "ResultPath": "$.error", "Next": f"Undo{n}"},
                *({"ErrorEquals": [error], "Next": "No"} for error in "BCD"),
            ],
            Next=f"Do{n + 1}" if n < count - 1 else "Done",
        )
        states[f"Undo{n}"] = function(
            f"undo{n}",
            Parameters={"id.$": "$.id"},
            ResultPath=None,
            Catch=[{"ErrorEquals": ["X"], "Next": "No"}, {"ErrorEquals": ["B"], **kept, "Next": "Tell"}],
            Next="No",
        )
    states["Tell"] = function("tell", Parameters={"id.$": "$.id"}, Next="No")
    return machine(**states, No={"Type": "Fail"}, Done=DONE)


MISTAKES: dict[str, tuple[Machine, str, str]] = {
    "data that is lost after two particular failures of many": (_steps(7, flawed=5), "LOST_DATA", "Tell"),
    "a Fail state that reads what is not there": (
        jsonata(
            Pay=function(
                "pay",
                Assign={"status": "{% $states.result.status %}"},
                Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Refuse"}],
                Next="Done",
            ),
            Refuse={"Type": "Fail", "Error": "{% $status %}"},
            Done=DONE,
        ),
        "RUNTIME_ERROR",
        "Refuse",
    ),
    "a branch that does not provide a field": (
        machine(
            Both={
                "Type": "Parallel",
                "Branches": [
                    machine(
                        Kind={
                            "Type": "Choice",
                            "Choices": [{"Variable": "$.kind", "StringEquals": "post", "Next": "Post"}],
                            "Default": "Courier",
                        },
                        Post={"Type": "Pass", "Result": {"days": 3}, "End": True},
                        Courier={"Type": "Pass", "Result": {"hours": 3}, "End": True},
                    )
                ],
                "Next": "Tell",
            },
            Tell={"Type": "Pass", "Parameters": {"days.$": "$[0].days"}, "End": True},
        ),
        "RUNTIME_ERROR",
        "Tell",
    ),
    "a Choice without Default": (
        machine(
            Size={
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.total", "NumericGreaterThan": 100, "Next": "Done"},
                    {"Variable": "$.total", "NumericLessThan": 100, "Next": "Done"},
                ],
            },
            Done=DONE,
        ),
        "NO_CHOICE_MATCHED",
        "Size",
    ),
    "a variable that may be missing": (
        machine(
            Known={
                "Type": "Choice",
                "Choices": [{"Variable": "$.id", "IsPresent": True, "Next": "Again"}],
                "Default": "Again",
            },
            Again={
                "Type": "Choice",
                "Choices": [{"Variable": "$.id", "StringEquals": "x", "Next": "Done"}],
                "Default": "Done",
            },
            Done=DONE,
        ),
        "RUNTIME_ERROR",
        "Again",
    ),
    "a catcher that gives on the error alone": (
        machine(
            Pay=function(
                "pay",
                InputPath="$.order",
                ResultPath="$.payment",
                Catch=[{"ErrorEquals": ["CardDeclined"], "Next": "Tell"}],
                Next="Tell",
            ),
            Tell=function("tell", Parameters={"id.$": "$.order.id"}),
        ),
        "LOST_DATA",
        "Tell",
    ),
    "a function that was not given what it should give back": (
        machine(
            Check=function("check", Parameters={"id.$": "$.id"}, ResultPath=None, Next="Pay"),
            Pay=function("pay", Parameters={"amount.$": "$.total"}, Next="Tell"),
            Tell=function("tell", Parameters={"id.$": "$.id", "receipt.$": "$.receipt"}),
        ),
        "LOST_DATA",
        "Tell",
    ),
    "the answer of a service in place of the input": (
        machine(
            Check=function("check", Parameters={"id.$": "$.id"}, ResultPath=None, Next="Queue"),
            Queue=service(
                "lambda:invoke", Parameters={"FunctionName": "f", "Payload.$": "$"}, Next="Tell"
            ),
            Tell=function("tell", Parameters={"id.$": "$.id"}),
        ),
        "LOST_DATA",
        "Tell",
    ),
    "iterations that are not given what they read": (
        machine(
            Check=function("check", Parameters={"id.$": "$.id"}, ResultPath=None, Next="Each"),
            Each={
                "Type": "Map",
                "ItemsPath": "$.items",
                "ItemSelector": {"item.$": "$$.Map.Item.Value"},
                "ItemProcessor": machine(Pack=function("pack", Parameters={"order.$": "$.id"})),
                "End": True,
            },
        ),
        "LOST_DATA",
        "Pack",
    ),
    "an expression that goes on with nothing": (
        jsonata(
            Check=function(
                "check", Arguments="{% $states.input.id %}", Output="{% $states.input %}", Next="Pay"
            ),
            Pay=function("pay", Arguments="{% $states.input.total %}", Next="Tell"),
            Tell=function("tell", Arguments={"text": "{% 'Order ' & $states.input.id %}"}),
        ),
        "LOST_DATA",
        "Tell",
    ),
    "a loop that nothing ends": (
        machine(
            Count={"Type": "Pass", "Parameters": {"n": 0}, "ResultPath": "$.count", "Next": "Enough"},
            Enough={
                "Type": "Choice",
                "Choices": [{"Variable": "$.count.n", "NumericGreaterThan": 3, "Next": "Done"}],
                "Default": "Wait",
            },
            Wait={"Type": "Wait", "Seconds": 60, "Next": "Count"},
            Done=DONE,
        ),
        "NEVER_ENDS",
        "Count",
    ),
    "a loop that looks at the wrong status": (
        machine(
            Look=function("look", ResultPath="$.answer", Next="Ready"),
            Ready={
                "Type": "Choice",
                "Choices": [{"Variable": "$.status", "StringEquals": "READY", "Next": "Done"}],
                "Default": "Wait",
            },
            Wait={"Type": "Wait", "Seconds": 60, "Next": "Look"},
            Done=DONE,
        ),
        "NEVER_ENDS",
        "Look",
    ),
    "data that is nearly too much": (
        {
            "StartAt": "Big",
            "States": {
                "Big": {"Type": "Pass", "Result": "x" * 220_000, "Next": "After"},
                "After": {"Type": "Succeed"},
            },
        },
        "NEAR_QUOTA",
        "Big",
    ),
    "a rule that never holds": (
        machine(
            Set={"Type": "Pass", "Result": "standard", "ResultPath": "$.level", "Next": "Level"},
            Level={
                "Type": "Choice",
                "Choices": [{"Variable": "$.level", "StringEquals": "gold", "Next": "Gold"}],
                "Default": "Done",
            },
            Gold={"Type": "Pass", "Next": "Done"},
            Done=DONE,
        ),
        "UNVISITED_STATE",
        "Gold",
    ),
    "an empty list": (
        machine(
            Each={
                "Type": "Map",
                "ItemsPath": "$.items",
                "ItemProcessor": machine(Pack=function("pack")),
                "Next": "First",
            },
            First={"Type": "Pass", "InputPath": "$[0]", "End": True},
        ),
        "RUNTIME_ERROR",
        "First",
    ),
    "an item that is not there": (
        machine(
            Get=service(
                "dynamodb:getItem",
                Parameters={"TableName": "t", "Key": {"id": {"S.$": "$.id"}}},
                ResultSelector={"name.$": "$.Item.name.S"},
            )
        ),
        "RUNTIME_ERROR",
        "Get",
    ),
    "a field that the API does not answer": (
        machine(
            Send=service(
                "sqs:sendMessage",
                Parameters={"QueueUrl": "q", "MessageBody.$": "$"},
                ResultSelector={"id.$": "$.Id"},
            )
        ),
        "RUNTIME_ERROR",
        "Send",
    ),
    "a compensation of what was not done": (
        machine(
            Hotel=function(
                "hotel",
                ResultPath="$.hotel",
                Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Cancel"}],
                Next="Flight",
            ),
            Flight=function(
                "flight",
                ResultPath="$.flight",
                Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Cancel"}],
            ),
            Cancel=function("cancel", Parameters={"id.$": "$.hotel.id"}),
        ),
        "RUNTIME_ERROR",
        "Cancel",
    ),
    "a status that nobody thought of": (
        machine(
            Get=service("aws-sdk:glue:getJobRun", Parameters={"JobName": "j", "RunId": "r"}, Next="How"),
            How={
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.JobRun.JobRunState", "StringEquals": "SUCCEEDED", "Next": "Done"},
                    {"Variable": "$.JobRun.JobRunState", "StringEquals": "FAILED", "Next": "Done"},
                ],
            },
            Done=DONE,
        ),
        "NO_CHOICE_MATCHED",
        "How",
    ),
    "a cause that is no JSON": (
        machine(
            Call=function(
                "call", Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Read"}]
            ),
            Read={
                "Type": "Pass",
                "Parameters": {"cause.$": "States.StringToJson($.error.Cause)"},
                "End": True,
            },
        ),
        "RUNTIME_ERROR",
        "Read",
    ),
    "the error of the branch that is faster": (
        machine(
            Both={
                "Type": "Parallel",
                "Branches": [
                    machine(A=function("a", Catch=[{"ErrorEquals": ["Busy"], "Next": "Hold"}]),
                            Hold={"Type": "Wait", "Seconds": 2, "Next": "Give"},
                            Give={"Type": "Fail", "Error": "GaveUp"}),
                    machine(B=function("b")),
                ],
                "Catch": [
                    {"ErrorEquals": ["GaveUp"], "ResultPath": "$.gaveUp", "Next": "Tell"},
                    {"ErrorEquals": ["Broken"], "ResultPath": "$.broken", "Next": "Tell"},
                ],
                "ResultPath": "$.gaveUp",
                "Next": "Tell",
            },
            Tell={"Type": "Pass", "InputPath": "$.gaveUp", "End": True},
        ),
        "RUNTIME_ERROR",
        "Tell",
    ),
    "a timeout that nobody prepared for": (
        machine(
            Slow=function(
                "slow",
                TimeoutSeconds=30,
                ResultPath="$.result",
                Catch=[{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.late", "Next": "Tell"}],
                Next="Tell",
            ),
            Tell=function("tell", Parameters={"result.$": "$.result"}),
        ),
        "RUNTIME_ERROR",
        "Tell",
    ),
}  # fmt: skip


def _chain(length: int) -> Machine:
    """States one after the other, as many as take more events than a loop is given."""
    states: dict[str, Machine] = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(length)}
    return machine(**states, **{f"S{length}": DONE})


def _counting(least: int) -> Machine:
    """A loop that goes round more often than a loop is given, and ends."""
    return machine(
        Start={"Type": "Pass", "Result": 0, "ResultPath": "$.n", "Next": "Add"},
        Add={"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "More"},
        More={
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericLessThan": least, "Next": "Add"}],
            "Default": "Done",
        },
        Done=DONE,
    )


RIGHT: dict[str, Machine] = {
    "a way longer than a loop is given": _chain(1_100),
    "a loop that goes round often": _counting(1_000),
    "a loop that goes round from where the input says": machine(
        Add={"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Enough"},
        Enough={
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericEquals": 5, "Next": "Done"}],
            "Default": "Add",
        },
        Done=DONE,
    ),
    "a long loop in each of many iterations": machine(
        Many={"Type": "Pass", "Result": list(range(30)), "Next": "Each"},
        Each={
            "Type": "Map",
            "ItemSelector": {"item.$": "$$.Map.Item.Value"},
            "ItemProcessor": _counting(20),
            "End": True,
        },
    ),
    "what a service always answers": machine(
        Get=service("aws-sdk:ssm:getParameter", Parameters={"Name": "p"}, Next="Any"),
        Any={
            "Type": "Choice",
            "Choices": [{"Variable": "$.Parameter.Value", "IsPresent": True, "Next": "Use"}],
            "Default": "Use",
        },
        Use={"Type": "Pass", "Parameters": {"x.$": "$.Parameter.Value"}, "End": True},
    ),
    "the name of a job that has run": machine(
        Run=service(
            "batch:submitJob.sync",
            Parameters={"JobName.$": "$.JobName", "JobQueue": "q", "JobDefinition": "d"},
            Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Use"}],
            Next="Use",
        ),
        Use={"Type": "Pass", "Parameters": {"x.$": "$.JobName"}, "End": True},
    ),
    "polling a function that makes the status itself": machine(
        Begin=function("begin", Next="Wait"),
        Wait={"Type": "Wait", "Seconds": 60, "Next": "Look"},
        Look=function("look", Parameters={"job.$": "$.job"}, Next="Ready"),
        Ready={
            "Type": "Choice",
            "Choices": [{"Variable": "$.status", "StringEquals": "READY", "Next": "Done"}],
            "Default": "Wait",
        },
        Done=DONE,
    ),
    "messages as long as there are any": machine(
        Receive=service("aws-sdk:sqs:receiveMessage", Parameters={"QueueUrl": "q"}, Next="Any"),
        Any={
            "Type": "Choice",
            "Choices": [{"Variable": "$.Messages", "IsPresent": True, "Next": "Each"}],
            "Default": "Done",
        },
        Each={
            "Type": "Map",
            "ItemsPath": "$.Messages",
            "ItemProcessor": machine(
                Work=function(
                    "work", Parameters={"body.$": "States.StringToJson($.Body)"}, ResultPath=None, Next="Drop"
                ),
                Drop=service(
                    "aws-sdk:sqs:deleteMessage",
                    Parameters={"QueueUrl": "q", "ReceiptHandle.$": "$.ReceiptHandle"},
                ),
            ),
            "Next": "Receive",
        },
        Done=DONE,
    ),
    "a notice of a failure": machine(
        Run=service(
            "ecs:runTask.sync",
            Parameters={"TaskDefinition": "t"},
            Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Tell"}],
            Next="Done",
        ),
        Tell=service(
            "sns:publish",
            Parameters={"TopicArn": "t", "Message.$": "States.Format('{}: {}', $.job, $.error.Cause)"},
            ResultPath=None,
            Next="Failed",
        ),
        Failed={"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"},
        Done=DONE,
    ),
    "an answer that is tested in many ways": jsonata(
        Call=service(
            "http:invoke",
            Arguments={
                "ApiEndpoint": "https://x",
                "Method": "POST",
                "RequestBody": "{% $states.input.order %}",
            },
            Output="{% $merge([$states.input, {'answer': $states.result.ResponseBody}]) %}",
            Next="Which",
        ),
        Which={
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.answer.state in ['open', 'new'] %}", "Next": "Open"},
                {"Condition": "{% $exists($states.input.answer.delay) %}", "Next": "Wait"},
            ],
            "Default": "Done",
        },
        Open={"Type": "Pass", "Output": "{% $states.input.order.customer.name & '!' %}", "Next": "Done"},
        Wait={"Type": "Wait", "Seconds": "{% $states.input.answer.delay %}", "Next": "Done"},
        Done=DONE,
    ),
    "functions that hand on what they are given": machine(
        A=function("a", Next="B"),
        B=function("b", Parameters={"id.$": "$.id"}, ResultPath="$.b", Next="C"),
        C=function("c", InputPath="$.id"),
    ),
    "waiting for a job": machine(
        Start=function("start", ResultPath="$.job", Next="Wait"),
        Wait={"Type": "Wait", "Seconds": 30, "Next": "Get"},
        Get=function("get", ResultPath="$.job", Next="Ready"),
        Ready={
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.job.status", "StringEquals": "READY", "Next": "Done"},
                {"Variable": "$.job.status", "StringEquals": "FAILED", "Next": "Failed"},
            ],
            "Default": "Wait",
        },
        Failed={"Type": "Fail", "Error": "JobFailed"},
        Done=DONE,
    ),
    "counting": machine(
        Begin={"Type": "Pass", "Result": 0, "ResultPath": "$.n", "Next": "Add"},
        Add={
            "Type": "Pass",
            "Parameters": {"n.$": "States.MathAdd($.n, 1)", "most.$": "$.most"},
            "Next": "Enough",
        },
        Enough={
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericGreaterThanEqualsPath": "$.most", "Next": "Done"}],
            "Default": "Add",
        },
        Done=DONE,
    ),
    "retries that give up": machine(
        Call=function(
            "call",
            Retry=[{"ErrorEquals": ["Busy"], "MaxAttempts": 5}],
            Catch=[{"ErrorEquals": ["Busy"], "ResultPath": "$.error", "Next": "Failed"}],
            Next="Done",
        ),
        Failed={"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"},
        Done=DONE,
    ),
    "times": machine(
        Until={"Type": "Wait", "TimestampPath": "$.until", "Next": "For"},
        For={"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Late"},
        Late={
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.until", "TimestampLessThan": "2026-02-03T00:00:00Z", "Next": "Early"}
            ],
            "Default": "Done",
        },
        Early={"Type": "Pass", "Next": "Done"},
        Done=DONE,
    ),
    "variables": jsonata(
        Keep={
            "Type": "Pass",
            "Assign": {"order": "{% $states.input %}", "n": "{% $count($states.input.items) %}"},
            "Output": {},
            "Next": "Pay",
        },
        Pay=function("pay", Arguments="{% $order.payment %}", Next="Big"),
        Big={
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.paid > 100 and $n > 1 %}", "Next": "Done"}],
            "Default": "Small",
        },
        Small={
            "Type": "Pass",
            "Output": {
                "total": "{% $sum([$order.items.price]) %}",
                "names": "{% [$map($order.items, function($i) { $uppercase($i.name) })] %}",
            },
            "Next": "Done",
        },
        Done=DONE,
    ),
    "JSON in a text": machine(
        Read={
            "Type": "Pass",
            "Parameters": {"body.$": "States.StringToJson($.body)"},
            "Next": "Has",
        },
        Has={"Type": "Pass", "Parameters": {"id.$": "$.body.id", "all.$": "$.body.list[*].x"}, "End": True},
    ),
    "a Fail state that names an error of the machine's own": machine(
        Refuse={"Type": "Fail", "Error": "States.Runtime", "Cause": "It says so."}
    ),
    "a computed number that is compared": jsonata(
        Each={
            "Type": "Map",
            "Items": "{% $states.input.items %}",
            "ItemProcessor": machine(
                Count=function("count", Output="{% $states.result.count %}"),
            ),
            "Output": {"total": "{% $sum($states.result) %}"},
            "Next": "Many",
        },
        Many={
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.total > 1000 %}", "Next": "Tell"}],
            "Default": "Done",
        },
        Tell={"Type": "Pass", "Next": "Done"},
        Done=DONE,
    ),
    "a computed number that is compared in JSONPath": machine(
        Add={"Type": "Pass", "Parameters": {"sum.$": "States.MathAdd($.a, $.b)"}, "Next": "Many"},
        Many={
            "Type": "Choice",
            "Choices": [{"Variable": "$.sum", "NumericGreaterThan": 5000, "Next": "Tell"}],
            "Default": "Done",
        },
        Tell={"Type": "Pass", "Next": "Done"},
        Done=DONE,
    ),
}

"""`aslrun init`: a small project that works: a definition, its functions, an input and tests."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from aslrun.cli.output import echo, say, write_file
from aslrun.document.printable import printable
from aslrun.errors import UsageError

HANDLERS = '''"""The Lambda functions of the order workflow."""


class CardDeclined(Exception):
    """The bank says no; the state machine catches this by its name."""


def charge(event, context):
    if event["amount"] > 1000:
        raise CardDeclined(f"no credit for {event['amount']}")
    return {"receipt": f"R-{event['orderId']}"}
'''

TESTS = '''"""Tests of the order workflow: `pytest`. The function is answered here, or really run."""

MACHINE = "{file}"


def test_an_order_is_charged(state_machine):
    execution = state_machine(MACHINE).execute(
        {{"orderId": "A-1", "total": 12}}, functions={{"{function}": {{"receipt": "R-1"}}}}
    )
    assert execution.succeeded
    assert execution.path == ["IsFree", "Charge"]
    assert execution.output["receipt"] == "R-1"


def test_the_real_function_declines(state_machine):
    execution = state_machine(MACHINE).execute({{"orderId": "A-1", "total": 2000}})
    assert execution.error == "Declined"
    assert execution.cause == "Order A-1 was not paid."


def test_a_function_that_times_out_is_tried_again(state_machine):
    execution = state_machine(MACHINE).execute(
        {{"orderId": "A-1", "total": 12}},
        functions={{"{function}": (TimeoutError(), TimeoutError(), {{"receipt": "R-1"}})}},
    )
    assert execution.succeeded
    assert execution.retries("Charge") == 2
'''

TEMPLATE = """AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Description: The order workflow and its function.

Resources:
  Order:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: order.asl.json
      DefinitionSubstitutions:
        ChargeArn: !GetAtt Charge.Arn
      Policies:
        - LambdaInvokePolicy:
            FunctionName: !Ref Charge

  Charge:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: charge
      CodeUri: .
      Handler: handlers.charge
      Runtime: python3.13
      Timeout: 10
"""

TRIED_AGAIN = ["States.Timeout", "TimeoutError", "Lambda.ServiceException", "Lambda.TooManyRequestsException"]


@click.command()
@click.argument("folder", default=".", type=click.Path())
@click.option("--query-language", type=click.Choice(["JSONata", "JSONPath"], case_sensitive=False),
              default="JSONata", show_default=True, help="The query language of the definition.")  # fmt: skip
@click.option("--sam", is_flag=True, help="Add a SAM template, which names the function.")
def command(folder: str, query_language: str, sam: bool) -> None:
    """Write a small project into FOLDER (the current one by default) that runs and is tested as it is.

    No file that is there already is touched.
    """
    if "\0" in folder:
        raise UsageError("a folder's name cannot have the character NUL")
    root = Path(folder)
    made = files_of(query_language, sam)
    if there := [name for name in made if os.path.lexists(root / name)]:
        raise UsageError(
            f"{', '.join(there)} is in {folder} already; name another folder: aslrun init orders"
        )
    try:
        root.mkdir(parents=True, exist_ok=True)
        for name, text in made.items():
            write_file(str(root / name), "the project", [text])
            echo(printable(str(root / name)))
    except OSError as wrong:
        raise UsageError(f"the project cannot be written into {folder}: {wrong.strerror}") from None
    machine = "template.yaml" if sam else "order.asl.json"
    where = [] if folder == "." else [f"cd {shlex.quote(folder)}"]
    draw = f"aslrun graph {machine} --output order.svg"
    steps = [*where, f"aslrun execute {machine} --input in.json", draw, "python -m pytest"]
    say("\n".join(["", "Try it:", *(f"  {step}" for step in steps)]))


def files_of(query_language: str, sam: bool) -> dict[str, str]:
    """Return the project's files, by name."""
    function = "${ChargeArn}" if sam else "charge"
    definition = definition_of(query_language, function)
    tests = TESTS.format(file="template.yaml" if sam else "order.asl.json", function="charge")
    return {
        "order.asl.json": json.dumps(definition, indent=2) + "\n",
        "handlers.py": HANDLERS,
        "in.json": json.dumps({"orderId": "A-1", "total": 12}, indent=2) + "\n",
        "test_order.py": tests,
        **({"template.yaml": TEMPLATE} if sam else {}),
    }


def definition_of(query_language: str, function: str) -> Mapping[str, Any]:
    """Return the order workflow: what is free is not charged, a card may be declined."""
    retry = [{"ErrorEquals": TRIED_AGAIN, "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 2}]
    call = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}
    catcher: dict[str, Any] = {"ErrorEquals": ["CardDeclined"], "Next": "Declined"}
    declined: dict[str, Any] = {"Type": "Fail", "Error": "Declined"}
    if query_language == "JSONata":
        payload = {"orderId": "{% $states.input.orderId %}", "amount": "{% $states.input.total %}"}
        states = {
            "IsFree": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $states.input.total = 0 %}", "Next": "Done"}],
                "Default": "Charge",
            },
            "Charge": {
                **call,
                "Arguments": {"FunctionName": function, "Payload": payload},
                "Output": "{% $merge([$states.input, $states.result.Payload]) %}",
                "Retry": retry,
                "Catch": [{**catcher, "Output": "{% $states.input %}"}],
                "End": True,
            },
            "Declined": {**declined, "Cause": "{% 'Order ' & $states.input.orderId & ' was not paid.' %}"},
            "Done": {"Type": "Succeed"},
        }
        return {"QueryLanguage": "JSONata", "StartAt": "IsFree", "States": states}
    payload = {"orderId.$": "$.orderId", "amount.$": "$.total"}
    states = {
        "IsFree": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.total", "NumericEquals": 0, "Next": "Done"}],
            "Default": "Charge",
        },
        "Charge": {
            **call,
            "Parameters": {"FunctionName": function, "Payload": payload},
            "ResultSelector": {"receipt.$": "$.Payload.receipt"},
            "Retry": retry,
            "Catch": [{**catcher, "ResultPath": None}],
            "End": True,
        },
        "Declined": {**declined, "CausePath": "States.Format('Order {} was not paid.', $.orderId)"},
        "Done": {"Type": "Succeed"},
    }
    return {"StartAt": "IsFree", "States": states}

"""What the policies of Lambda authorizers say of a method."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.server.api_gateway.policies import WrongPolicy, effect_of

ARN = "arn:aws:execute-api:us-east-1:123456789012:Rest/v1/GET/users/7/orders"
HERE = "arn:aws:execute-api:us-east-1:123456789012:Rest/v1"


def allow(**more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*", **more}
    return {name: one for name, one in statement.items() if one is not None}


def deny(**more: Any) -> dict[str, Any]:
    return allow(**{"Effect": "Deny", **more})


@pytest.mark.parametrize(
    ("statements", "effect"),
    [
        ([allow()], "Allow"),
        ([allow(Action="execute-api:*")], "Allow"),
        ([allow(Action="EXECUTE-API:invoke")], "Allow"),
        ([allow(Action=["s3:GetObject", "*"])], "Allow"),
        ([allow(Action="execute-api:ManageConnections")], None),
        ([allow(Resource=f"{HERE}/*/users/*/orders")], "Allow"),
        ([allow(Resource=f"{HERE}/GET/users/?/orders")], "Allow"),
        ([allow(Resource=f"{HERE}/GET/users/??/orders")], None),
        ([allow(Resource="arn:aws:execute-api:*:*:*/*/GET/*")], "Allow"),
        ([allow(Resource=f"{HERE}/GET/users/[7]/orders")], None),
        ([allow(Resource=f"{HERE}/GET/users")], None),
        ([allow(Resource=f"{HERE}/get/users/7/orders")], None),
        ([allow(Resource=[f"{HERE}/PUT/*", ARN])], "Allow"),
        ([allow(Action=None, NotAction="s3:*")], "Allow"),
        ([allow(Action=None, NotAction=["s3:*", "execute-api:*"])], None),
        ([allow(Resource=None, NotResource=f"{HERE}/PUT/*")], "Allow"),
        ([allow(Resource=None, NotResource=[f"{HERE}/PUT/*", f"{HERE}/*/users/*"])], None),
        ([allow(), deny(Resource=f"{HERE}/*/users/*/orders")], "Deny"),
        ([deny(Resource=f"{HERE}/PUT/*"), allow()], "Allow"),
        ([deny(Resource=None, NotResource=f"{HERE}/PUT/*"), allow()], "Deny"),
        ([], None),
    ],
)
def test_the_statements_that_are_about_a_method_count(statements: list[Any], effect: str | None) -> None:
    assert effect_of({"Version": "2012-10-17", "Statement": statements}, ARN, pytest.fail) == effect


@pytest.mark.parametrize(
    "statement",
    [
        allow(Action=None),
        allow(NotAction="s3:*"),
        allow(Resource=None),
        allow(NotResource="*"),
        allow(Effect="allow"),
    ],
)
def test_what_is_no_statement_is_wrong(statement: dict[str, Any]) -> None:
    with pytest.raises(WrongPolicy):
        effect_of({"Statement": [statement]}, ARN, pytest.fail)


def test_conditions_are_told() -> None:
    told: list[str] = []
    address = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    policy: Any = {"Statement": [allow(Condition=address), deny(Resource=f"{HERE}/PUT/*", Condition=address)]}
    assert effect_of(policy, ARN, told.append) == "Allow"
    assert len(told) == 1
    assert "Condition is not evaluated" in told[0]
    assert "aws:SourceIp" in told[0]

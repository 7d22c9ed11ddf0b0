"""Parameters of TestState: what an SDK would refuse is refused in botocore's words."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from aslrun.teststate import ApiError
from aslrun.teststate.parameters import DATA_LIMIT, PARAMETERS, Parameter, check_parameters


def refused(request: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ApiError) as caught:
        check_parameters(request)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"definition": ""},
        {"definition": "{}", "stateName": ""},
        {"definition": "{}", "inspectionlevel": "DEBUG", "level": 1},
        {"definition": "{}", "roleArn": 1, "revealSecrets": "yes"},
        {"definition": "{}", "stateName": None},
        {"definition": "{}", "mock": []},
        {"definition": "{}", "mock": {"errorOutput": {"error": 1, "Cause": ""}, "mode": "NONE"}},
        {"definition": "{}", "stateConfiguration": {"retrierRetryCount": -1, "errorCausedByState": ""}},
        {"definition": "{}", "stateConfiguration": {"mapIterationFailureCount": "2"}},
    ],
)
def test_what_botocore_refuses(request_: dict[str, Any]) -> None:
    validate = pytest.importorskip("botocore.validate")
    errors = validate.ParamValidator().validate(request_, operation_model().input_shape)
    told = "Parameter validation failed:\n" + errors.generate_report()
    assert refused(request_) == ("ParamValidationError", told)


def test_the_table_has_what_botocore_has() -> None:
    pytest.importorskip("botocore")

    def same(members: Any, shape: Any) -> None:
        assert list(members) == list(shape.members)
        for name, member in members.items():
            if not isinstance(member, Parameter):
                same(member, shape.members[name])
                continue
            told = shape.members[name].metadata
            limits = told.get("min", 0), told.get("max"), list(told.get("enum", ()))
            assert (member.minimum, member.maximum, list(member.choices)) == limits, name

    same(PARAMETERS, operation_model().input_shape)


def operation_model() -> Any:
    """The model of the operation, from botocore's own data."""
    import botocore
    from botocore.model import ServiceModel

    data = Path(botocore.__file__).parent / "data" / "stepfunctions" / "2016-11-23" / "service-2.json.gz"
    return ServiceModel(json.loads(gzip.decompress(data.read_bytes()))).operation_model("TestState")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"inspectionLevel": "ALL"},
            "1 validation error detected: Value 'ALL' at 'inspectionLevel' failed to satisfy constraint:"
            " Member must satisfy enum value set: [INFO, DEBUG, TRACE]",
        ),
        (
            {"input": "1" * (DATA_LIMIT + 1)},
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have"
            " length less than or equal to 262144",
        ),
        ({"stateName": "s" * 81, "mock": {"errorOutput": {"error": "e" * 257}}}, "2 validation errors"),
    ],
)
def test_what_the_service_refuses(given: dict[str, Any], told: str) -> None:
    code, message = refused({"definition": "{}", **given})
    assert code == "ValidationException"
    assert message.startswith(told)


def test_values_in_place_of_json_texts() -> None:
    check_parameters({"definition": {}, "input": [1], "variables": {}, "mock": {"result": 1}, "context": {}})

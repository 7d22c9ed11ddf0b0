"""TestState: run one state by itself, with the request and the response of the API.

API reference: TestState, with `stateName`, `mock`, `context`, `variables` and `stateConfiguration`; which
data an inspection shows, and the messages of errors, as recorded. The state is compiled and run by the code
that runs executions: `inspection` only looks over its shoulder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aslrun.drivers.calls import Integration
from aslrun.teststate.parameters import ApiError
from aslrun.teststate.request import read_request
from aslrun.teststate.runner import Answers, run_state
from aslrun.values import JSON

__all__ = ["ApiError", "test_state"]


def test_state(
    request: Mapping[str, Any],
    *,
    folder: Path | None = None,  # noqa: PT028 - no test, for all its name
    function_files: tuple[str, ...] = (),  # noqa: PT028
    integrations: Sequence[Integration] = (),  # noqa: PT028
    http_private: bool = False,  # noqa: PT028
) -> dict[str, JSON]:
    """Run one state as the TestState API does.

    Args:
        request: the API's request; `definition`, `input`, `variables`, `context` and `mock.result` are
            JSON texts, as there, or values.
        folder: where Lambda functions lie that a Task calls which is not mocked.
        function_files: `NAME=FILE:HANDLER` for functions elsewhere.
        integrations: what is asked for an answer before these functions are.
        http_private: let an HTTP Task go to an address that is not public.

    Returns the API's response: `status`, `output` (JSON text), `nextState`, `error`, `cause` and, at the
    levels DEBUG and TRACE, `inspectionData`. Raises ApiError for what the API answers with an error.
    """
    wanted = read_request(request)
    response = run_state(wanted, Answers(wanted, folder, function_files, http_private, integrations))
    if wanted.level == "INFO":
        response.pop("inspectionData", None)
    return response


# pytest takes a function of this name for a test where it is imported.
test_state.__test__ = False  # type: ignore[attr-defined]


def answer(
    request: JSON, folder: Path, function_files: tuple[str, ...] = (), http_private: bool = False
) -> dict[str, JSON]:
    """Return the API's response to a request read from a file; an error as `{"error": {code, message}}`."""
    try:
        if not isinstance(request, dict):
            raise ApiError("ParamValidationError", "Parameter validation failed:\nthe request is no object")
        return test_state(request, folder=folder, function_files=function_files, http_private=http_private)
    except ApiError as wrong:
        return {"error": {"code": wrong.code, "message": str(wrong)}}

"""Errors of Lambda's API: a status, a name in the header and a message in the body. Texts as AWS words
them."""

from __future__ import annotations

from aslrun.server.app import HttpResponse, json_response


class LambdaError(Exception):
    """What Lambda answers with an error."""

    def __init__(self, status: int, code: str, message: str, type: str | None = "User") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.type = type

    def response(self) -> HttpResponse:
        """Return the answer. The members of its body are those that the service's model has."""
        body = {"Type": self.type, "Message": str(self), "message": str(self)}
        return json_response(
            self.status, {name: one for name, one in body.items() if one}, {"x-amzn-ErrorType": self.code}
        )


def not_found(arn: str) -> LambdaError:
    """Return the error for a function that there is not."""
    return LambdaError(404, "ResourceNotFoundException", f"Function not found: {arn}")


def wrong_value(message: str) -> LambdaError:
    """Return the error for a parameter that cannot be."""
    return LambdaError(400, "InvalidParameterValueException", message)

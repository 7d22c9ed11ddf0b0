"""What goes wrong on the way to AWS, in one message: no endpoint, no answer, no credentials, no region."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from aslrun.errors import UsageError

CLIENT_EXCEPTION = "SdkClientException"
"""How Step Functions names what its SDK could not send, after the service: `S3.SdkClientException`."""


class Unreachable(UsageError):
    """A place that did not answer, or with what is no answer.

    `name` is what Retry and Catch see after the service's name. Documentation: "Handling errors".
    """

    name = CLIENT_EXCEPTION


class Place(Protocol):
    @property
    def at(self) -> str: ...


@contextmanager
def explained(place: Place) -> Iterator[None]:
    """Turn what botocore raises when a call does not come through into one message.

    Raises Unreachable for an endpoint that does not answer, or answers what no service does, UsageError for
    credentials and regions that are not there. An error that the service
    answers (ClientError) stays as it is.
    """
    from botocore import exceptions as known
    from botocore.parsers import ResponseParserError

    try:
        yield
    except (known.ConnectTimeoutError, known.ReadTimeoutError) as wrong:
        told: UsageError = Unreachable(f"{_where(place)} does not answer: {wrong}")
    except (known.HTTPClientError, known.ConnectionError) as wrong:
        told = Unreachable(f"{_where(place)} cannot be reached: {wrong}")
    except ResponseParserError as wrong:
        told = Unreachable(f"{_where(place)} answers what no service of AWS does: {str(wrong)[:300]}")
    except (
        known.NoCredentialsError,
        known.PartialCredentialsError,
        known.CredentialRetrievalError,
        known.TokenRetrievalError,
        known.UnauthorizedSSOTokenError,
        known.ProfileNotFound,
    ) as wrong:
        told = UsageError(f"{_where(place)} takes credentials: {wrong} (aws configure, or aws sso login)")
    except known.NoRegionError:
        told = UsageError(f"{_where(place)} takes a region: set AWS_REGION")
    else:
        return
    raise told from None


def _where(place: Place) -> str:
    return "AWS" if place.at == "real" else f"the endpoint {place.at}"

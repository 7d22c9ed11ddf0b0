"""The other services at the server's port: the local AWS, which is handed what is not the server's own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from aslrun.document.cloudformation.evaluation import Template
from aslrun.drivers.calls import Integration
from aslrun.server.app import Application, HttpRequest, HttpResponse
from aslrun.server.lambda_api.errors import wrong_value
from aslrun.services.calls import AwsServices
from aslrun.services.environment import settings_of, without_credentials
from aslrun.services.opening import open_aws
from aslrun.services.places import Aws
from aslrun.services.wire import Request, Response, read_request
from aslrun.states.resource import DEFAULT_REGION


class LocalAws:
    """Where an execution's calls to AWS go, and what the workers of functions are told of it.

    `at` is as `--aws` has it; `url` is the server's; `folder` has the `aslrun.toml`, and `templates` say what
    is there from the start. Of the local AWS, Step Functions and Lambda are the
    server's own.
    """

    def __init__(
        self, at: str | None, url: str, folder: Path | None = None, templates: Sequence[Template] = ()
    ) -> None:
        self.url = url
        self.aws: Aws = open_aws(at, folder or Path(), more=templates)
        self.is_local = self.aws.at == "local" and self.aws.reason is None
        if self.is_local:
            self.aws.served_at = url

    def serve(self, application: Application) -> None:
        """Let the server's own services answer what Tasks and workers ask of them here."""

        def answer(request: Request) -> Response:
            path, _, query = request.target.partition("?")
            given = HttpRequest(request.method, path, query, request.headers, request.body)
            told = application.answer_here(given)
            return Response(told.status, told.headers, told.body)

        self.aws.handlers |= {"states": answer, "lambda": answer}

    def integrations(self) -> list[Integration]:
        """Return what answers the Tasks that call services of AWS: on threads, for the engine runs others."""
        return [AwsServices(self.aws)] if self.aws.is_on else []

    def forward(self, request: HttpRequest) -> HttpResponse | None:
        """Answer a request of another service on the local AWS; None for one that no service has."""
        target = f"{request.path}?{request.query}" if request.query else request.path
        asked = read_request(request.method, target, request.headers, request.body, DEFAULT_REGION)
        if asked.service == "s3" and "x-amz-target" in request.headers:
            return None  # of nobody, and not signed: S3 has no targets
        told = self.aws.answer(asked)
        return HttpResponse(told.status, told.body, told.headers)

    def environment(self) -> dict[str, str]:
        """Return the variables that workers of functions are given: the server is their AWS, unless calls go
        to somewhere else."""
        if self.aws.at == "local" or (self.aws.at == "off"):
            return {**without_credentials(os.environ), **settings_of(self.url, DEFAULT_REGION)}
        return {
            **self.aws.environment(),
            "AWS_ENDPOINT_URL_SFN": self.url,
            "AWS_ENDPOINT_URL_LAMBDA": self.url,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        }

    def localized(self, text: str) -> str:
        """Return a text with the QueueUrls of templates led to where the queues are."""
        return self.aws.localized(text)

    def fetch(self, bucket: str, key: str) -> bytes:
        """Return an object of a bucket; LambdaError where it is not there, as Lambda tells it."""
        from botocore.exceptions import ClientError

        try:
            told = self.aws.call("s3", "GetObject", {"Bucket": bucket, "Key": key})
        except ClientError as wrong:
            error = wrong.response["Error"]
            raise wrong_value(
                f"Error occurred while GetObject. S3 Error Code: {error['Code']}."
                f" S3 Error Message: {error['Message']}"
            ) from None
        content: bytes = told["Body"].read()
        return content

    def resolved(self, text: str) -> str:
        """Return a text with the values of its dynamic references."""
        return self.aws.resolved(text)

    @property
    def resolves(self) -> bool:
        """Whether dynamic references are resolved."""
        return self.aws.resolves

    def close(self) -> None:
        """Let go of what was opened."""
        self.aws.close()

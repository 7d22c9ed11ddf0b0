"""What processes see of AWS in their environment: where it is, and nobody's credentials.

Documentation: "Environment variables to configure the AWS CLI", "Service-specific endpoints".
"""

from __future__ import annotations

import os
from collections.abc import Mapping

_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_BEARER_TOKEN_BEDROCK",
}  # fmt: skip


def without_credentials(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what leads SDKs to credentials, or to somebody's endpoint."""
    kept = {
        name: value
        for name, value in inherited.items()
        if name.upper() not in _CREDENTIALS and not name.upper().startswith("AWS_ENDPOINT_URL")
    }
    return {
        **kept,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def settings_of(url: str, region: str) -> dict[str, str]:
    """Return the variables that lead SDKs to an endpoint; they sign with keys that are good for nothing."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "aslrun",
        "AWS_SECRET_ACCESS_KEY": "aslrun",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }

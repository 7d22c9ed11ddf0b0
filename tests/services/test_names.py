"""Names as the SDK for Java makes them: of services, members and errors."""

from __future__ import annotations

import pytest

from aslrun.services.names import exception, sdk_exception, sdk_member, service_class


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("DynamoDB", "DynamoDb"),
        ("S3", "S3"),
        ("SFN", "Sfn"),
        ("CloudWatch Logs", "CloudWatchLogs"),
        ("Database Migration Service", "DatabaseMigration"),
        ("Secrets Manager", "SecretsManager"),
        ("EC2", "Ec2"),
    ],
)
def test_a_service(id: str, name: str) -> None:
    assert service_class(id) == name


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("DBInstances", "DbInstances"),
        ("MD5OfBody", "Md5OfBody"),
        ("NULL", "Nul"),
        ("BOOL", "Bool"),
        ("S", "S"),
        ("ETag", "ETag"),
        ("ChecksumCRC32", "ChecksumCRC32"),
        ("VPCId", "VpcId"),
        ("taskArn", "TaskArn"),
    ],
)
def test_a_member(member: str, name: str) -> None:
    assert sdk_member(member) == name


def test_an_error() -> None:
    assert sdk_exception("NoSuchKey") == "NoSuchKeyException"
    assert sdk_exception("DBInstanceNotFoundFault") == "DbInstanceNotFoundException"
    assert sdk_exception("ConditionalCheckFailedException") == "ConditionalCheckFailedException"
    assert exception("QueueDoesNotExist") == "QueueDoesNotExistException"

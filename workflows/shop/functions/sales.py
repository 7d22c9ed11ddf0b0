"""Adds up the orders that come into the table."""

import os
from decimal import Decimal

import boto3


def count(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["SALES"])
    for record in event["Records"]:
        if record["eventName"] == "INSERT":
            table.update_item(
                Key={"id": "all"},
                UpdateExpression="ADD orders :one, amount :total",
                ExpressionAttributeValues={
                    ":one": 1,
                    ":total": Decimal(record["dynamodb"]["NewImage"]["total"]["N"]),
                },
            )

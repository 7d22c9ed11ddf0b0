"""The house accepts a booking: it answers the Task that waits, by the token that it was given."""

import json
import os

import boto3


def lambda_handler(event, context):
    booking = {"room": {"S": event["room"]}, "from": {"S": event["from"]}}
    table = boto3.client("dynamodb")
    guest = table.get_item(TableName=os.environ["BOOKINGS"], Key=booking)["Item"]["guest"]["S"]
    print(f"{guest} comes to room {event['room']}")
    answer = {"key": f"{event['room']}-{guest[0]}"}
    boto3.client("stepfunctions").send_task_success(taskToken=event["token"], output=json.dumps(answer))

"""The functions behind the shop's API."""

import json
import os

import boto3


def place(event, context):
    order = json.loads(event["body"])
    states = boto3.client("stepfunctions")
    execution = states.start_sync_execution(stateMachineArn=os.environ["MACHINE"], input=json.dumps(order))
    if execution["status"] != "SUCCEEDED":
        return {"statusCode": 422, "body": json.dumps({"message": execution["cause"]})}
    return {
        "statusCode": 201,
        "headers": {"content-type": "application/json", "location": f"/orders/{order['id']}"},
        "body": execution["output"],
    }


def show(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["ORDERS"])
    found = table.get_item(Key={"id": event["pathParameters"]["id"]}).get("Item")
    if found is None:
        return {"statusCode": 404, "body": json.dumps({"message": "no such order"})}
    return {"id": found["id"], "total": float(found["total"])}

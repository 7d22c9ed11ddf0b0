"""Grants refunds up to a limit."""

import os

from money import euros  # in layers/common


def lambda_handler(event, context):
    granted = event["amount"] <= int(os.environ["LIMIT"])
    print(f"{'granted' if granted else 'refused'} {euros(event['amount'])} in {os.environ['STAGE']}")
    return {"granted": granted, "shown": euros(event["amount"])}

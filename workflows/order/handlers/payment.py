"""The Lambda function `payment`: charges the order's total."""


def handler(event, context):
    """Return a receipt for the amount charged."""
    print(f"charging {event['total']} for {event['orderId']}")
    return {"amount": event["total"], "receipt": f"R-{event['orderId']}"}

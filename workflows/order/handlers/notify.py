"""The Lambda function `notify`: tells the customer."""


def handler(event, context):
    """Pretend to send a mail and return what was sent."""
    return {"sent": True, "to": event["to"], "text": event["text"]}

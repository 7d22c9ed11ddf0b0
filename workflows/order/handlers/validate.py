"""The Lambda function `validate`: is this an order that can be charged for?"""


class ValidationError(Exception):
    """The order cannot be taken as it is."""


def handler(event, context):
    """Return the order's total and number of articles; ValidationError if something is missing."""
    items = event.get("items")
    if not items:
        raise ValidationError("an order needs at least one item")
    for item in items:
        if item["quantity"] < 1:
            raise ValidationError(f"quantity of {item['sku']} must be at least 1")
    return {
        "orderId": event["orderId"],
        "total": sum(item["quantity"] * item["price"] for item in items),
        "articles": sum(item["quantity"] for item in items),
    }

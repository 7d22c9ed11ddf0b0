"""The Lambda functions `read-stock` and `order-article`."""

PAGES = [
    [{"sku": "tea", "stock": 4}, {"sku": "cup", "stock": 80}],
    [{"sku": "pot", "stock": 1}, {"sku": "spoon", "stock": 9}],
    [{"sku": "tray", "stock": 12}],
]


class NotAvailable(Exception):
    """The supplier has none."""


def read_stock(event, context):
    """Return one page of a warehouse's articles, and whether there are more."""
    page = event["page"]
    return {"articles": PAGES[page - 1], "more": page < len(PAGES)}


def order_article(event, context):
    """Order some of an article."""
    if event["sku"] == "pot":
        raise NotAvailable("pots come in spring")
    return {"sku": event["sku"], "quantity": event["quantity"]}

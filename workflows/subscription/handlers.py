"""The Lambda functions `sign-up`, `look-up`, `charge`, `activate`, `suspend` and `notify`."""


class CardDeclined(Exception):
    """The bank does not pay."""


def sign_up(event, context):
    """Make an account, which is on trial."""
    return {"id": "S-" + event["email"].partition("@")[0], "plan": event["plan"], "status": "trial"}


def look_up(event, context):
    """Return what an account has come to: whether it is still wanted, and what is to be paid."""
    invoices = [{"id": "I-1", "amount": 20}, {"id": "I-2", "amount": 5}]
    return {"cancelled": False, "cardExpired": False, "invoices": invoices}


def charge(event, context):
    """Charge a card for one invoice."""
    if event["card"].endswith("0002"):
        raise CardDeclined(f"{event['invoice']}: insufficient funds")
    print(f"{event['amount']} for {event['invoice']}")
    return {"receipt": "R-" + event["invoice"], "amount": event["amount"]}


def activate(event, context):
    """End the trial."""
    return {"id": event["id"], "status": "active"}


def suspend(event, context):
    """Stop the account until there is a card."""
    return {"id": event["id"], "status": "suspended"}


def notify(event, context):
    """Tell the customer."""
    receipts = ", ".join(event["receipts"]) or "none"
    return {"to": event["email"], "text": f"Your subscription is {event['status']}. Receipts: {receipts}."}

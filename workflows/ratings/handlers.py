"""The Lambda function `grade`."""


class NotRated(Exception):
    """A film without stars."""


def grade(event, context):
    """Tell of each film of a batch whether it has enough stars."""
    least = event["BatchInput"]["least"]
    return [{"film": one["film"], "good": stars(one) >= least} for one in event["Items"]]


def stars(one):
    if not isinstance(one["stars"], int):
        raise NotRated(one["film"])
    return one["stars"]

"""The Lambda functions `pack` and `label`, found by name in this one file."""


class RobotBusy(Exception):
    """Try again later."""


class AddressUnknown(Exception):
    """Nothing can be sent there."""


busy = True


def pack(event, context):
    """Pack a parcel. The robot of a worker is busy the first time it is asked."""
    global busy
    if busy:
        busy = False
        raise RobotBusy("the packing robot is busy")
    return {"parcel": event["parcel"], "items": len(event["items"]), "packed": True}


def label(event, context):
    """Print a shipping label."""
    if not event["address"]:
        raise AddressUnknown("there is no address")
    return {"label": f"{event['job']} to {event['address']}"}

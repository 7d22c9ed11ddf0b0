"""Packs what is in the queue. What does not fit fails alone; the rest of its batch is done."""

import json

LARGEST = 1_000


def pack(event, context):
    failed = []
    for message in event["Records"]:
        order = json.loads(message["body"])
        if order["total"] > LARGEST:
            print(f"order {order['id']} does not fit into a parcel")
            failed.append({"itemIdentifier": message["messageId"]})
        else:
            print(f"order {order['id']} is packed")
    return {"batchItemFailures": failed}

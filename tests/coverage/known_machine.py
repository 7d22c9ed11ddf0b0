"""A machine with everything that counts."""

from __future__ import annotations

from typing import Any

TOPIC = "arn:aws:states:::sns:publish"
KNOWN: dict[str, Any] = {
    "StartAt": "Choose",
    "States": {
        "Choose": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.go", "StringEquals": "work", "Next": "Work"},
                {
                    "Or": [
                        {"Variable": "$.go", "StringEquals": "both"},
                        {"Variable": "$.go", "StringEquals": "two"},
                    ],
                    "Next": "Both",
                },
                {"Variable": "$.go", "StringEquals": "each", "Next": "Each"},
            ],
            "Default": "Refused",
        },
        "Work": {
            "Type": "Task",
            "Resource": TOPIC,
            "Parameters": {"TopicArn": "t", "Message": "m"},
            "Retry": [
                {"ErrorEquals": ["Never"], "MaxAttempts": 0},
                {"ErrorEquals": ["Busy"], "MaxAttempts": 2},
                {"ErrorEquals": ["Slow"]},
            ],
            "Catch": [
                {"ErrorEquals": ["Busy"], "Next": "Pause"},
                {"ErrorEquals": ["States.ALL"], "Next": "Refused"},
            ],
            "Next": "Done",
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Left", "States": {"Left": {"Type": "Pass", "End": True}}},
                {"StartAt": "Right", "States": {"Right": {"Type": "Fail", "Error": "Right"}}},
            ],
            "Catch": [{"ErrorEquals": ["Right"], "Next": "Pause"}],
            "Next": "Done",
        },
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": {
                "StartAt": "Inner",
                "States": {
                    "Inner": {
                        "Type": "Map",
                        "Iterator": {"StartAt": "a/b~", "States": {"a/b~": {"Type": "Pass", "End": True}}},
                        "End": True,
                    }
                },
            },
            "End": True,
        },
        "Pause": {"Type": "Wait", "Seconds": 60, "Next": "Done"},
        "Done": {"Type": "Succeed"},
        "Refused": {"Type": "Fail", "Error": "Refused"},
    },
}
TOTALS = {"states": 11, "transitions": 14, "rules": 6, "retriers": 2, "catchers": 3, "maps": 2}
"""How many points KNOWN has."""

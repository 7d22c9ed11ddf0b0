"""Each example in workflows/, end to end through the command line, as a reader would try it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import run_command

ROOT = Path(__file__).parent.parent / "workflows"


def execute(
    folder: str, input: str, *options: str, file: str | None = None
) -> subprocess.CompletedProcess[str]:
    workflow = ROOT / folder
    definition = str(workflow / (file or f"{folder}.asl.json"))
    return run_command("execute", definition, "--input", str(workflow / input), *options)


def test_order() -> None:
    ran = execute("order", "in.json")
    output = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert output["payment"] == {"amount": 20.0, "receipt": "R-A-1001"}
    assert output["confirmation"]["text"] == "Order A-1001: 20.0 paid, receipt R-A-1001."
    assert "payment | charging 20.0 for A-1001" in ran.stderr


def test_an_order_that_is_not_valid() -> None:
    ran = execute("order", "bad.json")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "failed in state 'OrderFailed': OrderFailed" in ran.stderr
    assert "path:   ValidateOrder → OrderFailed" in ran.stderr


def test_fulfilment(tmp_path: Path) -> None:
    history = tmp_path / "history.json"
    ran = execute("fulfilment", "in.json", "--history", str(history))
    output = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert [parcel["items"] for parcel in output["packed"]] == [2, 1]
    assert output["shipment"] == {
        "carrier": "courier",
        "days": 1,
        "label": "job-A-1001 to 1 Analytical Lane, London",
    }
    assert "skipped 1 h" in ran.stderr
    types = {event["type"] for event in json.loads(history.read_text(encoding="utf-8"))["events"]}
    entered = {type.removesuffix("StateEntered") for type in types if type.endswith("StateEntered")}
    assert entered == {"Pass", "Map", "Task", "Parallel", "Choice", "Wait", "Succeed"}


def test_fulfilment_to_nowhere() -> None:
    ran = execute("fulfilment", "unknown_address.json")
    assert ran.returncode == 1
    assert "CannotShip" in ran.stderr
    assert "job-A-1003 cannot be shipped: AddressUnknown" in ran.stderr


def test_fulfilment_is_the_same_in_jsonata() -> None:
    in_jsonpath = execute("fulfilment", "in.json")
    in_jsonata = execute("fulfilment", "in.json", file="fulfilment.jsonata.asl.json")
    assert json.loads(in_jsonata.stdout) == json.loads(in_jsonpath.stdout)
    failed = execute("fulfilment", "unknown_address.json", file="fulfilment.jsonata.asl.json")
    assert "job-A-1003 cannot be shipped: AddressUnknown" in failed.stderr


def test_ratings(tmp_path: Path) -> None:
    folder = tmp_path / "ratings"
    shutil.copytree(ROOT / "ratings", folder)
    ran = run_command("execute", str(folder / "ratings.asl.json"), "--input", str(folder / "in.json"))
    assert ran.returncode == 0, ran.stderr
    manifest = json.loads((folder / "out" / json.loads(ran.stdout)["manifest"]["Key"]).read_text("utf-8"))
    files = manifest["ResultFiles"]
    (succeeded,), (failed,) = files["SUCCEEDED"], files["FAILED"]
    lines = (folder / "out" / succeeded["Key"]).read_text("utf-8").splitlines()
    assert {"film": "Metropolis", "good": True} in map(json.loads, lines)
    assert len(lines) == 6
    batch = json.loads((folder / "out" / failed["Key"]).read_text("utf-8"))
    assert (batch["Error"], batch["Status"]) == ("NotRated", "FAILED")
    assert [one["film"] for one in json.loads(batch["Input"])["Items"]] == ["Wings", "Greed", "Faust"]


def test_restock() -> None:
    ran = execute("restock", "in.json")
    assert json.loads(ran.stdout) == {
        "ordered": 27,
        "articles": [
            {"sku": "tea", "quantity": 16},
            {"sku": "pot", "quantity": 0, "reason": "pots come in spring"},
            {"sku": "spoon", "quantity": 11},
        ],
    }


def test_subscription() -> None:
    ran = execute("subscription", "in.json", "--partial")  # no card is asked for
    text = "Your subscription is active. Receipts: R-I-1, R-I-2."
    assert json.loads(ran.stdout) == {"to": "ada@example.com", "text": text}
    assert "charge | 20 for I-1" in ran.stderr
    assert "skipped 14 d" in ran.stderr


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("NewCard", "Your subscription is active. Receipts: R-I-1, R-I-2."),
        ("NoAnswer", "Your subscription is suspended. Receipts: none."),
    ],
)
def test_subscription_with_a_card_that_is_declined(case: str, text: str) -> None:
    mocks = ("--mock-config", str(ROOT / "subscription" / "mocks.json"), "--test-case", case)
    ran = execute("subscription", "declined.json", *mocks)
    assert json.loads(ran.stdout) == {"to": "bob@example.com", "text": text}
    assert "CardDeclined" in ran.stderr


def test_the_coverage_of_the_subscriptions_tests_is_as_documented() -> None:
    definition = "workflows/subscription/subscription.asl.json"
    command = ["pytest", "-q", "-p", "no:cacheprovider", "workflows/subscription", f"--asl-cov={definition}"]
    ran = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT.parent,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    report = ran.stdout[ran.stdout.index("definition ") :]
    documented = (ROOT.parent / "docs" / "testing.md").read_text(encoding="utf-8")
    for line in report.splitlines():
        if definition in line:
            assert line in documented


@pytest.mark.parametrize(("file", "status"), [("flawed.asl.json", 1), ("subscription.asl.json", 0)])
def test_fuzzing_finds_the_flaw_and_nothing_after_its_fix(tmp_path: Path, file: str, status: int) -> None:
    definition = ROOT / "subscription" / file
    ran = run_command("fuzz", str(definition), "--output", str(tmp_path / "finding"))
    assert ran.returncode == status, ran.stdout + ran.stderr
    if status:
        assert "RUNTIME_ERROR in state 'Notify'" in ran.stdout
        written = {file.name for file in (tmp_path / "finding").iterdir()}
        assert written == {"mocks.json", "RuntimeError1.json"}


def test_every_example_has_a_test_here() -> None:
    tests: dict[str, Any] = globals()
    for folder in ROOT.iterdir():
        assert f"test_{folder.name}" in tests


@pytest.mark.skipif(shutil.which("node") is None, reason="one of the functions is JavaScript")
def test_refund() -> None:
    ran = execute("refund", "in.json", "--substitute", "Stage=prod", file="template.yaml")
    assert ran.returncode == 0
    assert json.loads(ran.stdout) == {
        "letter": "Dear Ada, your refund of €42.00 is on its way.",
        "writtenBy": "arn:aws:lambda:us-east-1:123456789012:function:letter-prod:live",
        "stage": "prod",
    }
    assert "AssessFunction | granted €42.00 in prod" in ran.stderr
    assert "skipped 1 d 2 s" in ran.stderr


def test_refund_up_to_the_letter(tmp_path: Path) -> None:
    mocks = {
        "StateMachines": {"refund-dev": {"TestCases": {"Written": {"WriteLetter": "Letter"}}}},
        "MockedResponses": {"Letter": {"0": {"Return": {"Payload": "Dear Bob"}}}},
    }
    (tmp_path / "mocks.json").write_text(json.dumps(mocks), encoding="utf-8")
    options = ("--mock-config", str(tmp_path / "mocks.json"))
    ran = execute("refund", "too_much.json", *options, file="machines/refund.asl.json")
    assert (ran.returncode, json.loads(ran.stdout)) == (0, "Dear Bob")
    assert "AssessFunction | refused €142.00 in dev" in ran.stderr


def test_shop() -> None:
    """A part of it without a server: what the API's function starts."""
    order = {"id": "7", "items": [{"price": 4, "quantity": 2}]}
    ran = run_command("execute", str(ROOT / "shop" / "template.yaml"), "--input", json.dumps(order))
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["total"] == 8


@pytest.mark.skipif(shutil.which("node") is None, reason="one of the functions is JavaScript")
def test_booking(tmp_path: Path) -> None:
    """Tables, a queue, a topic, another machine and a task token, in the local AWS."""
    dump = tmp_path / "left"
    ran = execute("booking", "in.json", "--aws-dump", str(dump), file="template.yaml:BookingMachine")
    assert (ran.returncode, json.loads(ran.stdout)["price"]) == (0, 232), ran.stderr
    assert "house | Ada comes to room 7" in ran.stderr
    written = {path.relative_to(dump).as_posix() for path in dump.rglob("*.json")}
    assert written >= {"dynamodb/bookings.json", "sqs/cleaning.json", "sqs/mailbox.json"}
    assert json.loads((dump / "dynamodb" / "bookings.json").read_text(encoding="utf-8"))

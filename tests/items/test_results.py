"""What a ResultWriter exports, and what becomes the state's output."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aslrun.items.sources import FileUpload

Run = Callable[..., Any]


def mapped(writer: Any, fields: Any = None, kind: str = "STANDARD") -> Any:
    """A Map whose children fail for texts."""
    child = {
        "StartAt": "Is",
        "States": {
            "Is": {
                "Type": "Choice",
                "Choices": [{"Variable": "$", "IsString": True, "Next": "Bad"}],
                "Default": "Good",
            },
            "Bad": {"Type": "Fail", "Error": "Bad", "Cause": "no good"},
            "Good": {"Type": "Pass", "End": True},
        },
    }
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}
    state = {"Type": "Map", "Label": "L", "ResultWriter": writer, "End": True}
    return {"Each": {**state, "ItemProcessor": {**child, **config}, **(fields or {})}}


def exporting(**config: str) -> dict[str, Any]:
    place = {"Bucket": "out", "Prefix": "results"}
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": place}
    return {**writer, **({"WriterConfig": config} if config else {})}


def test_results_and_their_manifest(run: Run, tmp_path: Path) -> None:
    fields = {"ToleratedFailurePercentage": 50}
    execution = run(mapped(exporting(), fields), [1, "x", {"é": 2}], s3={"out": tmp_path})
    map_run = execution.map_runs[0]
    key = f"results/{map_run.id}/manifest.json"
    assert execution.output == {
        "MapRunArn": map_run.arn,
        "ResultWriterDetails": {"Bucket": "out", "Key": key},
    }
    manifest = json.loads((tmp_path / key).read_text(encoding="utf-8"))
    assert list(manifest) == ["DestinationBucket", "MapRunArn", "ResultFiles"]
    assert list(manifest["ResultFiles"]) == ["FAILED", "PENDING", "SUCCEEDED"]
    (file,) = manifest["ResultFiles"]["SUCCEEDED"]
    data = (tmp_path / file["Key"]).read_bytes()
    assert file == {"Key": f"results/{map_run.id}/SUCCEEDED_0.json", "Size": len(data)}
    succeeded = json.loads(data)
    assert list(succeeded[0]) == [
        "ExecutionArn", "Input", "InputDetails", "Name", "Output", "OutputDetails", "RedriveCount",
        "RedriveStatus", "RedriveStatusReason", "StartDate", "StateMachineArn", "Status", "StopDate",
    ]  # fmt: skip
    assert [(one["Input"], one["Output"], one["Status"]) for one in succeeded] == [
        ("1", "1", "SUCCEEDED"), ('{"é":2}', '{"é":2}', "SUCCEEDED"),
    ]  # fmt: skip
    assert succeeded[0]["ExecutionArn"].endswith(f":execution:StateMachine/L:{succeeded[0]['Name']}")
    assert succeeded[0]["StateMachineArn"].endswith(":stateMachine:StateMachine/L")
    (failed,) = json.loads((tmp_path / f"results/{map_run.id}/FAILED_0.json").read_text())
    assert list(failed)[:4] == ["Cause", "Error", "ExecutionArn", "Input"]
    assert (failed["Error"], failed["Cause"], failed["Status"]) == ("Bad", "no good", "FAILED")
    assert "Output" not in failed
    assert map_run.describe()["itemCounts"]["resultsWritten"] == 3


@pytest.mark.parametrize(
    ("config", "name", "text"),
    [
        ({"Transformation": "COMPACT", "OutputType": "JSON"}, "SUCCEEDED_0.json", "[[1,2],3]"),
        ({"Transformation": "FLATTEN", "OutputType": "JSON"}, "SUCCEEDED_0.json", "[1,2,3]"),
        ({"Transformation": "FLATTEN", "OutputType": "JSONL"}, "SUCCEEDED_0.jsonl", "1\n2\n3\n"),
    ],
)
def test_transformations_of_what_is_exported(
    run: Run, tmp_path: Path, config: Any, name: str, text: str
) -> None:
    execution = run(mapped(exporting(**config)), [[1, 2], 3], s3={"out": tmp_path})
    folder = tmp_path / "results" / execution.map_runs[0].id
    assert (folder / name).read_text() == text
    assert sorted(file.name for file in folder.iterdir()) == sorted([name, "manifest.json"])


@pytest.mark.parametrize(
    ("transformation", "output"),
    [("COMPACT", [[1, 2], 3]), ("FLATTEN", [1, 2, 3])],
)
def test_a_result_that_becomes_the_output(run: Run, transformation: str, output: Any) -> None:
    writer = {"WriterConfig": {"Transformation": transformation, "OutputType": "JSON"}}
    assert run(mapped(writer), [[1, 2], 3]).output == output


def test_with_none_the_output_tells_of_the_executions(run: Run) -> None:
    output = run(mapped({"WriterConfig": {"Transformation": "NONE", "OutputType": "JSON"}}), [1]).output
    assert output[0]["Output"] == "1"


def test_what_had_not_begun_when_the_map_failed(run: Run, tmp_path: Path) -> None:
    execution = run(mapped(exporting(), {"MaxConcurrency": 1}), [1, "x", 3, 4], s3={"out": tmp_path})
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    folder = tmp_path / "results" / execution.map_runs[0].id
    shown = {file.stem: json.loads(file.read_text()) for file in folder.glob("*_0.json")}
    assert {name: [one["Input"] for one in records] for name, records in shown.items()} == {
        "SUCCEEDED_0": ["1"], "FAILED_0": ['"x"'], "PENDING_0": ["3", "4"],
    }  # fmt: skip
    assert shown["PENDING_0"][0]["Status"] == "PENDING"
    assert (folder / "manifest.json").exists()


def test_a_disk_that_is_full_loses_nothing_that_was_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = [1_000_000]
    real = FileUpload.write

    def write(self: FileUpload, data: bytes) -> None:
        if len(data) > room[0]:
            self._file.write(data[: room[0]])
            raise OSError(errno.ENOSPC, "No space left on device")
        room[0] -= len(data)
        real(self, data)

    monkeypatch.setattr(FileUpload, "write", write)
    items = [{"n": n, "text": "x" * 1000} for n in range(1000)]
    source = tmp_path / "in" / "items.json"
    source.parent.mkdir()
    source.write_text(json.dumps(items))
    fields = {
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "Parameters": {"Bucket": "in", "Key": "items.json"},
        }
    }
    execution = run(mapped(exporting(), fields), s3={"out": tmp_path, "in": tmp_path / "in"})
    assert execution.error == "States.ResultWriterFailed"
    assert execution.cause.endswith("No space left on device.")
    (file,) = (tmp_path / "results" / execution.map_runs[0].id).iterdir()
    written = json.loads(file.read_text())
    assert 100 < len(written) < 1000
    assert [json.loads(one["Input"])["n"] for one in written] == [*range(len(written))]


def test_a_place_that_is_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    execution = run(mapped(exporting()), [1], s3={"out": tmp_path})
    assert execution.error == "States.ResultWriterFailed"
    assert "The results cannot be written to s3://out/results/" in execution.cause

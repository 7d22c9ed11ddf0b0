"""What an ItemReader reads, from folders that stand for buckets."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import aslrun

Run = Callable[..., Any]
Put = Callable[[str, str | bytes], Path]


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def put(bucket: Path) -> Put:
    """Put an object into the bucket `data`."""

    def put(key: str, content: str | bytes) -> Path:
        file = bucket / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return put


def reading(
    action: str = "getObject", config: Any = None, language: str = "JSONPath", **arguments: Any
) -> Any:
    reader: dict[str, Any] = {"Resource": f"arn:aws:states:::s3:{action}"}
    reader["Parameters" if language == "JSONPath" else "Arguments"] = {"Bucket": "data", **arguments}
    if config is not None:
        reader["ReaderConfig"] = config
    return {
        "Each": {
            "Type": "Map",
            "QueryLanguage": language,
            "ItemReader": reader,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Keep",
                "States": {"Keep": {"Type": "Pass", "End": True}},
            },
            "End": True,
        }
    }


def test_a_csv_of_a_bucket_that_is_a_folder(run: Run, put: Put, bucket: Path) -> None:
    put("in/file.csv", "a,b\n1,2\n")
    config = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
    execution = run(reading(config=config, Key="in/file.csv"), s3={"data": bucket})
    assert execution.output == [{"a": "1", "b": "2"}]
    assert execution.history[2]["mapStateStartedEventDetails"] == {"length": 0}


def test_buckets_of_aslrun_toml(put: Put, bucket: Path) -> None:
    put("a.json", "[1, 2]")
    (bucket.parent / "aslrun.toml").write_text('[s3]\n"data" = "data"\n')
    definition = {"StartAt": "Each", "States": reading(Key="a.json")}
    file = bucket.parent / "m.asl.json"
    file.write_text(json.dumps(definition))
    assert aslrun.load(file).execute().output == [1, 2]


def test_what_the_context_object_tells_of_an_item(run: Run, put: Put, bucket: Path) -> None:
    put("a.json", '{"k": 5}')
    states = reading(Key="a.json")
    states["Each"]["ItemSelector"] = {"item.$": "$$.Map.Item"}
    (shown,) = run(states, s3={"data": bucket}).output
    assert shown["item"] == {"Index": 0, "Key": "k", "Value": 5, "Source": "S3://data/a.json"}


def test_items_path_selects_in_what_is_read(run: Run, put: Put, bucket: Path) -> None:
    put("a.json", '{"rows": [1, 2]}')
    states = reading(Key="a.json")
    states["Each"]["ItemsPath"] = "$.rows"
    assert run(states, s3={"data": bucket}).output == [1, 2]


def test_jsonata_in_a_reader(run: Run, put: Put, bucket: Path) -> None:
    put("a.json", "[1, 2, 3]")
    config = {"InputType": "JSON", "MaxItems": "{% $states.input.most %}"}
    states = reading(config=config, language="JSONata", Key="{% $states.input.key %}")
    assert run(states, {"key": "a.json", "most": 2}, s3={"data": bucket}).output == [1, 2]


def test_a_list_of_objects(run: Run, put: Put, bucket: Path) -> None:
    for key in ("in/b.txt", "in/a/1.txt", "in/a-b.txt", "other.txt"):
        put(key, "xyz")
    listed = run(reading("listObjectsV2", Prefix="in/"), s3={"data": bucket}).output
    assert [one["Key"] for one in listed] == ["in/a-b.txt", "in/a/1.txt", "in/b.txt"]
    assert list(listed[0]) == ["Etag", "Key", "LastModified", "Size", "StorageClass"]
    assert (listed[0]["Size"], listed[0]["StorageClass"]) == (3, "STANDARD")
    some = run(reading("listObjectsV2", Prefix="in/a"), s3={"data": bucket}).output
    assert [one["Key"] for one in some] == ["in/a-b.txt", "in/a/1.txt"]
    assert len(run(reading("listObjectsV2"), s3={"data": bucket}).output) == 4


def test_the_items_of_all_objects_in_a_list(run: Run, put: Put, bucket: Path) -> None:
    put("logs/1.jsonl", "1\n2\n")
    put("logs/2.jsonl", gzip.compress(b"3\n"))
    config = {"InputType": "JSONL", "Transformation": "LOAD_AND_FLATTEN"}
    states = reading("listObjectsV2", config, Prefix="logs/")
    states["Each"]["ItemSelector"] = {"v.$": "$$.Map.Item.Value", "from.$": "$$.Map.Item.Source"}
    found = run(states, s3={"data": bucket}).output
    assert found == [
        {"v": 1, "from": "S3://data/logs/1.jsonl"},
        {"v": 2, "from": "S3://data/logs/1.jsonl"},
        {"v": 3, "from": "S3://data/logs/2.jsonl"},
    ]


@pytest.mark.parametrize("config", [{"InputType": "MANIFEST"}, {"ManifestType": "S3_INVENTORY"}])
def test_an_inventory(run: Run, put: Put, bucket: Path, config: Any) -> None:
    put("inv/1.csv.gz", gzip.compress(b'"src","a%20b","5"\n'))
    put("inv/2.csv", '"src","c","6"\n')
    manifest = {
        "sourceBucket": "src",
        "destinationBucket": "arn:aws:s3:::data",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "inv/1.csv.gz"}, {"key": "inv/2.csv"}],
    }
    put("inv/manifest.json", json.dumps(manifest))
    assert run(reading(config=config, Key="inv/manifest.json"), s3={"data": bucket}).output == [
        {"Bucket": "src", "Key": "a%20b", "Size": "5"},
        {"Bucket": "src", "Key": "c", "Size": "6"},
    ]


def test_a_manifest_of_athena(run: Run, put: Put, bucket: Path) -> None:
    put("out/1", gzip.compress(b'{"n": 1}\n'))
    put("out/2", '{"n": 2}\n')
    put("m.csv", '"s3://data/out/1"\ns3://data/out/2\n')
    config = {"ManifestType": "ATHENA_DATA", "InputType": "JSONL"}
    execution = run(reading(config=config, Key="m.csv"), s3={"data": bucket})
    assert execution.output == [{"n": 1}, {"n": 2}]


def test_parquet(run: Run, bucket: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    bucket.mkdir()
    table = pyarrow.table({"n": [1, 2], "name": ["a", None], "raw": [b"\x00", b"\x01"]})
    parquet.write_table(table, bucket / "t.parquet")
    execution = run(reading(config={"InputType": "PARQUET"}, Key="t.parquet"), s3={"data": bucket})
    assert execution.output == [{"n": 1, "name": "a", "raw": "AA=="}, {"n": 2, "name": None, "raw": "AQ=="}]


def test_what_is_no_parquet(run: Run, put: Put, bucket: Path) -> None:
    pytest.importorskip("pyarrow")
    put("t.parquet", "n,name\n")
    execution = run(reading(config={"InputType": "PARQUET"}, Key="t.parquet"), s3={"data": bucket})
    assert execution.error == "States.ItemReaderFailed"
    assert execution.cause.startswith("s3://data/t.parquet cannot be read as PARQUET: it is not Parquet")


@pytest.mark.parametrize(
    ("action", "config", "arguments", "told"),
    [
        ("getObject", None, {"Key": "none.json"}, "The specified key does not exist: s3://data/none.json"),
        ("getObject", None, {"Key": "../a.json"}, "The key ../a.json is no path in the folder"),
        ("getObject", None, {}, "The ItemReader needs a Key, a text."),
        ("getObject", {"ManifestType": "ATHENA_DATA"}, {"Key": "bad"}, "line 1 is no S3 URI"),
        ("getObject", {"ManifestType": "ATHENA_DATA"}, {"Key": "lost"}, "s3://data/nowhere"),
        ("getObject", {"InputType": "MANIFEST"}, {"Key": "bad"}, "manifest of S3_INVENTORY: it is not JSON"),
        ("getObject", {"InputType": "MANIFEST"}, {"Key": "orc"}, "its fileFormat is ORC, and only CSV"),
    ],
)
def test_what_is_not_there_or_no_manifest(
    run: Run, put: Put, bucket: Path, action: str, config: Any, arguments: Any, told: str
) -> None:
    put("bad", "x\n")
    put("lost", "s3://data/nowhere\n")
    put("orc", '{"fileFormat": "ORC"}')
    execution = run(reading(action, config, **arguments), s3={"data": bucket})
    assert execution.error == "States.ItemReaderFailed"
    assert told in execution.cause
    assert [event["type"] for event in execution.history][3:] == [
        "MapRunStarted", "MapRunFailed", "MapStateFailed", "ExecutionFailed",
    ]  # fmt: skip


def test_a_bucket_whose_folder_is_not_there(run: Run, bucket: Path) -> None:
    for states in (reading("listObjectsV2"), reading(Key="a.json")):
        execution = run(states, s3={"data": bucket})
        assert execution.cause.startswith("The specified bucket does not exist: data")


def test_a_bucket_that_is_nowhere(run: Run) -> None:
    execution = run(reading(Key="a"), aws="off")
    assert execution.status == "ABORTED"
    assert 'the bucket "data" is nowhere: [s3] "data" = "FOLDER" in aslrun.toml' in execution.cause


def test_a_bucket_of_the_local_aws(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from aslrun.services.places import Aws

    class Client:
        def list_objects_v2(self, **arguments: Any) -> Any:
            assert arguments == {"Bucket": "data", "Prefix": "in/"}
            listed = {"Key": "in/a.jsonl", "Size": 4, "LastModified": datetime.now(UTC), "ETag": '"e"'}
            return {"Contents": [listed], "IsTruncated": False}

        def get_object(self, **arguments: Any) -> Any:
            assert arguments == {"Bucket": "data", "Key": "in/a.jsonl"}
            return {"Body": io.BytesIO(b"1\n2\n")}

    monkeypatch.setattr(Aws, "client", lambda self, service: Client())
    config = {"InputType": "JSONL", "Transformation": "LOAD_AND_FLATTEN"}
    assert run(reading("listObjectsV2", config, Prefix="in/"), aws="local").output == [1, 2]


def test_buckets_that_are_no_folders(tmp_path: Path) -> None:
    (tmp_path / "aslrun.toml").write_text("[s3]\ndata = 3\n")
    file = tmp_path / "m.asl.json"
    file.write_text(json.dumps({"StartAt": "Each", "States": reading(Key="a.json")}))
    with pytest.raises(aslrun.UsageError, match=r"\[s3\] must be a table of folders by buckets"):
        aslrun.load(file).execute()

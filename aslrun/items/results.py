"""What a ResultWriter exports: a file for each status, and a manifest. Documentation: "ResultWriter (Map)".

`PREFIX/MAP-RUN/SUCCEEDED_0.json`, `FAILED_0.json`, `PENDING_0.json` and `manifest.json`. What a redrive
exports goes to `PREFIX/MAP-RUN/Redrive-1/`, whose manifest names the files from before as well (observed on
AWS by others). Records are written as they come. Where something cannot be written, what has been is kept: a
file ends with its last whole record.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from aslrun.errors import StateError
from aslrun.interpreter.items import OpenResults
from aslrun.items.sources import NoSuchObject, ObjectStore, Sources, Upload
from aslrun.values import JSON

LARGEST_FILE = 5 * 1024**3
"""Bytes of a file, after which another one is begun: what S3 takes at once."""
WAITING = 256 * 1024
"""Bytes that wait until they are written."""
STATUSES = ("FAILED", "PENDING", "SUCCEEDED")


ResultFiles: TypeAlias = "dict[str, list[dict[str, JSON]]]"
"""The files of each status, in the manifest."""


def no_files() -> ResultFiles:
    """Return the files of a Map Run that has exported none."""
    return {name: [] for name in STATUSES}


def writer_failed(cause: str) -> StateError:
    """Return States.ResultWriterFailed with its cause."""
    return StateError("States.ResultWriterFailed", cause)


@dataclass(slots=True)
class ResultFile:
    """A file that is being written: up to `whole`, which is behind a whole record; what follows waits."""

    key: str
    upload: Upload
    waiting: bytearray = field(default_factory=bytearray)
    whole: int = 0

    def add(self, data: bytes) -> None:
        """Add a record with what separates it from others."""
        self.waiting += data
        if len(self.waiting) > WAITING:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        self.upload.write(bytes(self.waiting))
        self.waiting.clear()
        self.whole = self.upload.position()


@dataclass(slots=True)
class WriteResults:
    """The files of one Map Run."""

    store: ObjectStore
    bucket: str
    folder: str
    map_run: str
    lines: bool
    largest: int = LARGEST_FILE
    open: dict[str, ResultFile] = field(default_factory=dict)
    files: ResultFiles = field(default_factory=no_files)
    earlier: ResultFiles = field(default_factory=no_files)

    def write(self, status: str, records: list[str]) -> None:
        try:
            for record in records:
                self._add(status, record.encode("utf-8", "surrogatepass"))
        except (OSError, NoSuchObject) as wrong:
            self._salvage()
            raise self._failed(wrong) from None

    def close(self) -> JSON:
        key = f"{self.folder}manifest.json"
        try:
            for status in [*self.open]:
                self._finish(status)
            manifest = {
                "DestinationBucket": self.bucket,
                "MapRunArn": self.map_run,
                "ResultFiles": {name: self.earlier[name] + self.files[name] for name in STATUSES},
            }
            upload = self.store.create(self.bucket, key)
            upload.write(json.dumps(manifest, ensure_ascii=False, separators=(",", ":")).encode())
            upload.close()
        except (OSError, NoSuchObject) as wrong:
            self._salvage()
            raise self._failed(wrong) from None
        return {"Bucket": self.bucket, "Key": key}

    def _add(self, status: str, record: bytes) -> None:
        file = self.open.get(status)
        if file is not None and file.whole + len(file.waiting) + len(record) > self.largest:
            self._finish(status)
            file = None
        is_first = file is None
        if file is None:
            number = len(self.files[status])
            key = f"{self.folder}{status}_{number}.{'jsonl' if self.lines else 'json'}"
            file = self.open[status] = ResultFile(key, self.store.create(self.bucket, key))
        if self.lines:
            file.add(record + b"\n")
        else:
            file.add((b"[" if is_first else b",") + record)

    def _finish(self, status: str) -> None:
        file = self.open[status]
        file.flush()
        if not self.lines:
            file.upload.write(b"]")
        file.upload.close()
        del self.open[status]
        self.files[status].append({"Key": file.key, "Size": file.upload.position()})

    def _salvage(self) -> None:
        """Finish the files with what they have, as well as that can be done: what is cut off makes room for
        the end."""
        for file in self.open.values():
            with suppress(OSError, NoSuchObject):
                if file.whole:
                    file.upload.close(file.whole, b"" if self.lines else b"]")
                else:
                    file.upload.discard()
        self.open.clear()

    def _failed(self, wrong: Exception) -> StateError:
        told = getattr(wrong, "strerror", None) or str(wrong)
        return writer_failed(f"The results cannot be written to s3://{self.bucket}/{self.folder}: {told}.")


def open_results(request: OpenResults, sources: Sources) -> WriteResults:
    """Return what writes the results of a Map Run; StateError States.ResultWriterFailed for a place that is
    none, UsageError for a bucket that is nowhere."""
    bucket, folder = place_of(request)
    store = sources.of(bucket)
    made = WriteResults(store, bucket, folder, request.map_run, request.lines)
    if request.redrives:
        before = replace(request, redrives=request.redrives - 1)
        made.earlier = exported_files(store, bucket, f"{place_of(before)[1]}manifest.json")
    return made


def exported_files(store: ObjectStore, bucket: str, manifest: str) -> ResultFiles:
    """Return the files of a manifest; none where it cannot be read."""
    try:
        with store.open(bucket, manifest) as stream:
            files: ResultFiles = json.loads(stream.read())["ResultFiles"]
            return {status: [*files[status]] for status in STATUSES}
    except (OSError, NoSuchObject, ValueError, KeyError, TypeError):
        return no_files()


@dataclass(frozen=True, slots=True)
class Unwritten:
    """Results that are not written, for they were before: an execution is run again for its history."""

    request: OpenResults

    def write(self, status: str, records: list[str]) -> None:
        """Nothing is written."""

    def close(self) -> JSON:
        """Return where the manifest is."""
        bucket, folder = place_of(self.request)
        return {"Bucket": bucket, "Key": f"{folder}manifest.json"}


def place_of(request: OpenResults) -> tuple[str, str]:
    """Return the bucket and the folder that the results of a Map Run go to; StateError
    States.ResultWriterFailed for a place that is none."""
    arguments = request.arguments if isinstance(request.arguments, dict) else {}
    bucket, prefix = arguments.get("Bucket"), arguments.get("Prefix", "")
    if not isinstance(bucket, str) or not bucket:
        raise writer_failed("The ResultWriter needs a Bucket, a text.")
    if not isinstance(prefix, str):
        raise writer_failed("The Prefix of the ResultWriter must be a text.")
    if prefix and not prefix.endswith("/"):
        prefix += "/"
    redriven = f"Redrive-{request.redrives}/" if request.redrives else ""
    return bucket, f"{prefix}{request.map_run.rpartition(':')[2]}/{redriven}"

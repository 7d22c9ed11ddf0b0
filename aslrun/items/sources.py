"""Where objects are: folders that stand for buckets, and whatever else answers for S3.

A folder is read straight from the disk: `[s3] "bucket" = "folder"` in aslrun.toml. A key is a path in it,
with slashes; none leads out of it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from aslrun.document import read_toml
from aslrun.errors import UsageError
from aslrun.items.read_ahead import ReadAhead


class NoSuchObject(Exception):
    """An object or bucket that is not there; `str()` of it says so in S3's words."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An object in a list. `modified` is seconds since the epoch, `etag` with its quotes."""

    key: str
    size: int
    modified: float
    etag: str
    storage_class: str = "STANDARD"


class Upload(Protocol):
    """An object that is being written. Nothing is there under its key before it is closed."""

    def write(self, data: bytes) -> None:
        """Add data, all of it, or raise OSError."""

    def position(self) -> int:
        """Return how many bytes have been written."""

    def close(self, length: int | None = None, end: bytes = b"") -> None:
        """Put it there: what has been written, or its first `length` bytes and `end`."""

    def discard(self) -> None:
        """Let it be: nothing is put there."""


class ObjectStore(Protocol):
    """What answers for S3. All raise NoSuchObject, and OSError for what else goes wrong."""

    def open(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        """Return a stream of an object's bytes."""

    def list(self, bucket: str, prefix: str) -> Iterator[Listed]:
        """Yield the objects whose keys begin with `prefix`, in the order of their keys' bytes."""

    def create(self, bucket: str, key: str) -> Upload:
        """Begin to write an object."""


class Folders:
    """An `ObjectStore` of folders, by the buckets that they stand for."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self.folders = folders

    def open(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        file = self._file(bucket, key)
        if not file.is_file():
            self._check_folder(bucket)
            raise NoSuchObject(f"The specified key does not exist: s3://{bucket}/{key} ({file})")
        return open(file, "rb")

    def list(self, bucket: str, prefix: str) -> Iterator[Listed]:
        root = self._check_folder(bucket)
        # Only the folder that the prefix leads to is walked through.
        begin = prefix.rpartition("/")[0]
        place = self._file(bucket, begin) if begin else root
        yield from _walk(place, f"{begin}/" if begin else "", prefix)

    def create(self, bucket: str, key: str) -> Upload:
        return FileUpload(self._file(bucket, key))

    def _folder(self, bucket: str) -> Path:
        return self.folders[bucket]

    def _check_folder(self, bucket: str) -> Path:
        root = self._folder(bucket)
        if not root.is_dir():
            raise NoSuchObject(f"The specified bucket does not exist: {bucket} ({root})")
        return root

    def _file(self, bucket: str, key: str) -> Path:
        parts = key.split("/")
        strange = any(part in (".", "..") or "\0" in part for part in parts)
        if strange or (os.name == "nt" and any(character in key for character in '\\:*?"<>|')):
            raise NoSuchObject(f"The key {key} is no path in the folder {self._folder(bucket)}")
        return self._folder(bucket).joinpath(*(part for part in parts if part))


def _walk(folder: Path, before: str, prefix: str) -> Iterator[Listed]:
    """Yield the files below a folder; `before` is the part of the key that leads to it."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        # As S3 sorts: a folder as if its name ended in the slash.
        found = sorted((f"{entry.name}/" if entry.is_dir() else entry.name, entry) for entry in entries)
    found.sort(key=lambda one: one[0].encode("utf-8", "surrogateescape"))
    for name, entry in found:
        key = before + name
        if name.endswith("/"):
            if key.startswith(prefix) or prefix.startswith(key):
                yield from _walk(Path(entry.path), key, prefix)
        elif key.startswith(prefix):
            status = entry.stat()
            # S3 promises no more of an ETag than that it changes with the content.
            etag = f'"{status.st_size:x}-{status.st_mtime_ns:x}"'
            yield Listed(key, status.st_size, status.st_mtime, etag)


class FileUpload:
    """A file that is written beside its place, and renamed."""

    def __init__(self, target: Path) -> None:
        self._target = target
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, self._temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        # Without a buffer: what `write` has taken is in the file, all of it.
        self._file = os.fdopen(descriptor, "wb", 0)
        self._position = 0

    def write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]
        self._position += len(data)

    def position(self) -> int:
        return self._position

    def close(self, length: int | None = None, end: bytes = b"") -> None:
        try:
            with self._file as file:
                if length is not None:
                    file.truncate(length)
                    file.seek(length)
                    file.write(end)
            os.chmod(self._temporary, 0o666 & ~_umask())
            os.replace(self._temporary, self._target)
        except OSError:
            self.discard()
            raise

    def discard(self) -> None:
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            os.unlink(self._temporary)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class ClientStore:
    """An `ObjectStore` of whatever an S3 client of boto3 or botocore reaches."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def open(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        more = {} if version is None else {"VersionId": version}
        body = self._call("get_object", Bucket=bucket, Key=key, **more)["Body"]
        return cast("BinaryIO", ReadAhead(body))

    def list(self, bucket: str, prefix: str) -> Iterator[Listed]:
        more: dict[str, str] = {}
        while True:
            page = self._call("list_objects_v2", Bucket=bucket, Prefix=prefix, **more)
            for one in page.get("Contents", ()):
                yield Listed(
                    one["Key"],
                    one["Size"],
                    one["LastModified"].timestamp(),
                    one["ETag"],
                    one.get("StorageClass", "STANDARD"),
                )
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def create(self, bucket: str, key: str) -> Upload:
        return ClientUpload(self, bucket, key)

    def put(self, bucket: str, key: str, body: BinaryIO) -> None:
        self._call("put_object", Bucket=bucket, Key=key, Body=body)

    def _call(self, operation: str, **arguments: Any) -> Any:
        try:
            return getattr(self._client, operation)(**arguments)
        except Exception as wrong:
            told = getattr(wrong, "response", None)
            if not isinstance(told, dict):
                raise OSError(str(wrong)) from None
            error = told.get("Error", {})
            status = told.get("ResponseMetadata", {}).get("HTTPStatusCode")
            code, message = error.get("Code"), error.get("Message", "")
            text = f"{message} (Service: Amazon S3; Status Code: {status}; Error Code: {code})"
            if code in ("NoSuchKey", "NoSuchBucket", "NoSuchVersion", "404"):
                raise NoSuchObject(text) from None
            raise OSError(text) from None


class ClientUpload:
    """An object that is collected in a temporary file, and sent when it is closed."""

    def __init__(self, store: ClientStore, bucket: str, key: str) -> None:
        self._store, self._bucket, self._key = store, bucket, key
        self._file = tempfile.SpooledTemporaryFile(8 * 1024 * 1024)  # noqa: SIM115
        self._position = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._position += len(data)

    def position(self) -> int:
        return self._position

    def close(self, length: int | None = None, end: bytes = b"") -> None:
        with self._file as file:
            if length is not None:
                file.truncate(length)
                file.seek(length)
                file.write(end)
            file.seek(0)
            self._store.put(self._bucket, self._key, file)  # type: ignore[arg-type]

    def discard(self) -> None:
        self._file.close()


class Both:
    """An `ObjectStore` of a bucket that a folder stands for, once Tasks have used the local AWS that was
    given the folder's content at the start: objects are read there, and written to both."""

    def __init__(self, folders: Folders, client: ClientStore) -> None:
        self._folders, self._client = folders, client

    def open(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        return self._client.open(bucket, key, version)

    def list(self, bucket: str, prefix: str) -> Iterator[Listed]:
        return self._client.list(bucket, prefix)

    def create(self, bucket: str, key: str) -> Upload:
        return BothUploads(self._folders.create(bucket, key), self._client.create(bucket, key))


class BothUploads:
    """Two objects that are written at once."""

    def __init__(self, first: Upload, second: Upload) -> None:
        self._first, self._second = first, second

    def write(self, data: bytes) -> None:
        self._first.write(data)
        self._second.write(data)

    def position(self) -> int:
        return self._first.position()

    def close(self, length: int | None = None, end: bytes = b"") -> None:
        self._first.close(length, end)
        self._second.close(length, end)

    def discard(self) -> None:
        self._first.discard()
        self._second.discard()


class Sources:
    """Which store has a bucket: a folder of aslrun.toml, else what `client` gives, an S3 client.

    `is_used` tells whether Tasks have used the local AWS: see `Both`.
    """

    def __init__(
        self,
        folders: Mapping[str, Path],
        client: Callable[[], Any] | None = None,
        where: str = "aslrun.toml",
        is_used: Callable[[], bool] = lambda: False,
    ) -> None:
        self._folders = Folders(folders)
        self._client = client
        self._where = where
        self._is_used = is_used
        self._remote: ClientStore | None = None

    def of(self, bucket: str) -> ObjectStore:
        """Return the store of a bucket; UsageError where there is none."""
        if bucket in self._folders.folders:
            if self._client is not None and self._is_used():
                return Both(self._folders, ClientStore(self._client()))
            return self._folders
        if self._remote is None:
            nowhere = (
                f'the bucket "{bucket}" is nowhere: [s3] "{bucket}" = "FOLDER" in {self._where} says'
                " which folder stands for it"
            )
            if self._client is None:
                raise UsageError(nowhere)
            try:
                self._remote = ClientStore(self._client())
            except UsageError as none:
                raise UsageError(f"{nowhere}; {none}") from None
        return self._remote


def bucket_folders(folder: Path | None) -> Mapping[str, Path]:
    """Return the folders that stand for buckets, of `[s3]` in the aslrun.toml in `folder`; UsageError for
    what is wrong with it."""
    file = None if folder is None else folder / "aslrun.toml"
    if file is None or not file.is_file():
        return {}
    given = read_toml(file).get("s3", {})
    if not isinstance(given, dict) or not all(isinstance(one, str) for one in given.values()):
        raise UsageError(f'{file}: [s3] must be a table of folders by buckets, such as "my-bucket" = "data"')
    return {bucket: file.parent / place for bucket, place in given.items()}

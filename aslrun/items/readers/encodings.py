"""Compressed objects: told by their first bytes, whatever they are named. gzip is read by Python itself,
Zstandard from CPython 3.14 on, or with zstandard (`aslrun[zstd]`)."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO, cast

from aslrun.items.readers.failures import Malformed

BUFFER = 1024 * 1024
"""Bytes that are read ahead."""
COMPRESSED = 16 * 1024
"""Bytes that are decompressed at once."""


@contextmanager
def decompressed(stream: BinaryIO) -> Iterator[BinaryIO]:
    """Give a stream of what is in a compressed one, and of any other as it is, and close all at the end;
    Malformed where this Python cannot read the encoding."""
    with ExitStack() as opened:
        buffered = opened.enter_context(io.BufferedReader(cast("io.RawIOBase", stream), BUFFER))
        start = buffered.peek(4)[:4]
        if start.startswith(b"\x1f\x8b"):
            plain = opened.enter_context(gzip.GzipFile(fileobj=buffered))
        elif start == b"\x28\xb5\x2f\xfd":
            plain = opened.enter_context(_zstandard()(buffered))
        else:
            yield buffered
            return
        yield opened.enter_context(io.BufferedReader(cast("io.RawIOBase", plain), BUFFER))


def _zstandard() -> Callable[[BinaryIO], Any]:
    try:
        from compression import zstd

        opened: Callable[[BinaryIO], Any] = zstd.ZstdFile
        return opened
    except ImportError:
        pass
    try:
        import zstandard
    except ImportError:
        raise Malformed(
            "it is compressed with Zstandard, which takes CPython 3.14 or zstandard:"
            " pip install 'aslrun[zstd]'"
        ) from None
    return lambda stream: Frames(stream, zstandard.ZstdDecompressor().decompressobj, zstandard.ZstdError)


class Frames(io.RawIOBase):
    """What is in the frames of a Zstandard stream, one after the other, through the package zstandard, whose
    own reader takes a stream that is cut off for one that is whole."""

    def __init__(self, stream: BinaryIO, begin: Callable[[], Any], wrong: type[Exception]) -> None:
        self._stream, self._begin, self._wrong = stream, begin, wrong
        self._frame: Any = None
        self._compressed = b""
        self._plain = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer with what is there; 0 at the end."""
        while not self._plain:
            data = self._compressed or self._stream.read(COMPRESSED)
            if not data:
                if self._frame is not None:
                    raise EOFError("the compressed data ends early")
                return 0
            self._decompress(data)
        size = min(len(buffer), len(self._plain))
        buffer[:size] = self._plain[:size]
        self._plain = self._plain[size:]
        return size

    def _decompress(self, data: bytes) -> None:
        if self._frame is None:
            self._frame = self._begin()
        try:
            self._plain = memoryview(self._frame.decompress(data))
        except self._wrong as wrong:
            raise OSError(str(wrong)) from None
        self._compressed = b""
        if self._frame.eof:
            self._compressed, self._frame = self._frame.unused_data, None

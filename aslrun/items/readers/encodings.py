"""Compressed objects: told by their first bytes, whatever they are named. gzip is read by Python itself,
Zstandard from CPython 3.14 on, or with the package zstandard."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from aslrun.items.readers.failures import Malformed

BUFFER = 1024 * 1024
"""Bytes that are read ahead."""


def decompressed(stream: BinaryIO) -> BinaryIO:
    """Return a stream of what is in a compressed one, and of any other as it is; Malformed where this Python
    cannot read the encoding."""
    buffered = io.BufferedReader(cast("io.RawIOBase", stream), BUFFER)
    start = buffered.peek(4)[:4]
    if start.startswith(b"\x1f\x8b"):
        return io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=buffered)), BUFFER)
    if start == b"\x28\xb5\x2f\xfd":
        return io.BufferedReader(_zstandard()(buffered), BUFFER)
    return buffered


def _zstandard() -> Callable[[BinaryIO], Any]:
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]

        opened: Callable[[BinaryIO], Any] = zstd.ZstdFile
        return opened
    except ImportError:
        pass
    try:
        from zstandard import ZstdDecompressor  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise Malformed(
            "it is compressed with Zstandard, which takes CPython 3.14 or the package zstandard"
        ) from None
    return lambda stream: ZstdDecompressor().stream_reader(stream, read_across_frames=True)

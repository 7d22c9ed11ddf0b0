"""Compressed objects: told by their first bytes, whatever they are named. gzip is read by Python itself,
Zstandard from CPython 3.14 on, or with the package zstandard."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO, cast

from aslrun.items.readers.failures import Malformed

BUFFER = 1024 * 1024
"""Bytes that are read ahead."""


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
        from zstandard import ZstdDecompressor
    except ImportError:
        raise Malformed(
            "it is compressed with Zstandard, which takes CPython 3.14 or the package zstandard"
        ) from None
    return lambda stream: ZstdDecompressor().stream_reader(stream, read_across_frames=True)

"""Bytes that are read ahead of those who read them."""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest

from aslrun.items import read_ahead
from aslrun.items.read_ahead import BLOCK, BLOCKS, ReadAhead


class Body:
    """Gives `blocks` blocks; raises `wrong` after them."""

    def __init__(self, blocks: int, wrong: Exception | None = None) -> None:
        self.blocks = blocks
        self.wrong = wrong
        self.read_blocks = 0
        self.is_full = threading.Event()
        self.closed = threading.Event()

    def read(self, size: int, /) -> bytes:
        assert size == BLOCK
        if self.read_blocks == self.blocks:
            if self.wrong is not None:
                raise self.wrong
            return b""
        self.read_blocks += 1
        if self.read_blocks == BLOCKS + 1:
            self.is_full.set()
        return bytes([self.read_blocks % 251]) * (size if self.read_blocks % 2 else 7)

    def close(self) -> None:
        self.closed.set()


def test_what_is_read_is_what_is_there() -> None:
    data = bytes(range(256)) * 9000
    with io.BufferedReader(ReadAhead(io.BytesIO(data)), 1000) as stream:
        assert stream.read() == data
    assert ReadAhead(io.BytesIO(b"")).read() == b""


def test_no_more_is_held_than_a_few_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_ahead, "PATIENCE", 0.001)
    body = Body(1000)
    stream = ReadAhead(body)
    assert stream.read(1) == b"\x01"
    assert body.is_full.wait(30)
    assert body.read_blocks <= BLOCKS + 2  # those that wait, the one in hand, and the one that is put
    stream.close()
    assert body.closed.wait(30)


def test_a_connection_that_breaks_is_told_after_what_was_read() -> None:
    class IncompleteRead(Exception):
        """As urllib3 has it: no OSError."""

    stream = ReadAhead(Body(1, IncompleteRead("3 bytes read, 5 more expected")))
    assert len(stream.read(BLOCK)) == BLOCK
    with pytest.raises(OSError, match="3 bytes read, 5 more expected"):
        stream.read(1)


def test_what_nobody_reads_is_closed() -> None:
    body: Any = Body(3)
    ReadAhead(body).close()
    assert body.closed.is_set()
    assert body.read_blocks == 0

"""The lines of a file. Only newlines end them: what else Unicode takes for one (U+2028, U+0085, a form feed,
a lone carriage return) is text. Documentation: "How Step Functions parses input CSV files"."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from aslrun.items.readers.failures import Malformed

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes that a line may have: it is held as a whole. An item may have 256 KiB."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def text_lines(stream: BinaryIO) -> Iterator[str]:
    """Yield the lines of a UTF-8 text without their newlines; a carriage return before one stays.

    Raises Malformed, with the line's number, for what is not UTF-8 and for a line without an end.
    """
    for number, raw in enumerate(iter(partial(stream.readline, LONGEST_LINE), b""), 1):
        if number == 1:
            raw = raw.removeprefix(BYTE_ORDER_MARK)
        if len(raw) >= LONGEST_LINE and not raw.endswith(b"\n"):
            raise Malformed(f"line {number} has more than {LONGEST_LINE:,} bytes")
        try:
            line = raw.decode()
        except UnicodeDecodeError as wrong:
            where = f"line {number}, byte {wrong.start + 1}"
            raise Malformed(f"it is not UTF-8 ({where}: 0x{raw[wrong.start]:02x})") from None
        yield line.removesuffix("\n")

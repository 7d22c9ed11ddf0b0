"""Parquet, through pyarrow (`aslrun[parquet]`): a row is an object, read a row group's part at a time.

JSON has no dates, no bytes and no decimals: dates and times become ISO 8601 text, bytes base64 text, decimals
text with all their digits, NaN and infinities null. How the service writes them is not documented.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import io
import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from aslrun.errors import UsageError
from aslrun.items.readers.failures import Malformed
from aslrun.values import JSON

ROWS = 1_000
"""Rows that are held at once."""
HELD = 8 * 1024 * 1024
"""Bytes of an object that are held in memory where it cannot be read from any place; more go to a file."""


def read_parquet(stream: BinaryIO, config: Mapping[str, JSON]) -> Iterator[JSON]:
    """Yield the rows. Raises Malformed, and UsageError where pyarrow is missing."""
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        missing = "Parquet is read with pyarrow, which is not here: pip install 'aslrun[parquet]'"
        raise UsageError(missing) from None
    with _seekable(stream) as file:
        try:
            opened = ParquetFile(file)
            for batch in opened.iter_batches(batch_size=ROWS):
                for row in batch.to_pylist():
                    yield as_json(row)
        except (ArrowException, OSError, EOFError) as wrong:
            told = [*str(wrong).splitlines(), "it ends early"][0].rstrip(".")
            raise Malformed(f"it is not Parquet: {told}") from None


def _seekable(stream: BinaryIO) -> Any:
    """Return the stream, or its content in a temporary file: the table of contents is at its end."""
    if isinstance(stream, io.BufferedReader) and stream.seekable():
        return stream
    file = tempfile.SpooledTemporaryFile(HELD)  # noqa: SIM115
    shutil.copyfileobj(stream, file)
    file.seek(0)
    return file


def as_json(value: Any) -> JSON:
    """Return a value of Parquet as JSON."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): as_json(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(inner) for inner in value]
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    return str(value)

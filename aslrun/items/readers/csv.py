"""Text that a delimiter separates into fields. Documentation: "How Step Functions parses input CSV files".

Not the standard library's reader: that one ends records at what else is a line's end, has no backslashes
beside quotes, and leaves doubled quotes in a field without quotes as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from aslrun.items.readers.failures import Malformed
from aslrun.items.readers.lines import text_lines
from aslrun.values import JSON

DELIMITERS: Mapping[str, str] = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
"""The CSVDelimiter of a ReaderConfig."""
LONGEST_HEADERS = 10 * 1024
"""Bytes that headers may have. Documentation: "ItemReader (Map)", CSVHeaderLocation."""


def read_csv(stream: BinaryIO, config: Mapping[str, JSON]) -> Iterator[JSON]:
    """Yield the rows as objects of texts: fields that a row lacks are empty, those past the headers are left
    out (recorded). Raises Malformed."""
    delimiter = DELIMITERS.get(str(config.get("CSVDelimiter", "COMMA")), ",")
    records = split_records(text_lines(stream), delimiter)
    given = config.get("CSVHeaders") if config.get("CSVHeaderLocation") == "GIVEN" else None
    headers = [str(name) for name in given] if isinstance(given, list) else next(records, [])
    check_headers(headers)
    width = len(headers)
    for record in records:
        if len(record) < width:
            record += [""] * (width - len(record))
        yield dict(zip(headers, record, strict=False))


def check_headers(headers: list[str]) -> None:
    """Raise Malformed for names that are there twice (text as recorded), or too long in all."""
    if len(set(headers)) < len(headers):
        raise DuplicateHeaders("CSV headers cannot contain duplicates.")
    if len(",".join(headers).encode()) > LONGEST_HEADERS:
        raise Malformed(f"its headers have more than {LONGEST_HEADERS:,} bytes")


class DuplicateHeaders(Malformed):
    """A header that is there twice: the service's whole cause is known."""


def split_records(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    """Yield the fields of each record. Empty lines are none; a quoted field may go over several lines."""
    record = Record(delimiter)
    for number, line in enumerate(lines, 1):
        if record.is_open or '"' in line or "\\" in line:
            if not record.is_open:
                record.began = number
            if record.feed(line):
                yield record.fields
                record = Record(delimiter)
        else:
            line = line.removesuffix("\r")
            if line:
                yield line.split(delimiter)
    if record.is_open:
        raise Malformed(f"a quoted field that begins in line {record.began} is not closed")


class Record:
    """A record that has quotes or backslashes, taken apart line by line.

    Quotes around a field let it hold delimiters and newlines; a doubled quote is one quote, also in a field
    without quotes around it. A backslash before a quote, a backslash or the delimiter keeps that; before
    anything else it is dropped.
    """

    def __init__(self, delimiter: str) -> None:
        self.fields: list[str] = []
        self.is_open = False
        self.began = 0
        self._delimiter = delimiter
        self._special = re.compile(f'["\\\\{re.escape(delimiter)}]')
        self._parts: list[str] = []
        self._had_quotes = False
        self._size = 0

    def feed(self, line: str) -> bool:
        """Take the next line in; tell whether the record ends with it."""
        text = line.removesuffix("\r")
        self._size += len(line)
        if self._size > LONGEST_RECORD:
            raise Malformed(f"a quoted field that begins in line {self.began} is not closed")
        at = 0
        while (found := self._special.search(text, at)) is not None:
            self._parts.append(text[at : found.start()])
            at = self._take(text, found.start())
        self._parts.append(text[at:])
        if self.is_open:
            self._parts.append(line[len(text) :] + "\n")
            return False
        self._end_field()
        return True

    def _take(self, text: str, at: int) -> int:
        """Take the quote, backslash or delimiter at `at`; return where to go on."""
        character = text[at]
        following = text[at + 1 : at + 2]
        if character == "\\":
            if following and following in f'"\\{self._delimiter}':
                self._parts.append(following)
                return at + 2
            return at + 1
        if character != '"':
            if self.is_open:
                self._parts.append(character)
            else:
                self._end_field()
            return at + 1
        if self.is_open:
            if following == '"':
                self._parts.append('"')
                return at + 2
            self.is_open = False
            return at + 1
        return self._open(text, at)

    def _open(self, text: str, at: int) -> int:
        """Take a quote outside of quotes: at the beginning of a field it opens them, unless it is one of an
        even number of quotes that more text follows."""
        if not self._had_quotes and not any(self._parts):
            end = at
            while text[end : end + 1] == '"':
                end += 1
            if (end - at) % 2 or text[end : end + 1] in ("", self._delimiter):
                self.is_open = self._had_quotes = True
                return at + 1
        self._parts.append('"')
        return at + 2 if text[at + 1 : at + 2] == '"' else at + 1

    def _end_field(self) -> None:
        self.fields.append("".join(self._parts))
        self._parts.clear()
        self._had_quotes = False


LONGEST_RECORD = 64 * 1024 * 1024
"""Characters of a record that goes over several lines: it is held as a whole."""

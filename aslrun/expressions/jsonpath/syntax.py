"""The grammar of JSONPath as the service has it: text → segments, strictly, with remarks.

path      = root { segment }
root      = "$" | "$$" | "$" variable
segment   = "." name | [ "." ] "[" selector "]" | ".." (name | "*" | "[" selector "]") | ".*"
selector  = string { "," string } | int { "," int } | int ":" [int] | ":" int | "(@.length-" int ")"
          | "*" | "?" filter

It is that of JsonPath 2.0.0. What other versions have besides is read too: what the service makes of it, and
what to write instead, is a `Remark`.
"""

from __future__ import annotations

import re

from aslrun.expressions import ExpressionError
from aslrun.expressions.jsonpath import remarks
from aslrun.expressions.jsonpath.predicates import PredicateReader
from aslrun.expressions.jsonpath.segments import Descend, FromEnd, Slice, Wildcard
from aslrun.expressions.jsonpath.tree import Indices, Names, Path, Segment

MAX_SEGMENTS = 200
"""Segments of a path that is not plain; a plain one may have any number."""
MAX_INDEX = 2**31 - 1

_ROOT = re.compile(r"\$\$|\$[^\W\d]\w*|\$|@")
# The service ends a name at a dot or a bracket; what else may follow a path in a filter or in the arguments
# of an intrinsic ends it here too.
_NAME = re.compile(r"""[^\s.\[\]()=<>!&|,'"*?~+\\]+""")
_ARGUMENTS = re.compile(r"\([^()]*\)")
_INT = re.compile(r"-?\d+")
_FROM_END = re.compile(r"\(\s*@\.(?:length|size)\s*(?:\(\s*\))?\s*-\s*(\d+)\s*\)")
_STEP = re.compile(r"\s*:\s*(-?\d+)?")
_RANGE = re.compile(r"\.\.\s*-?\d+")


def parse_any(text: str) -> Path:
    """Parse a path that need not be plain: see `reading.parse_path`."""
    reader = _Reader(text.rstrip())
    if not text.startswith("$"):
        raise ExpressionError("a path begins with '$'", 0)
    path = reader.path()
    if reader.at < len(reader.text):
        raise reader.error(f"unexpected '{reader.text[reader.at]}'")
    return path


class _Reader(PredicateReader):
    """Reads paths."""

    def path(self) -> Path:
        start = self.at
        root = self.match(_ROOT)
        if root is None:
            raise self.error("a path begins with '$'")
        segments: list[Segment] = []
        begin = start
        while self.at < len(self.text) and self.text[self.at] in ".[":
            if segments and isinstance(segments[-1], Names) and len(segments[-1].names) > 1:
                self.remark(remarks.NAMES_NOT_LAST, begin)
            if self.take(".."):
                segments.append(Descend())
            else:
                self.take(".")
            begin = self.at
            segments.append(self.segment(start))
        path = Path(self.text[start : self.at], root[0], tuple(segments), tuple(self.remarks))
        if len(segments) > MAX_SEGMENTS and path.steps is None:
            raise ExpressionError(
                f"a path with wildcards, filters, slices or '..' has at most {MAX_SEGMENTS} steps, not"
                f" {len(segments)}",
                start,
            )
        return path

    def segment(self, root: int) -> Segment:
        if self.text.startswith("[", self.at):
            return self.bracket()
        if self.take("*"):
            return Wildcard()
        start = self.at
        name = self.match(_NAME)
        if name is None:
            raise self.error("expected a name after '.'")
        if not self.text.startswith("(", self.at):
            return Names((name[0],))
        if self.match(_ARGUMENTS) is None:
            raise self.error("this ( is not closed")
        before = self.text[max(root, start - 100) : start - 1]
        self.remark(remarks.function(name[0], before), start)
        return Names((self.text[start : self.at],))

    def bracket(self) -> Segment:
        start = self.at
        self.expect("[")
        self.blanks()
        segment = self.selector()
        self.blanks()
        self.expect("]")
        if isinstance(segment, Wildcard) and self.at - start > len("[*]"):
            self.remark(remarks.BLANKS_AROUND_WILDCARD, start)
        return segment

    def selector(self) -> Segment:
        if self.take("*"):
            return Wildcard()
        if self.take("?"):
            return self.filter()
        if self.text[self.at : self.at + 1] in ("'", '"'):
            return Names(self.names())
        from_end = self.match(_FROM_END)
        if from_end is not None:
            return FromEnd(self.index(from_end[1]))
        return self.indices()

    def indices(self) -> Segment:
        begin = self.at
        start = self.optional_int()
        if self.take(":"):
            return self.slice(begin, start)
        if start is None:
            raise self.error("expected a quoted name, an index, a slice, '*' or '?(...)' here")
        if self.match(_RANGE):
            self.remark(remarks.RANGE, begin)
            return Indices((start,))
        indices = [start]
        while self.comma():
            indices.append(self.needed_int())
        if min(indices) < 0:
            self.remark(remarks.NEGATIVE_INDEX, begin)
        return Indices(tuple(indices))

    def slice(self, begin: int, start: int | None) -> Slice:
        self.blanks()
        stop = self.optional_int()
        if start is None and stop is None:
            raise self.error("a slice needs a start or an end")
        if self.match(_STEP):
            self.remark(remarks.STEP, begin)
        if start is not None and stop is not None and min(start, stop) < 0:
            self.remark(remarks.NEGATIVE_SLICE, begin)
        return Slice(start, stop)

    def comma(self) -> bool:
        self.blanks()
        found = self.take(",")
        self.blanks()
        return found

    def optional_int(self) -> int | None:
        digits = self.match(_INT)
        if digits is None:
            return None
        self.blanks()
        return self.index(digits[0])

    def index(self, digits: str) -> int:
        if len(digits) > len(str(-MAX_INDEX)) or abs(int(digits)) > MAX_INDEX:
            raise self.error("this index is too large")
        return int(digits)

    def needed_int(self) -> int:
        number = self.optional_int()
        if number is None:
            raise self.error("expected an index here")
        return number

    def names(self) -> tuple[str, ...]:
        names = [self.name()]
        while self.comma():
            names.append(self.name())
        return tuple(names)

    def name(self) -> str:
        """Read a name in quotes: in single ones all is what it is, a backslash too (recorded)."""
        start = self.at
        if self.text.startswith('"', start):
            name = self.double_quoted()
            self.remark(remarks.DOUBLE_QUOTED_NAME, start)
            return name
        if not self.take("'"):
            raise self.error("expected a quoted name here")
        name = self.until_quote(start)
        if name.endswith("\\") and self.text[self.at : self.at + 1] not in ("]", ",", " "):
            self.until_quote(start)
            self.remark(remarks.escaped_quote(name), start)
        return name

    def until_quote(self, start: int) -> str:
        end = self.text.find("'", self.at)
        if end < 0:
            raise ExpressionError("this ' is not closed", start)
        text = self.text[self.at : end]
        self.at = end + 1
        return text

"""How wide text is in Helvetica, Arial and Liberation Sans, which are as wide as each other; and where
it may be broken into lines.

Widths are thousandths of the font size, as in the fonts' own tables; a letter with an accent is as wide as
without. A letter that is not in them counts as an average one, a wide one (Chinese, emoji) as a whole square.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import combining, east_asian_width, normalize

# From space to tilde. The letters of other scripts are about as wide as AVERAGE.
REGULAR = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778,
    722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278,
    278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
BOLD = (
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778,
    722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333,
    278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
    611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
)  # fmt: skip
SIGNS = {"…": 1000, "—": 1000, "→": 1000, "–": 556, "×": 584, "·": 278}
"""Those that drawings write themselves, as wide in bold."""
AVERAGE = 600
WIDE = 1000

ELLIPSIS = "…"

# Between words; where there is but one, after a sign and before a capital: `Check`|`Order`, `order-`|`paid`.
_BREAKS = (re.compile(r"(?<=\s)(?=\S)"), re.compile(r"(?<=[_\-./:,;|&])(?=\w)|(?<=[a-z0-9])(?=[A-Z])"))


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text in pixels; `size` is that of the font, in pixels."""
    table = BOLD if bold else REGULAR
    return sum(_width_of(letter, table) for letter in text) * size / 1000


def is_known(text: str) -> bool:
    """Return whether the widths of all letters are known."""
    return all(
        " " <= letter <= "~" or letter in SIGNS for letter in normalize("NFD", text) if not combining(letter)
    )


def _width_of(letter: str, table: tuple[int, ...]) -> int:
    number = ord(letter) - 32
    if 0 <= number < len(table):
        return table[number]
    if letter in SIGNS:
        return SIGNS[letter]
    if combining(letter):
        return 0
    if east_asian_width(letter) in "WF":
        return WIDE
    base = normalize("NFD", letter)[0]
    return AVERAGE if base == letter else _width_of(base, table)


def wrapped(text: str, width: float, size: float, lines: int, bold: bool = False) -> list[str]:
    """Return text as at most so many lines that are at most so wide; what is too much becomes an ellipsis."""
    rest, result = text, list[str]()
    while rest and len(result) < lines - 1 and text_width(rest, size, bold) > width:
        line = _first_line(rest, width, size, bold)
        result.append(line.rstrip())
        rest = rest[len(line) :]
    return [*result, cut(rest, width, size, bold)] if rest or not result else result


def _first_line(text: str, width: float, size: float, bold: bool) -> str:
    """Return the longest beginning that fits and may end there; one that just fits, if none may."""
    for breaks in _BREAKS:
        ends = (match.start() for match in breaks.finditer(text))
        fitting = [end for end in ends if text_width(text[:end].rstrip(), size, bold) <= width]
        # A line that is much too short looks worse than a word that is broken.
        if fitting and text_width(text[: fitting[-1]], size, bold) > width / 3:
            return text[: fitting[-1]]
    return _beginning(text, width, size, bold)


def _beginning(text: str, width: float, size: float, bold: bool) -> str:
    end = 1
    while end < len(text) and text_width(text[: end + 1], size, bold) <= width:
        end += 1
    return text[:end]


def cut(text: str, width: float, size: float, bold: bool = False) -> str:
    """Return text as one line that is at most so wide."""
    if text_width(text, size, bold) <= width:
        return text
    return _beginning(text, width - text_width(ELLIPSIS, size, bold), size, bold).rstrip() + ELLIPSIS

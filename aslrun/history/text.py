"""The journal → the JSON text of its events, for files: without the dicts of `aslrun.history.events` between.

The text is that of `json.dumps(event, ensure_ascii=False)`. The events of which there are most are written
here; the others are written of their details.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from json.encoder import encode_basestring as quote
from typing import TYPE_CHECKING, Any

from aslrun.history.events import DETAILS, ENTERED, EXITED, Chain, Texts
from aslrun.interpreter.scope import Assigned
from aslrun.timestamps import format_event_time
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.interpreter.scope import Journal

_encode = json.JSONEncoder(ensure_ascii=False).encode
_NOT_TRUNCATED = '{"truncated": false}'


class QuotedTexts(Texts):
    """JSON text of values as it stands in an event: a text in quotes. The last one is kept, too."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self._quoted_value: JSON = None
        self._quoted = '"null"'

    def quoted(self, value: Any) -> str:
        if value is not self._quoted_value:
            self._quoted_value, self._quoted = value, quote(self(value))
        return self._quoted


def event_texts(journal: Journal) -> Iterator[str]:
    """Yield the JSON text of each event so far, in a line."""
    chain, texts = Chain(), QuotedTexts(journal)
    previous, places, quoted = chain.previous, chain.places, texts.quoted
    for number, (time, type, scope, name, value) in enumerate(journal.rows, 1):
        place = places.get(scope) or chain.begin(scope, type)
        before = previous(number, type, scope, place)
        event = f'{{"timestamp": "{format_event_time(time)}", "type": "{type}", "id": {number}'
        if type in ENTERED:
            told = f'"input": {quoted(value)}, "inputDetails": {_NOT_TRUNCATED}'
            details = f', "stateEnteredEventDetails": {{"name": {quote(name)}, {told}}}'
        elif type in EXITED and not isinstance(value, Assigned):
            told = f'"output": {quoted(value)}, "outputDetails": {_NOT_TRUNCATED}'
            details = f', "stateExitedEventDetails": {{"name": {quote(name)}, {told}}}'
        elif type in DETAILS:
            key, make = DETAILS[type]
            details = f', "{key}": {_encode(make(name, value, scope, texts))}'
        else:
            details = ""
        yield f'{event}, "previousEventId": {before}{details}}}'

"""Mapping templates of REST APIs, as far as routes that start state machines use them.

Documentation: "Mapping template variables in API Gateway". There are `#set`, `$input.json`, `.path`,
`.params` and `.body`, `$util.escapeJavaScript`, `.urlDecode` and `.parseJson`, `$context` and
`$stageVariables`; what else a template has is an error, which says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import unquote_plus

from aslrun.errors import StateError
from aslrun.server.api_gateway.requests import ApiRequest
from aslrun.values import JSON, to_json_text

_SET = re.compile(r"#set\s*\(\s*\$(\w+)\s*=\s*")
_REFERENCE = re.compile(r"\$!?\{?(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)")
_TEXT = re.compile(r"\s*(?:'([^']*)'|\"([^\"]*)\")\s*")
_REPLACE = re.compile(r"\.replaceAll\(\s*(?:\"[^\"]*\"|'[^']*')\s*,\s*(?:\"[^\"]*\"|'[^']*')\s*\)")
_PART = re.compile(r"\.?([A-Za-z_$][\w-]*)|\[(\d+)\]|\['([^']*)'\]")


class Mapped:
    """What a mapping has of a request."""

    def __init__(self, request: ApiRequest, values: Mapping[str, str], variables: Mapping[str, str]) -> None:
        self.request = request
        self.values = values
        self.variables = variables
        self.context = {
            "requestId": request.id,
            "httpMethod": request.method,
            "identity.sourceIp": request.source,
        }

    @property
    def body(self) -> JSON:
        """The body as JSON; a body that is none is a text, and no body an empty object."""
        text = self.request.body.decode("utf-8", "replace")
        try:
            value: JSON = json.loads(text) if text else {}
        except (ValueError, RecursionError):
            return text
        return value

    def param(self, name: str) -> str:
        """Return a parameter: of the path, the query, or a header, in this order."""
        queries = dict(self.request.queries)
        return self.values.get(name) or queries.get(name) or self.request.header(name)


def member(value: JSON, path: str) -> JSON:
    """Return what a value has at a path such as `a.b[0]`; None where it has nothing."""
    for name, place, quoted in _PART.findall(path):
        key = name or quoted
        if place:
            value = value[int(place)] if isinstance(value, list) and int(place) < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def render(template: str, mapped: Mapped) -> str:
    """Return the text that a mapping template makes; StateError for what it has that is not known here."""
    return _Rendering(template, mapped).run()


class _Rendering:
    def __init__(self, template: str, mapped: Mapped) -> None:
        self.text = template
        self.mapped = mapped
        self.at = 0
        self.names: dict[str, JSON] = {}

    def run(self) -> str:
        made: list[str] = []
        while self.at < len(self.text):
            assigned = _SET.match(self.text, self.at)
            if assigned is not None:
                self.at = assigned.end()
                self.names[assigned[1]] = self._value()
                self._expect(")")
            elif self.text.startswith("##", self.at):
                self.at = (self.text.find("\n", self.at) + 1) or len(self.text)
            elif re.compile(r"#[a-z]").match(self.text, self.at):
                raise self._unknown(self.text[self.at : self.at + 20])
            elif _REFERENCE.match(self.text, self.at):
                value = self._value()
                made.append(value if isinstance(value, str) else "" if value is None else to_json_text(value))
            else:
                made.append(self.text[self.at])
                self.at += 1
        return "".join(made)

    def _value(self) -> JSON:
        """Return the value of the expression here, and go behind it."""
        text = _TEXT.match(self.text, self.at)
        if text is not None:
            self.at = text.end()
            return text[1] if text[1] is not None else text[2]
        reference = _REFERENCE.match(self.text, self.at)
        if reference is None:
            raise self._unknown(self.text[self.at : self.at + 20])
        self.at = reference.end()
        value = self._of(reference["name"])
        if "{" in reference[0]:
            self._expect("}")
        while (replaced := _REPLACE.match(self.text, self.at)) is not None:
            self.at = replaced.end()  # escapes of apostrophes, which are not made here
        return value

    def _of(self, name: str) -> JSON:
        first, _, rest = name.partition(".")
        if first in self.names:
            return member(self.names[first], rest)
        if first == "context":
            return self.mapped.context.get(rest, "")
        if first == "stageVariables":
            return self.mapped.variables.get(rest, "")
        if name == "input.body":
            return self.mapped.request.body.decode("utf-8", "replace") or "{}"
        if name.startswith(("input.", "util.")):
            self._expect("(")
            argument = self._value()
            self._expect(")")
            return self._called(name, argument)
        raise self._unknown(f"${name}")

    def _called(self, name: str, argument: JSON) -> JSON:
        text = argument if isinstance(argument, str) else to_json_text(argument)
        if name == "input.json":
            return to_json_text(member(self.mapped.body, text.removeprefix("$")))
        if name == "input.path":
            return member(self.mapped.body, text.removeprefix("$"))
        if name == "input.params":
            return self.mapped.param(text)
        if name == "util.escapeJavaScript":
            return json.dumps(text, ensure_ascii=False)[1:-1]
        if name == "util.urlDecode":
            return unquote_plus(text)
        if name == "util.parseJson":
            return _parsed(text)
        raise self._unknown(f"${name}")

    def _expect(self, sign: str) -> None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1
        if not self.text.startswith(sign, self.at):
            raise self._unknown(self.text[self.at : self.at + 20])
        self.at += len(sign)

    def _unknown(self, what: str) -> StateError:
        return StateError("InvalidMappingTemplate", f"aslrun does not know '{what}' in a mapping template")


def _parsed(text: str) -> JSON:
    try:
        value: JSON = json.loads(text)
    except (ValueError, RecursionError):
        raise StateError("InvalidMappingTemplate", f"$util.parseJson: no JSON: {text[:200]}") from None
    return value

"""The variables of the Serverless Framework: `${self:custom.x}`, `${opt:stage, 'dev'}`, `${file(x.yml):y}`.

Documentation: "Variables" of the Serverless Framework, version 3. What only AWS or a program could tell
(`cf:`, `ssm:`, `s3:`, `file(x.js)`) stays as it is written, unless a value is given for it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from aslrun.document import format_of, parse_source, read_text
from aslrun.document.cloudformation.places import add_part
from aslrun.document.cloudformation.resources import ACCOUNT, REGION
from aslrun.document.serverless.sources import Sources, shifted
from aslrun.document.spans import DocumentError, Node, Text
from aslrun.errors import UsageError
from aslrun.values import JSON, to_json_text

Placed: TypeAlias = "tuple[JSON, Node | None]"

MAX_DEPTH = 40
"""Variables within each other, and those that are referred to."""
MAX_VALUES = 200_000
"""Values that variables may make, all together."""
MAX_TEXT = 1_000_000
"""Characters of a text that variables may make."""

_SOURCE = re.compile(r"(?P<type>[\w-]+)(?:\((?P<argument>[^()]*)\))?(?::(?!:)(?P<address>.*))?", re.DOTALL)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_PLAIN: Mapping[str, JSON] = {"true": True, "false": False, "null": None}


class Unknown(Exception):
    """A variable without a value here."""


class Variables:
    """What the variables of a file stand for.

    `substitutions` has values for variables as they are written (`opt:stage`), and for what is after the
    colon alone (`stage`). Files that are included are added to `sources`.
    """

    def __init__(self, root: JSON, node: Node | None, sources: Sources, given: Mapping[str, str]) -> None:
        self.root = root
        self.node = node
        self.sources = sources
        self.given = given
        self._depth = 0
        self._left = MAX_VALUES
        self._files: dict[str, Placed] = {}

    def resolve(self, value: JSON, node: Node | None) -> Placed:
        """Return a value with its variables filled in, and where its parts stand. Raises nothing."""
        self._left -= 1
        if isinstance(value, str):
            return self._text(value, node) if "${" in value else (value, node)
        if self._left < 0 or not isinstance(value, (dict, list)):
            return value, node
        made = Node(node.start, node.end) if node else None
        parts = (node.parts if node else None) or {}
        if isinstance(value, list):
            items: list[JSON] = []
            for at, item in enumerate(value):
                resolved, part = self.resolve(item, parts.get(at))
                items.append(resolved)
                add_part(made, at, part)
            return items, made
        fields: dict[str, JSON] = {}
        for key, item in value.items():
            fields[key], part = self.resolve(item, parts.get(key))
            add_part(made, key, part, ((node.keys if node else None) or {}).get(key))
        return fields, made

    def at(self, path: str) -> Placed:
        """Return what the file has at a path like `custom.limits.0`, resolved; raises Unknown."""
        return self._within((self.root, self.node), path)

    # ------------------------------------------------------------ texts

    def _text(self, text: str, node: Node | None) -> Placed:
        end = _closing(text, 0) if text.startswith("${") else -1
        if end == len(text):
            try:
                return self._variable(text[2:-1], node)
            except Unknown:
                return f"${{{self._filled(text[2:-1])}}}", node
        return self._filled(text), node

    def _filled(self, text: str) -> str:
        pieces, at = list[str](), 0
        while (start := text.find("${", at)) >= 0:
            end = _closing(text, start)
            if end < 0:
                break
            pieces.append(text[at:start])
            try:
                value, _ = self._variable(text[start + 2 : end - 1], None)
                pieces.append(value if isinstance(value, str) else to_json_text(value))
            except Unknown:
                pieces.append(f"${{{self._filled(text[start + 2 : end - 1])}}}")
            at = end
            if sum(map(len, pieces)) > MAX_TEXT:
                return text
        return "".join(pieces) + text[at:]

    def _variable(self, inner: str, node: Node | None) -> Placed:
        """Return what a variable stands for: the first of its sources that has a value."""
        if self._depth >= MAX_DEPTH or self._left < 0:
            raise Unknown(inner)
        self._depth += 1
        try:
            written = self._filled(inner)
            for source in _split(written):
                try:
                    value, found = self._source(source.strip())
                except Unknown:
                    continue
                if value is not None:
                    return value, found or node
            raise Unknown(written)
        finally:
            self._depth -= 1

    # ------------------------------------------------------------ sources

    def _source(self, text: str) -> Placed:
        if _QUOTED.fullmatch(text):
            return text[1:-1], None
        if text in _PLAIN:
            return _PLAIN[text], None
        if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text):
            return (float(text) if "." in text else int(text)), None
        match = _SOURCE.fullmatch(text)
        if match is None or (match["address"] is None and match["argument"] is None):
            raise Unknown(text)
        type, argument, address = match["type"], match["argument"], match["address"] or ""
        if type not in ("file", "self") and text in self.given:
            return self.given[text], None
        if type in ("opt", "param", "env") and address in self.given:
            return self.given[address], None
        if type == "file" and argument:
            return self._within(self._file(argument.strip()), address)
        if type == "self":
            return self.at(address)
        return self._named(type, argument, address), None

    def _named(self, type: str, argument: str | None, address: str) -> JSON:
        if type == "strToBool" and argument is not None:
            return argument.strip().strip("'\"").lower() in ("true", "1")
        if (type, address) in (("opt", "stage"), ("sls", "stage")):
            return self.stage
        if (type, address) in (("opt", "region"), ("aws", "region")):
            return self._setting("region", REGION)
        if (type, address) == ("aws", "accountId"):
            return ACCOUNT
        if (type, address) == ("sls", "instanceId"):
            return "local"
        if type == "env":
            return os.environ.get(address) or self._in_dotenv(address)
        if type == "param":
            return self._param(address)
        raise Unknown(f"{type}:{address}")

    @property
    def stage(self) -> str:
        """The stage: as it is given, or the provider's, or dev."""
        given = self.given.get("opt:stage") or self.given.get("sls:stage") or self.given.get("stage")
        return given or self._setting("stage", "dev")

    def _setting(self, name: str, default: str) -> str:
        try:
            value, _ = self.at(f"provider.{name}")
        except Unknown:
            return default
        return value if isinstance(value, str) and "${" not in value else default

    def _in_dotenv(self, name: str) -> str | None:
        """Return what a file .env has for a name, if the service uses it."""
        if not isinstance(self.root, dict) or self.root.get("useDotenv") is not True:
            return None
        folder = Path(self.sources.main.file).parent
        for file in (folder / f".env.{self.stage}", folder / ".env"):
            try:
                lines = file.read_text(encoding="utf-8").splitlines()
            except (OSError, UnicodeDecodeError):
                continue
            for line in lines:
                key, equals, value = line.strip().removeprefix("export ").partition("=")
                if equals and key.strip() == name:
                    return value.strip().strip("'\"")
        return None

    def _param(self, name: str) -> JSON:
        for stage in (self.stage, "default"):
            for place in (f"params.{stage}.{name}", f"stages.{stage}.params.{name}"):
                try:
                    value, _ = self.at(place)
                except Unknown:
                    continue
                return value.get("value", value) if isinstance(value, dict) else value
        raise Unknown(name)

    def _within(self, placed: Placed, path: str) -> Placed:
        value, node = placed
        for step in filter(None, path.split(".")):
            if isinstance(value, str) and "${" in value:
                value, node = self.resolve(value, node)
            key: str | int = int(step) if isinstance(value, list) and step.isdecimal() else step
            if isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            elif isinstance(value, dict) and key in value:
                value = value[str(key)]
            else:
                raise Unknown(path)
            node = (node.parts or {}).get(key) if node else None
        if self._depth >= MAX_DEPTH:
            raise Unknown(path)
        self._depth += 1
        try:
            return self.resolve(value, node)
        finally:
            self._depth -= 1

    def _file(self, name: str) -> Placed:
        """Return what a file holds: JSON's or YAML's data, or another's text."""
        path = os.path.normpath(Path(self.sources.main.file).parent / os.path.expanduser(name))
        if path not in self._files:
            if path.endswith((".js", ".cjs", ".mjs", ".ts")):
                raise Unknown(name)
            try:
                source = read_text(path)
            except (UsageError, DocumentError):
                raise Unknown(name) from None
            self._files[path] = self._read(source)
        return self._files[path]

    def _read(self, source: Text) -> Placed:
        if not source.file.endswith((".yml", ".yaml", ".json")):
            return source.text, None
        if format_of(source) == "yaml":
            from aslrun.document.yaml_text import parse_yaml_text

            document = parse_yaml_text(source, short_forms=True)
        else:
            document = parse_source(source, "json")
        base = self.sources.add(source)
        return document.value, shifted(document.root, base) if document.root else None


def _closing(text: str, start: int) -> int:
    """Return the offset after the brace that closes the variable at `start`; -1 where none does."""
    depth, at = 0, start
    while at < len(text):
        if text.startswith("${", at):
            depth, at = depth + 1, at + 2
        elif text[at] == "}":
            depth, at = depth - 1, at + 1
            if depth == 0:
                return at
        else:
            at += 1
    return -1


def _split(text: str) -> list[str]:
    """Return the sources of a variable: what commas outside of quotes and brackets separate."""
    parts, depth, quote, start = list[str](), 0, "", 0
    for at, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth <= 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]

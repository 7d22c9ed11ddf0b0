"""A CloudFormation template's values: its functions evaluated, as far as a file alone tells.

Documentation: "Intrinsic function reference", "Pseudo parameters reference". What only a deployment could
tell becomes a placeholder: `!ImportValue Key` the text `${Key}`, a parameter without a default `${Name}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from aslrun.document.cloudformation.functions import (
    CONDITIONS,
    FUNCTIONS,
    MAX_TEXT,
    VARIABLE,
    Unknown,
    function_call,
    mapping_at,
)
from aslrun.document.cloudformation.parameters import check_given
from aslrun.document.cloudformation.resources import ACCOUNT, KINDS, REGION, function_arn
from aslrun.document.spans import Document
from aslrun.values import JSON, to_json_text

PSEUDO_PARAMETERS: Mapping[str, JSON] = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NotificationARNs": [],
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/local/{'0' * 8}-local",
    "AWS::StackName": "local",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = "${AWS::NoValue}"
"""What `AWS::NoValue` is evaluated to: the property or item that has it is not there."""
MAX_DEPTH = 250
"""Values within each other, and those that are referred to; what is deeper stays unknown."""
CALL_DEPTH = 6
"""Of these, what the call of a function counts for."""
MAX_NAME = 1_000
"""Characters of a resource's name: no service allows as many."""


class Template:
    """A SAM or CloudFormation template.

    `substitutions` are values of parameters that the user gives, before their defaults. Raises UsageError
    for one that the parameter cannot have. `aliases` are other names of resources; where a template has
    them, it is made of something else, and more resources are made when that is deployed. `dynamic` is what
    returns a text with the values of its dynamic references (`{{resolve:ssm:NAME}}`), and raises UsageError
    for what is not there; without it they stay as they are written.
    """

    def __init__(
        self,
        document: Document,
        substitutions: Mapping[str, str] | None = None,
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        self.document = document
        self.aliases = aliases or {}
        self.substitutions = {} if substitutions is None else substitutions
        self.resources = {
            id: resource
            for id, resource in mapping_at(document.value, "Resources").items()
            if isinstance(resource, dict)
        }
        self.parameters = mapping_at(document.value, "Parameters")
        for name in self.parameters:
            if name in self.substitutions:
                check_given(name, self.parameters[name], self.substitutions[name], self.file)
        self.dynamic: Callable[[str], str] | None = None
        self._depth = 0
        self._conditions: dict[str, bool | None] = {}
        self._names: dict[str, str] = {}

    @property
    def file(self) -> str:
        return self.document.file

    @property
    def mappings(self) -> dict[str, JSON]:
        """What the section Mappings has."""
        return mapping_at(self.document.value, "Mappings")

    def resources_of(self, *types: str) -> dict[str, dict[str, JSON]]:
        """Return the resources of these types, by their logical ids."""
        return {id: one for id, one in self.resources.items() if one.get("Type") in types}

    def is_made(self, id: str) -> bool:
        """Tell whether a deployment makes a resource: not where its condition is known to be false."""
        condition = self.resources[id].get("Condition")
        return not isinstance(condition, str) or self.condition(condition) is not False

    def properties(self, id: str) -> dict[str, JSON]:
        """Return the properties of a resource, as they are written; none where they make no sense.

        What Globals says of `AWS::Serverless` resources is merged in. SAM: "Globals section".
        """
        own = mapping_at(self.resources.get(id), "Properties")
        section = str(self.resources[id].get("Type")).removeprefix("AWS::Serverless::")
        shared = mapping_at(mapping_at(self.document.value, "Globals"), section)
        merged = _merged(shared, own) if shared else own
        return {name: value for name, value in merged.items() if not self.is_absent(value)}

    def is_absent(self, value: JSON) -> bool:
        """Tell whether a value is `AWS::NoValue`, so that the property or item that has it is not there."""
        call = function_call(value)
        return call is not None and call[0] in ("Ref", "Fn::If") and self.resolve(value) == NO_VALUE

    def branch(self, argument: JSON) -> int | None:
        """Return which part of an `Fn::If`'s argument is chosen, 1 or 2; None where that is not known."""
        if not isinstance(argument, list) or len(argument) != 3:
            return None
        truth = self.condition(str(argument[0]))
        return None if truth is None else 1 if truth else 2

    def metadata(self, id: str, name: str) -> str | None:
        """Return a text of a resource's metadata, such as the `aws:asset:path` of what CDK packs."""
        value = mapping_at(self.resources[id], "Metadata").get(name)
        return value if isinstance(value, str) else None

    def resolve(self, value: JSON) -> JSON:
        """Return a value with its functions evaluated; what is unknown is a placeholder. Raises nothing."""
        if not isinstance(value, (dict, list)):
            return value
        call = function_call(value)
        try:
            with self._deeper(CALL_DEPTH if call else 1):
                return FUNCTIONS[call[0]](self, call[1]) if call else self._inside(value)
        except Unknown as unknown:
            return self.substitutions.get(str(unknown), placeholder(str(unknown)))

    def text(self, value: JSON) -> str:
        """Return a value as the text that it is filled in as."""
        resolved = self.resolve(value)
        return resolved if isinstance(resolved, str) else to_json_text(resolved)

    def name(self, id: str) -> str:
        """Return the physical name of a resource: the one that it is given, or its logical id."""
        if id not in self._names:
            self._names[id] = id  # of resources that name each other
            kind = KINDS.get(str(self.resources[id].get("Type")))
            given = self.properties(id).get(kind.name) if kind else None
            name = self.text(given) if isinstance(given, (str, dict)) else self._made_up_name(id)
            self._names[id] = name if len(name) <= MAX_NAME else id
        return self._names[id]

    def _made_up_name(self, id: str) -> str:
        """Return the name of a resource that is given none: its logical id, as its service takes it."""
        type, properties = str(self.resources[id].get("Type")), self.properties(id)
        if type == "AWS::S3::Bucket":  # lower case, of three letters or more
            return id.lower().ljust(3, "0")
        is_fifo = any(self.text(properties.get(name)) == "true" for name in ("FifoQueue", "FifoTopic"))
        return f"{id}.fifo" if is_fifo else id

    def reference(self, name: str) -> JSON:
        """Return what `Ref` gives; raises Unknown."""
        if name in self.substitutions:
            return self.substitutions[name]
        name = self.aliases.get(name, name)
        if name in PSEUDO_PARAMETERS:
            return PSEUDO_PARAMETERS[name]
        parameter = self.parameters.get(name)
        if isinstance(parameter, dict):
            return _default(parameter, name)
        if name in self.resources:
            return self._of_kind(name, "Ref", name)
        id, _, attribute = name.rpartition(".")  # SAM: Fn.Alias, Fn.Version
        if id in self.resources:
            return self._of_kind(id, attribute, name)
        raise Unknown(name)

    def attribute(self, id: str, attribute: str) -> JSON:
        """Return what `Fn::GetAtt` gives; raises Unknown."""
        id = self.aliases.get(id, id)
        if id not in self.resources:
            raise Unknown(f"{id}.{attribute}")
        return self._of_kind(id, attribute, f"{id}.{attribute}")

    def substitute(self, text: str, variables: Mapping[str, JSON]) -> str:
        """Return what `Fn::Sub` makes of a text; raises Unknown."""
        pieces, at, length = list[str](), 0, 0
        for match in VARIABLE.finditer(text):
            pieces += text[at : match.start()], self._variable(match, variables)
            at, length = match.end(), length + len(pieces[-1])
            if length > MAX_TEXT:
                raise Unknown("Fn::Sub")
        return "".join(pieces) + text[at:]

    def condition(self, name: str) -> bool | None:
        """Return a condition's value, None where it is not known."""
        if name not in self._conditions:
            self._conditions[name] = None  # of conditions that need each other
            written = mapping_at(self.document.value, "Conditions").get(name)
            self._conditions[name] = self.truth(written)
        return self._conditions[name]

    def _variable(self, match: re.Match[str], variables: Mapping[str, JSON]) -> str:
        literal, name = match[1], match[2].strip()
        if literal:
            return f"${{{match[2]}}}"
        if name in variables:
            return self.text(variables[name])
        return self.text({"Fn::GetAtt": name} if "." in name else {"Ref": name})

    @contextmanager
    def _deeper(self, steps: int) -> Iterator[None]:
        if self._depth + steps > MAX_DEPTH:
            raise Unknown("too deep")
        self._depth += steps
        try:
            yield
        finally:
            self._depth -= steps

    def _inside(self, value: dict[str, JSON] | list[JSON]) -> JSON:
        if isinstance(value, list):
            return [self.resolve(item) for item in value if not self.is_absent(item)]
        return {key: self.resolve(item) for key, item in value.items() if not self.is_absent(item)}

    def truth(self, written: JSON) -> bool | None:
        """Return the value of a condition's expression, None where it is not known."""
        if not isinstance(written, dict) or len(written) != 1:
            return None
        ((function, argument),) = written.items()
        try:
            with self._deeper(CALL_DEPTH):
                return CONDITIONS[function](self, argument) if function in CONDITIONS else None
        except Unknown:
            return None

    def _of_kind(self, id: str, attribute: str, shown: str) -> JSON:
        """Return an attribute of a resource, as its type has it."""
        kind = KINDS.get(str(self.resources[id].get("Type")))
        if kind is None or attribute not in kind.attributes:
            raise Unknown(shown)
        text, words = kind.attributes[attribute], {"name": self.name(id)}
        for word, property in kind.words.items():
            if f"{{{word}}}" in text:
                words[word] = self._word(id, property, shown)
        if "function" in words:
            words["function"] = function_arn(words["function"])
        return text.format(**words)

    def _word(self, id: str, property: str, shown: str) -> str:
        written = self.properties(id).get(property)
        if not isinstance(written, (str, dict)):
            raise Unknown(shown)
        return self.text(written)


def placeholder(name: str) -> str:
    """Return what stands for a value that is not known."""
    return f"${{{name}}}"


def _default(parameter: dict[str, JSON], name: str) -> JSON:
    if "Default" not in parameter:
        raise Unknown(name)
    default, type = parameter["Default"], str(parameter.get("Type"))
    if isinstance(default, str) and (type == "CommaDelimitedList" or type.startswith("List<")):
        return [item.strip() for item in default.split(",")]
    return default


def _merged(shared: dict[str, JSON], own: dict[str, JSON]) -> dict[str, JSON]:
    """Return `own` over `shared`: mappings are merged, lists put together."""
    merged = {**shared, **own}
    for name in shared.keys() & own.keys():
        above, below = shared[name], own[name]
        if isinstance(above, dict) and isinstance(below, dict):
            merged[name] = _merged(above, below)
        elif isinstance(above, list) and isinstance(below, list):
            merged[name] = [*above, *below]
    return merged

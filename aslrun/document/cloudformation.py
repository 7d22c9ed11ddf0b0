"""A CloudFormation template's values: its functions evaluated, as far as a file alone tells.

Documentation: "Intrinsic function reference", "Pseudo parameters reference". What only a deployment could
tell becomes a placeholder: `!ImportValue Key` the text `${Key}`, a parameter without a default `${Name}`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

from aslrun.document.spans import Document
from aslrun.values import JSON, to_json_text

ACCOUNT, REGION = "123456789012", "us-east-1"
PSEUDO_PARAMETERS: Mapping[str, JSON] = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NotificationARNs": [],
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/local/{'0' * 8}-local",
    "AWS::StackName": "local",
    "AWS::URLSuffix": "amazonaws.com",
}
MAX_DEPTH = 250
"""Values within each other, and those that are referred to; what is deeper stays unknown."""
CALL_DEPTH = 6
"""Of these, what the call of a function counts for."""
MAX_TEXT = 1_000_000
"""Characters that a function may make; a longer text stays unknown."""

_VARIABLE = re.compile(r"\$\{(!?)([^{}]*)\}")
_ARN = f"arn:aws:{{service}}:{REGION}:{ACCOUNT}:{{name}}"


class Unknown(Exception):
    """A value that a template does not tell; `str()` of it is what the placeholder is called."""


class Template:
    """A SAM or CloudFormation template.

    `substitutions` are values of parameters that the user gives, before their defaults.
    """

    def __init__(self, document: Document, substitutions: Mapping[str, str] | None = None) -> None:
        self.document = document
        self.substitutions = substitutions or {}
        self.resources = {
            id: resource
            for id, resource in mapping_at(document.value, "Resources").items()
            if isinstance(resource, dict)
        }
        self._depth = 0
        self._conditions: dict[str, bool | None] = {}
        self._names: dict[str, str] = {}

    @property
    def file(self) -> str:
        return self.document.file

    def resources_of(self, *types: str) -> dict[str, dict[str, JSON]]:
        """Return the resources of these types, by their logical ids."""
        return {id: one for id, one in self.resources.items() if one.get("Type") in types}

    def properties(self, id: str) -> dict[str, JSON]:
        """Return the properties of a resource, as they are written; none where they make no sense."""
        return mapping_at(self.resources.get(id), "Properties")

    def resolve(self, value: JSON) -> JSON:
        """Return a value with its functions evaluated; what is unknown is a placeholder. Raises nothing."""
        if not isinstance(value, (dict, list)):
            return value
        call = function_call(value)
        try:
            with self._deeper(CALL_DEPTH if call else 1):
                return self._evaluate(*call) if call else self._inside(value)
        except Unknown as unknown:
            return placeholder(str(unknown))

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
            self._names[id] = self.text(given) if isinstance(given, (str, dict)) else id
        return self._names[id]

    def reference(self, name: str) -> JSON:
        """Return what `Ref` gives; raises Unknown."""
        if name in self.substitutions:
            return self.substitutions[name]
        if name in PSEUDO_PARAMETERS:
            return PSEUDO_PARAMETERS[name]
        parameter = mapping_at(self.document.value, "Parameters").get(name)
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
        if id not in self.resources:
            raise Unknown(f"{id}.{attribute}")
        return self._of_kind(id, attribute, f"{id}.{attribute}")

    def substitute(self, text: str, variables: Mapping[str, JSON]) -> str:
        """Return what `Fn::Sub` makes of a text."""
        made = _VARIABLE.sub(lambda match: self._variable(match, variables), text)
        return _limited(made, "Fn::Sub")

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
            return [self.resolve(item) for item in value]
        return {key: self.resolve(item) for key, item in value.items()}

    def _evaluate(self, function: str, argument: JSON) -> JSON:
        made = FUNCTIONS[function](self, argument)
        return _limited(made, function) if isinstance(made, str) else made

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
        name = self.name(id)
        return kind.attributes[attribute].format(name=name, arn=kind.arn.format(name=name))


def mapping_at(value: JSON, key: str) -> dict[str, JSON]:
    """Return the mapping that a mapping has at `key`; an empty one where either is none."""
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def placeholder(name: str) -> str:
    """Return what stands for a value that is not known."""
    return f"${{{name}}}"


def function_call(value: JSON) -> tuple[str, JSON] | None:
    """Return the function that a value is a call of, and its argument."""
    if isinstance(value, dict) and len(value) == 1:
        ((name, argument),) = value.items()
        if name in FUNCTIONS:
            return name, argument
    return None


def _limited(text: str, function: str) -> str:
    if len(text) > MAX_TEXT:
        raise Unknown(function)
    return text


def _default(parameter: dict[str, JSON], name: str) -> JSON:
    if "Default" not in parameter:
        raise Unknown(name)
    default, type = parameter["Default"], str(parameter.get("Type"))
    if isinstance(default, str) and (type == "CommaDelimitedList" or type.startswith("List<")):
        return [item.strip() for item in default.split(",")]
    return default


# ---------------------------------------------------------------- functions


def _ref(template: Template, argument: JSON) -> JSON:
    if not isinstance(argument, str):
        raise Unknown("Ref")
    return template.reference(argument)


def _get_att(template: Template, argument: JSON) -> JSON:
    """`Id.Attribute`, or a list of both; the attribute may have dots, and be computed."""
    if isinstance(argument, str):
        id, _, attribute = argument.partition(".")
        if attribute in ("Alias", "Version"):
            return template.reference(argument)
        return template.attribute(id, attribute)
    parts = [template.text(part) for part in _list(argument, "Fn::GetAtt")]
    return template.attribute(parts[0] if parts else "", ".".join(parts[1:]))


def _sub(template: Template, argument: JSON) -> JSON:
    if isinstance(argument, str):
        return template.substitute(argument, {})
    text, variables = _arguments(argument, "Fn::Sub", 2)
    if not isinstance(text, str) or not isinstance(variables, dict):
        raise Unknown("Fn::Sub")
    return template.substitute(text, variables)


def _join(template: Template, argument: JSON) -> JSON:
    separator, items = _arguments(argument, "Fn::Join", 2)
    resolved = _list(template.resolve(items), "Fn::Join")
    return template.text(separator).join(map(template.text, resolved))


def _split(template: Template, argument: JSON) -> JSON:
    separator, text = map(template.resolve, _arguments(argument, "Fn::Split", 2))
    if not isinstance(separator, str) or not separator or not isinstance(text, str):
        raise Unknown("Fn::Split")
    return list(text.split(separator))


def _select(template: Template, argument: JSON) -> JSON:
    index, items = map(template.resolve, _arguments(argument, "Fn::Select", 2))
    chosen, number = _list(items, "Fn::Select"), str(index)
    if not number.isdecimal() or len(number) > 6 or int(number) >= len(chosen):
        raise Unknown("Fn::Select")
    return chosen[int(number)]


def _if(template: Template, argument: JSON) -> JSON:
    condition, then, otherwise = _arguments(argument, "Fn::If", 3)
    truth = template.condition(str(condition))
    if truth is None:
        raise Unknown(str(condition))
    return template.resolve(then if truth else otherwise)


def _find_in_map(template: Template, argument: JSON) -> JSON:
    names = [template.text(part) for part in _list(argument, "Fn::FindInMap")[:3]]
    found: JSON = mapping_at(template.document.value, "Mappings")
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    if found is None or len(names) != 3:
        raise Unknown(".".join(names))
    return found


def _base64(template: Template, argument: JSON) -> JSON:
    return base64.b64encode(template.text(argument).encode("utf-8", "surrogatepass")).decode()


def _get_azs(template: Template, argument: JSON) -> JSON:
    region = template.text(argument) or REGION
    return [region + zone for zone in "abc"]


def _length(template: Template, argument: JSON) -> JSON:
    return len(_list(template.resolve(argument), "Fn::Length"))


def _to_json_string(template: Template, argument: JSON) -> JSON:
    return to_json_text(template.resolve(argument))


def _import_value(template: Template, argument: JSON) -> JSON:
    raise Unknown(_VARIABLE.sub(r"\2", template.text(argument)) or "Fn::ImportValue")


def _not_here(name: str) -> Callable[[Template, JSON], JSON]:
    def refuse(template: Template, argument: JSON) -> JSON:
        raise Unknown(name)

    return refuse


def _list(value: JSON, function: str) -> list[JSON]:
    if not isinstance(value, list):
        raise Unknown(function)
    return value


def _arguments(value: JSON, function: str, count: int) -> list[JSON]:
    if not isinstance(value, list) or len(value) != count:
        raise Unknown(function)
    return value


FUNCTIONS: Mapping[str, Callable[[Template, JSON], JSON]] = {
    "Ref": _ref,
    "Fn::Base64": _base64,
    "Fn::Cidr": _not_here("Fn::Cidr"),
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _get_azs,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": _to_json_string,
    "Fn::Transform": _not_here("Fn::Transform"),
}
"""The intrinsic functions: (template, argument) → value; they raise Unknown."""

Condition: TypeAlias = Callable[[Template, JSON], "bool | None"]


def _equals(template: Template, argument: JSON) -> bool | None:
    if not isinstance(argument, list) or len(argument) != 2:
        return None
    left, right = map(template.text, argument)
    return None if _VARIABLE.search(left + right) else left == right


def _named(template: Template, argument: JSON) -> bool | None:
    return template.condition(argument) if isinstance(argument, str) else None


def _not(template: Template, argument: JSON) -> bool | None:
    truths = _truths(template, argument)
    return None if len(truths) != 1 or truths[0] is None else not truths[0]


def _and(template: Template, argument: JSON) -> bool | None:
    truths = _truths(template, argument)
    return False if False in truths else None if None in truths else True


def _or(template: Template, argument: JSON) -> bool | None:
    truths = _truths(template, argument)
    return True if True in truths else None if None in truths else False


def _truths(template: Template, argument: JSON) -> list[bool | None]:
    return [template.truth(one) for one in argument] if isinstance(argument, list) else [None]


CONDITIONS: Mapping[str, Condition] = {
    "Condition": _named,
    "Fn::And": _and,
    "Fn::Equals": _equals,
    "Fn::Not": _not,
    "Fn::Or": _or,
}
"""The condition functions: (template, argument) → value, None where it is not known."""


# ---------------------------------------------------------------- resources


class Kind:
    """A type of resource: the property that names it, its ARN, and what Ref and GetAtt give."""

    def __init__(self, name: str, arn: str, **attributes: str) -> None:
        self.name = name
        self.arn = arn
        self.attributes = {"Arn": "{arn}", **attributes}


def _arn(service: str, name: str = "{name}") -> str:
    return _ARN.format(service=service, name=name)


_FUNCTION = Kind(
    "FunctionName", _arn("lambda", "function:{name}"), Ref="{name}", Alias="{arn}:live", Version="{arn}:1"
)
_TABLE = Kind("TableName", _arn("dynamodb", "table/{name}"), Ref="{name}")
_STATE_MACHINE = _arn("states", "stateMachine:{name}")

KINDS: Mapping[str, Kind] = {
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::Events::EventBus": Kind("Name", _arn("events", "event-bus/{name}"), Ref="{name}", Name="{name}"),
    "AWS::Lambda::Function": _FUNCTION,
    "AWS::S3::Bucket": Kind("BucketName", "arn:aws:s3:::{name}", Ref="{name}"),
    "AWS::SNS::Topic": Kind("TopicName", _arn("sns"), Ref="{arn}", TopicArn="{arn}", TopicName="{name}"),
    "AWS::SQS::Queue": Kind(
        "QueueName",
        _arn("sqs"),
        Ref=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{{name}}",
        QueueUrl=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{{name}}",
        QueueName="{name}",
    ),
    "AWS::Serverless::Function": _FUNCTION,
    "AWS::Serverless::SimpleTable": _TABLE,
    "AWS::Serverless::StateMachine": Kind("Name", _STATE_MACHINE, Ref="{arn}", Name="{name}"),
    "AWS::StepFunctions::Activity": Kind(
        "Name", _arn("states", "activity:{name}"), Ref="{arn}", Name="{name}"
    ),
    "AWS::StepFunctions::StateMachine": Kind("StateMachineName", _STATE_MACHINE, Ref="{arn}", Name="{name}"),
}
"""The types whose references can be told from a template alone."""

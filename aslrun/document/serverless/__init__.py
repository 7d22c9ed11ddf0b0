"""A Serverless Framework service (`serverless.yml`) as the CloudFormation template that it is deployed as.

Documentation: "Serverless.yml Reference" of the Serverless Framework; serverless-step-functions' README.
Functions and state machines go by their keys, as the plugin has it, and by the logical ids they are given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from aslrun.document import format_of
from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.functions import function_call, mapping_at
from aslrun.document.cloudformation.places import add_part
from aslrun.document.json_text import parse_json_text
from aslrun.document.serverless.sources import Sources
from aslrun.document.serverless.variables import Placed, Unknown, Variables
from aslrun.document.spans import Document, Node, Text
from aslrun.values import JSON

_PSEUDO = re.compile(r"#\{([^{}]+)\}")
_WORDS = {"-": "Dash", "_": "Underscore"}

_OF_FUNCTIONS = {
    "handler": "Handler",
    "image": "ImageUri",
    "runtime": "Runtime",
    "timeout": "Timeout",
    "memorySize": "MemorySize",
    "reservedConcurrency": "ReservedConcurrentExecutions",
    "layers": "Layers",
}
"""Settings of a function → properties of AWS::Lambda::Function."""
_SHARED = ("runtime", "timeout", "memorySize", "layers")
"""Settings that the provider has for all functions."""


def parse_service(source: Text, substitutions: Mapping[str, str] | None = None) -> Template | None:
    """Return the template of a service, None for a text that is no service.

    `substitutions` are values of its variables. Raises DocumentError for what is neither JSON nor YAML.
    """
    if format_of(source) == "json":
        document = parse_json_text(source)
    else:
        from aslrun.document.yaml_text import parse_yaml_text

        document = parse_yaml_text(source, short_forms=True)
    if not is_service(document.value):
        return None
    given = {} if substitutions is None else substitutions
    sources = Sources(source)
    return _Service(Variables(document.value, document.root, sources, given)).template(document)


def is_service(value: JSON) -> bool:
    """Tell whether a value is a service of the Serverless Framework."""
    return (
        isinstance(value, dict)
        and "provider" in value
        and bool({"functions", "stepFunctions"} & value.keys())
        and ("service" in value or "plugins" in value)
    )


def normalized(name: str) -> str:
    """Return the beginning of a logical id: letters and digits, the first one large."""
    words = re.sub("[-_]", lambda match: _WORDS[match[0]], name)
    return re.sub("[^A-Za-z0-9]", "", words[:1].upper() + words[1:])


class _Service:
    def __init__(self, variables: Variables) -> None:
        self.variables = variables
        self.resources: dict[str, JSON] = {}
        self.node = Node(0, len(variables.sources.main.text))
        self.aliases: dict[str, str] = {}

    def template(self, document: Document) -> Template:
        functions = self.entries("functions")
        for key, (value, node) in functions.items():
            self.add_function(key, value if isinstance(value, dict) else {}, node)
        for key, (value, node) in self.entries("stepFunctions.stateMachines").items():
            self.add_machine(key, value if isinstance(value, dict) else {}, node)
        for key, (value, node) in self.entries("layers").items():
            path = value.get("path") if isinstance(value, dict) else None
            id = f"{normalized(key)}LambdaLayer"
            self.add(id, "AWS::Lambda::LayerVersion", {"Content": (path, node)}, node)
        activities, _ = self.at("stepFunctions.activities")
        for name in activities if isinstance(activities, list) else ():
            id = f"{normalized(str(name))}StepFunctionsActivity"
            self.add(id, "AWS::StepFunctions::Activity", {"Name": (name, None)}, None)
        made: dict[str, JSON] = {"Resources": self.resources}
        self.add_resources(made)
        sources = self.variables.sources
        root = Node(0, len(sources.main.text))
        add_part(root, "Resources", self.node)
        place = Document(sources, made, root, (), document.unescape)
        return Template(place, self.variables.given, self.aliases)

    def at(self, path: str) -> Placed:
        try:
            return self.variables.at(path)
        except Unknown:
            return None, None

    def entries(self, path: str) -> dict[str, Placed]:
        """Return what a mapping has, or those of a list of mappings, each with its place."""
        value, node = self.at(path)
        parts = [(value, node)]
        if isinstance(value, list):
            parts = [(one, _part(node, at)) for at, one in enumerate(value)]
        return {
            str(key): (one, _part(place, key))
            for mapping, place in parts
            if isinstance(mapping, dict)
            for key, one in mapping.items()
        }

    def add(self, id: str, type: str, properties: Mapping[str, Placed], node: Node | None) -> None:
        """Add a resource whose properties stand where they are written in the service."""
        start, end = (node.start, node.end) if node else (0, 0)
        place, inner = Node(start, end), Node(start, end)
        for name, (_, part) in properties.items():
            add_part(inner, name, part or Node(start, end))
        add_part(place, "Properties", inner)
        add_part(self.node, id, place)
        given: dict[str, JSON] = {name: value for name, (value, _) in properties.items() if value is not None}
        self.resources[id] = {"Type": type, "Properties": given}

    def add_function(self, key: str, settings: dict[str, JSON], node: Node | None) -> None:
        provider, of_provider = self.at("provider")
        shared = provider if isinstance(provider, dict) else {}
        properties: dict[str, Placed] = {}
        for setting, property in _OF_FUNCTIONS.items():
            if setting in settings:
                properties[property] = settings[setting], _part(node, setting)
            elif setting in _SHARED and setting in shared:
                properties[property] = shared[setting], _part(of_provider, setting)
        environment = {**mapping_at(shared, "environment"), **mapping_at(settings, "environment")}
        properties["Environment"] = {"Variables": environment}, None
        properties["Code"] = settings.get("module", "."), None
        if "image" in settings:
            properties["PackageType"] = "Image", None
        name: JSON = settings.get("name") or f"{self.name}-{self.variables.stage}-{key}"
        properties["FunctionName"] = name, _part(node, "name")
        self.add(key, "AWS::Lambda::Function", properties, node)
        self.aliases[f"{normalized(key)}LambdaFunction"] = key

    @property
    def name(self) -> str:
        """The service's name."""
        value, _ = self.at("service")
        name = value.get("name") if isinstance(value, dict) else value
        return name if isinstance(name, str) else "service"

    def add_machine(self, key: str, settings: dict[str, JSON], node: Node | None) -> None:
        definition, place = settings.get("definition"), _part(node, "definition")
        is_text = isinstance(definition, str)
        if not is_text and _is_substituted(definition):
            definition, place = _with_pseudo_parameters(definition, place)
        properties: dict[str, Placed] = {
            "DefinitionString" if is_text else "Definition": (definition, place),
            "StateMachineType": (settings.get("type"), _part(node, "type")),
            "StateMachineName": (settings.get("name"), _part(node, "name")),
        }
        id = key if key not in self.resources else f"{normalized(key)}StepFunctionsStateMachine"
        self.add(id, "AWS::StepFunctions::StateMachine", properties, node)
        written = settings.get("id") or settings.get("name")
        alias = normalized(str(written)) if written else f"{normalized(key)}StepFunctionsStateMachine"
        if alias != id:
            self.aliases[alias] = id

    def add_resources(self, value: dict[str, JSON]) -> None:
        """Add what `resources` has: a template of its own, or several."""
        for section in ("Conditions", "Mappings", "Parameters", "Outputs"):
            found = {key: one for key, (one, _) in self.sections(section).items()}
            if found:
                value[section] = found
        for id, (one, node) in self.sections("Resources").items():
            self.resources.setdefault(id, one)
            add_part(self.node, id, node)

    def sections(self, name: str) -> dict[str, Placed]:
        written, _ = self.at("resources")
        count = len(written) if isinstance(written, list) else None
        places = ["resources"] if count is None else [f"resources.{at}" for at in range(count)]
        return {key: one for place in places for key, one in self.entries(f"{place}.{name}").items()}


def _part(node: Node | None, step: str | int) -> Node | None:
    return (node.parts or {}).get(step) if node else None


def _is_substituted(value: JSON) -> bool:
    """Tell whether the plugin makes an `Fn::Sub` of a definition: where it has functions, or `#{...}`."""
    if isinstance(value, str):
        return bool(_PSEUDO.search(value))
    if function_call(value) is not None:
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_is_substituted, inner))


def _with_pseudo_parameters(value: JSON, node: Node | None) -> Placed:
    """Return a definition with `#{AWS::Region}`, and `${AWS::Region}`, as functions in its texts."""
    if isinstance(value, str):
        text = _PSEUDO.sub(r"${\1}", value)
        return ({"Fn::Sub": text}, node) if "${" in text else (value, node)
    if function_call(value) is not None:
        return value, node
    made = Node(node.start, node.end) if node else None
    if isinstance(value, list):
        items: list[JSON] = []
        for at, item in enumerate(value):
            written, part = _with_pseudo_parameters(item, _part(node, at))
            items.append(written)
            add_part(made, at, part)
        return items, made
    if not isinstance(value, dict):
        return value, node
    fields: dict[str, JSON] = {}
    for key, item in value.items():
        fields[key], part = _with_pseudo_parameters(item, _part(node, key))
        add_part(made, key, part, ((node.keys if node else None) or {}).get(key))
    return fields, made

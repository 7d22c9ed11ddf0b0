"""The Lambda functions of a SAM or CloudFormation template, as they would be deployed.

Documentation: AWS::Serverless::Function, AWS::Lambda::Function, "Globals section", "Defining Lambda function
handlers". What keeps a function from running here is told when something wants to run it.
"""

from __future__ import annotations

import atexit
import math
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from aslrun.document.cloudformation.assets import beside, bucket_and_key, find_asset
from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.functions import mapping_at
from aslrun.document.cloudformation.resources import FUNCTION_TYPES, LAYER_TYPES
from aslrun.functions.function import Function, function_name
from aslrun.functions.guard import guard
from aslrun.functions.notes import DYNAMIC
from aslrun.values import JSON

ARCHIVES = (".zip", ".jar")
BUILDS = (".esbuild/.build", ".webpack/service", ".build", "dist", "build")
"""Where what is built of TypeScript lies below its project: by Serverless' plugins and by tsc."""

_NODE_HANDLER = re.compile(r"(?P<module>(?:.*/)?[^./]+)\.(?P<handler>.+)")
_PYTHON_HANDLER = re.compile(r"(?P<module>.+)\.(?P<handler>[^./]+)")
_LANGUAGES: Mapping[str, tuple[re.Pattern[str], tuple[str, ...]]] = {
    "python": (_PYTHON_HANDLER, (".py",)),
    "nodejs": (_NODE_HANDLER, (".js", ".mjs", ".cjs")),
}
"""Runtime → what a handler looks like, and the suffixes of the files that it may be in."""


class Unusable(Exception):
    """Why a function cannot run here."""


def functions_of(template: Template) -> Iterator[Function]:
    """Yield the functions of a template, by the names in their ARNs. Raises nothing.

    Of several of a name, whose conditions exclude each other, it is the one that is made.
    """
    aliases, versions = [*_aliases(template)], {*_with_versions(template)}
    ids = [*template.resources_of(*FUNCTION_TYPES)]
    made = {template.name(id) for id in ids if template.is_made(id)}
    for id in ids:
        if not template.is_made(id) and template.name(id) in made:
            continue
        try:
            found = _function(template, id)
            own = tuple(alias for function, alias in aliases if function == found.name)
            yield replace(found, aliases=own, has_versions=found.name in versions)
        except Unusable as why:
            yield Function(template.name(id), unusable=f"{why} ({template.file}, {id})")


def _aliases(template: Template) -> Iterator[tuple[str, str]]:
    """Yield the aliases of a template, each as (function, alias)."""
    for id in template.resources_of("AWS::Serverless::Function"):
        alias = template.resolve(template.properties(id).get("AutoPublishAlias"))
        if isinstance(alias, str):
            yield template.name(id), alias
    for id in template.resources_of("AWS::Lambda::Alias"):
        properties = template.properties(id) if template.is_made(id) else {}
        function, alias = (template.resolve(properties.get(name)) for name in ("FunctionName", "Name"))
        if isinstance(function, str) and isinstance(alias, str):
            yield function_name(function), alias


def _with_versions(template: Template) -> Iterator[str]:
    """Yield the functions that versions are published of: for AutoPublishAlias, and by Serverless always."""
    ids = template.resources_of(*FUNCTION_TYPES)
    yield from (template.name(id) for id in ids if template.aliases)
    yield from (template.name(id) for id in ids if "AutoPublishAlias" in template.properties(id))
    for id in template.resources_of("AWS::Lambda::Version", "AWS::Lambda::Alias"):
        properties = template.properties(id) if template.is_made(id) else {}
        function, version = (
            template.resolve(properties.get(name)) for name in ("FunctionName", "FunctionVersion")
        )
        if isinstance(function, str) and version != "$LATEST":
            yield function_name(function)


def _function(template: Template, id: str) -> Function:
    properties = template.properties(id)
    resolved = {name: template.resolve(value) for name, value in properties.items() if name != "Layers"}
    if resolved.get("PackageType") == "Image" or "ImageUri" in resolved:
        raise Unusable("it is a container image")
    root = _inline(resolved) or _code_folder(template, id, resolved)
    runtime = str(resolved.get("Runtime", ""))
    builds = [beside(template, f".aws-sam/build/{id}"), *(root / build for build in BUILDS)]
    root, file, handler = find_handler([root, *builds], resolved.get("Handler"), runtime)
    return Function(
        template.name(id),
        file,
        handler,
        root=root,
        timeout=_number(resolved, "Timeout", 1),
        memory=_whole_number(resolved, "MemorySize", 128),
        environment=_environment(template, resolved),
        layers=tuple(_layers(template, properties.get("Layers"))),
        concurrency=_whole_number(resolved, "ReservedConcurrentExecutions", 0),
        runtime=runtime or None,
        architecture=_architecture(resolved),
    )


def _architecture(properties: Mapping[str, JSON]) -> str:
    """Return what `Architectures` says, a list of one; x86_64 by default (API reference: CreateFunction)."""
    told = properties.get("Architectures")
    return "arm64" if isinstance(told, list) and told[:1] == ["arm64"] else "x86_64"


# ---------------------------------------------------------------- code


def _code_folder(template: Template, id: str, properties: Mapping[str, JSON]) -> Path:
    """Return the folder of a function's code; what `cdk synth` packs lies where its metadata says."""
    written = properties.get("CodeUri", properties.get("Code", "."))
    folder = find_asset(template, id, written)
    if folder is None:
        if not isinstance(written, str) or written.startswith("s3://"):
            raise Unusable(f"its code lies in S3, at {_shown(template, written)}")
        folder = beside(template, written)
    if folder.suffix in ARCHIVES:
        raise Unusable(f"its code is an archive, {folder}: name the folder that it is made of")
    if not os.path.isdir(folder):
        raise Unusable(f"there is no folder {folder} with its code")
    return folder


def _shown(template: Template, location: JSON) -> str:
    place = bucket_and_key(template, location)
    return template.text(location) if place is None else f"s3://{place[0]}/{place[1]}"


def _inline(properties: Mapping[str, JSON]) -> Path | None:
    """Return a folder with the code that is written in the template itself, if any is."""
    code = properties.get("InlineCode") or _zip_file(properties.get("Code"))
    if not isinstance(code, str):
        return None
    suffix = ".py" if str(properties.get("Runtime")).startswith("python") else ".js"
    folder = Path(tempfile.mkdtemp(prefix="aslrun-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    guard.remove(str(folder))
    # Documentation: "ZipFile": the code is packed as a file that is named index.
    (folder / f"index{suffix}").write_text(code, encoding="utf-8", errors="surrogatepass")
    return folder


def _zip_file(code: JSON) -> JSON:
    return code.get("ZipFile") if isinstance(code, dict) else None


def find_handler(roots: list[Path], written: JSON, runtime: str) -> tuple[Path, Path, str]:
    """Return the first folder that has a handler, of the code and then of builds, its file and its name;
    Unusable where none has it."""
    if not isinstance(written, str) or not written:
        raise Unusable("it has no Handler")
    language = next((name for name in _LANGUAGES if runtime.startswith(name)), None)
    if runtime and language is None:
        raise Unusable(f"its Runtime is {runtime}, and Python and Node.js are what runs here")
    tried: list[Path] = []
    for name in (language,) if language else _LANGUAGES:
        pattern, suffixes = _LANGUAGES[name]
        if (match := pattern.fullmatch(written)) is None:
            raise Unusable(f"its Handler is '{written}', and must be FILE.FUNCTION")
        module = match["module"].replace(".", "/") if name == "python" else match["module"]
        tried += [roots[0] / f"{module}{suffix}" for suffix in suffixes]
        places = [roots[0]] if name == "python" else roots
        files = ((root, root / f"{module}{suffix}") for root in places for suffix in suffixes)
        if found := next(((root, file) for root, file in files if os.path.isfile(file)), None):
            return *found, match["handler"]
    raise Unusable(_no_file(tried, written))


def _no_file(tried: list[Path], handler: str) -> str:
    typescript = tried[0].with_suffix(".ts")
    if os.path.isfile(typescript):
        return (
            f"{typescript} is TypeScript: build it, and use the template that the build writes, or name what"
            " it makes: --function NAME=FILE.js:HANDLER"
        )
    return f"its Handler is '{handler}', and there is no file {' or '.join(map(str, tried))}"


# ---------------------------------------------------------------- configuration


def _environment(template: Template, properties: Mapping[str, JSON]) -> dict[str, str]:
    variables = mapping_at(properties.get("Environment"), "Variables")
    texts = {name: template.text(value).replace("\0", "") for name, value in variables.items()}
    # What CloudFormation would look up may be given by the user's own environment.
    given = {name: os.environ.get(name, text) for name, text in texts.items() if DYNAMIC in text}
    return {**texts, **given, **_logging(template, properties)}


def _logging(template: Template, properties: Mapping[str, JSON]) -> dict[str, str]:
    """Return the variables that tell a runtime how to log. Documentation: "Advanced logging controls"."""
    told = {
        name: template.text(value) for name, value in mapping_at(dict(properties), "LoggingConfig").items()
    }
    variables = {"AWS_LAMBDA_LOG_FORMAT": told["LogFormat"]} if "LogFormat" in told else {}
    if told.get("LogFormat", "").upper() == "JSON":
        variables["AWS_LAMBDA_LOG_LEVEL"] = told.get("ApplicationLogLevel", "INFO")
    if "LogGroup" in told:
        variables["AWS_LAMBDA_LOG_GROUP_NAME"] = told["LogGroup"]
    return variables


def _layers(template: Template, written: JSON) -> Iterator[Path]:
    """Yield the folders of the layers that lie here; others are for the installation to have."""
    for layer in written if isinstance(written, list) else ():
        id = layer.get("Ref") if isinstance(layer, dict) else None
        if not isinstance(id, str) or id not in template.resources_of(*LAYER_TYPES):
            continue
        properties = template.properties(id)
        content = template.resolve(properties.get("ContentUri", properties.get("Content")))
        folder = find_asset(template, id, content)
        if folder is None and isinstance(content, str):
            folder = beside(template, content)
        if folder is not None and os.path.isdir(folder):
            yield folder


def _number(properties: Mapping[str, JSON], name: str, least: int) -> float | None:
    """Return a number, which may be written as a text; None where there is none, or a placeholder."""
    value = properties.get(name)
    if value is None or (isinstance(value, str) and "${" in value):
        return None
    try:
        number = float(value) if isinstance(value, (str, int, float)) else float("nan")
    except (ValueError, OverflowError):
        number = float("nan")
    if not least <= number < math.inf:
        raise Unusable(f"its {name} is {value!r}, and must be a number, {least} or more")
    return number


def _whole_number(properties: Mapping[str, JSON], name: str, least: int) -> int | None:
    number = _number(properties, name, least)
    return None if number is None else int(number)

"""Files that are no definitions but lead to some: what they are, and what to run instead.

Documentation: Terraform's `templatefile`, `jsonencode`, `terraform show`; `cdk synth`; `serverless print`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from aslrun.document.spans import Text
from aslrun.errors import UsageError

_TERRAFORM = re.compile(r"\s*(?:resource|data|module|variable|locals|provider|terraform)\b[^\n{=:]*\{")
_MACHINE = re.compile(r'resource\s+"aws_sfn_state_machine"\s+"([^"\n]+)"')
_TEMPLATE = re.compile(r'templatefile\(\s*"([^"\n]+)"\s*(?:,\s*\{((?:[^{}]|\$\{[^{}]*\}){0,5000})\})?')
_FILE = re.compile(r'\bfile(?:\(|name\s*=)\s*"([^"\n]+\.(?:json|ya?ml|asl|tmpl|tpl|tftpl))"')
_VARIABLE = re.compile(r'(?:^|[,{\n])\s*"?([A-Za-z_][\w-]*)"?\s*[=:]', re.MULTILINE)
_DIRECTIVE = re.compile(r"%\{~?\s*(?:if|for)\b")
_PROGRAMS = (".ts", ".js", ".mjs", ".cjs", ".py", ".go", ".java", ".cs")


def refuse_foreign(source: Text) -> None:
    """Raise UsageError for a text that is Terraform's, or a program, with what to run instead."""
    suffix = os.path.splitext(source.file)[1]
    if suffix in (".tf", ".hcl") or (suffix not in _PROGRAMS and _is_terraform(source.text)):
        raise UsageError(f"{source.file} is Terraform, and no definition: {_of_terraform(source)}")
    if suffix in _PROGRAMS:
        raise UsageError(
            f"{source.file} is a program, and no definition: of CDK, run `cdk synth` and name cdk.out; of the"
            " Serverless Framework, run `serverless print --format yaml > service.yml` and name service.yml"
        )
    if "%{" in source.text and (directive := _DIRECTIVE.search(source.text)):
        raise UsageError(
            f"{source.file} is a template of Terraform with {directive[0]} ... }}: render it first, with"
            " templatefile in `terraform console`, and name what that writes"
        )


def _is_terraform(text: str) -> bool:
    begins = text.lstrip()[:1]
    return begins not in ("{", "[") and (_MACHINE.search(text) or _TERRAFORM.match(text)) is not None


def _of_terraform(source: Text) -> str:
    machines = _MACHINE.findall(source.text)
    there = f"it has the state machine {', '.join(machines)}; " if machines else ""
    templates = list(dict.fromkeys(_TEMPLATE.findall(source.text)))
    templates = templates or [(name, "") for name in dict.fromkeys(_FILE.findall(source.text))]
    if templates:
        runs = " or ".join(_command(source, *template) for template in templates[:5])
        return f"{there}run aslrun on the file that it reads: {runs}"
    name = f":{machines[0]}" if machines else ""
    return (
        f"{there}run `terraform show -json > state.json` after an apply, and name state.json{name};"
        " or keep the definition in a file of its own, which Terraform reads with templatefile"
    )


def _command(source: Text, written: str, variables: str) -> str:
    name = re.sub(r"\$\{path\.\w+\}/?", "", written)
    names = list(dict.fromkeys(_VARIABLE.findall(variables)))
    values = "".join(f" --substitute {one}=VALUE" for one in names[:20])
    return f"`aslrun execute {(Path(source.file).parent / name).as_posix()}{values}`"

"""The AWS SDK for JavaScript against a server: `make test-clients`."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from aslrun.server.serving import serve

pytestmark = pytest.mark.clients


def run(script: str, **environment: str) -> None:
    """Run a script beside this file against a server."""
    with serve(seed=1) as server:
        ran = subprocess.run(
            ["node", str(Path(__file__).parent / script)],
            env={
                "PATH": os.environ["PATH"],
                "ASLRUN_NODE_SDK": os.environ["ASLRUN_NODE_SDK"],
                "AWS_REGION": "us-east-1",
                **environment,
                **server.environment,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert ran.returncode == 0, ran.stderr


def test_the_life_of_a_machine() -> None:
    run("lifecycle.mjs")


HANDLER = """
const shared = require("shared");
exports.handler = async (event) => {
  console.log(`working on ${event.id}`);
  if (event.fail) throw new Error("no such order");
  return { version: VERSION, id: event.id, stage: process.env.STAGE, shared };
};
"""


def test_the_life_of_a_function() -> None:
    zips = {
        "layer": packed("nodejs/node_modules/shared/index.js", 'module.exports = "from the layer";'),
        "first": packed("index.js", HANDLER.replace("VERSION", "1")),
        "second": packed("index.js", HANDLER.replace("VERSION", "2")),
    }
    told = {name: base64.b64encode(zip).decode() for name, zip in zips.items()}
    run("functions.mjs", ASLRUN_ZIPS=json.dumps(told))


def packed(name: str, code: str) -> bytes:
    """Return a zip file with one file in it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, code)
    return made.getvalue()

"""The AWS SDK for JavaScript against a server: `make test-clients`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from aslrun.server.serving import serve

pytestmark = pytest.mark.clients


def test_the_life_of_a_machine() -> None:
    with serve() as server:
        ran = subprocess.run(
            ["node", str(Path(__file__).parent / "lifecycle.mjs")],
            env={
                "PATH": os.environ["PATH"],
                "ASLRUN_NODE_SDK": os.environ["ASLRUN_NODE_SDK"],
                "AWS_REGION": "us-east-1",
                **server.environment,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert ran.returncode == 0, ran.stderr

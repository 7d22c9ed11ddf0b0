from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from project import Project, Serve, serving


@pytest.fixture
def serve_project(tmp_path: Path) -> Iterator[Serve]:
    """Serves templates; what is served is closed at the end."""
    made: list[Project] = []

    def serve(template: str, handlers: dict[str, str] | None = None, **more: Any) -> Project:
        made.append(serving(tmp_path, template, handlers, **more))
        return made[-1]

    yield serve
    for one in made:
        one.server.close()

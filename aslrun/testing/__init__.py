"""Testing state machines with pytest: the fixture `state_machine`, mocks in Python, snapshots, coverage.

pytest finds the plugin by itself once aslrun is installed; there is nothing to import. docs/testing.md.
"""

from __future__ import annotations

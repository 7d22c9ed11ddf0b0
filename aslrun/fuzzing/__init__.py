"""Fuzzing: executions of a machine that nobody wrote a test for, and what goes wrong in them.

A definition is followed once, with marks in place of values (`follow`): what it reads of its input and of
the results of Tasks, as what, and what it compares it with. Strategies make such values (`values`), failures
(`failures`) and times; `search` runs them, `verdicts` judges, `reproduce` writes down. docs/fuzzing.md.
"""

from __future__ import annotations

"""The values that a user gives for names in a definition, and which of these names there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aslrun.errors import UsageError


class Substitutions(Mapping[str, str]):
    """Values by name, which remember the names that were asked for, whether there is a value or not."""

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self._given = dict(given or {})
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._given[name]

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return name in self._given

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    @property
    def unused(self) -> list[str]:
        """The names with a value that nobody asked for."""
        return [name for name in self._given if name not in self.asked]

    def check_used(self, where: str) -> None:
        """Raise UsageError for a name that is nowhere in what was read; `where` tells what that was."""
        if not self.unused:
            return
        from difflib import get_close_matches

        for name in self.unused:
            names = sorted(one for one in self.asked if not one.startswith("AWS::"))
            close = get_close_matches(name, names, 1)
            guess = f"; did you mean '{close[0]}'?" if close else ""
            shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
            there = f"the names there are {shown}" if names else "there is no placeholder"
            raise UsageError(f"--substitute {name}: nothing in {where} is called {name}; {there}{guess}")

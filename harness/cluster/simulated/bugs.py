"""Bugs: every planted one by its name, with what it does. None is on unless a test or `make mutation` asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Bugs:
    """Which bugs are planted; UsageError for one that is not known."""

    names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in sorted(self.names - set(BUGS)):
            raise UsageError(f"bug {name} is unknown: choose one of {', '.join(BUGS)}")

    def on(self, name: str) -> bool:
        """Whether a bug is planted."""
        return name in self.names


BUGS: dict[str, str] = {
    "all-actors-on-one-host": "every actor belongs to the first host",
    "ring-reshuffled-by-a-join": "each new table deals all actors out anew",
}
"""What each planted bug does, by its name."""

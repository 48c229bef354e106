"""Cases: the histories of ``cases/``, whose folder is their verdict, for tests that need one of them or all.

A new one is written with `History.write`, by hand, or cut out of a recorded run; no code makes them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from actorproof.harness.history import events as ev
from actorproof.properties.views.timeline import Timeline

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Case:
    """One history, by its path below ``cases/`` without suffix: ``turns/bad/two-live-hosts--killed-later``."""

    name: str

    def events(self) -> list[ev.Event]:
        """Its events, in merged order."""
        return list(_read(self.name))

    def timeline(self) -> Timeline:
        return Timeline(self.events())


@cache
def _read(name: str) -> tuple[ev.Event, ...]:
    lines = (CASES / f"{name}.jsonl").read_bytes().splitlines()
    return tuple(msgspec.json.decode(line, type=ev.AnyEvent) for line in lines)


def cases(guarantee: str) -> list[Case]:
    """All cases of a guarantee, good and bad, by name."""
    paths = sorted((CASES / guarantee).glob("*/*.jsonl"))
    return [Case(f"{guarantee}/{path.parent.name}/{path.stem}") for path in paths]

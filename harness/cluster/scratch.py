"""Scratch folders: where a cluster keeps what nobody needs after it, and what tells a leftover from a live one.

A cluster's guardian writes ``owner.json`` ({"pid", "start", "guardian"}) and ``units.jsonl`` ({"unit", "incarnation",
"pid", "start"}) there, and removes the folder at the end. `start` is in clock ticks since boot, so that a number that
was given to another process meanwhile is not taken for the old one.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actorproof.harness.cluster.guardian import start_ticks

PREFIX = "cluster-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A scratch folder whose owner is gone, and what still runs of its units, as (unit, pid)."""

    scratch: Path
    owner: int
    living: tuple[tuple[str, int], ...]


def make_scratch(base: Path) -> Path:
    """Make a new scratch folder under `base`, for the user alone."""
    base.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))


def leftovers(base: Path) -> tuple[Leftover, ...]:
    """Scratch folders under `base` whose owner has ended, in order of name.

    A folder without owner.json never had a unit; it counts as a leftover with owner 0 as soon as it is seen, so ask
    only when no run is being set up.
    """
    found = []
    for scratch in sorted(base.glob(f"{PREFIX}*")):
        owner = next(iter(_records(scratch / "owner.json")), {"pid": 0, "start": -1})
        if _lives(owner):
            continue
        units = _records(scratch / "units.jsonl")
        living = tuple((str(unit["unit"]), int(unit["pid"])) for unit in units if _lives(unit))
        found.append(Leftover(scratch=scratch, owner=int(owner["pid"]), living=living))
    return tuple(found)


def _records(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]
    except (OSError, ValueError):
        return []


def _lives(record: dict[str, Any]) -> bool:
    return start_ticks(int(record["pid"])) == int(record["start"]) != 0

"""Upstream: what became of the public issues and changes that known mechanisms name."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_suffix(".toml")
THREAD = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)/(?:issues|pull)/(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """What was found when the addresses were looked up.

    Attributes:
        looked_up: the day, ``2026-11-30``.
        status: by address, what became of it in a few words.
    """

    looked_up: str
    status: dict[str, str]


@cache
def upstream() -> Upstream:
    """What is shipped."""
    found = tomllib.loads(FILE.read_text("utf-8"))
    return Upstream(looked_up=found["looked_up"], status=found["status"])


def short(address: str) -> str:
    """An address as its readers write it, ``dapr/dapr#9514``; ``no public issue`` for what is none."""
    found = THREAD.fullmatch(address)
    if found is not None:
        return "#".join(found.groups())
    return address if address.startswith("http") else "no public issue"


def known(address: str) -> str:
    """An address with what became of it, where that was found: ``https://... (open, looked up 2026-11-30)``."""
    found = upstream()
    said = found.status.get(address)
    return address if said is None else f"{address} ({said}, looked up {found.looked_up})"

"""Mechanism: a known way from links to violations, as data (``mechanisms.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass

KEYS = frozenset({"id", "title", "story", "links", "upstream"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """One way from links to violations.

    Attributes:
        id: what a deviation, a replay and `--cause` name it by.
        title: what happens, in a few words.
        story: how, in a sentence or two.
        advice: whom it strikes, and what helps; empty where that is not known.
        links: the kinds of links that have to be proved, all of them.
        upstream: a public issue, or ``none known``.
    """

    id: str
    title: str
    story: str
    links: frozenset[str]
    upstream: str
    advice: str = ""

    @property
    def reported(self) -> bool:
        """Whether a public issue tells of it."""
        return self.upstream.startswith("http")


def parse(text: str) -> tuple[Mechanism, ...]:
    """The mechanisms of a file; the first one that fits counts. ValueError names the entry that is wrong."""
    found: list[Mechanism] = []
    for entry in tomllib.loads(text).get("mechanism", []):
        where = f"mechanism {entry.get('id') or entry}"
        if set(entry) - {"advice"} != KEYS:
            raise ValueError(f"{where}: keys have to be {', '.join(sorted(KEYS))}")
        if not entry["links"]:
            raise ValueError(f"{where}: it names no link, so it would fit everything")
        if entry["id"] in {mechanism.id for mechanism in found}:
            raise ValueError(f"{where}: the id is there twice")
        found.append(Mechanism(**entry | {"links": frozenset(entry["links"])}))
    return tuple(found)


def fitting(mechanisms: Collection[Mechanism], kinds: Collection[str]) -> Mechanism | None:
    """The first mechanism all of whose links are there."""
    return next((mechanism for mechanism in mechanisms if mechanism.links <= set(kinds)), None)

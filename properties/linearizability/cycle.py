"""Cycle: transactions of which each came before the next one, and the last before the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Why one transaction came before another: an edge's kind, a sentence, and in short the key and its values."""

    kind: str
    sentence: str
    short: str = ""

    def __str__(self) -> str:
        return f"- {self.sentence} ({self.kind})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A transaction: its name, its client, and its steps as text."""

    name: str
    process: str
    steps: str

    def __str__(self) -> str:
        return f"{self.name}, process {self.process}: {self.steps}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """A cycle, by the name of its anomaly.

    Attributes:
        members: the transactions in their order.
        links: of each member the edge to the next one, of the last one that to the first.
        forcing: transactions that are no members, by which some links follow.
        reasons: the edges that make these links follow.
    """

    name: str
    members: Sequence[Member]
    links: Sequence[Link]
    forcing: Sequence[Member] = ()
    reasons: Sequence[Link] = ()

    @property
    def summary(self) -> str:
        """What is wrong with it, in words."""
        first, *rest = [member.name for member in self.members]
        return f"{first} came before {', before '.join(rest)}, and before itself"

    def told(self) -> list[str]:
        """It under its name, as a verdict tells it."""
        return [f"{self.name}:", *(f"  {row}" for row in self.rows())]

    def rows(self) -> Iterator[str]:
        """It in lines of text, the last two of which are a drawing."""
        yield from map(str, (*self.members, *self.forcing, *self.links, *self.reasons))
        yield f"so {self.summary}"
        parts = [f"[{member.name}] --{link.kind}--> " for member, link in zip(self.members, self.links, strict=True)]
        row = "".join(parts)
        yield f"  {row}+"
        yield f"   ^{'-' * (len(row) - 2)}+"

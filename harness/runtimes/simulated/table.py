"""Table: which host owns which actor, by rendezvous hashing. A host that joins takes its share; nothing else moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b


class Ring:
    """Deals actors out to hosts."""

    def owner(self, actor: str, table: Table) -> str | None:
        """The host with the highest score for it; None when there is no host."""
        return max(table.hosts, key=lambda host: (score(f"{host}/{actor}"), host), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One version of the placement table; `hosts` maps each host to its session."""

    version: int
    hosts: Mapping[str, int]
    ring: Ring
    _owners: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)

    def owner(self, actor: str) -> str | None:
        """The host that owns an actor; None when there is no host."""
        if actor not in self._owners:
            self._owners[actor] = self.ring.owner(actor, self)
        return self._owners[actor]


def score(text: str) -> int:
    """A hash that is the same in every process."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())

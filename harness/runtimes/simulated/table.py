"""Table: which host owns which actor, by rendezvous hashing. A host that joins takes its share; nothing else moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from actorproof.harness.runtimes.simulated.bugs import Bugs


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One version of the placement table; `hosts` maps each host to its session."""

    version: int
    hosts: Mapping[str, int]
    bugs: Bugs
    _owners: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)

    def owner(self, actor: str) -> str | None:
        """The host that owns an actor; None when there is no host."""
        if actor not in self._owners:
            self._owners[actor] = self._choose(actor)
        return self._owners[actor]

    def _choose(self, actor: str) -> str | None:
        if self.bugs.on("all-actors-on-one-host"):
            return min(self.hosts, default=None)
        salt = f"{self.version}" if self.bugs.on("ring-reshuffled-by-a-join") else ""
        return max(self.hosts, key=lambda host: (_score(f"{salt}{host}/{actor}"), host), default=None)


def _score(text: str) -> int:
    """A hash that is the same in every process."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())

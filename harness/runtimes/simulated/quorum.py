"""Quorum: replicas that agree, as far as a simulation needs it.

What they agreed upon is one object that outlives them all, as a replicated log on disk does. One of them leads while
a majority runs; another takes over when the leader has been silent for `ELECTION_S`. A leader that stood still
meanwhile finds that it leads no longer as soon as it goes on: it asks before each thing that it decides, and what it
decides takes no time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from actorproof.harness.simulation.loop import VirtualLoop

BEAT_S = 0.1
ELECTION_S = 1.0
_ALIVE_NS = 350_000_000
_ELECTION_NS = round(ELECTION_S * 1e9)


class Quorum:
    """Who leads. `changed` is called when that changes."""

    def __init__(
        self,
        replicas: Sequence[str],
        *,
        loop: VirtualLoop,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.replicas = tuple(replicas)
        self.term = 0
        self.leader: str | None = None
        self._loop = loop
        self._changed = changed
        self._heard: dict[str, int] = {}

    def beat(self, replica: str) -> None:
        """A replica runs. It becomes the leader when there is none and a majority runs."""
        now_ns = self._loop.now_ns
        self._heard[replica] = now_ns
        if self.leader == replica:
            return
        since_ns = self._heard.get(self.leader, 0) if self.leader else 0
        alive = sum(now_ns - heard_ns <= _ALIVE_NS for heard_ns in self._heard.values())
        if now_ns - since_ns > _ELECTION_NS and alive * 2 > len(self.replicas):
            self.leader = replica
            self.term += 1
            self._changed()

    def leads(self, replica: str, term: int) -> bool:
        """Whether a replica still leads, in the term in which it thinks that it does.

        A leader that has not been heard of for the election time-out must not decide anything any more.
        """
        silent_ns = self._loop.now_ns - self._heard.get(replica, 0)
        return self.leader == replica and self.term == term and silent_ns <= _ELECTION_NS

from __future__ import annotations

from functools import cached_property

from actorproof.harness.runtimes.simulated.store import Disk, Writes

LAG_NS = 5_000_000_000


class ReadsFromALaggingReplica(Disk):
    """What was stored is read only five seconds later, and so updates are lost.

    Breaks `linearizability` and `durability`: a turn does not see what the one before it saved.
    """

    @cached_property
    def _replaced(self) -> dict[tuple[str, str], tuple[int, str | None]]:
        return {}

    def read(self, actor: str, key: str) -> str | None:
        replaced_ns, before = self._replaced.get((actor, key), (-LAG_NS, None))
        return before if self.loop.now_ns - replaced_ns < LAG_NS else super().read(actor, key)

    def write(self, actor: str, writes: Writes) -> None:
        for key, _ in writes:
            self._replaced[actor, key] = self.loop.now_ns, super().read(actor, key)
        super().write(actor, writes)

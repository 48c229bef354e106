from __future__ import annotations

from actorproof.harness.runtimes.simulated.store import Disk, Writes

AGE_NS = 2_000_000_000


class RestartRestoresASnapshot(Disk):
    """A restarted store has the state of some seconds ago.

    Breaks `durability` and `linearizability`: saves that were acknowledged are gone.
    """

    _taken: dict[str, dict[str, str]] | None = None
    _taken_ns = 0

    def opened(self) -> None:
        if self._taken is not None:
            self.values = _copy(self._taken)

    def write(self, actor: str, writes: Writes) -> None:
        super().write(actor, writes)
        if self.loop.now_ns - self._taken_ns > AGE_NS:
            self._taken_ns = self.loop.now_ns
            self._taken = _copy(self.values)


def _copy(values: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return {actor: dict(of_actor) for actor, of_actor in values.items()}

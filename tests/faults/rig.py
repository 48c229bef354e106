"""A nemesis on a cluster of names, and what is journaled of its faults."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.port import Exchange, Machines, Toxic, UnitState, UnitStatus, Volumes, Workers
from actorproof.harness.errors import ClusterError
from actorproof.harness.faults.fault import Fault
from actorproof.harness.faults.nemesis import Nemesis
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal

UNITS = ("host-1/app", "host-1/sidecar", "host-2/app", "host-2/sidecar", "placement-0", "placement-1", "store")


class Fake:
    """A cluster of names: verbs change a status, and are remembered in order."""

    def __init__(self, *, never_ready: str = "", failures: int = 0, linked: bool = True, follows: str = "") -> None:
        self.status = dict.fromkeys(UNITS, UnitStatus.RUNNING)
        self.status |= {"host-2/app": UnitStatus.ABSENT, "host-2/sidecar": UnitStatus.ABSENT}
        self.done: list[str] = []
        self.never_ready = never_ready
        self.failures = failures
        self.linked = linked
        self.follows = follows  # a sidecar after which its application ends by itself

    def units(self) -> tuple[str, ...]:
        return UNITS

    def links(self) -> tuple[str, ...]:
        return ("host-1>store",) if self.linked else ()

    def state(self, unit: str) -> UnitState:
        return UnitState(name=unit, status=self.status[unit], incarnation=1, pid=1)

    def _do(self, verb: str, unit: str, status: UnitStatus) -> None:
        self.done.append(f"{verb} {unit}")
        self.status[unit] = status

    async def up(self) -> None: ...

    async def down(self) -> None: ...

    async def start(self, unit: str, *, wait_ready: bool = True) -> None:
        assert not wait_ready
        if self.failures:
            self.failures -= 1
            raise ClusterError(f"{unit} can't be started")
        self._do("start", unit, UnitStatus.RUNNING)

    async def ready(self, unit: str) -> None:
        self.done.append(f"ready {unit}")
        if unit == self.never_ready:
            raise ClusterError(f"{unit} is not ready")

    async def kill(self, unit: str) -> None:
        self._do("kill", unit, UnitStatus.EXITED)

    async def terminate(self, unit: str) -> None:
        if self.status[unit] is UnitStatus.EXITED:
            raise ClusterError(f"{unit} does not run")
        self._do("terminate", unit, UnitStatus.EXITED)
        if unit == self.follows:
            self.status[unit.replace("/sidecar", "/app")] = UnitStatus.EXITED

    async def pause(self, unit: str) -> None:
        self._do("pause", unit, UnitStatus.PAUSED)

    async def resume(self, unit: str) -> None:
        self._do("resume", unit, UnitStatus.RUNNING)

    async def cut(self, link: str) -> None: ...

    async def mend(self, link: str) -> None: ...

    async def add_toxic(self, link: str, toxic: Toxic) -> None: ...

    async def remove_toxic(self, link: str, name: str) -> None: ...

    async def exchange(self, link: str, *, timeout_s: float) -> Exchange:
        del link, timeout_s
        return Exchange(ending="refused", received=0, took_ms=0.0)

    def initial(self, unit: str) -> bool:
        return not unit.startswith("host-2")

    def awaited(self, unit: str) -> bool:
        return True

    def resident_bytes(self, unit: str) -> int | None:
        del unit
        return None


async def placement_1() -> str | None:
    return "placement-1"


Leader = Callable[[], Coroutine[Any, Any, str | None]]


@contextmanager
def nemesis_on(
    folder: Path,
    cluster: Fake,
    *,
    leader: Leader = placement_1,
    machines: Machines | None = None,
    volumes: Volumes | None = None,
    workers: Workers | None = None,
) -> Iterator[Nemesis]:
    """A nemesis that journals into the folder."""
    clock = SystemClock()
    with Journal.open(folder / "harness.jsonl", process="harness", clock=clock) as journal:
        yield Nemesis(
            cluster=cluster,
            journal=journal,
            clock=clock,
            leader=leader,
            machines=machines,
            volumes=volumes,
            workers=workers,
        )


def journaled(folder: Path) -> list[ev.AnyEvent]:
    """What stands there after the first event."""
    return read_journal(folder / "harness.jsonl")[1:]


async def injected(folder: Path, fault: Fault, cluster: Fake | None = None, **ports: Any) -> list[ev.AnyEvent]:
    """What is journaled of a fault from its injection to its heal."""
    with nemesis_on(folder, cluster or Fake(), **ports) as nemesis:
        await nemesis.inject("f1", fault)
        await nemesis.heal("f1")
        assert nemesis.active == ()
    return journaled(folder)

"""Faults on machines, volumes and workers: proved, healed, missed without an effect, refused where there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.port import Condition, Life, Strain, Worker, Written
from actorproof.harness.errors import ClusterError, UsageError
from actorproof.harness.faults import workers
from actorproof.harness.faults.fault import Fault
from actorproof.harness.faults.ground import Ground
from actorproof.harness.faults.target import pair
from actorproof.harness.history import events as ev

from .rig import Fake, injected

GOOD = Written(refused="", took_ms=2)
AS_TOLD = {
    "read-only": Written(refused="Read-only file system", took_ms=1),
    "full": Written(refused="No space left on device", took_ms=1),
    "slow": Written(refused="", took_ms=501),
}
WORKER = Worker(host="host-1", pid=4711, turn="host-1/app#1:t7", actor="Ledger/b0")
SAID = "worker pid 4711 of host-1 (in turn host-1/app#1:t7 of Ledger/b0)"


class Deaf:
    """Machines on which nothing has an effect."""

    def places(self) -> tuple[str, ...]:
        return ("host-1", "host-2", "placement-0", "placement-1", "store", "toxiproxy")

    async def disconnect(self, place: str) -> None: ...

    async def reconnect(self, place: str) -> None: ...

    async def block(self, source: str, target: str) -> None: ...

    async def unblock(self, source: str, target: str) -> None: ...

    async def restrain(self, place: str, *, memory_mb: int | None, cpu_percent: int | None) -> None: ...

    async def release(self, place: str) -> None: ...

    async def reachable(self, place: str, *, timeout_s: float) -> bool:
        return True

    async def arrives(self, source: str, target: str) -> bool:
        return True

    async def strain(self, place: str) -> Strain:
        return Strain(memory_mb=10, memory_limit_mb=1000, refused=0, throttled=0)


class Store:
    """One volume, which does as it is told, or as a test wants it."""

    def __init__(self, *, always: Written | None = None, silent: bool = False) -> None:
        self.condition: Condition | None = None
        self.delay_ms = 0
        self._always = always
        self._silent = silent

    def names(self) -> tuple[str, ...]:
        return ("store",)

    async def spoil(self, volume: str, condition: Condition, *, delay_ms: int = 0) -> None:
        assert volume == "store"
        self.condition, self.delay_ms = condition, delay_ms

    async def restore(self, volume: str) -> None:
        assert volume == "store"
        self.condition = None

    async def write(self, volume: str) -> Written:
        assert volume == "store"
        if self._silent:
            raise ClusterError("no driver answers that writes to the store")
        return self._always or (AS_TOLD[self.condition] if self.condition else GOOD)


class Host:
    """One host whose worker has an open turn from the second look on; `deaf` ones do not take signals."""

    def __init__(self, *, idle: bool = False, deaf: bool = False, dies: bool = False) -> None:
        self.now: Life = "runs"
        self._looks = 0
        self._idle = idle
        self._deaf = deaf
        self._dies = dies

    def hosts(self) -> tuple[str, ...]:
        return ("host-1",)

    async def busy(self, host: str) -> Worker | None:
        self._looks += 1
        return None if self._idle or self._looks < 2 else WORKER

    def life(self, worker: Worker) -> Life:
        return self.now

    async def kill(self, worker: Worker) -> None:
        if self._deaf:
            raise ClusterError(f"{worker} shows no effect of SIGKILL")
        self.now = "gone"

    async def pause(self, worker: Worker) -> None:
        self.now = "gone" if self._dies else "stopped"

    async def resume(self, worker: Worker) -> None:
        self.now = "runs" if self.now == "stopped" else self.now


@pytest.mark.parametrize(
    ("verb", "params", "shown"),
    [
        ("protect", {}, "store: a write is refused, Read-only file system, after 1 ms"),
        ("fill", {}, "store: a write is refused, No space left on device, after 1 ms"),
        ("slow", {"delay_ms": 500}, "store: a write is done after 501 ms"),
    ],
)
async def test_a_fault_on_a_volume_is_proved_by_a_write_and_so_is_its_heal(
    tmp_path: Path, verb: str, params: dict[str, int], shown: str
) -> None:
    volume = Store()
    _, took, healed = await injected(tmp_path, Fault(verb=verb, target="store", params=params), volumes=volume)
    assert isinstance(took, ev.FaultTook)
    assert took.evidence == (shown,)
    assert isinstance(healed, ev.FaultHealed)
    assert healed.evidence == ("store: a write is done after 2 ms",)
    assert volume.condition is None


@pytest.mark.parametrize(
    ("verb", "took", "healed"),
    [
        ("kill-worker", f"{SAID} is gone", ()),
        ("pause-worker", f"{SAID}: every thread stopped", (f"{SAID} runs",)),
    ],
)
async def test_the_worker_that_runs_a_turn_is_struck_and_the_history_names_it(
    tmp_path: Path, verb: str, took: str, healed: tuple[str, ...]
) -> None:
    start, effect, heal = await injected(tmp_path, Fault(verb=verb, target="host-1"), workers=Host())
    assert isinstance(start, ev.FaultStarted)
    assert (start.verb, start.target, start.units) == (verb, "host-1", ("host-1/app",))
    assert isinstance(effect, ev.FaultTook)
    assert effect.evidence == (took,)
    assert isinstance(heal, ev.FaultHealed)
    assert heal.evidence == healed


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """An effect is not waited for long."""
    monkeypatch.setattr("actorproof.harness.faults.kinds.machines.throttle.STRAIN_S", 0.1)
    monkeypatch.setattr(workers, "BUSY_S", 0.1)


FULL = AS_TOLD["full"]


@pytest.mark.parametrize(
    ("verb", "target", "ports", "reason"),
    [
        ("add", "host-1", {}, "host-1 runs already"),
        ("disconnect", "store", {"machines": Deaf()}, "store is still reachable"),
        ("block", "host-1->toxiproxy", {"machines": Deaf()}, "host-1 still gets through to toxiproxy"),
        ("starve", "store", {"machines": Deaf()}, "the kernel has no new limit for store"),
        ("throttle", "store", {"machines": Deaf()}, "no unit of store was held back"),
        ("protect", "store", {"volumes": Store(always=GOOD)}, "in spite of the fault"),
        ("fill", "store", {"volumes": Store(always=GOOD)}, "in spite of the fault"),
        ("slow", "store", {"volumes": Store(always=GOOD)}, "in spite of the fault"),
        ("fill", "store", {"volumes": Store(always=FULL)}, "before the fault"),
        ("fill", "store", {"volumes": Store(silent=True)}, "no driver answers that writes to the store"),
        ("kill-worker", "host-1", {"workers": Host(deaf=True)}, "no effect of SIGKILL"),
        ("pause-worker", "host-1", {"workers": Host(dies=True)}, "is gone"),
        ("kill-worker", "host-1", {"workers": Host(idle=True)}, "no worker of host-1 ran a turn for"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.usefixtures("hurried")
async def test_a_fault_without_the_effect_that_it_is_to_have_is_missed_and_healed_all_the_same(
    tmp_path: Path, verb: str, target: str, ports: dict[str, Any], reason: str
) -> None:
    started, missed, healed = await injected(tmp_path, Fault(verb=verb, target=target), **ports)
    assert isinstance(started, ev.FaultStarted)
    assert isinstance(missed, ev.FaultMissed)
    assert reason in missed.reason
    assert isinstance(healed, ev.FaultHealed)


@pytest.mark.parametrize(
    ("verb", "target", "ports", "said"),
    [
        ("disconnect", "host-1", {}, "needs hosts with a machine each: choose --driver docker"),
        ("fill", "store", {}, "fault fill on store needs a runtime that keeps state in files: choose --run"),
        ("kill-worker", "host-1", {}, "needs a runtime whose hosts run turns in processes of their own: choose --ru"),
        ("fill", "gcs", {"volumes": Store()}, "gcs is no volume here: choose one of store"),
        ("pause-worker", "host-2", {"workers": Host()}, "host-2 has no workers: choose one of host-1"),
    ],
    ids=["no machines", "no volumes", "no workers", "another volume", "a host without workers"],
)
async def test_where_there_is_nothing_to_strike_it_is_said_what_to_choose(
    tmp_path: Path, verb: str, target: str, ports: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        await injected(tmp_path, Fault(verb=verb, target=target), **ports)


@pytest.mark.parametrize(
    ("verb", "target"),
    [
        ("cut", "host-1"),
        ("kill", "host-1>store"),
        ("block", "host-1"),
        ("block", "host-1>store"),
        ("cut", "host-1->store"),
        ("disconnect", "host-1/app"),
        ("throttle", "host-1->store"),
        ("fill", "host-1/app"),
        ("kill-worker", "host-1/app"),
    ],
)
def test_a_verb_has_to_fit_its_target(verb: str, target: str) -> None:
    with pytest.raises(UsageError, match="is wanted"):
        Fault(verb=verb, target=target)


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("a->b", ("a", "b", False)),
        ("host-1<->store", ("host-1", "store", True)),
        ("a>b", None),
        ("a->a", None),
        ("a->", None),
        ("a->b->c", None),
        ("host-1", None),
    ],
)
def test_a_pair_of_machines_is_two_names_with_an_arrow(target: str, found: tuple[str, str, bool] | None) -> None:
    assert pair(target) == found


@pytest.mark.parametrize(
    ("verb", "target", "links"),
    [
        (
            "disconnect",
            "host-1",
            (
                *("client>host-1", "peers>host-1", "host-1>app"),
                *("host-1>placement-0", "host-1>placement-1", "host-1>store"),
            ),
        ),
        ("disconnect", "placement:leader", ("host-1>placement-1", "host-2>placement-1")),
        ("block", "host-1->placement-0", ("host-1>placement-0",)),
        ("block", "placement-0->host-1", ("host-1>placement-0",)),
        ("block", "host-1->host-2", ()),
        ("throttle", "host-1", ()),
    ],
)
def test_a_fault_on_machines_severs_the_links_that_pass_them(verb: str, target: str, links: tuple[str, ...]) -> None:
    ground = Ground(cluster=Fake(linked=False), clock=SystemClock(), machines=Deaf())
    fault = Fault(verb=verb, target=target)
    assert fault.kind.resolve(ground, fault, "placement-1").links == links

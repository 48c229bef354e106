"""Faults on volumes: proved by a write, healed, missed where they have no effect, refused where there is no volume."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.port import Condition, Written
from actorproof.harness.errors import ClusterError, UsageError
from actorproof.harness.faults.fault import Fault
from actorproof.harness.faults.nemesis import Nemesis
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal

from .test_nemesis import Fake, _leader

GOOD = Written(refused="", took_ms=2)
AS_TOLD = {
    "read-only": Written(refused="Read-only file system", took_ms=1),
    "full": Written(refused="No space left on device", took_ms=1),
    "slow": Written(refused="", took_ms=501),
}


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


def injected(tmp_path: Path, fault: Fault, volumes: Store | None) -> list[ev.AnyEvent]:
    """What is journaled of a fault from its injection to its heal."""

    async def work() -> None:
        with Journal.open(tmp_path / "j.jsonl", process="harness", clock=SystemClock()) as journal:
            nemesis = Nemesis(cluster=Fake(), journal=journal, clock=SystemClock(), leader=_leader, volumes=volumes)
            await nemesis.inject("f1", fault)
            await nemesis.heal("f1")
            assert volumes is None or volumes.condition is None

    asyncio.run(work())
    return read_journal(tmp_path / "j.jsonl")[1:]


@pytest.mark.parametrize(
    ("verb", "shown"),
    [
        ("protect", "store: a write is refused, Read-only file system, after 1 ms"),
        ("fill", "store: a write is refused, No space left on device, after 1 ms"),
        ("slow", "store: a write is done after 501 ms"),
    ],
)
def test_a_fault_is_proved_by_a_write_and_so_is_its_heal(tmp_path: Path, verb: str, shown: str) -> None:
    params = {"delay_ms": 500} if verb == "slow" else {}
    _, took, healed = injected(tmp_path, Fault(verb=verb, target="store", params=params), Store())
    assert isinstance(took, ev.FaultTook)
    assert took.evidence == (shown,)
    assert isinstance(healed, ev.FaultHealed)
    assert healed.evidence == ("store: a write is done after 2 ms",)


@pytest.mark.parametrize("verb", ["protect", "fill", "slow"])
def test_a_volume_that_goes_on_as_before_is_missed(tmp_path: Path, verb: str) -> None:
    _, missed, healed = injected(tmp_path, Fault(verb=verb, target="store"), Store(always=GOOD))
    assert isinstance(missed, ev.FaultMissed)
    assert "in spite of the fault" in missed.reason
    assert isinstance(healed, ev.FaultHealed)


def test_a_volume_that_took_no_write_before_shows_nothing(tmp_path: Path) -> None:
    bad = Store(always=Written(refused="No space left on device", took_ms=1))
    _, missed, _ = injected(tmp_path, Fault(verb="fill", target="store"), bad)
    assert isinstance(missed, ev.FaultMissed)
    assert missed.reason.endswith("before the fault")


def test_it_is_healed_also_when_nobody_is_there_to_show_it(tmp_path: Path) -> None:
    _, missed, healed = injected(tmp_path, Fault(verb="fill", target="store"), Store(silent=True))
    assert isinstance(missed, ev.FaultMissed)
    assert isinstance(healed, ev.FaultHealed)


def test_where_there_is_no_volume_it_is_said_what_to_choose(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="fault fill on store needs a runtime that keeps state in files: choose --run"):
        injected(tmp_path, Fault(verb="fill", target="store"), None)


def test_a_target_that_is_no_volume_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a volume \(store\) is wanted"):
        Fault(verb="fill", target="host-1/app")
    with pytest.raises(UsageError, match="gcs is no volume here: choose one of store"):
        injected(tmp_path, Fault(verb="fill", target="gcs"), Store())

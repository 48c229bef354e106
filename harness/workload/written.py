"""Written: a scenario as data. A run keeps what it did as plan.json, and users write theirs as TOML."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import UsageError
from actorproof.harness.faults.fault import Fault
from actorproof.harness.workload.extent import Drawing
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import AnyStep, Heal, Inject, Plan, Wait

FORMAT = 2


class TimedFault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fault of a schedule.

    Attributes:
        at_s: when, in seconds since the load began.
        for_s: how long it stays; to the end when None.
        verb, target, params: see `harness.faults.fault.Fault`.
    """

    at_s: float
    for_s: float | None = None
    verb: str
    target: str
    params: dict[str, int] = {}

    def __post_init__(self) -> None:
        """UsageError for a time before the load, or a fault that can't be."""
        if self.at_s < 0 or (self.for_s is not None and self.for_s <= 0):
            raise UsageError(f"fault {self.verb} on {self.target}: at_s is 0 or more, for_s is more than 0")
        Fault(verb=self.verb, target=self.target, params=self.params)


class WrittenScenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scenario as data. At most one of `steps`, `faults` and `draw` says what is done beside the load.

    Attributes:
        guarantees: ids of those that it can decide.
        duration_s: how long the load goes on at the least; with `draw`, at the most.
        settle_reminders_s: how long reminders stay registered after the last heal, so that missed ticks show.
        steps: what is done, in order.
        faults: a schedule instead.
        draw: how much Hypothesis draws instead.
    """

    format: int = FORMAT
    name: str
    summary: str = ""
    guarantees: tuple[str, ...]
    duration_s: float = 10.0
    settle_reminders_s: float = 0.0
    topology: Topology = Topology()
    load: Load = Load()
    steps: tuple[AnyStep, ...] = ()
    faults: tuple[TimedFault, ...] = ()
    draw: Drawing | None = None

    def __post_init__(self) -> None:
        """UsageError for what can't be done together."""
        if sum(map(bool, (self.steps, self.faults, self.draw is not None))) > 1:
            raise UsageError("steps, faults and draw: choose one of them")
        if self.duration_s <= 0 or self.settle_reminders_s < 0:
            raise UsageError("duration_s is more than 0, settle_reminders_s is 0 or more")

    def plan(self, duration_s: float) -> Plan:
        """Its steps, and a wait at their end where they take less than `duration_s`."""
        steps = self.steps or tuple(_scheduled(self.faults))
        left_s = duration_s - sum(step.for_s for step in steps if isinstance(step, Wait))
        return Plan(steps=(*steps, Wait(for_s=round(left_s, 3))) if left_s > 0 else steps)


def _scheduled(faults: tuple[TimedFault, ...]) -> Iterator[AnyStep]:
    """The steps of a schedule: what comes when, and waits between."""
    due: list[tuple[float, int, AnyStep]] = []
    for number, fault in enumerate(faults, start=1):
        id_ = f"f{number}"
        due.append((fault.at_s, number, Inject(id=id_, verb=fault.verb, target=fault.target, params=fault.params)))
        if fault.for_s is not None:
            due.append((fault.at_s + fault.for_s, 0, Heal(id=id_)))
    now_s = 0.0
    for at_s, _, step in sorted(due, key=lambda each: each[:2]):
        if at_s > now_s:
            yield Wait(for_s=round(at_s - now_s, 3))
            now_s = at_s
        yield step

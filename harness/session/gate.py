"""Gate: which steps of a plan are still performed once the time may be up."""

from __future__ import annotations

from collections.abc import Callable, Collection

from actorproof.harness.history import events as ev
from actorproof.harness.workload.step import (
    AnyStep,
    Forget,
    Heal,
    Inject,
    Remind,
    Settle,
    StartLoad,
    StartTimer,
    StopLoad,
    StopTimer,
    Wait,
)


class Gate:
    """Which steps are performed once the time may be up: only what takes back what was done, then one wait for it.

    The time is not up before one fault of each kind that is `owed` was tried and healed, on a slow machine either:
    without them the run would decide nothing. `left_out` counts faults, bursts, reminders and timers that came too
    late.
    """

    def __init__(self, *, in_time: Callable[[], bool], owed: Collection[str] = ()) -> None:
        self._in_time = in_time
        self._owed = set(owed)
        self._open: dict[tuple[str, ...], str] = {}
        self._unsettled = False
        self.left_out = 0

    def admits(self, step: AnyStep) -> bool:
        """Whether to perform a step; to be asked once for each, in order."""
        match step:
            case Heal() | StopLoad():
                due = self._take_back((step.id,))
            case Forget() | StopTimer():
                due = self._take_back((step.actor, step.name))
            case Settle():
                due, self._unsettled = self._unsettled, False
                return due
            case _:
                due = self._in_time() or bool(self._owed)
                self.left_out += not due and not isinstance(step, Wait)
        if due and isinstance(step, Inject):
            self._open[step.id,] = ev.fault_kind(step.verb, step.target)
        elif due and isinstance(step, StartLoad):
            self._open[step.id,] = ""
        elif due and isinstance(step, Remind | StartTimer):
            self._open[step.actor, step.name] = ""
        self._unsettled = self._unsettled or due
        return due

    def _take_back(self, key: tuple[str, ...]) -> bool:
        kind = self._open.pop(key, None)
        self._owed.discard(kind or "")
        return kind is not None

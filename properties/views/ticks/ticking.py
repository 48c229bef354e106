"""Ticking: the timers of a history, each with its registration, what was asked of it later, and the turns it caused.

An actor registers its timers itself, in turns of `start`, and unregisters them in turns of `stop`; a call of ours
carries what is asked for. So a registration took place within its turn's interval, in the turn's own instance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from actorproof.properties.views.ticks.schedule import S_NS, SHORTEST_PERIOD_S, cancels
from actorproof.properties.views.timeline import Operation, Timeline, Turn

TYPE = "Ticker/"
REGISTER = "start"
UNREGISTER = "stop"


class Asked(msgspec.Struct, frozen=True):
    """The arguments of a registration. Durations in seconds."""

    name: str
    due_s: float
    period_s: float | None = None
    repetitions: int | None = None
    ttl_s: float | None = None
    callback: str = ""
    data: object = None


class _Named(msgspec.Struct, frozen=True):
    name: str


@dataclass(slots=True, kw_only=True, eq=False)
class Timer:
    """One timer.

    Attributes:
        registrations: every turn that may have registered it, in order of start.
        stops: the operations that were to unregister it, in order.
        firings: the turns that it caused, in order of start.
        once: whether one operation alone asked for it.
    """

    actor: str
    asked: Asked
    registrations: list[Turn]
    stops: list[Operation] = field(default_factory=list)
    firings: list[Turn] = field(default_factory=list)
    once: bool = True

    @property
    def name(self) -> str:
        return self.asked.name

    @property
    def registered(self) -> Turn | None:
        """The turn that registered it; None when that can't be said for sure."""
        match self.registrations:
            case [turn] if self.once and turn.ended == "completed":
                return turn
        return None

    @property
    def due_ns(self) -> int:
        return round(self.asked.due_s * S_NS)

    @property
    def period_ns(self) -> int:
        """0 for a timer that fires once."""
        return round((self.asked.period_s or 0.0) * S_NS)

    @property
    def ticks(self) -> int | None:
        """How often it fires by its repetitions; None when it goes on."""
        return self.asked.repetitions if self.period_ns else 1

    @property
    def asked_to_stop_ns(self) -> int | None:
        """When somebody first tried to end it; None when nobody did."""
        unregistered = (op.start_ns for op in self.stops if op.outcome != "fail")
        return min((*unregistered, *(turn.start_ns for turn in self.firings if cancels(turn))), default=None)


def gather(timeline: Timeline) -> tuple[Sequence[Timer], Sequence[str]]:
    """All timers of a history, in order of registration, and what could not be understood of it."""
    found: dict[tuple[str, str], Timer] = {}
    problems: list[str] = []
    stops: list[tuple[tuple[str, str], Operation]] = []
    for operation in timeline.operations:
        start = operation.start
        if start.action != "call" or not start.actor.startswith(TYPE) or start.name not in {REGISTER, UNREGISTER}:
            continue
        try:
            if start.name == UNREGISTER:
                stops.append(((start.actor, msgspec.json.decode(start.args, type=_Named).name), operation))
                continue
            asked = msgspec.json.decode(start.args, type=Asked)
        except msgspec.DecodeError:
            problems.append(f"operation {start.op} of {start.actor}: its arguments can't be read")
            continue
        if asked.due_s < 0 or (asked.period_s is not None and asked.period_s < SHORTEST_PERIOD_S):
            problems.append(f"timer {asked.name} of {start.actor}: due or period is too small to be judged")
            continue
        if asked.repetitions == 0:
            problems.append(f"timer {asked.name} of {start.actor}: what no repetitions mean is not said anywhere")
            continue
        known = found.get((start.actor, asked.name))
        if known is not None:
            known.once = False
            problems.append(f"timer {asked.name} of {start.actor} was registered twice: it is not judged")
            continue
        found[start.actor, asked.name] = Timer(actor=start.actor, asked=asked, registrations=list(operation.turns))
    for key, operation in stops:
        if key in found:
            found[key].stops.append(operation)
    for turn in timeline.turns:
        if turn.start.cause == "timer" and (timer := found.get((turn.actor, turn.start.name))) is not None:
            timer.firings.append(turn)
    return list(found.values()), problems

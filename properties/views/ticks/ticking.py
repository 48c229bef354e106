"""Ticking: the timers of a history, each with its registration, what was asked of it later, and the turns it caused.

An actor registers its timers itself. Ours do so in turns of `start`, and unregister them in turns of `stop`; a call of
ours carries what is asked for. What others ask their sidecar for is an operation of its own, whose client is the turn
that asks. So a registration took place within its turn's interval, in the turn's own instance. Of others' timers each
instance has its own by a name, as they register them when an actor comes; of one that something was asked of in no
turn that is known nothing is judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec

from actorproof.harness.history import events as ev
from actorproof.properties.views.records import FAR_PAST_NS, Operation, Turn
from actorproof.properties.views.ticks.schedule import AHEAD_NS, S_NS, SHORTEST_PERIOD_S, cancels, carries
from actorproof.properties.views.timeline import Timeline

TYPE = "Ticker/"
REGISTER = "start"
UNREGISTER = "stop"
TIMERS = frozenset({"register-timer", "unregister-timer"})
_Key = tuple[str, str, tuple[str, str, int] | None]
ON_ITS_WAY_NS = 3 * S_NS  # a callback that was sent before its timer was replaced has come by then


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
        once: whether one operation alone asked for it, or each of several in its turn.
    """

    actor: str
    asked: Asked
    registrations: list[Turn]
    stops: list[Operation] = field(default_factory=list)
    firings: list[Turn] = field(default_factory=list)
    once: bool = True

    @property
    def unpaused(self) -> bool:
        """Whether its period is zero: nobody promises how often it fires."""
        return self.asked.period_s == 0

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
    """All timers of a history, in order of registration, and what could not be understood of it.

    A name that is registered again has one timer for each registration, which the next one ends. Their turns are told
    apart by what they carry, and by when each can be due; where that can't be, it is one timer that is not judged.
    """
    found: dict[_Key, list[Timer]] = defaultdict(list)
    asked_by: dict[int, Operation] = {}
    problems: list[str] = []
    stops: list[tuple[_Key, Operation]] = []
    for operation in timeline.operations:
        start = operation.start
        what = _what(operation)
        if what is None:
            continue
        try:
            if what == UNREGISTER:
                stops.append((_key(timeline, start, _name(start)), operation))
                continue
            asked = _asked(start)
        except msgspec.DecodeError:
            problems.append(f"operation {start.op} of {start.actor}: its arguments can't be read")
            continue
        if asked.due_s < 0 or (asked.period_s and asked.period_s < SHORTEST_PERIOD_S):
            problems.append(f"timer {asked.name} of {start.actor}: due or period is too small to be judged")
            continue
        if asked.repetitions == 0:
            problems.append(f"timer {asked.name} of {start.actor}: what no repetitions mean is not said anywhere")
            continue
        by = timeline.turn(start.client)
        turns = operation.turns if start.action == "call" else [by] if by is not None else []
        acknowledged = start.action == "call" or operation.outcome == "ok"
        timer = Timer(actor=start.actor, asked=asked, registrations=list(turns), once=acknowledged)
        found[_key(timeline, start, asked.name)].append(timer)
        asked_by[id(timer)] = operation
    unseen = {(each.actor, each.name) for each in timeline.unattributed if each.what in TIMERS}
    for (actor, name, instance), timers in found.items():
        if instance is not None and (actor, name) in unseen:
            timers[0].once = False
            del timers[1:]
        elif not _told_apart(timers):
            if instance is None:
                problems.append(
                    f"timer {name} of {actor} was registered twice, and can't be told apart: it is not judged"
                )
            timers[0].once = False
            del timers[1:]
    for key, operation in stops:
        for timer in found.get(key, ()):
            if len(found[key]) == 1 or operation.end_ns > _registered_ns(timer):
                timer.stops.append(operation)
    for timers in found.values():
        for timer, following in pairwise(timers):
            timer.stops.append(asked_by[id(following)])
            timer.stops.sort(key=lambda operation: operation.start_ns)
    for turn in timeline.turns:
        if turn.start.cause == "timer":
            for instance in (None, turn.instance):
                if of_name := found.get((turn.actor, turn.start.name, instance)):
                    _whose(of_name, turn).firings.append(turn)
    return [timer for timers in found.values() for timer in timers], problems


def _key(timeline: Timeline, start: ev.Invoked, name: str) -> _Key:
    """Which timer an operation is about: of others' one of the asking turn's instance."""
    by = None if start.action == "call" else timeline.turn(start.client)
    return start.actor, name, None if by is None else by.instance


def _what(operation: Operation) -> str | None:
    """Whether an operation is to register or to unregister a timer; None when it is neither."""
    start = operation.start
    match start.action:
        case "call" if start.actor.startswith(TYPE) and start.name in {REGISTER, UNREGISTER}:
            return start.name
        case "register-timer" if operation.outcome != "fail":
            return REGISTER
        case "unregister-timer":
            return UNREGISTER
    return None


def _name(start: ev.Invoked) -> str:
    """The timer that is to be unregistered."""
    return start.name if start.action != "call" else msgspec.json.decode(start.args, type=_Named).name


def _asked(start: ev.Invoked) -> Asked:
    """What is registered; DecodeError for what can't be read."""
    if start.action == "call":
        return msgspec.json.decode(start.args, type=Asked)
    return msgspec.convert({**msgspec.json.decode(start.args, type=dict), "name": start.name}, Asked)


def _registered_ns(timer: Timer) -> int:
    """When the turn that registered a timer began; FAR_PAST_NS where that is not known."""
    return timer.registered.start_ns if timer.registered is not None else FAR_PAST_NS


def _told_apart(timers: list[Timer]) -> bool:
    """Whether the turns of timers of one name can be laid to their registrations; they are put in order."""
    if len(timers) == 1:
        return True
    if any(timer.registered is None for timer in timers):
        return False
    timers.sort(key=_registered_ns)
    for one, two in pairwise(timers):
        if one.registered and two.registered and one.registered.end_ns >= two.registered.start_ns:
            return False
        alike = any(two.asked.data == other.asked.data for other in timers if other is not two)
        if alike and two.due_ns < ON_ITS_WAY_NS:
            return False
    return True


def _whose(timers: Sequence[Timer], turn: Turn) -> Timer:
    """The last timer of that payload that can be due, else the first of it; when it is nobody's, the last one that was
    registered before.
    """
    if len(timers) == 1:
        return timers[0]
    since = [(timer, timer.registered.start_ns) for timer in timers if timer.registered]
    before = [timer for timer, start_ns in since if start_ns <= turn.start_ns]
    same = [(timer, start_ns) for timer, start_ns in since if carries(turn, timer.asked.data)]
    due = [timer for timer, start_ns in same if start_ns + timer.due_ns - AHEAD_NS <= turn.start_ns]
    return next(iter((*reversed(due), *(timer for timer, _ in same), *reversed(before))), timers[0])

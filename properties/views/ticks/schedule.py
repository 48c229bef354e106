"""Schedule: when a registered reminder is due, as far as the history knows it.

Tick k is due at registration + due + k x period. The registration took place somewhere in its operation's interval, so
each tick has an earliest and a latest due time.

What Dapr 1.18 does (its scheduler's source): the first tick comes at the due time to the nanosecond; after each
delivery the next one is due at the last due time + period, so ticks that were missed come back to back and none is
skipped; `Rn/period` fires n times in all; the time to live counts from the first due time. Where versions and texts
differ, the ticks in between are optional: neither wanted nor forbidden.

So are those of a period of zero, after the first: Dapr's texts say that a period is left empty for one tick, and a seed
that zero does the same; 1.18.2 fires on without a pause (measured: 490 times a second, until it is unregistered).

So are those of `R0`. Dapr documents n as the limit of all invocations and says nothing of a limit of none; 1.18.2
refuses it for a timer, and takes it for a reminder, which then goes on without an end (measured).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, pairwise
from math import inf

import msgspec

from actorproof.properties.views.records import Operation, Turn
from actorproof.properties.views.timeline import Timeline

S_NS = 1_000_000_000
SHORTEST_PERIOD_S = 0.01
AHEAD_NS = 50_000_000  # a tick may come so much before it is due, by the clocks
TTL_EDGE_NS = 50_000_000  # a tick this close to the end of its time to live may fire or not


class Asked(msgspec.Struct, frozen=True):
    """The arguments of a registration. Durations in seconds."""

    due_s: float
    period_s: float | None = None
    repetitions: int | None = None
    ttl_s: float | None = None
    data: object = None
    overwrite: bool | None = None


def cancels(turn: Turn) -> bool:
    """Whether a turn's answer asked the runtime to fire no more."""
    return turn.end is not None and turn.end.cancels


@dataclass(slots=True, kw_only=True, eq=False)
class Reminder:
    """One reminder: its registration, whatever was asked of it later, and the turns that it caused, in order.

    Attributes:
        alike: whether one of its name carried the same before, of which a last turn may be counted here.
        contested: whether another of its name was registered at the same time, so that nobody knows which one stands.
    """

    actor: str
    name: str
    registration: Operation
    asked: Asked
    unregistrations: list[Operation] = field(default_factory=list)
    firings: list[Turn] = field(default_factory=list)
    alike: bool = False
    contested: bool = False

    @property
    def unpaused(self) -> bool:
        """Whether its period is zero: nobody promises how often it fires."""
        return self.asked.period_s == 0

    @property
    def earliest_ns(self) -> int:
        """The first instant at which the first tick can be due."""
        return self.registration.start_ns + round(self.asked.due_s * S_NS)

    @property
    def latest_ns(self) -> int:
        """The last instant at which the first tick can be due; only for an acknowledged registration."""
        return self.registration.end_ns + round(self.asked.due_s * S_NS)

    @property
    def period_ns(self) -> int:
        """0 for a reminder that fires once."""
        return round((self.asked.period_s or 0.0) * S_NS)

    @property
    def most(self) -> float:
        """How many ticks it may have by its repetitions and its time to live, at most; inf when it goes on."""
        return min(self._by_repetitions, self._within_ttl(0.0, TTL_EDGE_NS))

    @property
    def least(self) -> float:
        """How many ticks it must have if nobody unregisters it."""
        return (
            0
            if self.asked.repetitions == 0 and self.period_ns
            else min(self._by_repetitions, self._within_ttl(self.asked.due_s, -TTL_EDGE_NS))
        )

    @property
    def _by_repetitions(self) -> float:
        if not self.period_ns:
            return 1
        return self.asked.repetitions or inf

    def _within_ttl(self, spent_s: float, edge_ns: int) -> float:
        """Ticks within the time to live when `spent_s` of it have passed at the first; once is not its matter."""
        if self.asked.ttl_s is None:
            return inf
        left_ns = round((self.asked.ttl_s - spent_s) * S_NS) + edge_ns
        if left_ns < 0:
            return 0
        return left_ns // self.period_ns + 1 if self.period_ns else inf

    @property
    def cancelled(self) -> bool:
        """Whether its application answered a tick with the request for no more; no text says what comes then."""
        return any(cancels(turn) for turn in self.firings)

    @property
    def asked_to_stop_ns(self) -> int | None:
        """When somebody first tried to end it; from then on no tick is wanted. None when nobody did."""
        unregistered = (op.start_ns for op in self.unregistrations if op.outcome != "fail")
        return min((*unregistered, *(turn.start_ns for turn in self.firings if cancels(turn))), default=None)

    @property
    def stopped(self) -> Operation | None:
        """What ended it: the first unregistration, or registration of another by its name, that was acknowledged and
        was sent after its own registration was acknowledged.
        """
        return next(
            (op for op in self.unregistrations if op.outcome == "ok" and op.start_ns > self.registration.end_ns),
            None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All reminders of a history, and what could not be understood of it (for `missing`)."""

    reminders: tuple[Reminder, ...]
    problems: tuple[str, ...]


def plan(timeline: Timeline) -> Plan:
    """Gather registrations, unregistrations and firings.

    A name that is registered again has one reminder for each registration, which the next one ends, unless it was not
    to overwrite and was refused. Their turns are told apart by what they carry, and by when each can be due. Of those
    that were registered at the same time each may have replaced the other: no tick of them is wanted after that.
    """
    found: dict[tuple[str, str], list[Reminder]] = defaultdict(list)
    refused: set[tuple[str, str]] = set()
    problems: list[str] = []
    stops: list[Operation] = []
    for operation in timeline.operations:
        start = operation.start
        key = (start.actor, start.name)
        if start.action == "unregister-reminder":
            stops.append(operation)
        elif start.action == "register-reminder" and operation.outcome == "fail":
            refused.add(key)
        elif start.action == "register-reminder":
            try:
                asked = msgspec.json.decode(start.args, type=Asked)
            except msgspec.DecodeError:
                problems.append(f"reminder {start.name} of {start.actor}: its arguments can't be read")
                continue
            if asked.due_s < 0 or 0 < (asked.period_s or 0.0) < SHORTEST_PERIOD_S or (asked.period_s or 0.0) < 0:
                problems.append(f"reminder {start.name} of {start.actor}: due or period is too small to be judged")
                continue
            found[key].append(Reminder(actor=start.actor, name=start.name, registration=operation, asked=asked))
    for operation in stops:
        for reminder in found.get((operation.start.actor, operation.start.name), ()):
            if operation.end_ns > reminder.registration.start_ns:
                reminder.unregistrations.append(operation)
    for reminders in found.values():
        for reminder, following in pairwise(reminders):
            following.alike = reminder.alike or reminder.asked.data == following.asked.data
            if following.asked.overwrite is False and following.registration.outcome != "ok":
                continue
            reminder.unregistrations.append(following.registration)
        _contest(reminders)
        for reminder in reminders:
            reminder.unregistrations.sort(key=lambda operation: operation.start_ns)
    for turn in timeline.turns:
        if turn.start.cause == "reminder":
            key = (turn.actor, turn.start.name)
            if key in found:
                _whose(found[key], turn).firings.append(turn)
            elif key in refused:
                problems.append(f"reminder {key[1]} of {key[0]} fired although its registration was refused")
    problems += [
        f"reminder {name} of {actor} was registered twice at the same time and never fired: it is not judged"
        for (actor, name), reminders in sorted(found.items())
        if _silent(reminders, timeline.observed_ns)
    ]
    return Plan(reminders=tuple(chain.from_iterable(found.values())), problems=tuple(problems))


def carries(turn: Turn, data: object) -> bool:
    """Whether a turn has the payload that was registered."""
    try:
        decoded: object = msgspec.json.decode(turn.start.data)
    except msgspec.DecodeError:
        return False
    return decoded == data


def _contest(reminders: Sequence[Reminder]) -> None:
    """Let reminders of one name that were registered at the same time replace each other. One whose registration was
    never answered may be registered at any time, so it contests all that come after it.
    """
    for one, two in combinations(reminders, 2):
        if one.registration.end_ns >= two.registration.start_ns:
            one.contested = two.contested = True
            one.unregistrations.append(two.registration)
            two.unregistrations.append(one.registration)
        elif one.contested and one.asked.data == two.asked.data:
            two.alike = True  # it may be the one that stood until then


def _silent(reminders: Sequence[Reminder], observed_ns: int) -> bool:
    """Whether none of those that contest each other fired, though whichever of them stood had to."""
    contested = [reminder for reminder in reminders if reminder.contested]
    known = [reminder for reminder in contested if reminder.registration.outcome == "ok"]
    if not known or any(reminder.firings for reminder in contested):
        return False
    theirs = {reminder.registration.start.op for reminder in contested}
    stops = (
        operation.start_ns
        for reminder in contested
        for operation in reminder.unregistrations
        if operation.outcome != "fail" and operation.start.op not in theirs
    )
    return max(reminder.latest_ns for reminder in known) < min(chain((observed_ns,), stops))


def _whose(reminders: Sequence[Reminder], turn: Turn) -> Reminder:
    """The last reminder of that payload that can be due, else the first of it; when it is nobody's, the last one that
    was registered before.
    """
    before = [reminder for reminder in reminders if reminder.registration.start_ns <= turn.start_ns]
    same = [reminder for reminder in reminders if carries(turn, reminder.asked.data)]
    due = [reminder for reminder in same if reminder.earliest_ns - AHEAD_NS <= turn.start_ns]
    return next(iter((*reversed(due), *same, *reversed(before))), reminders[0])

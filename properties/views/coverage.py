"""Coverage: what was under way when faults struck, counted for each kind of fault.

A fault strikes from the instant before it is injected until its effect is proved, at most half a second later. A host
that joins strikes when the table of placement is first seen with it. Faults that showed no effect are not counted.

A fault on a host, or on a link of it, strikes what is under way there; one on the store, on the control plane or by a
host that joins strikes everywhere. Each of these counts once a fault, however many turns were open:

    turn open       an actor's code was running
    save open       a state transaction was sent and not yet answered
    call queued     a call was sent to an actor that had another turn open, and had not begun
    actor idle      an actor was in memory, and unused for a second
    tick due        a reminder or a timer fell due before the fault was healed
    table changing  another table of placement was seen at most a second before
    drain           a turn was open that had begun before such a change, the host's own that joins included
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

from actorproof.harness.history import events as ev
from actorproof.harness.history.events import UNDER_WAY, UnderWay
from actorproof.properties.views.records import FAR_FUTURE_NS, FaultSpan, Operation, host_of
from actorproof.properties.views.ticks import schedule, ticking
from actorproof.properties.views.ticks.schedule import S_NS
from actorproof.properties.views.timeline import Timeline

STRIKE_NS = S_NS // 2
IDLE_NS = S_NS
CHANGE_NS = S_NS
LINK = re.compile(r"<?-?>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """How often one kind of fault took effect, and what was under way: each at most as often as the fault."""

    fault: str
    times: int
    under_way: Mapping[UnderWay, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A kind of fault, such as ``kill host/app``, and what is to be under way when it strikes."""

    fault: str
    under_way: UnderWay

    def __str__(self) -> str:
        return f"{self.fault} with {self.under_way}"


def coverage(timeline: Timeline) -> tuple[Struck, ...]:
    """Every kind of fault that took effect in one history, by name."""
    strikes = [_strike(timeline, fault) for fault in timeline.faults if fault.took is not None]
    tables = list(_changes(timeline))
    windows = _Windows(strikes)
    found: dict[UnderWay, set[int]] = {
        "turn open": windows.hit(_turns(timeline)),
        "save open": windows.hit(_saves(timeline)),
        "call queued": _queued(timeline, strikes),
        "actor idle": windows.hit(_idle(timeline)),
        "tick due": _due(timeline, strikes),
        "table changing": {at for at, strike in enumerate(strikes) if _changing(tables, strike)},
        "drain": windows.hit(_drains(timeline, tables)),
    }
    times = Counter(strike.kind for strike in strikes)
    counts = {name: Counter(strikes[at].kind for at in hit) for name, hit in found.items()}
    return tuple(
        Struck(fault=kind, times=times[kind], under_way={name: counts[name][kind] for name in UNDER_WAY})
        for kind in sorted(times)
    )


def total(parts: Iterable[Sequence[Struck]]) -> tuple[Struck, ...]:
    """The coverage of several histories as if they were one."""
    times: Counter[str] = Counter()
    counts: dict[str, Counter[UnderWay]] = defaultdict(Counter)
    for part in parts:
        for struck in part:
            times[struck.fault] += struck.times
            counts[struck.fault].update(struck.under_way)
    return tuple(
        Struck(fault=kind, times=times[kind], under_way={name: counts[kind][name] for name in UNDER_WAY})
        for kind in sorted(times)
    )


def seen(found: Iterable[Struck], pair: Pair) -> int:
    """How often a pair was seen."""
    return sum(struck.under_way[pair.under_way] for struck in found if struck.fault == pair.fault)


# ---- when and where a fault strikes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Strike:
    """One fault that took effect. `hosts` is None where it strikes everywhere."""

    kind: str
    start_ns: int
    end_ns: int
    healed_ns: int
    hosts: frozenset[str] | None
    table: ev.TableObserved | None

    def strikes(self, host: str) -> bool:
        return self.hosts is None or host in self.hosts


def _strike(timeline: Timeline, fault: FaultSpan) -> _Strike:
    assert fault.took is not None
    start_ns, took_ns = fault.start.t_ns, fault.took.t_ns
    end_ns = min(took_ns, start_ns + STRIKE_NS)
    table = None
    if fault.start.has("joins"):
        joining = {host_of(unit) for unit in fault.start.units}
        table = next((t for t in timeline.tables if t.t_ns > start_ns and t.leader and joining & {*t.hosts}), None)
        if table is not None:
            start_ns, end_ns = max(start_ns, table.t_ns - STRIKE_NS), table.t_ns
    return _Strike(
        kind=fault.kind,
        start_ns=start_ns,
        end_ns=end_ns,
        healed_ns=min(fault.healed_ns, timeline.last_ns),
        hosts=None if fault.start.has("joins") else _hosts(fault.start),
        table=table,
    )


def _hosts(fault: ev.FaultStarted) -> frozenset[str] | None:
    """The hosts that a fault is on; None when some of it is on none."""
    found: set[str] = set()
    for unit in fault.units:
        if "/" not in unit:
            return None
        found.add(host_of(unit))
    for link in fault.links:
        ends = {end for end in LINK.split(link) if end.startswith("host-")}
        if not ends:
            return None
        found |= ends
    return frozenset(found) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Something that was under way at a host."""

    host: str
    start_ns: int
    end_ns: int


class _Windows:
    """The strikes in order, to find those that a span touches."""

    def __init__(self, strikes: Sequence[_Strike]) -> None:
        self._order = sorted(range(len(strikes)), key=lambda at: strikes[at].start_ns)
        self._strikes = strikes
        self._starts = [strikes[at].start_ns for at in self._order]

    def touched(self, span: _Span) -> Iterator[int]:
        """The strikes, by their number, that a span touches where they strike."""
        first = bisect_left(self._starts, span.start_ns - STRIKE_NS)
        for place in range(first, bisect_right(self._starts, span.end_ns)):
            at = self._order[place]
            if self._strikes[at].end_ns >= span.start_ns and self._strikes[at].strikes(span.host):
                yield at

    def hit(self, spans: Iterable[_Span]) -> set[int]:
        """The strikes that some span touches."""
        return {at for span in spans for at in self.touched(span)}


# ---- what is under way


def _turns(timeline: Timeline) -> Iterator[_Span]:
    for turn in timeline.turns:
        yield _Span(host=turn.host, start_ns=turn.start_ns, end_ns=turn.end_ns)


def _saves(timeline: Timeline) -> Iterator[_Span]:
    for turn in timeline.turns:
        for save in turn.saves:
            end_ns = save.end.t_ns if save.end is not None else turn.end_ns
            yield _Span(host=turn.host, start_ns=save.start.t_ns, end_ns=end_ns)


def _idle(timeline: Timeline) -> Iterator[_Span]:
    for instance in timeline.instances:
        host = host_of(instance.process)
        life = timeline.life_of(instance.process)
        gone_ns = min(instance.deactivated_ns or FAR_FUTURE_NS, life.ended_ns if life else FAR_FUTURE_NS)
        for turn, following in pairwise([*instance.turns, None]):
            assert turn is not None
            until_ns = gone_ns if following is None else following.start_ns
            if turn.end_ns + IDLE_NS < until_ns:
                yield _Span(host=host, start_ns=turn.end_ns + IDLE_NS, end_ns=until_ns)


def _queued(timeline: Timeline, strikes: Sequence[_Strike]) -> set[int]:
    windows = _Windows([replace(strike, hosts=None) for strike in strikes])
    found: set[int] = set()
    for operation in timeline.operations:
        if operation.start.action != "call":
            continue
        begun_ns = operation.turns[0].start_ns if operation.turns else operation.end_ns
        for at in windows.touched(_Span(host="", start_ns=operation.start_ns, end_ns=begun_ns)):
            if at not in found and _waits(timeline, operation, strikes[at]):
                found.add(at)
    return found


def _waits(timeline: Timeline, operation: Operation, strike: _Strike) -> bool:
    """Whether the actor of a call had a turn of another call open, where and while a fault struck."""
    return any(
        turn.start_ns <= strike.end_ns
        and turn.end_ns >= max(strike.start_ns, operation.start_ns)
        and strike.strikes(turn.host)
        for turn in timeline.turns_of(operation.start.actor)
        if turn.start.op != operation.id
    )


def _changing(tables: Sequence[ev.TableObserved], strike: _Strike) -> bool:
    return any(
        strike.start_ns - CHANGE_NS <= table.t_ns <= strike.end_ns for table in tables if table is not strike.table
    )


def _drains(timeline: Timeline, tables: Sequence[ev.TableObserved]) -> Iterator[_Span]:
    """Turns from a change of the table on, for as long as the runtime may wait for them."""
    longest_ns = round(timeline.run.drain_timeout_s * S_NS) if timeline.run else 0
    times = [table.t_ns for table in tables]
    for turn in timeline.turns:
        for changed_ns in times[bisect_right(times, turn.start_ns) : bisect_left(times, turn.end_ns)]:
            yield _Span(host=turn.host, start_ns=changed_ns, end_ns=min(turn.end_ns, changed_ns + longest_ns))


def _changes(timeline: Timeline) -> Iterator[ev.TableObserved]:
    """The first look at each table in force that has other hosts than the one before."""
    before: tuple[str, ...] | None = None
    for table in timeline.tables:
        if table.leader and table.hosts:
            if before is not None and {*before} != {*table.hosts}:
                yield table
            before = table.hosts


# ---- what falls due


@dataclass(frozen=True, slots=True, kw_only=True)
class _Series:
    """The ticks of one reminder or timer, by the latest instant at which each can be due."""

    actor: str
    first_ns: int
    period_ns: int
    ticks: float
    until_ns: int

    def falls_due(self, from_ns: int, to_ns: int) -> bool:
        """Whether a tick falls due in [from_ns, to_ns]."""
        number = 0
        if self.first_ns < from_ns:
            number = -((self.first_ns - from_ns) // self.period_ns) if self.period_ns else FAR_FUTURE_NS
        return number < self.ticks and self.first_ns + number * self.period_ns <= min(to_ns, self.until_ns)


def _series(timeline: Timeline) -> Iterator[_Series]:
    for reminder in schedule.plan(timeline).reminders:
        if reminder.registration.outcome == "ok":
            yield _Series(
                actor=reminder.actor,
                first_ns=reminder.latest_ns,
                period_ns=reminder.period_ns,
                ticks=reminder.most,
                until_ns=reminder.asked_to_stop_ns or FAR_FUTURE_NS,
            )
    for timer in ticking.gather(timeline)[0]:
        if (registered := timer.registered) is not None:
            ttl_s = timer.asked.ttl_s
            over_ns = FAR_FUTURE_NS if ttl_s is None else registered.end_ns + round(ttl_s * S_NS)
            yield _Series(
                actor=timer.actor,
                first_ns=registered.end_ns + timer.due_ns,
                period_ns=timer.period_ns,
                ticks=timer.ticks or inf,
                until_ns=min(over_ns, timer.asked_to_stop_ns or FAR_FUTURE_NS),
            )


def _due(timeline: Timeline, strikes: Sequence[_Strike]) -> set[int]:
    left = set(range(len(strikes)))
    for series in _series(timeline):
        left -= {
            at
            for at in left
            if series.falls_due(strikes[at].start_ns, strikes[at].healed_ns)
            and _lives_at(timeline, series.actor, strikes[at])
        }
    return {*range(len(strikes))} - left


def _lives_at(timeline: Timeline, actor: str, strike: _Strike) -> bool:
    """Whether an actor was last seen where a fault struck."""
    if strike.hosts is None:
        return True
    turns = timeline.turns_of(actor)
    last = bisect_right(turns, strike.start_ns, key=lambda turn: turn.start_ns) - 1
    return last >= 0 and strike.strikes(turns[last].host)

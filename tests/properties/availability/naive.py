"""availability once more, straight from the events: every run of failed attempts against every answer."""

from __future__ import annotations

from collections.abc import Sequence

from actorproof.harness.history import events as ev
from tests.properties.of_kind import of

S = 10**9
NEVER = 2**62
WAKE = 15 * S
BUDGET = 23 * S
ATTEMPTS = 3


def healed(events: Sequence[ev.Event], fault: ev.FaultStarted) -> int:
    return next((e.t_ns for e in of(events, ev.FaultHealed) if e.fault == fault.fault), NEVER)


def broken(events: Sequence[ev.Event]) -> set[tuple[str, str]]:
    """(class, actor or ``new actors``) of every violation."""
    if of(events, ev.RunStarted)[0].placements < 3:
        return set()
    found: set[tuple[str, str]] = set()
    kills = [e for e in of(events, ev.UnitSignalled) if e.signal == "SIGKILL"]
    for fault in of(events, ev.FaultStarted):
        if fault.verb != "kill" or len(fault.units) != 1 or not fault.units[0].startswith("placement-"):
            continue
        if all(e.fault != fault.fault for e in of(events, ev.FaultTook)):
            continue
        died = next((e.t_ns for e in kills if e.unit == fault.units[0] and e.t_ns >= fault.t_ns), NEVER)
        if died == NEVER:
            continue
        others = [e for e in of(events, ev.FaultStarted) if e.fault != fault.fault]
        if any(e.t_ns <= died <= healed(events, e) + WAKE for e in others):
            continue
        led = [e.placement for e in of(events, ev.TableObserved) if e.leader and e.t_ns <= died]
        if led[-1:] != [fault.units[0]] or not others_live(events, fault.units[0], died):
            continue
        ends = [e.t_ns for e in others if e.t_ns > died]
        ends += [max(gone, died) for gone, reaped in deaths(events) if reaped > died]
        for stop in of(events, ev.UnitSignalled):
            goes = [e.t_ns for e in of(events, ev.UnitSignalled) if (e.unit, e.signal) == (stop.unit, "SIGCONT")]
            if stop.signal == "SIGSTOP" and max([*goes, stop.t_ns]) > died:
                ends.append(stop.t_ns)
        found |= late(events, died, min(ends, default=NEVER))
    return found


def deaths(events: Sequence[ev.Event]) -> list[tuple[int, int]]:
    """When each incarnation ended, first and last: the instant before a SIGKILL, or in the second before its exit."""
    found = []
    for exit_ in of(events, ev.UnitExited):
        key = (exit_.unit, exit_.incarnation)
        kills = [e.t_ns for e in of(events, ev.UnitSignalled) if (e.unit, e.incarnation) == key]
        started = next(e.t_ns for e in of(events, ev.UnitStarted) if (e.unit, e.incarnation) == key)
        found.append((min(kills), min(kills)) if kills else (max(started, exit_.t_ns - S), exit_.t_ns))
    return found


def others_live(events: Sequence[ev.Event], unit: str, at: int) -> bool:
    exits = {(e.unit, e.incarnation): e.t_ns for e in of(events, ev.UnitExited)}
    alive = {
        e.unit
        for e in of(events, ev.UnitStarted)
        if e.unit.startswith("placement-") and e.t_ns <= at < exits.get((e.unit, e.incarnation), NEVER)
    }
    return len(alive - {unit}) >= 2


def late(events: Sequence[ev.Event], died: int, until: int) -> set[tuple[str, str]]:
    answers = {e.op: e.t_ns for e in of(events, ev.Completed)}
    ends = {e.turn: e for e in of(events, ev.TurnEnded)}
    turns = of(events, ev.TurnStarted)
    calls = [call for call in of(events, ev.Invoked) if call.action == "call"]
    first: dict[str, int] = {}
    for turn in turns:
        first.setdefault(turn.actor, turn.t_ns)
    done = [(t.actor, ends[t.turn].t_ns) for t in turns if t.t_ns >= died and t.turn in ends and ends[t.turn].completed]
    found: set[tuple[str, str]] = set()
    probed = {call.actor for call in calls if call.client.startswith("probe-")}
    for actor in probed:
        if first.get(actor, NEVER) < died:
            spans = [(c.t_ns, answers[c.op]) for c in calls if c.actor == actor and c.op in answers]
            found |= silent(events, spans, [end for who, end in done if who == actor], died, until, actor)
    fresh = [c for c in calls if c.op in answers and first.get(c.actor, NEVER) > answers[c.op]]
    activated = [min(end for who, end in done if who == a) for a in {who for who, _ in done} if first[a] >= died]
    found |= silent(events, [(c.t_ns, answers[c.op]) for c in fresh], activated, died, until, "new actors")
    return found


def silent(  # noqa: PLR0917 - all that the definition speaks of
    events: Sequence[ev.Event], attempts: list[tuple[int, int]], answers: list[int], died: int, until: int, who: str
) -> set[tuple[str, str]]:
    """Whether enough attempts lie in one silence, one of them begun after the budget."""
    anomaly = "new activations late" if who == "new actors" else "active actors late"
    marks = sorted([died, *(answer for answer in answers if answer < until), NEVER])
    for at, mark in enumerate(marks[:-1]):
        inside = sorted((end, start) for start, end in attempts if mark <= start and end <= min(marks[at + 1], until))
        for count in range(ATTEMPTS, len(inside) + 1):
            if any(start >= died + BUDGET for _, start in inside[:count]):
                last = inside[count - 1][0]
                stalls = [e for e in of(events, ev.Stalled) if e.late_ns >= S // 4]
                if not any(e.t_ns - e.late_ns - S // 4 <= last and died <= e.t_ns for e in stalls):
                    return {(anomaly, who)}
                return set()
    return set()

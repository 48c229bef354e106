"""bystanders once more, straight from the events: every run of silences of each actor against every change."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from actorproof.harness.history import events as ev
from tests.properties.of_kind import of

S = 10**9
NEVER = 2**62
ONCE = 8 * S
BEFORE = 16 * S
WAKE = 8 * S
LISTENS = 5 * S


def struck(events: Sequence[ev.Event], fault: ev.FaultStarted) -> set[str]:
    """The hosts that a fault strikes; all of them when it strikes none."""
    hosts = {e.unit.split("/")[0] for e in of(events, ev.UnitStarted) if "/" in e.unit}
    named = {unit.split("/")[0] for unit in fault.units} | {end for link in fault.links for end in link.split(">")}
    return named & hosts or hosts


def changes(events: Sequence[ev.Event]) -> list[int]:
    """When the table had to change."""
    healed = {e.fault: e.t_ns for e in of(events, ev.FaultHealed)}
    at = {(e.unit, e.incarnation): e.t_ns for e in of(events, ev.UnitReady)}
    ready = {e: at[e.unit, e.incarnation] for e in of(events, ev.UnitStarted) if (e.unit, e.incarnation) in at}
    found = [e.t_ns for e in of(events, ev.UnitExited) if not e.expected]
    for fault in of(events, ev.FaultStarted):
        by = healed.get(fault.fault, NEVER)
        signals = [e for e in of(events, ev.UnitSignalled) if e.unit in fault.units]
        began = fault.t_ns
        if fault.verb == "add":
            for unit in fault.units:
                added = [t for e, t in ready.items() if e.unit == unit and e.t_ns >= fault.t_ns]
                began = max([began, *(t - LISTENS for t in added[:1])])
            ends = [e.t_ns for e in signals if e.signal in {"SIGTERM", "SIGKILL"}]
            ends += [e.t_ns for e in of(events, ev.UnitExited) if e.unit in fault.units]
        else:
            ends = [e.t_ns for e in signals if e.signal == "SIGCONT"]
            ends += [
                max(e.t_ns, ready.get(e, 0) - LISTENS) for e in of(events, ev.UnitStarted) if e.unit in fault.units
            ]
        found.append(began)
        ends = [t for t in ends if fault.t_ns < t <= by] or [by]
        found += [min(ends)] if min(ends) < NEVER else []
    return found


def broken(events: Sequence[ev.Event]) -> set[tuple[str, int]]:
    """(actor, end of the last silence) of every violation."""
    healed = {e.fault: e.t_ns for e in of(events, ev.FaultHealed)}
    ends = {e.turn: e.t_ns for e in of(events, ev.TurnEnded) if e.completed}
    done = {e.op: e for e in of(events, ev.Completed)}
    changed = changes(events)
    found = set()
    for actor in {c.actor for c in of(events, ev.Invoked) if c.client.startswith("probe-")}:
        turns = sorted(
            (ends[t.turn], t.process) for t in of(events, ev.TurnStarted) if t.actor == actor and t.turn in ends
        )
        silences = []
        for (start, process), (end, then) in pairwise(turns):
            hit = {
                host
                for fault in of(events, ev.FaultStarted)
                if fault.t_ns <= end and start <= healed.get(fault.fault, NEVER) + WAKE
                for host in struck(events, fault)
            }
            tries = [
                call
                for call in of(events, ev.Invoked)
                if call.actor == actor and call.via not in hit and call.t_ns >= start
                if call.op in done and done[call.op].t_ns <= end and done[call.op].outcome == "info"
            ]
            enough = len(tries) >= (end - start) / (5 * S) - 1
            if end - start < 3 * S or process != then or process.split("/")[0] in hit:
                continue
            if any(
                s.late_ns >= S // 4 and s.t_ns - s.late_ns - S // 4 <= end and start <= s.t_ns
                for s in of(events, ev.Stalled)
            ):
                continue
            count = sum(start - BEFORE <= t <= end for t in changed)
            if count and end - start > 2 * ONCE * count and enough and len(tries) >= 3:
                found.add((actor, end))
            elif enough and tries:
                silences.append((start, end))
        for last in range(len(silences)):
            for first in range(last):
                near = [t for t in changed if silences[first][0] - BEFORE <= t <= silences[last][1]]
                related = near and silences[last][0] <= max(near) + BEFORE + ONCE
                if related and last - first + 1 > len(near):
                    found.add((actor, silences[last][1]))
    return found

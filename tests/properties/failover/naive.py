"""failover once more, straight from the events: every attempt against every answer after each loss."""

from __future__ import annotations

from collections.abc import Sequence

from actorproof.harness.history import events as ev
from tests.properties.of_kind import of

S = 10**9
NEVER = 2**62
DRAIN = 4 * S
BUDGETS = {"host": 32 * S, "sidecar": 32 * S, "app": 43 * S, "pause": 32 * S}
ATTEMPTS = 3


def part(fault: ev.FaultStarted, healed: int, tables: Sequence[ev.TableObserved]) -> str:
    """What a fault takes away."""
    parts = {unit.split("/")[1] for unit in fault.units if "/" in unit}
    if not parts or len({unit.split("/")[0] for unit in fault.units}) != 1:
        return ""
    if fault.verb in {"kill", "terminate", "restart"}:
        return parts.pop() if len(parts) == 1 else "host"
    host = fault.units[0].split("/")[0]
    out = any(fault.t_ns < t.t_ns < healed and t.leader and t.hosts and host not in t.hosts for t in tables)
    return "pause" if fault.verb == "pause" and (out or healed > fault.t_ns + 8 * S) else ""


def broken(events: Sequence[ev.Event]) -> set[tuple[str, str, str]]:
    """(class, actor, fault) of every violation."""
    healed = {e.fault: e.t_ns for e in of(events, ev.FaultHealed)}
    took = {e.fault: e.t_ns for e in of(events, ev.FaultTook)}
    ends = {e.turn: e for e in of(events, ev.TurnEnded)}
    done = {e.op: e for e in of(events, ev.Completed)}
    calls = [e for e in of(events, ev.Invoked) if e.action == "call"]
    turns = of(events, ev.TurnStarted)
    final = next(e.t_ns for e in of(events, ev.PhaseReached) if e.phase == "final")
    found = set()
    for fault in of(events, ev.FaultStarted):
        back = healed.get(fault.fault, NEVER)
        lost, kind = took.get(fault.fault, NEVER), part(fault, back, of(events, ev.TableObserved))
        others = [f for f in of(events, ev.FaultStarted) if f is not fault]
        if fault.fault not in took or not kind:
            continue
        if any(f.t_ns <= lost and fault.t_ns <= healed.get(f.fault, NEVER) for f in others):
            continue
        deadline = lost + BUDGETS[kind] + DRAIN
        if back <= deadline:
            deadline += 12 * S + DRAIN
        for f in others:
            if healed.get(f.fault, NEVER) < fault.t_ns:
                deadline = max(deadline, healed[f.fault] + 32 * S + DRAIN)
        limit = min([final, *(f.t_ns for f in others if f.t_ns > lost)])
        for crash in of(events, ev.UnitExited):
            if not crash.expected and crash.t_ns >= fault.t_ns:
                limit = min(limit, crash.t_ns)
        host = fault.units[0].split("/")[0]
        for actor in {c.actor for c in calls if c.client.startswith("probe-")}:
            before = [t for t in turns if t.actor == actor and t.t_ns < lost]
            if not before or before[-1].process.split("/")[0] != host:
                continue
            answers = [
                ends[t.turn].t_ns
                for t in turns
                if t.actor == actor and t.t_ns >= lost and t.turn in ends and ends[t.turn].completed
            ]
            until = min([limit, *answers])
            tries = [
                (c.t_ns, done[c.op].t_ns)
                for c in calls
                if c.actor == actor and c.via != host and c.t_ns >= lost and c.op in done
                if done[c.op].outcome != "ok" and done[c.op].t_ns <= until
            ]
            tries.sort(key=lambda each: each[1])
            for count in range(ATTEMPTS, len(tries) + 1):
                if any(start >= deadline for start, _ in tries[:count]):
                    if not stalled(events, fault.t_ns, tries[count - 1][1]):
                        found.add(("late" if answers else "never", actor, fault.fault))
                    break
    return found


def stalled(events: Sequence[ev.Event], start: int, end: int) -> bool:
    return any(
        stall.late_ns >= S // 4 and stall.t_ns - stall.late_ns - S // 4 <= end and start <= stall.t_ns
        for stall in of(events, ev.Stalled)
    )

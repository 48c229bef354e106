"""recovery once more, straight from the events: second for second what each actor did after each heal."""

from __future__ import annotations

from collections.abc import Sequence

from actorproof.harness.history import events as ev

S = 10**9
NEVER = 2**62
BUDGETS = {"host": 32, "store": 30, "control": 35, "link": 32}


def of(events: Sequence[ev.Event], kind: type) -> list:
    return [event for event in events if isinstance(event, kind)]


def budget(fault: ev.FaultStarted) -> int:
    if ">" in fault.target:
        group = "link"
    elif fault.target == "store":
        group = "store"
    else:
        group = "control" if fault.target.startswith(("placement", "scheduler")) else "host"
    return BUDGETS[group] * S


def broken(events: Sequence[ev.Event]) -> set[tuple[str, str, str]]:
    """(class, actor, fault) of every violation."""
    healed = {e.fault: e.t_ns for e in of(events, ev.FaultHealed)}
    took = {e.fault for e in of(events, ev.FaultTook)}
    ends = {e.turn: e for e in of(events, ev.TurnEnded)}
    answers = {e.op: e for e in of(events, ev.Completed)}
    calls = [e for e in of(events, ev.Invoked) if e.action == "call"]
    faults = of(events, ev.FaultStarted)
    found = set()
    for fault in faults:
        if fault.fault not in took or fault.fault not in healed:
            continue
        heal = healed[fault.fault]
        deadline = max(healed[f.fault] + budget(f) for f in faults if healed.get(f.fault, NEVER) <= heal)
        for actor in {call.actor for call in calls if call.client.startswith("probe-")}:
            instants = []
            tried = []
            for call in calls:
                if call.actor != actor:
                    continue
                done = [
                    ends[t.turn].t_ns
                    for t in of(events, ev.TurnStarted)
                    if t.op == call.op and t.turn in ends and ends[t.turn].completed
                ]
                answer = answers.get(call.op)
                if done and max(done) >= heal:
                    instants.append(max(heal, min(done)))
                elif not done and answer is not None and answer.outcome == "ok" and answer.t_ns >= heal:
                    instants.append(max(heal, call.t_ns))
                if heal <= call.t_ns < deadline and answer is not None and answer.t_ns <= deadline:
                    tried.append(call)
            answered = min(instants, default=NEVER)
            if answered <= deadline:
                continue
            if any(f is not fault and f.t_ns < deadline and healed.get(f.fault, NEVER) > heal for f in faults):
                continue
            if any(heal < e.t_ns < deadline for e in of(events, ev.UnitExited)):
                continue
            if any(e.t_ns - e.late_ns - S // 4 <= deadline and heal <= e.t_ns for e in of(events, ev.Stalled)):
                continue
            if len(tried) < 3 or max(call.t_ns for call in tried) < deadline - 6 * S:
                continue
            found.add(("never" if answered == NEVER else "late", actor, fault.fault))
    return found

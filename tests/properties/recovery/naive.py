"""recovery once more, straight from the events: second for second what each actor did after each heal."""

from __future__ import annotations

from collections.abc import Sequence

from actorproof.harness.history import events as ev
from tests.properties.of_kind import of

S = 10**9
NEVER = 2**62
BUDGETS = {"host": 32, "store": 30, "control": 35, "link": 32}


def key(exit_: ev.UnitExited) -> tuple[str, int]:
    return exit_.unit, exit_.incarnation


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
        # Nothing that happens from here on is judged.
        limits = [f.t_ns for f in faults if f.t_ns > heal]
        limits += [heal for f in faults if f.t_ns <= heal and f is not fault and healed.get(f.fault, NEVER) > heal]
        limits += [e.t_ns for e in of(events, ev.UnitExited) if e.t_ns > heal]
        signals = of(events, ev.UnitSignalled)
        for at, stop in enumerate(signals):
            goes_on = [s.t_ns for s in signals[at:] if s.unit == stop.unit and s.signal == "SIGCONT"]
            if stop.signal == "SIGSTOP" and min(goes_on, default=NEVER) > heal:
                limits.append(stop.t_ns)
        for crash in of(events, ev.UnitExited):
            if crash.expected or crash.t_ns > heal:
                continue
            starts: list[ev.UnitReady | ev.UnitStarted] = [*of(events, ev.UnitReady), *of(events, ev.UnitStarted)]
            back = [e.t_ns for e in starts if (e.unit, e.incarnation - 1) == key(crash)]
            if back:
                group = "control" if crash.unit.startswith(("placement", "scheduler")) else "host"
                deadline = max(deadline, back[0] + BUDGETS[group] * S)
            elif not any(
                f.verb == "add" and healed.get(f.fault, NEVER) <= heal and crash.unit in f.units for f in faults
            ):
                limits.append(heal)
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
                if heal <= call.t_ns and answer is not None:
                    tried.append((answer.t_ns, call.t_ns))
            answered = min(instants, default=NEVER)
            tried = sorted(one for one in tried if one[0] <= min([answered, *limits]))
            proofs = [n for n in range(3, len(tried) + 1) if max(start for _, start in tried[:n]) >= deadline]
            if not proofs:
                continue
            late = tried[proofs[0] - 1][0]
            if any(e.t_ns - e.late_ns - S // 4 <= late and heal <= e.t_ns for e in of(events, ev.Stalled)):
                continue
            found.add(("never" if answered == NEVER else "late", actor, fault.fault))
    return found

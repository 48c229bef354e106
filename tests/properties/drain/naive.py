"""drain once more, straight from the events, without an index and without a thought for time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

from actorproof.harness.history import events as ev
from tests.properties.of_kind import of

S = 10**9
STALL = S // 4
WAKE = 15 * S
NEVER = 2**62


def broken(events: Sequence[ev.Event]) -> set[tuple[str, str]]:  # noqa: PLR0915 - one definition, top to bottom
    """(class, turn) of every violation; turns are named, since an actor may have several."""
    run = of(events, ev.RunStarted)[0]
    if not run.drain_enabled:
        return set()
    wait = dissemination = round(run.dissemination_timeout_s * S)
    wait = round(run.drain_timeout_s * S)
    if not run.version.startswith(("1.16", "1.14", "1.12")) and wait >= dissemination:
        wait = max(dissemination * 4 // 5, 2 * S)
    ends = {e.turn: e for e in of(events, ev.TurnEnded)}
    calls = {e.op: e for e in of(events, ev.Invoked)}
    answers = {e.op: e for e in of(events, ev.Completed)}
    ready = next(e.t_ns for e in of(events, ev.PhaseReached) if e.phase == "ready")
    starts = of(events, ev.UnitStarted)
    exits = {(e.unit, e.incarnation): e.t_ns for e in of(events, ev.UnitExited)}
    turns = of(events, ev.TurnStarted)
    found: set[tuple[str, str]] = set()
    for app in starts:
        host = app.unit.split("/")[0]
        sidecars = [s for s in starts if s.unit == f"{host}/sidecar"]
        sidecars = [s for s in sidecars if exits.get((s.unit, s.incarnation), NEVER) > app.t_ns]
        if not app.unit.endswith("/app") or app.t_ns <= ready or not sidecars:
            continue
        if sidecars[0].t_ns >= exits.get((app.unit, app.incarnation), NEVER):
            continue
        known = max(app.t_ns, sidecars[0].t_ns) - STALL
        process = f"{app.unit}#{app.incarnation}"
        for turn in turns:
            later = turns[turns.index(turn) + 1 :]
            moved = [t for t in later if t.process == process and t.actor == turn.actor]
            if not moved or turn.process == process:
                continue
            if turn.turn not in ends or turn.op not in calls or turn.op not in answers:
                continue
            call, answer, end = calls[turn.op], answers[turn.op], ends[turn.turn]
            # Before that, a turn that is judged would have outlasted the idle time-out.
            if end.t_ns <= known or turn.t_ns < known - round(run.idle_timeout_s * S):
                continue
            if answer.outcome != "ok" and answer.status is None:
                continue
            if end.t_ns - call.t_ns >= round(run.idle_timeout_s * S):
                continue
            hosts = {turn.process.split("/")[0], call.via}
            upto = max(end.t_ns, answer.t_ns)
            if disturbed(events, hosts, host, (call.t_ns, upto), evicted_ns=known + dissemination):
                continue
            joining = {
                (s.unit, s.t_ns)
                for s in starts
                if s.unit.startswith(f"{host}/") and exits.get((s.unit, s.incarnation), NEVER) > known
            }
            told = [(r.unit.split("/")[0], r.t_ns) for r in of(events, ev.UnitReady) if r.unit.endswith("/sidecar")]
            changes = [
                (s.unit, s.t_ns)
                for s in starts
                if not any(s.unit.startswith(f"{h}/") and s.t_ns <= t_ns <= call.t_ns for h, t_ns in told)
            ]
            ended = dict(exits) | {
                (s.unit, s.incarnation): s.t_ns for s in of(events, ev.UnitSignalled) if s.signal == "SIGTERM"
            }
            changes += [(unit, t_ns) for (unit, _), t_ns in ended.items()]
            changes = [c for c in changes if c[0].endswith(("/app", "/sidecar"))]
            unsettled = [c for c in changes if call.t_ns - dissemination - wait <= c[1] < known and c not in joining]
            if unsettled:
                continue
            bound = wait + known
            signs = [t.t_ns for t in turns if t.op == turn.op and t.t_ns > turn.t_ns]
            if answer.status is not None and answer.status >= 400:
                signs.append(answer.t_ns)
            lost = answer.turn != turn.turn and (bool(signs) or answer.turn is not None)
            signs += [
                d.t_ns
                for d in of(events, ev.Deactivated)
                if (d.process, d.actor, d.instance) == (turn.process, turn.actor, turn.instance)
                and turn.t_ns < d.t_ns < end.t_ns
            ]
            gave_up = min(signs, default=NEVER)
            if lost and gave_up < known:
                continue
            waited = waits(events, turn, join_seen(events, host, process), bound)
            held = turn.actor.split("/")[0] == "Sleeper" and turn.name == "hold"
            held = held and end.t_ns - turn.t_ns < json.loads(call.args).get("hold_s", 0) * S - S // 10
            if not end.completed and gave_up >= end.t_ns and not held and not waited:
                lost = False
            at = {}
            if moved[0].t_ns < min(end.t_ns, bound):
                at["new owner began early"] = moved[0].t_ns
            if lost and end.t_ns <= bound:
                at["cut"] = min(gave_up, end.t_ns)
            elif lost and gave_up < bound:
                at["cut sooner"] = gave_up
            elif lost and waited:
                at["waited for itself"] = min(gave_up, end.t_ns)
            for anomaly, t_ns in at.items():
                late = t_ns >= known + dissemination
                found.add(("drain outlives dissemination" if late else anomaly, turn.turn))
    return found


def join_seen(events: Sequence[ev.Event], host: str, process: str) -> int:
    """The first table with the host that came after both of its processes."""
    unit, _, number = process.partition("#")
    app = next(e.t_ns for e in of(events, ev.UnitStarted) if (e.unit, e.incarnation) == (unit, int(number)))
    exits = {(e.unit, e.incarnation): e.t_ns for e in of(events, ev.UnitExited)}
    sidecars = [e for e in of(events, ev.UnitStarted) if e.unit == f"{host}/sidecar"]
    sidecar = next(s.t_ns for s in sidecars if exits.get((s.unit, s.incarnation), NEVER) > app)
    seen = [t.t_ns for t in of(events, ev.TableObserved) if host in t.hosts and t.t_ns >= max(app, sidecar)]
    return min(seen, default=NEVER)


def calls_of(events: Sequence[ev.Event], turn: str) -> list[tuple[int, int | None]]:
    """When a turn's saves and reads were sent and answered."""
    saves = {e.save: e.t_ns for e in of(events, ev.SaveEnded)}
    reads = {e.call: e.t_ns for e in of(events, ev.RuntimeCallEnded)}
    found = [(e.t_ns, saves.get(e.save)) for e in of(events, ev.SaveStarted) if e.turn == turn]
    return found + [(e.t_ns, reads.get(e.call)) for e in of(events, ev.RuntimeCallStarted) if e.turn == turn]


def own(events: Sequence[ev.Event], turn: str, start: int, end: int) -> int:
    """How long a turn's own code ran in a span, piece by piece."""
    calls = calls_of(events, turn)
    cuts = sorted({start, end, *(min(max(t, start), end) for call in calls for t in call if t is not None)})
    pieces = [(a, b) for a, b in pairwise(cuts) if not any(under_way(c, a, b) for c in calls)]
    return sum(b - a for a, b in pieces)


def under_way(call: tuple[int, int | None], start: int, end: int) -> bool:
    return call[0] <= start and (call[1] is None or end <= call[1])


def waits(events: Sequence[ev.Event], turn: ev.TurnStarted, seen: int, bound: int) -> bool:
    """Whether a save or read of the turn came back after the bound, though the turn had the time for it."""
    ends = {e.turn: e for e in of(events, ev.TurnEnded)}
    same = [t for t in of(events, ev.TurnStarted) if t.op == turn.op and t.turn in ends and ends[t.turn].completed]
    if not same or turn.t_ns >= seen:
        return False
    takes = max(own(events, t.turn, t.t_ns, ends[t.turn].t_ns) for t in same)
    return any(
        seen <= sent <= bound - S - max(0, takes - own(events, turn.turn, turn.t_ns, sent))
        and answered is not None
        and answered > bound
        for sent, answered in calls_of(events, turn.turn)
    )


def disturbed(
    events: Sequence[ev.Event], hosts: set[str], joins: str, span: tuple[int, int], *, evicted_ns: int
) -> bool:
    start, end = span
    for stall in of(events, ev.Stalled):
        if stall.t_ns - stall.late_ns - STALL <= end and start <= stall.t_ns:
            return True
    for fault in of(events, ev.FaultStarted):
        healed = next((h.t_ns for h in of(events, ev.FaultHealed) if h.fault == fault.fault), NEVER)
        if fault.t_ns <= end and start <= healed + WAKE:
            if fault.verb not in {"add", "remove", "terminate"} or fault.links:
                return True
            if {unit.split("/")[0] for unit in fault.units} & hosts:
                return True
    for exit_ in of(events, ev.UnitExited):
        if exit_.unit.split("/")[0] in hosts | {joins} and start <= exit_.t_ns <= end:
            return True
    for host in hosts:
        seen = [s for s in of(events, ev.SidecarObserved) if s.host == host]
        for at, one in enumerate(seen):
            until = seen[at + 1].t_ns if at + 1 < len(seen) else NEVER
            down = not (one.answers and one.placement_connected)
            if down and one.t_ns <= end and start <= until and one.t_ns < evicted_ns:
                return True
    return False

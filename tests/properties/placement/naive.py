"""placement once more, straight from the events: exact fractions, and every disturbance held against every call."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import comb

from actorproof.harness.history import events as ev
from tests.properties.of_kind import of

S = 10**9
NEVER = 2**62
STALL = S // 4
WAKE = 15 * S
LATE = S * 3 // 2
Call = tuple[ev.Invoked, ev.TurnStarted]


def host(name: str) -> str:
    return name.split("/", maxsplit=1)[0]


def disturbances(events: Sequence[ev.Event], joiner: str = "") -> list[tuple[int, int]]:
    """From when to when the cluster was disturbed by anything but the joiner."""
    settle = round(of(events, ev.RunStarted)[0].dissemination_timeout_s * S)
    found = [(events[0].t_ns - settle, next(e.t_ns for e in of(events, ev.PhaseReached) if e.phase == "ready"))]
    for start in of(events, ev.UnitStarted):
        key = (start.unit, start.incarnation)
        ready = [e.t_ns for e in of(events, ev.UnitReady) if (e.unit, e.incarnation) == key]
        exits = [e for e in of(events, ev.UnitExited) if (e.unit, e.incarnation) == key]
        signals = [e for e in of(events, ev.UnitSignalled) if (e.unit, e.incarnation) == key]
        if not joiner or host(start.unit) != joiner:
            found.append((start.t_ns - STALL, [*ready, *(e.t_ns for e in exits), NEVER][0] + settle))
        ends = [e.t_ns for e in signals if e.signal in {"SIGTERM", "SIGKILL"}]
        if exits and not any(e.signal == "SIGKILL" for e in signals):
            ends.append(max(start.t_ns, exits[0].t_ns - S))
        if ends:
            found.append((min(ends), min(ends) + settle))
        stops = [e.t_ns for e in signals if e.signal == "SIGSTOP"]
        goes = [e.t_ns for e in signals if e.signal == "SIGCONT"]
        for at, stop in enumerate(stops):
            found.append((stop, ([*goes, *[NEVER] * len(stops)])[at] + WAKE))
    for fault in of(events, ev.FaultStarted):
        took = [e.t_ns for e in of(events, ev.FaultTook) if e.fault == fault.fault]
        healed = [e.t_ns for e in of(events, ev.FaultHealed) if e.fault == fault.fault]
        if fault.verb != "add" or not took:
            found.append((fault.t_ns, [*healed, NEVER][0] + WAKE))
        elif fault.target != joiner:
            found.append((fault.t_ns, took[0] + settle))
    return [(since(events, a), b) for a, b in found]


def since(events: Sequence[ev.Event], t_ns: int) -> int:
    for stall in reversed(of(events, ev.Stalled)):
        began = stall.t_ns - stall.late_ns - STALL
        if stall.late_ns >= STALL and began <= t_ns <= stall.t_ns + LATE:
            t_ns = began
    return t_ns


def sidecars(events: Sequence[ev.Event], hosts: Sequence[str]) -> list[tuple[int, int]]:
    """From when to when the sidecars did not look as these hosts' table wants them to."""
    settle = round(of(events, ev.RunStarted)[0].dissemination_timeout_s * S)
    looks = of(events, ev.SidecarObserved)
    found = []
    for name in {*hosts, *(look.host for look in looks)}:
        own = [look for look in looks if look.host == name]
        if name in hosts:
            found.append((0, own[0].t_ns + settle if own else NEVER))
        for at, look in enumerate(own):
            until = own[at + 1].t_ns if at + 1 < len(own) else NEVER
            good = look.answers and look.placement_connected and look.host_ready
            if name in hosts and not good:
                found.append((since(events, look.t_ns - LATE), until + settle))
            if name not in hosts and look.answers:
                found.append((since(events, look.t_ns - LATE), until))
    return found


def looks(events: Sequence[ev.Event]) -> list[ev.TableObserved]:
    kept: list[ev.TableObserved] = []
    for table in of(events, ev.TableObserved):
        if table.leader or (kept and kept[-1].leader and kept[-1].placement == table.placement):
            kept.append(table)
    return kept


def calm(events: Sequence[ev.Event], from_ns: int, to_ns: int) -> int | None:
    """Which look at the table was in force and undisturbed from one instant to the other."""
    settle = round(of(events, ev.RunStarted)[0].dissemination_timeout_s * S)
    tables = looks(events)
    for at, table in enumerate(tables):
        end = since(events, tables[at + 1].t_ns - LATE) if at + 1 < len(tables) else events[-1].t_ns
        if not table.leader or not table.hosts or not table.t_ns + settle <= from_ns <= to_ns < end:
            continue
        out = [*disturbances(events), *sidecars(events, table.hosts)]
        if not any(a <= to_ns and from_ns < b for a, b in out if a < b):
            return at
    return None


def tail(count: int, ids: int, own: int, others: int) -> Fraction:
    """Balls into an urn that has `own` and `others` balls at first, each ball drawn being put back with another one."""
    chances = []
    for good in range(ids + 1):
        chance = Fraction(comb(ids, good))
        for step in range(good):
            chance *= own + step
        for step in range(ids - good):
            chance *= others + step
        for step in range(ids):
            chance /= own + others + step
        chances.append(chance)
    return min(sum(chances[: count + 1], Fraction(0)), sum(chances[count:], Fraction(0)))


def broken(events: Sequence[ev.Event], *, chance: float = 1e-9, points: int = 100) -> set[tuple[str, str]]:
    """(class, actor or host) of every violation."""
    tables = looks(events)
    invoked = {e.op: e for e in of(events, ev.Invoked)}
    homes: dict[int, dict[str, str]] = {}
    calls: dict[int, dict[str, list[Call]]] = {}
    for turn in of(events, ev.TurnStarted):
        at = calm(events, turn.t_ns, turn.t_ns)
        if at is None or host(turn.process) not in tables[at].hosts:
            continue
        homes.setdefault(at, {}).setdefault(turn.actor.split("/", 1)[1], host(turn.process))
        call = invoked.get(turn.op) if turn.op is not None else None
        if call is not None and calm(events, call.t_ns, turn.t_ns) == at:
            calls.setdefault(at, {}).setdefault(turn.actor, []).append((call, turn))
    found: set[tuple[str, str]] = set()

    def rare(count: int, ids: int, hosts: int) -> bool:
        return tail(count, ids, points, points * hosts - points) < chance

    for at, home in homes.items():
        for actor, made in calls.get(at, {}).items():
            if len({host(turn.process) for _, turn in made}) > 1:
                found.add(("two owners", actor))
        hosts = set(tables[at].hosts)
        if len(hosts) > 1:
            for name in hosts:
                if rare(list(home.values()).count(name), len(home), len(hosts)):
                    found.add(("gross imbalance", name))
    for name, known in joiners(events):
        old, new = around(events, name, known)
        if old is None or new is None or old not in homes or new not in homes:
            continue
        for actor, made in calls.get(new, {}).items():
            if actor in calls.get(old, {}):
                was, now = host(calls[old][actor][-1][1].process), host(made[0][1].process)
                if now not in {was, name}:
                    found.add(("moved between old hosts", actor))
        both = [id_ for id_ in homes[new] if id_ in homes[old]]
        hosts = set(tables[new].hosts)
        moved = sum(homes[new][id_] == name for id_ in both)
        if rare(moved, len(both), len(hosts)):
            found.add(("unfair share of a joiner", name))
    return found


def joiners(events: Sequence[ev.Event]) -> list[tuple[str, int]]:
    """Hosts of which both halves are new since the cluster was ready, and when they can first have been known."""
    ready = next(e.t_ns for e in of(events, ev.PhaseReached) if e.phase == "ready")
    starts = of(events, ev.UnitStarted)
    return [
        (host(app.unit), max(app.t_ns, sidecar.t_ns) - STALL)
        for app in starts
        if app.unit.endswith("/app") and app.t_ns > ready
        for sidecar in starts
        if sidecar.unit == f"{host(app.unit)}/sidecar"
    ]


def around(events: Sequence[ev.Event], joiner: str, known: int) -> tuple[int | None, int | None]:
    """The tables before and after a join, if nothing else happened between; tried at every boundary of time."""
    tables = looks(events)
    out = [*disturbances(events), *(s for t in tables for s in sidecars(events, t.hosts))]
    settle = round(of(events, ev.RunStarted)[0].dissemination_timeout_s * S)
    bounds = {b for span in out for b in span}
    bounds |= {t.t_ns + settle for t in tables} | {since(events, t.t_ns - LATE) for t in tables} | {events[-1].t_ns}
    marks = sorted(bounds)
    # Between two marks nothing changes, so one instant speaks for all.
    seen = [(a, b, at) for a, b in pairwise(marks) if (at := calm(events, a, a)) is not None]
    before = [(a, b, at) for a, b, at in seen if min(x for x, _, z in seen if z == at) < known]
    after = [(a, b, at) for a, b, at in seen if min(x for x, _, z in seen if z == at) >= known]
    if not before or not after:
        return None, None
    from_ns, old = before[-1][1], before[-1][2]
    to_ns, new = after[0][0], after[0][2]
    hosts = set(tables[old].hosts)
    if joiner in hosts or set(tables[new].hosts) != hosts | {joiner}:
        return None, None
    for table in of(events, ev.TableObserved):
        if table.leader and from_ns <= table.t_ns < to_ns and set(table.hosts) not in (hosts, hosts | {joiner}):
            return None, None
    if any(a <= to_ns and from_ns <= b for a, b in disturbances(events, joiner)):
        return None, None
    return old, new

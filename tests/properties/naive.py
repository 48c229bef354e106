"""A second, naive implementation of `turns` and `activation`: plain loops over the events, written from the text alone.

It shares nothing with the checkers but the events, knows no open turn (every turn in its histories ends), and answers
only which classes were broken and which clauses applied, for which actors.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations

from actorproof.harness.history import events as ev
from tests.properties.of_kind import of

WAKE = 15_000_000_000
REAP = 1_000_000_000
SEEN_LATE = 1_000_000_000
IDLE_SLACK = 500_000_000
NEVER = 2**62
Answer = set[tuple[str, str]]


def spans_stopped(events: list[ev.Event], unit: str) -> list[tuple[int, int]]:
    signals = [e for e in of(events, ev.UnitSignalled) if e.unit == unit]
    found = []
    for at, signal in enumerate(signals):
        if signal.signal == "SIGSTOP":
            later = [s.t_ns for s in signals[at:] if s.signal == "SIGCONT" and s.incarnation == signal.incarnation]
            found.append((signal.t_ns, later[0] if later else NEVER))
    return found


def spans_dead(events: list[ev.Event], unit: str) -> list[tuple[int, int]]:
    found = []
    for exit_ in of(events, ev.UnitExited):
        if exit_.unit != unit:
            continue
        kills = [
            s.t_ns
            for s in of(events, ev.UnitSignalled)
            if s.unit == unit and s.incarnation == exit_.incarnation and s.signal == "SIGKILL"
        ]
        born = next(s.t_ns for s in of(events, ev.UnitStarted) if s.unit == unit and s.incarnation == exit_.incarnation)
        again = [s.t_ns for s in of(events, ev.UnitStarted) if s.unit == unit and s.incarnation > exit_.incarnation]
        found.append((min(kills) if kills else max(born, exit_.t_ns - REAP), min(again, default=NEVER)))
    return found


def spans_faulted(events: list[ev.Event], host: str, far_end: str) -> list[tuple[int, int]]:
    found = []
    for fault in of(events, ev.FaultStarted):
        if fault.verb in {"cut", "reset", "swallow", "stall"} and any(
            link.startswith(f"{host}>{far_end}") for link in fault.links
        ):
            healed = [h.t_ns for h in of(events, ev.FaultHealed) if h.fault == fault.fault]
            found.append((fault.t_ns, healed[0] if healed else NEVER))
    return found


def meets(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    return any(a <= end and start <= b for a, b in spans)


class Facts:
    def __init__(self, events: list[ev.Event]) -> None:
        self.events = events
        self.run = of(events, ev.RunStarted)[0]
        self.ends = {e.turn: e.t_ns for e in of(events, ev.TurnEnded)}
        self.turns = of(events, ev.TurnStarted)

    def pairs(self) -> Iterator[tuple[ev.TurnStarted, ev.TurnStarted]]:
        for a, b in combinations(self.turns, 2):
            if a.actor == b.actor and max(a.t_ns, b.t_ns) < min(self.ends[a.turn], self.ends[b.turn]):
                yield a, b

    def stopped(self, process: str, start: int, end: int) -> bool:
        return meets(spans_stopped(self.events, process.split("#", maxsplit=1)[0]), start, end)

    def orphaned(self, turn: ev.TurnStarted, before: int) -> bool:
        unit = turn.process.split("/")[0] + "/sidecar"
        births = [
            (s.t_ns, s.incarnation) for s in of(self.events, ev.UnitStarted) if s.unit == unit and s.t_ns <= turn.t_ns
        ]
        if not births:
            return False
        mine = max(births)
        died = [a for a, _ in spans_dead(self.events, unit) if a >= mine[0]]
        return (bool(died) and min(died) <= before) or meets(spans_stopped(self.events, unit), turn.t_ns, before)

    def late(self, turn: ev.TurnStarted, since: int) -> str:
        answers = set()
        for save in of(self.events, ev.SaveStarted):
            if save.turn != turn.turn:
                continue
            writes = sorted(map(tuple, json.loads(save.writes)))
            commits = [
                c for c in of(self.events, ev.StoreCommitted) if sorted((w.key, w.value) for w in c.writes) == writes
            ]
            ends = [e for e in of(self.events, ev.SaveEnded) if e.save == save.save and e.acknowledged]
            if not commits and not ends:
                whole = bool(of(self.events, ev.StoreCommitted)) and not of(self.events, ev.StoreLogBroken)
                answers.add("no" if whole else "unknown")
                continue
            after = max([save.t_ns] + [c.not_before_ns for c in commits])
            by = min([e.t_ns for e in ends] + [c.t_ns for c in commits])
            answers.add("yes" if after >= since else "no" if by <= since else "unknown")
        return "yes" if "yes" in answers else "unknown" if "unknown" in answers else "no"

    def cut_off(self, hosts: set[str], at: int) -> bool:
        for host in hosts:
            lost = spans_faulted(self.events, host, "placement")
            lost += spans_dead(self.events, "placement-0") + spans_stopped(self.events, "placement-0")
            if any(a <= at <= b + WAKE for a, b in lost):
                return True
        stops = [
            (start, end)
            for host in hosts
            for part in ("app", "sidecar")
            for start, end in spans_stopped(self.events, f"{host}/{part}")
            if end <= at <= end + WAKE
        ]
        return len(hosts) > 1 and any(self.changed(start, at) for start, _ in stops)

    def just_resumed(self, host: str, at: int) -> bool:
        return any(
            end <= at <= end + WAKE
            for part in ("app", "sidecar")
            for _, end in spans_stopped(self.events, f"{host}/{part}")
        )

    def changes(self) -> list[int]:
        ready = [e.t_ns for e in of(self.events, ev.PhaseReached) if e.phase == "ready"]
        tables = [e for e in of(self.events, ev.TableObserved) if e.leader]
        return [
            table.t_ns
            for at, table in enumerate(tables)
            if at
            and (table.placement, table.version, table.hosts)
            != (tables[at - 1].placement, tables[at - 1].version, tables[at - 1].hosts)
            and table.t_ns > (ready[0] if ready else 0)
        ]

    def changed(self, start: int, end: int) -> bool:
        return any(start <= at <= end + SEEN_LATE for at in self.changes())

    def leaves(self, done_op: str, host: str) -> list[tuple[int, int]]:
        """When the host may have learnt that the caller of an operation is gone."""
        asked = next((e for e in of(self.events, ev.Invoked) if e.op == done_op), None)
        if asked is None:
            return []
        done = [e for e in of(self.events, ev.Completed) if e.op == done_op]
        over = done[0].t_ns if done else NEVER
        sidecar = f"{asked.via}/sidecar"
        left = [e.t_ns for e in done if e.reason in {"gave-up", "deadline", "cut-off"}]
        if done and done[0].outcome != "ok":
            for born in of(self.events, ev.UnitStarted):
                told = [
                    s.t_ns
                    for s in of(self.events, ev.UnitSignalled)
                    if (s.unit, s.incarnation, s.signal) == (sidecar, born.incarnation, "SIGTERM")
                ]
                if born.unit == sidecar and told and born.t_ns <= asked.t_ns:
                    exits = [
                        e.t_ns
                        for e in of(self.events, ev.UnitExited)
                        if (e.unit, e.incarnation) == (sidecar, born.incarnation)
                    ]
                    at = max(min(told), asked.t_ns)
                    left += [at] if at <= min(over, *exits, NEVER) else []
        if asked.via != host:
            left += [a for a, _ in spans_dead(self.events, sidecar) if asked.t_ns <= a <= over]
        found = []
        for at in left:
            heard = at + SEEN_LATE
            waits = [
                *spans_stopped(self.events, sidecar),
                *spans_faulted(self.events, "client", asked.via),
                *spans_faulted(self.events, "peers", host),
            ]
            for start, end in sorted(waits):
                if start <= heard and at <= end:
                    heard = max(heard, end + SEEN_LATE)
            found.append((at, heard))
        return found

    def abandoned(self, turn: ev.TurnStarted, before: int) -> bool:
        host = turn.process.split("/")[0]
        return turn.op is not None and any(
            at <= before and at < self.ends[turn.turn] for at, _ in self.leaves(turn.op, host)
        )

    def idled(self, turn: ev.TurnStarted, before: int) -> bool:
        mine = (turn.process, turn.actor, turn.instance)
        return any(
            (d.process, d.actor, d.instance) == mine
            and turn.t_ns <= d.t_ns <= min(before, self.ends[turn.turn])
            and (self.own_time_out(turn, d.t_ns) or self.time_out_before(turn, d.t_ns))
            for d in of(self.events, ev.Deactivated)
        )

    def own_time_out(self, turn: ev.TurnStarted, told: int) -> bool:
        idle = round(self.run.idle_timeout_s * 1e9)
        if told >= turn.t_ns + idle - IDLE_SLACK and not self.changed(turn.t_ns, told):
            return True
        done = [e for e in of(self.events, ev.Completed) if turn.op is not None and e.op == turn.op]
        refused = [e for e in done if e.outcome != "ok" and e.status is not None and abs(e.t_ns - told) <= SEEN_LATE]
        if not refused or any(t.op == turn.op and t.t_ns < turn.t_ns for t in self.turns):
            return False
        asked = next(e.t_ns for e in of(self.events, ev.Invoked) if e.op == turn.op)
        earlier = [t for t in self.turns if t.actor == turn.actor and t.t_ns < turn.t_ns]
        latest = max(earlier, key=lambda t: t.t_ns, default=None)
        let_in = max(asked, self.ends[latest.turn] if latest else 0)
        return told >= let_in + idle and not self.changed(let_in, told)

    def time_out_before(self, turn: ev.TurnStarted, told: int) -> bool:
        idle = round(self.run.idle_timeout_s * 1e9)
        host = turn.process.split("/")[0]
        earlier = [t for t in self.turns if t.actor == turn.actor and t.t_ns < turn.t_ns and t.cause != "timer"]
        if not earlier:
            return False
        used = max(earlier, key=lambda t: t.t_ns)
        asked = {e.op for e in of(self.events, ev.Invoked) if e.actor == turn.actor}
        failed = [
            e.t_ns
            for e in of(self.events, ev.Completed)
            if e.op in asked and e.op != turn.op and e.outcome != "ok" and used.t_ns <= e.t_ns <= turn.t_ns
        ]
        latest = self.acted_on(host, turn.actor.split("/")[0], max([used.t_ns, *failed]) + idle)
        spent = any(
            d.process.split("/")[0] == host and d.actor == turn.actor and used.t_ns <= d.t_ns < told
            for d in of(self.events, ev.Deactivated)
        )
        after = [t for t in self.turns if t.actor == turn.actor and t.t_ns > told]
        stays = bool(after) and min(after, key=lambda t: t.t_ns).process.split("/")[0] == host
        seen = [at for at in self.changes() if used.t_ns <= at <= told + SEEN_LATE]
        return (
            used.process.split("/")[0] == host
            and used.t_ns + idle - IDLE_SLACK <= turn.t_ns <= told <= min(latest, turn.t_ns + IDLE_SLACK)
            and not spent
            and not self.sidecar_gone(used, told)
            and (not seen or (stays and min(seen) > told))
        )

    def acted_on(self, host: str, type_: str, due: int) -> int:
        """When a time-out is acted on at the latest: each DELETE of its type that was due before comes first."""
        idle = round(self.run.idle_timeout_s * 1e9)
        latest = due + SEEN_LATE
        for gone in of(self.events, ev.Deactivated):
            if gone.process.split("/")[0] != host or gone.actor.split("/")[0] != type_:
                continue
            mine = (gone.process, gone.actor, gone.instance)
            uses = [t.t_ns for t in self.turns if (t.process, t.actor, t.instance) == mine and t.cause != "timer"]
            last = max((at for at in uses if at < gone.t_ns), default=None)
            if gone.t_ns <= latest and (last is None or last - IDLE_SLACK + idle <= due):
                latest = max(latest, gone.t_ns + SEEN_LATE)
        return latest

    def sidecar_gone(self, turn: ev.TurnStarted, by: int) -> bool:
        unit = turn.process.split("/")[0] + "/sidecar"
        births = [(s.t_ns, s.incarnation) for s in of(self.events, ev.UnitStarted) if s.unit == unit]
        mine = [birth for birth in births if birth[0] <= turn.t_ns]
        return bool(mine) and any(
            s.unit == unit and s.incarnation == max(mine)[1] and s.signal in {"SIGTERM", "SIGKILL"} and s.t_ns <= by
            for s in of(self.events, ev.UnitSignalled)
        )

    def queue(self, first: ev.TurnStarted, second: ev.TurnStarted) -> bool:
        host = first.process.split("/")[0]
        until = second.t_ns
        while True:
            freed = self.taken_since(second)
            for asked in of(self.events, ev.Invoked):
                if asked.actor == first.actor and any(
                    at <= until
                    and first.t_ns <= heard
                    and self.waits(asked, host, at)
                    and (freed is None or until <= max(freed, at) + SEEN_LATE)
                    for at, heard in self.leaves(asked.op, host)
                ):
                    return True
            met = [
                t
                for t in self.turns
                if t.actor == first.actor
                and t.process.split("/")[0] == host
                and t.t_ns < first.t_ns < self.ends[t.turn]
            ]
            if not met:
                return False
            until, second, first = first.t_ns, first, max(met, key=lambda t: t.t_ns)

    def waits(self, asked: ev.Invoked, host: str, at: int) -> bool:
        """Whether a call waits for its actor: it had no turn yet, or its answer is overdue with a free way to come."""
        begun = [t for t in self.turns if t.op == asked.op and t.t_ns <= at]
        if not begun:
            return True
        over = max(self.ends[t.turn] for t in begun)
        ways = [
            *spans_stopped(self.events, f"{asked.via}/sidecar"),
            *spans_faulted(self.events, "client", asked.via),
            *spans_faulted(self.events, "peers", host),
        ]
        return over + SEEN_LATE < at and not any(start <= at and over <= end for start, end in ways)

    def taken_since(self, turn: ev.TurnStarted) -> int | None:
        """When the call of a turn was sent, if nothing can have kept it from its actor's host."""
        sent = [e.t_ns for e in of(self.events, ev.Invoked) if e.op == turn.op]
        earlier = [t for t in self.turns if t.op == turn.op and (t.t_ns, t.turn) < (turn.t_ns, turn.turn)]
        if turn.op is None or not sent or earlier:
            return None
        tables = [e.t_ns for e in of(self.events, ev.TableObserved)]
        return None if any(sent[0] - SEEN_LATE <= at <= turn.t_ns for at in tables) else sent[0]

    def leaving(self, turn: ev.TurnStarted, before: int) -> bool:
        unit = turn.process.split("/")[0] + "/sidecar"
        births = [
            (s.t_ns, s.incarnation) for s in of(self.events, ev.UnitStarted) if s.unit == unit and s.t_ns <= turn.t_ns
        ]
        return bool(births) and any(
            s.unit == unit and s.incarnation == max(births)[1] and s.signal == "SIGTERM" and s.t_ns <= before
            for s in of(self.events, ev.UnitSignalled)
        )

    def taken_back(self, turn: ev.TurnStarted, before: int) -> bool:
        answers = [e for e in of(self.events, ev.Completed) if turn.op is not None and e.op == turn.op]
        heard = max(before, min(before + SEEN_LATE, self.ends[turn.turn]))
        refused = any(e.outcome == "info" and e.status is not None and e.t_ns <= heard for e in answers[:1])
        again = any(t.op == turn.op and turn.t_ns < t.t_ns <= before for t in self.turns if turn.op is not None)
        return refused or again

    def drained(self, turn: ev.TurnStarted, before: int) -> bool:
        wait = round(self.run.drain_timeout_s * 1e9) if self.run.drain_enabled else 0
        late = SEEN_LATE if self.taken_back(turn, before) else 0
        return any(turn.t_ns <= at + wait + late and at + wait - SEEN_LATE <= before for at in self.changes())


def turns(events: list[ev.Event]) -> tuple[Answer, Answer]:
    """(class, actor) of what was broken, and (clause, actor) of what applied; ``unknown`` stands among the latter."""
    facts = Facts(events)
    broken: Answer = set()
    applied: Answer = set()
    for a, b in facts.pairs():
        if facts.run.reentrancy and a.chain is not None and a.chain == b.chain and (a.op is None or a.op != b.op):
            continue
        start, end = b.t_ns, min(facts.ends[a.turn], facts.ends[b.turn])
        hosts = [t.process.split("/")[0] for t in (a, b)]
        if any(facts.stopped(t.process, start, end) for t in (a, b)):
            clause = "frozen"
        elif facts.orphaned(a, start):
            clause = "orphaned"
        else:
            clause = ""
        if clause:
            word = facts.late(a, start)
            if word == "yes":
                broken.add((f"{clause}, saved late", a.actor))
            if word == "unknown":
                applied.add(("unknown", a.actor))
        elif facts.cut_off(set(hosts), start):
            broken.add(("cut off", a.actor))
        elif hosts[0] != hosts[1] and facts.leaving(a, start):
            broken.add(("leaving host", a.actor))
        elif facts.abandoned(a, start):
            broken.add(("abandoned", a.actor))
        elif facts.drained(a, start) and facts.run.drain_enabled:
            broken.add(("drain gave up", a.actor))
        elif facts.drained(a, start) and (hosts[0] != hosts[1] or facts.taken_back(a, start)):
            broken.add(("drain off", a.actor))
        elif facts.idled(a, start):
            broken.add(("idle time-out", a.actor))
        elif hosts[0] != hosts[1]:
            broken.add(("two live hosts", a.actor))
        else:
            broken.add(("same host" if facts.queue(a, b) else "unexplained", a.actor))
    return broken, applied


def activation(events: list[ev.Event]) -> tuple[Answer, Answer]:
    """As `turns`, of instances."""
    facts = Facts(events)
    used: dict[tuple[str, str, int], list[ev.TurnStarted]] = {}
    for turn in facts.turns:
        used.setdefault((turn.actor, turn.process, turn.instance), []).append(turn)
    broken: Answer = set()
    applied: Answer = set()
    for (left, a), (right, b) in combinations(used.items(), 2):
        if left[0] != right[0]:
            continue
        first, second = (a, b) if (a[0].t_ns, 0) < (b[0].t_ns, 1) else (b, a)
        begun = second[0].t_ns
        until = [max(facts.ends[t.turn] for t in side) for side in (first, second)]
        if min(until) <= begun:
            continue
        rest = [t for t in first if facts.ends[t.turn] > begun]
        words = []
        for turn in rest:
            excused = turn.t_ns < begun and (
                facts.stopped(turn.process, turn.t_ns, facts.ends[turn.turn]) or facts.orphaned(turn, begun)
            )
            words.append(facts.late(turn, begun) if excused else "yes")
        if "yes" not in words:
            if "unknown" in words:
                applied.add(("unknown", left[0]))
            continue
        host = first[0].process.split("/")[0]
        before = [t for t in first if t.t_ns < begun]
        after = [t.t_ns for t in first if t.t_ns >= begun]
        low = min(facts.ends[before[-1].turn] if before else facts.ends[first[0].turn], begun)
        high = after[0] if after else begun
        outages = [
            *spans_stopped(events, f"{host}/app"),
            *spans_stopped(events, f"{host}/sidecar"),
            *spans_dead(events, f"{host}/app"),
            *spans_dead(events, f"{host}/sidecar"),
            *spans_faulted(events, host, "app"),
            *spans_faulted(events, host, "placement"),
        ]
        hosts = {side[0].process.split("/")[0] for side in (first, second)}
        if left[1] != right[1] and meets(outages, low, high):
            anomaly = "undelivered"
        elif facts.cut_off(hosts, begun):
            anomaly = "cut off"
        elif len(hosts) > 1 and any(facts.leaving(turn, begun) for turn in rest):
            anomaly = "leaving host"
        elif any(facts.abandoned(turn, begun) for turn in rest):
            anomaly = "abandoned"
        elif facts.run.drain_enabled and any(facts.drained(turn, begun) for turn in rest):
            anomaly = "drain gave up"
        elif not facts.run.drain_enabled and any(
            facts.drained(turn, begun) and (len(hosts) > 1 or facts.taken_back(turn, begun)) for turn in rest
        ):
            anomaly = "drain off"
        elif any(facts.idled(turn, begun) for turn in rest):
            anomaly = "idle time-out"
        else:
            anomaly = "two instances"
        broken.add((anomaly, left[0]))
    return broken, applied

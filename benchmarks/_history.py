"""A made-up history, the same each time: many operations on many actors, as a runtime that keeps its promises has them.

Three hosts; clients and probes that call counters and ledgers, some of them often; reminders; hosts that are killed and
come back, so that actors move there and back; idle actors that are deactivated; applications that are stopped for a
while; a store that can't be reached for a while. The canary breaks its promises in it.
"""

from __future__ import annotations

import heapq
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from actorproof.harness.history import events as ev
from actorproof.harness.history.merge import write_history

S = 1_000_000_000
MS = 1_000_000
START_NS = 1_000 * S
HOSTS = ("host-1", "host-2", "host-3")
LEDGERS, COUNTERS, RECORDERS = 700, 200, 100
ACTORS = LEDGERS + COUNTERS + RECORDERS
CLIENTS, PROBES, HOT = 60, 8, 20
EVERY_NS = 25 * S  # a fault begins
FAULTS = ("kill", "kill", "pause", "cut")
FAIL_OVER_NS, BACK_NS = 3 * S, 6 * S
PAUSE_NS, CUT_NS = 2 * S, 1 * S
IDLE_NS = 8 * S
POLL_NS = 20 * MS
SLOW = {"ledger": 0.03, "counter": 0.03}
REMINDER_S = 10.0


@dataclass(slots=True)
class Actor:
    """An actor of the simulation: its home, its state, who holds it, and until when it is busy."""

    name: str
    home: int
    number: int = 0
    entries: list[tuple[int, str, str]] = field(default_factory=list)
    free_ns: int = 0
    process: str = ""
    instance: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the simulation, and the host that it strikes."""

    verb: str
    host: int
    from_ns: int
    to_ns: int


class Maker:
    """Makes one history of `operations` operations."""

    def __init__(self, operations: int, *, seed: int = 1) -> None:
        self._rng = random.Random(seed)
        self._wanted = operations
        self._events: list[tuple[int, int, type[ev.Event], str, dict[str, Any]]] = []
        self._order = count()
        self._commits: list[tuple[int, int, tuple[ev.StoreWrite, ...]]] = []
        self._ids: dict[str, Iterator[int]] = defaultdict(lambda: count(1))
        self._held: dict[tuple[str, str], int] = {}
        self._actors = [
            Actor(f"{kind}/a{number}", self._rng.randrange(len(HOSTS)))
            for kind, many in (("Ledger", LEDGERS), ("Counter", COUNTERS), ("Recorder", RECORDERS))
            for number in range(many)
        ]
        self._ledgers = self._actors[:LEDGERS]
        self._counters = self._actors[LEDGERS : LEDGERS + COUNTERS]
        self._recorders = self._actors[-RECORDERS:]
        self._operations = 0
        # Each client calls about five times a second.
        length_ns = operations * S // (CLIENTS * 5 + PROBES * 4)
        self._faults = [
            Fault(verb, self._rng.randrange(len(HOSTS)), at_ns, at_ns + lasts_ns)
            for at_ns in range(START_NS + EVERY_NS, START_NS + length_ns * 3 // 4, EVERY_NS)
            for verb in (self._rng.choice(FAULTS),)
            for lasts_ns in ({"kill": BACK_NS, "pause": PAUSE_NS, "cut": CUT_NS}[verb],)
        ]
        self._kills = [[f for f in self._faults if f.verb == "kill" and f.host == host] for host in range(len(HOSTS))]
        self._pauses = [[f for f in self._faults if f.verb == "pause" and f.host == host] for host in range(len(HOSTS))]
        self._cuts = [[f for f in self._faults if f.verb == "cut" and f.host == host] for host in range(len(HOSTS))]

    def make(self) -> list[ev.Event]:
        """The history, merged."""
        self._open()
        self._sing()
        end_ns = self._load()
        self._close(end_ns)
        return self._merged()

    # ---- the cluster

    def _open(self) -> None:
        at_ns = START_NS
        opened: dict[str, Any] = {"pid": 1, "boot_id": "b", "time_namespace": "t", "wall_ns": 0}
        self._add(ev.JournalOpened, at_ns, **opened)
        self._add(
            ev.RunStarted,
            at_ns,
            run="benchmark",
            scenario="benchmark",
            profile="quick",
            seed=1,
            runtime="dapr",
            version="1.18.2",
            hosts=len(HOSTS),
            placements=1,
            schedulers=1,
            subject="bare",
            idle_timeout_s=IDLE_NS / S,
            drain_timeout_s=4.0,
            drain_enabled=True,
            dissemination_timeout_s=8.0,
            reentrancy=False,
        )
        for unit in ("store", "placement-0", "scheduler-0"):
            self._start(unit, 1, at_ns)
        for host in HOSTS:
            self._add(ev.JournalOpened, at_ns + 1, process=f"{host}/app#1", **opened)
            self._start(f"{host}/app", 1, at_ns)
            self._start(f"{host}/sidecar", 1, at_ns)
        version = count(1)
        self._table(at_ns + MS, next(version), HOSTS)
        for number, fault in enumerate(self._faults, start=1):
            host = HOSTS[fault.host]
            units = {
                "kill": (f"{host}/app", f"{host}/sidecar"),
                "pause": (f"{host}/app",),
                "cut": (),
            }[fault.verb]
            link = f"{host}>store"
            self._add(
                ev.FaultStarted,
                fault.from_ns - 20,
                fault=f"f{number}",
                verb=fault.verb,
                target={"kill": host, "pause": f"{host}/app", "cut": link}[fault.verb],
                units=units,
                links=() if units else (link,),
            )
            self._add(ev.FaultTook, fault.from_ns + 5 * MS, fault=f"f{number}", evidence=("seen",))
            self._add(ev.FaultHealed, fault.to_ns + 600 * MS, fault=f"f{number}")
            incarnation = self._incarnation(fault.host, fault.from_ns)
            if fault.verb == "pause":
                for signal, at in (("SIGSTOP", fault.from_ns), ("SIGCONT", fault.to_ns)):
                    self._add(ev.UnitSignalled, at - 10, unit=units[0], incarnation=incarnation, signal=signal)
            if fault.verb != "kill":
                continue
            for unit in units:
                self._add(ev.UnitSignalled, fault.from_ns, unit=unit, incarnation=incarnation, signal="SIGKILL")
                self._add(ev.UnitExited, fault.from_ns + MS, unit=unit, incarnation=incarnation, code=-9, expected=True)
                self._start(unit, incarnation + 1, fault.to_ns)
            self._add(ev.JournalOpened, fault.to_ns + 1, process=f"{host}/app#{incarnation + 1}", **opened)
            self._table(fault.from_ns + 2 * S, next(version), tuple(each for each in HOSTS if each != host))
            self._table(fault.to_ns + 400 * MS, next(version), HOSTS)
        for phase in ("ready", "load"):
            self._add(ev.PhaseReached, at_ns + 10 * MS, phase=phase)

    def _start(self, unit: str, incarnation: int, at_ns: int) -> None:
        self._add(ev.UnitStarted, at_ns, unit=unit, incarnation=incarnation, pid=1)
        self._add(ev.UnitReady, at_ns + 300 * MS, unit=unit, incarnation=incarnation)

    def _table(self, at_ns: int, version: int, hosts: tuple[str, ...]) -> None:
        self._add(ev.TableObserved, at_ns, placement="placement-0", leader=True, version=version, hosts=hosts)

    def _incarnation(self, host: int, at_ns: int) -> int:
        return 1 + sum(kill.to_ns <= at_ns for kill in self._kills[host])

    def _dead(self, host: int, at_ns: int) -> bool:
        return any(kill.from_ns <= at_ns < kill.to_ns for kill in self._kills[host])

    def _place(self, actor: Actor, at_ns: int) -> tuple[int, int]:
        """The host that has an actor's next turn, and when it can begin there, if it is asked for at `at_ns`."""
        host = actor.home
        for kill in self._kills[actor.home]:
            if kill.from_ns <= at_ns < kill.from_ns + FAIL_OVER_NS:
                at_ns = kill.from_ns + FAIL_OVER_NS + self._rng.randrange(50 * MS)
            if kill.from_ns <= at_ns < kill.to_ns + 500 * MS:
                host = (actor.home + 1) % len(HOSTS)
        for pause in self._pauses[host]:
            if pause.from_ns <= at_ns < pause.to_ns:
                at_ns = pause.to_ns + self._rng.randrange(10 * MS)
        return host, at_ns

    # ---- the load

    def _load(self) -> int:
        """Clients, probes and reminders in order of time; when the last one is done."""
        names = [f"client-{n}" for n in range(CLIENTS)] + [f"probe-{n}" for n in range(PROBES)]
        todo = [(START_NS + S + number * MS, number, name) for number, name in enumerate(names)]
        heapq.heapify(todo)
        for number, actor in enumerate(self._recorders):
            acknowledged_ns = self._manage(actor, "register-reminder", START_NS + S + number * MS)
            heapq.heappush(todo, (acknowledged_ns + int(REMINDER_S * S), -1 - number, "reminder"))
        end_ns = START_NS
        left = self._wanted - LEDGERS - RECORDERS
        while self._operations < left:
            at_ns, number, name = heapq.heappop(todo)
            if name == "reminder":
                actor = self._recorders[-1 - number]
                end_ns = max(end_ns, self._turn(actor, at_ns + MS, cause="reminder", name="r", op=None)[0])
                again_ns = at_ns + int(REMINDER_S * S)
            elif name.startswith("probe"):
                done_ns = self._call(name, self._counters[number - CLIENTS], at_ns)
                end_ns, again_ns = max(end_ns, done_ns), done_ns + 250 * MS
            else:
                done_ns = self._call(name, self._chosen(), at_ns)
                end_ns, again_ns = max(end_ns, done_ns), done_ns + self._rng.randrange(100, 300) * MS
            heapq.heappush(todo, (again_ns, number, name))
        for actor in self._recorders:
            end_ns = max(end_ns, self._manage(actor, "unregister-reminder", at_ns + MS))
        return end_ns

    def _chosen(self) -> Actor:
        """A counter or a ledger; a few are called often."""
        rng = self._rng
        of = self._ledgers if rng.random() < LEDGERS / (LEDGERS + COUNTERS) else self._counters
        return of[rng.randrange(HOT)] if rng.random() < 0.3 else rng.choice(of)

    def _manage(self, actor: Actor, action: ev.Action, at_ns: int) -> int:
        """Register or unregister an actor's reminder; when that was acknowledged."""
        asked = {"due_s": REMINDER_S, "period_s": REMINDER_S, "repetitions": None, "ttl_s": None, "data": "tick"}
        args = json.dumps(asked if action == "register-reminder" else {})
        op = self._invoked("setup", actor, action, "r", at_ns, args=args)
        self._add(ev.Completed, at_ns + 2 * MS, op=op, outcome="ok", status=204)
        return at_ns + 2 * MS

    def _invoked(
        self, client: str, actor: Actor, action: ev.Action, name: str, at_ns: int, *, via: int = 0, args: str = "{}"
    ) -> str:
        self._operations += 1
        op = f"{client}.{next(self._ids[client])}"
        self._add(
            ev.Invoked,
            at_ns,
            op=op,
            client=client,
            via=HOSTS[via],
            actor=actor.name,
            action=action,
            name=name,
            args=args,
        )
        return op

    def _call(self, client: str, actor: Actor, at_ns: int, *, reads: bool = False) -> int:
        """One call of a method; when its caller knew how it ended."""
        via = self._rng.randrange(len(HOSTS))
        is_ledger = actor.name.startswith("Ledger")
        method = "read" if reads else "append" if is_ledger else "add"
        op = self._invoked(client, actor, "call", method, at_ns, via=via, args="{}" if is_ledger else '{"by":1}')
        if self._dead(via, at_ns):
            self._add(ev.Completed, at_ns + MS, op=op, outcome="fail", reason="refused")
            return at_ns + MS
        end_ns, turn, ended, result = self._turn(actor, at_ns + MS, cause="call", name=method, op=op)
        end_ns += MS
        match ended:
            case "completed":
                self._add(ev.Completed, end_ns, op=op, outcome="ok", status=200, turn=turn, result=result)
            case "failed":
                self._add(ev.Completed, end_ns, op=op, outcome="info", status=500, reason="status-500")
            case _:
                self._add(ev.Completed, end_ns, op=op, outcome="info", reason="cut-off: dropped")
        return end_ns

    # ---- turns

    def _turn(
        self, actor: Actor, at_ns: int, *, cause: ev.Cause, name: str, op: str | None
    ) -> tuple[int, str, str, str]:
        """One turn as soon as its actor is free: when it ended, its id, how, and its result."""
        rng = self._rng
        # One that began before a stop goes on after it: as long as it takes, nobody else has the actor.
        host, start_ns = self._place(actor, max(at_ns, actor.free_ns + MS))
        process = f"{HOSTS[host]}/app#{self._incarnation(host, start_ns)}"
        self._hold(actor, process, start_ns)
        turn = f"{process}:t{next(self._ids[process])}"
        data = '"tick"' if cause == "reminder" else "null"
        self._add(
            ev.TurnStarted,
            start_ns,
            process=process,
            turn=turn,
            actor=actor.name,
            instance=actor.instance,
            cause=cause,
            name=name,
            op=op,
            data=data,
        )
        slow = cause == "call" and name != "read" and rng.random() < 0.03
        work_ns = rng.randrange(20, 300) * MS if slow else rng.randrange(200, 900) * 1000
        save_ns = start_ns + work_ns
        for pause in self._pauses[host]:
            if start_ns < pause.from_ns <= save_ns + 2 * MS:
                save_ns += PAUSE_NS + 4 * MS
        end_ns = save_ns + MS
        died_ns = min((k.from_ns for k in self._kills[host] if start_ns < k.from_ns <= end_ns), default=None)
        if died_ns is not None:
            actor.free_ns = died_ns
            return died_ns, turn, "killed", "null"
        ended, result = "completed", "null"
        if name == "read":
            result = json.dumps({"count": actor.number, "entries": actor.entries}, separators=(",", ":"))
        elif cause == "call":
            acknowledged = not any(cut.from_ns <= save_ns < cut.to_ns for cut in self._cuts[host])
            result = self._save(actor, process, turn, op, save_ns, acknowledged=acknowledged)
            ended = "completed" if acknowledged else "failed"
        done: dict[str, Any] = {"completed": ended == "completed", "result": result if ended == "completed" else "null"}
        self._add(ev.TurnEnded, end_ns, process=process, turn=turn, **done)
        actor.free_ns = end_ns
        return end_ns, turn, ended, result

    def _hold(self, actor: Actor, process: str, at_ns: int) -> None:
        """Make a process hold an actor: it is deactivated where it was, by idleness or by a move."""
        idle = bool(actor.process) and at_ns - actor.free_ns > IDLE_NS + S
        if actor.process == process and not idle:
            return
        if actor.process:
            gone_ns = actor.free_ns + IDLE_NS + 100 * MS if idle else at_ns - 300_000
            host = HOSTS.index(actor.process.partition("/")[0])
            if actor.process.endswith(f"#{self._incarnation(host, gone_ns)}") and not self._dead(host, gone_ns):
                gone: dict[str, Any] = {"actor": actor.name, "instance": actor.instance}
                self._add(ev.Deactivated, gone_ns, process=actor.process, **gone)
        number = self._held.get((process, actor.name), 0) + 1
        self._held[process, actor.name] = number
        actor.process, actor.instance = process, number
        self._add(ev.Activated, at_ns - 1000, process=process, actor=actor.name, instance=number, nonce=f"{at_ns:016x}")

    def _save(self, actor: Actor, process: str, turn: str, op: str | None, at_ns: int, *, acknowledged: bool) -> str:
        """One transaction; the call's result."""
        number = actor.number + 1
        if actor.name.startswith("Counter"):
            writes = [("value", _text({"value": number, "turn": turn}))]
            result = str(number)
        else:
            writes = [
                (f"entry-{number:06}", _text({"op": op, "turn": turn})),
                ("count", _text({"count": number, "turn": turn})),
            ]
            result = _text({"index": number})
        save = f"{process}:s{next(self._ids[f'{process} saves'])}"
        self._add(ev.SaveStarted, at_ns, process=process, save=save, turn=turn, actor=actor.name, writes=_text(writes))
        reason = "" if acknowledged else "ClientConnectorError"
        self._add(ev.SaveEnded, at_ns + 600_000, process=process, save=save, acknowledged=acknowledged, reason=reason)
        if acknowledged:
            actor.number = number
            if not actor.name.startswith("Counter"):
                actor.entries.append((number, op or "", turn))
            stored = tuple(ev.StoreWrite(actor.name, key, value) for key, value in writes)
            self._commits.append((at_ns + 300_000, next(self._order), stored))
        return result

    # ---- the canary, and the end

    def _sing(self) -> None:
        """One turn that another one overlaps, and one acknowledged save that the store never had."""
        at_ns = START_NS + 500 * MS
        process = f"{HOSTS[0]}/app#1"
        canary = Actor("Canary/c0", 0)
        self._add(ev.Activated, at_ns, process=process, actor=canary.name, instance=1, nonce="c")
        for number in (1, 2):
            op = self._invoked("setup", canary, "call", "append", at_ns + number * MS)
            turn = f"{process}:c{number}"
            begun = {"turn": turn, "actor": canary.name, "instance": 1, "cause": "call", "name": "append", "op": op}
            self._add(ev.TurnStarted, at_ns + number * MS + 1000, process=process, **begun)
            writes = [(f"entry-{number:06}", _text({"op": op, "turn": turn}))]
            saved = {"save": f"{process}:c{number}", "turn": turn, "actor": canary.name, "writes": _text(writes)}
            self._add(ev.SaveStarted, at_ns + number * MS + 2000, process=process, **saved)
            ended: dict[str, Any] = {"save": saved["save"], "acknowledged": True}
            self._add(ev.SaveEnded, at_ns + number * MS + 3000, process=process, **ended)
            self._add(ev.TurnEnded, at_ns + (number + 2) * MS, process=process, turn=turn, completed=True)
            done: dict[str, Any] = {"op": op, "outcome": "ok", "status": 200, "turn": turn}
            self._add(ev.Completed, at_ns + (number + 3) * MS, **done)
        self._commits.append((at_ns, next(self._order), (ev.StoreWrite(canary.name, "count", '{"count":0}'),)))

    def _close(self, end_ns: int) -> None:
        """Healed, quiet, every ledger read, closed."""
        at_ns = end_ns + S
        for phase in ("healed", "quiet"):
            self._add(ev.PhaseReached, at_ns, phase=phase)
        for ledger in self._ledgers:
            at_ns = self._call("final", ledger, at_ns + MS, reads=True)
        for number, phase in enumerate(("final", "closed"), start=1):
            self._add(ev.PhaseReached, at_ns + number * S, phase=phase)

    # ---- putting together

    def _add(self, kind: type[ev.Event], at_ns: int, *, process: str = "harness", **fields: Any) -> None:
        self._events.append((at_ns, next(self._order), kind, process, fields))

    def _merged(self) -> list[ev.Event]:
        for index, (at_ns, _, writes) in enumerate(sorted(self._commits)):
            seen_ns = (at_ns // POLL_NS + 1) * POLL_NS
            self._add(ev.StoreCommitted, seen_ns, index=index, not_before_ns=seen_ns - POLL_NS - 1, writes=writes)
        numbers: dict[str, Iterator[int]] = defaultdict(count)
        made = [
            kind(process=process, seq=next(numbers[process]), t_ns=at_ns, **fields)
            for at_ns, _, kind, process, fields in sorted(self._events, key=lambda each: each[:2])
        ]
        return sorted(made, key=lambda event: (event.t_ns, event.process, event.seq))


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def write(path: Path, operations: int, *, seed: int = 1) -> None:
    """Write a history of so many operations."""
    write_history(Maker(operations, seed=seed).make(), path)

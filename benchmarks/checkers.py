"""Checkers: how long a history of 100,000 operations over 1,000 actors takes to judge, and how much memory.

The history is made here, not run: valid, with about as many saves, commits, moves, faults and reminders an operation as
runs of 1.18.2 have. It is written by a process of its own, so that only reading and judging count. The target is under
10 s for all checkers together, and under 500 MB for everything.

``python benchmarks/checkers.py [--operations 100000] [--actors 1000] [--keep FILE]``; exit code 1 when a checker finds
a violation (there is none) or when the target is missed.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec

from actorproof.harness.history import events as ev
from actorproof.harness.history.merge import read_history
from actorproof.properties import catalogue
from actorproof.properties.judge import CHECKERS
from actorproof.properties.timeline import Timeline
from actorproof.properties.verdict import Budget

TARGET_S = 10.0
TARGET_MB = 500.0
MS = 1_000_000
WAVE_NS = 100 * MS
CONCURRENT = 32
PROBES = 4
FAULT_EVERY = 80  # waves
FAULT_LASTS = 20
START_NS = 1_000 * 1_000 * MS


class Maker:
    """Makes a history wave by wave: in each, some actors have one call each, and all calls end within it."""

    def __init__(self, path: Path, *, operations: int, actors: int) -> None:
        self.file = path.open("wb")
        self.encoder = msgspec.json.Encoder()
        self.rng = random.Random(7)
        self.operations = operations
        self.actors = [f"{('Ledger', 'Counter', 'Counter', 'Register')[n % 4]}/w{n}" for n in range(actors)]
        self.probes = [f"Counter/probe{n}" for n in range(PROBES)]
        self.seq: dict[str, int] = defaultdict(int)
        self.count: dict[str, int] = defaultdict(int)
        self.incarnation: dict[str, int] = defaultdict(int)
        self.pending: list[tuple[int, int, type[ev.Event], str, dict[str, Any]]] = []
        self.hosts: list[str] = []
        self.home: dict[str, str] = {}
        self.instance: dict[tuple[str, str], int] = defaultdict(int)
        self.value: dict[str, int] = defaultdict(int)
        self.entries: dict[str, list[list[Any]]] = defaultdict(list)
        self.due: list[tuple[int, str, str]] = []
        self.now_ns = START_NS

    # ---- events

    def add(self, kind: type[ev.Event], t_ns: int, process: str = "harness", **fields: Any) -> None:
        self.pending.append((t_ns, len(self.pending), kind, process, fields))

    def flush(self) -> None:
        """Write what is pending, in order of time."""
        events = []
        for t_ns, _, kind, process, fields in sorted(self.pending, key=lambda item: item[:2]):
            events.append(kind(process=process, seq=self.seq[process], t_ns=t_ns, **fields))
            self.seq[process] += 1
        self.pending.clear()
        self.file.write(self.encoder.encode_lines(events))

    def unique(self, prefix: str) -> str:
        self.count[prefix] += 1
        return f"{prefix}{self.count[prefix]}"

    # ---- the cluster

    def open(self, process: str, t_ns: int) -> None:
        self.add(ev.JournalOpened, t_ns, process, pid=1, boot_id="b", time_namespace="time:[4026531834]", wall_ns=t_ns)

    def start(self, unit: str, t_ns: int) -> None:
        self.incarnation[unit] += 1
        self.add(ev.UnitStarted, t_ns, unit=unit, incarnation=self.incarnation[unit], pid=100)
        if unit.endswith("/app"):
            self.open(f"{unit}#{self.incarnation[unit]}", t_ns + MS)
        self.add(ev.UnitReady, t_ns + 2 * MS, unit=unit, incarnation=self.incarnation[unit])

    def stop(self, unit: str, t_ns: int, signal: str) -> None:
        self.add(ev.UnitSignalled, t_ns, unit=unit, incarnation=self.incarnation[unit], signal=signal)
        code = -9 if signal == "SIGKILL" else 0
        self.add(ev.UnitExited, t_ns + MS, unit=unit, incarnation=self.incarnation[unit], code=code, expected=True)

    def spread(self, t_ns: int) -> None:
        """Move actors to the hosts that are there; those on a living host are told."""
        for actor, process in list(self.home.items()):
            if process != self.owner(actor):
                if process.split("/")[0] in self.hosts:
                    number = self.instance[process, actor]
                    self.add(ev.Deactivated, t_ns, process, actor=actor, instance=number)
                del self.home[actor]
        version = self.count["table"] = self.count["table"] + 1
        self.add(ev.TableObserved, t_ns, placement="placement-0", leader=True, version=version, hosts=tuple(self.hosts))

    def owner(self, actor: str) -> str:
        digits = int("".join(c for c in actor if c.isdigit()))
        host = self.hosts[digits % len(self.hosts)]
        return f"{host}/app#{self.incarnation[f'{host}/app']}"

    # ---- operations

    def turn(self, actor: str, name: str, t_ns: int, *, op: str | None, cause: str = "call", data: str = "null") -> Any:
        """One turn of 4 to 40 ms with its save; its id, its result and its end."""
        process = self.owner(actor)
        if actor not in self.home:
            self.home[actor] = process
            self.instance[process, actor] += 1
            number = self.instance[process, actor]
            self.add(ev.Activated, t_ns, process, actor=actor, instance=number, nonce="00482c3c1d300a06")
        turn = self.unique(f"{process}:t")
        end_ns = t_ns + self.rng.randrange(4 * MS, 40 * MS)
        self.add(
            ev.TurnStarted,
            t_ns,
            process,
            turn=turn,
            actor=actor,
            instance=self.instance[process, actor],
            cause=cause,
            name=name,
            op=op,
            data=data,
        )
        result: Any = self.value[actor]
        writes: list[list[str]] = []
        match name:
            case "add":
                result = self.value[actor] = self.value[actor] + 1
                writes = [["value", json.dumps({"value": result, "turn": turn})]]
            case "append":
                index = len(self.entries[actor]) + 1
                self.entries[actor].append([index, op, turn])
                result = {"index": index}
                writes = [
                    [f"entry-{index:06}", json.dumps({"op": op, "turn": turn})],
                    ["count", json.dumps({"count": index, "turn": turn})],
                ]
            case "read" if actor.startswith("Ledger"):
                result = {"count": len(self.entries[actor]), "entries": self.entries[actor]}
            case _:
                pass
        if writes:
            save = self.unique(f"{process}:s")
            self.add(ev.SaveStarted, t_ns + MS, process, save=save, turn=turn, actor=actor, writes=json.dumps(writes))
            index = self.count["commit"]
            self.count["commit"] += 1
            self.add(
                ev.StoreCommitted,
                t_ns + 3 * MS,
                index=index,
                not_before_ns=t_ns + MS,
                writes=tuple(ev.StoreWrite(actor, key, value) for key, value in writes),
            )
            self.add(ev.SaveEnded, end_ns - MS // 2, process, save=save, acknowledged=True)
        text = json.dumps(result)
        self.add(ev.TurnEnded, end_ns, process, turn=turn, completed=True, result=text)
        return turn, text, end_ns

    def call(self, actor: str, name: str, client: str) -> None:
        op = self.unique(f"{client}.")
        start_ns = self.now_ns + self.rng.randrange(40 * MS)
        args = '{"by": 1}' if name == "add" else "{}"
        self.add(
            ev.Invoked,
            start_ns,
            op=op,
            client=client,
            via=self.rng.choice(self.hosts),
            actor=actor,
            action="call",
            name=name,
            args=args,
        )
        turn, result, end_ns = self.turn(actor, name, start_ns + MS, op=op)
        self.add(ev.Completed, end_ns + MS, op=op, outcome="ok", status=200, turn=turn, result=result)

    def remind(self, number: int) -> None:
        """Register a reminder that is due after two seconds, and let it fire when it is."""
        actor, name = f"Recorder/m{number % 50}", f"r{number}"
        op = self.unique("reminders.")
        args = {"due_s": 2.0, "period_s": None, "repetitions": None, "ttl_s": None, "data": name}
        self.add(
            ev.Invoked,
            self.now_ns,
            op=op,
            client="reminders",
            via=self.hosts[0],
            actor=actor,
            action="register-reminder",
            name=name,
            args=json.dumps(args),
        )
        self.add(ev.Completed, self.now_ns + MS, op=op, outcome="ok", status=204)
        self.due.append((self.now_ns + 2_010 * MS, actor, name))

    # ---- the run

    def fault(self, number: int) -> Any:
        """Begin a fault; what heals it."""
        id_, now_ns = f"f{number}", self.now_ns
        kind = ("cut", "add", "kill")[number % 3]
        target = {"cut": "host-1>store", "add": "host-3", "kill": "host-2"}[kind]
        units = () if kind == "cut" else (f"{target}/sidecar", f"{target}/app")
        links = (target,) if kind == "cut" else ()
        self.add(ev.FaultStarted, now_ns, fault=id_, verb=kind, target=target, units=units, links=links)
        if kind == "add":
            self.start("host-3/app", now_ns + MS)
            self.start("host-3/sidecar", now_ns + 5 * MS)
            self.hosts.append("host-3")
        elif kind == "kill":
            for unit in units:
                self.stop(unit, now_ns + MS, "SIGKILL")
            self.hosts.remove("host-2")
        self.add(ev.FaultTook, now_ns + 20 * MS, fault=id_, evidence=("seen",))
        if kind != "cut":
            self.spread(now_ns + 30 * MS)
        self.now_ns += WAVE_NS

        def heal() -> None:
            now_ns = self.now_ns
            if kind == "add":
                self.hosts.remove("host-3")
                for unit in units:
                    self.stop(unit, now_ns + MS, "SIGTERM")
            elif kind == "kill":
                self.start("host-2/app", now_ns + MS)
                self.start("host-2/sidecar", now_ns + 5 * MS)
                self.hosts.append("host-2")
            self.add(ev.FaultHealed, now_ns + 20 * MS, fault=id_)
            if kind != "cut":
                self.spread(now_ns + 30 * MS)
            self.now_ns += WAVE_NS

        return heal

    def make(self) -> None:
        self.open("harness", self.now_ns)
        self.add(
            ev.RunStarted,
            self.now_ns,
            run="benchmark",
            scenario="benchmark",
            profile="quick",
            seed=7,
            runtime="dapr",
            version="1.18.2",
            hosts=2,
            placements=1,
            schedulers=1,
            subject="bare",
            idle_timeout_s=60.0,
            drain_timeout_s=4.0,
            drain_enabled=True,
            dissemination_timeout_s=8.0,
            reentrancy=False,
        )
        for unit in (
            "store",
            "placement-0",
            "scheduler-0",
            "host-1/app",
            "host-1/sidecar",
            "host-2/app",
            "host-2/sidecar",
        ):
            self.start(unit, self.now_ns + MS)
        self.hosts = ["host-1", "host-2"]
        for phase in ("ready", "load"):
            self.add(ev.PhaseReached, self.now_ns + 4 * MS, phase=phase)
        self.now_ns += WAVE_NS
        wave = faults = 0
        heal = None
        while self.count["call"] < self.operations:
            for n, actor in enumerate(self.rng.sample(self.actors, CONCURRENT)):
                name = {"Ledger": "append", "Counter": "add", "Register": "read"}[actor.split("/")[0]]
                self.call(actor, name, f"client-{n}")
            for n, actor in enumerate(self.probes):
                self.call(actor, "add", f"probe-{n}")
            self.count["call"] += CONCURRENT + PROBES
            if wave % 5 == 0:
                self.remind(wave // 5)
            while self.due and self.due[0][0] < self.now_ns + WAVE_NS // 2:
                t_ns, actor, name = self.due.pop(0)
                at_ns = max(t_ns, self.now_ns)
                self.turn(actor, name, at_ns, op=None, cause="reminder", data=json.dumps(name))
            self.now_ns += WAVE_NS
            if wave % FAULT_EVERY == FAULT_LASTS and heal is None:
                heal = self.fault(faults)
                faults += 1
            elif wave % FAULT_EVERY == 2 * FAULT_LASTS and heal is not None:
                heal()
                heal = None
            self.flush()
            wave += 1
        if heal is not None:
            heal()
        for t_ns, actor, name in self.due:
            self.now_ns = max(self.now_ns, t_ns)
            self.turn(actor, name, self.now_ns, op=None, cause="reminder", data=json.dumps(name))
            self.now_ns += WAVE_NS
        self.add(ev.PhaseReached, self.now_ns, phase="healed")
        for ledger in (actor for actor in self.actors if actor.startswith("Ledger")):
            self.now_ns += WAVE_NS
            self.call(ledger, "read", "final")
            self.flush()
        self.now_ns += WAVE_NS
        for phase in ("quiet", "final", "closed"):
            self.add(ev.PhaseReached, self.now_ns, phase=phase)
        self.flush()
        self.file.close()


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def judge(path: Path) -> int:
    """Read and judge, and say what each step took."""
    terms = catalogue.parse((Path(catalogue.__file__).parent / "catalogue.toml").read_text("utf-8"))

    def took(what: str, since: float) -> float:
        now = time.perf_counter()
        print(f"{what:<28} {now - since:7.2f} s   peak {peak_mb():6.0f} MB")
        return now

    print(f"{path.stat().st_size / 1e6:.0f} MB of history; Python itself peaks at {peak_mb():.0f} MB")
    began = at = time.perf_counter()
    events = read_history(path)
    at = took(f"read {len(events):,} events", at)
    timeline = Timeline(events)
    operations = len(timeline.operations)
    at = judged = took(f"timeline, {operations:,} operations", at)
    found = []
    for name, check in CHECKERS.items():
        verdict = check(timeline, terms.terms(name, "quick"), Budget())
        at = took(f"{name}: {verdict.outcome.word}", at)
        found += verdict.violations
    checkers_s = at - judged
    took("all", began)
    print(f"checkers together {checkers_s:.2f} s (target {TARGET_S:g}), peak {peak_mb():.0f} MB (target {TARGET_MB:g})")
    for problem in timeline.problems[:3]:
        print(f"problem: {problem}")
    for violation in found[:3]:
        print(f"violation: {violation.klass}: {violation.actor}: {violation.summary}")
    good = not found and not timeline.problems and checkers_s < TARGET_S and peak_mb() < TARGET_MB
    print("target met" if good else "target missed")
    return not good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--actors", type=int, default=1_000)
    parser.add_argument("--keep", type=Path, help="write the history here and keep it")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.make:
        Maker(args.make, operations=args.operations, actors=args.actors).make()
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = args.keep or Path(folder) / "history.jsonl"
        sizes = [f"--operations={args.operations}", f"--actors={args.actors}"]
        subprocess.run([sys.executable, __file__, "--make", str(path), *sizes], check=True)
        return judge(path)


if __name__ == "__main__":
    sys.exit(main())

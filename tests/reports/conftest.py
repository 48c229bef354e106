"""A report with everything that can stand in one: a violation of each kind, in two parts."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.history import events as ev
from actorproof.harness.history.info import ProgramInfo, RunInfo
from actorproof.properties.causes.cause import Cause, Traced, causes
from actorproof.properties.causes.link import Link
from actorproof.properties.causes.mechanism import Mechanism
from actorproof.properties.verdict.baseline import Rate, Seen
from actorproof.properties.verdict.claim import Claim, Document, Section
from actorproof.properties.verdict.deviation import Deviation, DeviationMatch, Standing
from actorproof.properties.verdict.findings import Doubt, EventRef, Figure, Findings, Span, Terms, Violation
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Canary, RunVerdict, Verdict, decide
from actorproof.properties.views.records import FAR_FUTURE_NS
from actorproof.properties.views.timeline import Timeline
from actorproof.reports.report import Part, Recovered, Report
from tests.properties.builder import History

S = 1_000_000_000
MS = 1_000_000
START = 5_000 * S
NASTY = "Ledger/<script>alert('x')</script>\"&\x00|`*_[a](javascript:b)\ufffe"

CLASSES = {
    "turns": ("cut off", "abandoned", "same host", "two live hosts", "frozen, saved late"),
    "activation": ("undelivered", "two instances"),
    "durability": ("lost by the store", "overwritten by a second instance", "overwritten by a late save"),
    "reminders": ("missed", "early", "dropped after failed deliveries"),
    "drain": ("cut", "drain outlives dissemination"),
    "recovery": ("never answered", "over budget"),
}
TITLES = {
    "turns": "One turn at a time",
    "activation": "One instance at a time",
    "durability": "Saved state stays",
    "reminders": "Reminders fire",
    "drain": "Moves let calls finish",
    "recovery": "Actors answer again",
}


def terms(guarantee: str) -> Terms:
    return Terms(
        guarantee=guarantee,
        title=TITLES.get(guarantee, guarantee),
        promise="A turn must be fully finished before a new turn is allowed.",
        source="[D] Actors overview, https://docs.dapr.io/developing-applications/building-blocks/actors/",
        thresholds={"contended_turns": 300, "moves": 20, "kills": 3},
        limits={},
        classes=CLASSES.get(guarantee, ("broken",)),
        clauses=("frozen", "orphaned") if guarantee == "turns" else (),
    )


def info(scenario: str, /, **changes: Any) -> RunInfo:
    made = RunInfo(
        run="20260102-030405-verify-7-ab12",
        scenario=scenario,
        profile="quick",
        seed=7,
        command=f"actorproof run {scenario} --seed 7 --profile quick --dapr 1.18.2",
        state="complete",
        started="2026-01-02T03:04:05Z",
        finished="2026-01-02T03:08:05Z",
        actorproof="0.1.0",
        python="3.11.9",
        platform="Linux-6.1-x86_64",
        runtime="dapr",
        version="1.18.2",
        driver="process",
        topology=Topology(),
        duration_s=40.0,
        fault_rate="medium",
        guarantees=tuple(CLASSES),
        programs=tuple(
            ProgramInfo(name=name, version="1.18.2", origin="built from Go module", path=f"/x/{name}", sha256="ab" * 32)
            for name in ("daprd", "placement", "scheduler", "redis", "toxiproxy")
        ),
    )
    return msgspec.structs.replace(made, **changes)


def load(
    *, start_ns: int, length_s: int, operations: int, fault_every_s: int = 7, seed: int = 1, evidence: int = 1
) -> Timeline:
    """A plausible history of load under faults."""
    rng = random.Random(seed)
    numbers: dict[str, int] = {}
    events: list[ev.Event] = []

    def add(kind: type[ev.Event], t_ns: int, **fields: Any) -> None:
        events.append(kind(process="harness", seq=0, t_ns=t_ns, **fields))

    add(ev.PhaseReached, start_ns, phase="ready")
    verbs = [
        ("kill", "host-2"),
        ("pause", "host-1/app"),
        ("cut", "host-1>store"),
        ("delay", "peers>host-2"),
        ("add", "host-3"),
        ("stall", "host-2>placement-0"),
        ("restart", "scheduler-0"),
        ("swallow", "client>host-1"),
        ("reset", "hosts>scheduler-0"),
        ("slice", "host-1>app"),
    ]
    spans = []
    for index, at_s in enumerate(range(5, length_s - 5, fault_every_s)):
        verb, target = verbs[index % len(verbs)]
        at, end = start_ns + at_s * S, start_ns + int((at_s + rng.uniform(1, 8)) * S)
        fault = f"fault-{index + 1}"
        add(ev.FaultStarted, at, fault=fault, verb=verb, target=target, units=(), links=())
        if index % 9 != 8:
            proof = tuple(
                f"pid {4000 + index} of {target} is gone after {rng.randint(1, 40)} ms" for _ in range(evidence)
            )
            add(ev.FaultTook, at + 5 * MS, fault=fault, evidence=proof)
        add(ev.FaultHealed, min(end, start_ns + length_s * S), fault=fault)
        spans.append((at, end, verb))
    for index in range(operations):
        at = start_ns + S + int((length_s - 3) * S * index / operations)
        actor = f"Counter/a{index % 50}"
        hit = any(a <= at <= b for a, b, verb in spans if verb in {"kill", "cut", "stall"})
        took = int(rng.lognormvariate(1.2, 0.5) * MS * (rng.choice([1, 1, 300]) if hit else 1))
        outcome = rng.choices(["ok", "info", "fail"], [6, 2, 1] if hit else [500, 1, 0])[0]
        add(
            ev.Invoked,
            at,
            op=f"op-{index}",
            client=f"c{index % 20}",
            via="host-1",
            actor=actor,
            action="call",
            name="add",
            args="{}",
        )
        add(ev.Completed, at + took, op=f"op-{index}", outcome=outcome)
    add(ev.PhaseReached, start_ns + length_s * S, phase="closed")
    events.sort(key=lambda e: e.t_ns)
    numbered = []
    for event in events:
        numbers[event.process] = numbers.get(event.process, -1) + 1
        numbered.append(msgspec.structs.replace(event, seq=numbers[event.process]))
    return Timeline(numbered)


def violation(
    anomaly: str, *, at_s: float = 12.0, start_ns: int = START, actor: str = "Counter/a7", **changes: Any
) -> Violation:
    """Two turns that overlap on two hosts while one of them was paused."""
    at = start_ns + int(at_s * S)
    one, two = "host-1/app#1", "host-2/app#2"
    made = Violation(
        anomaly=anomaly,
        actor=actor,
        summary="turn t-311 ran on host-1 and turn t-312 on host-2 for 41.2 ms at once",
        events=(
            EventRef(process=one, seq=311, t_ns=at, label="turn t-311 starts (call op-88, add)"),
            EventRef(process=two, seq=97, t_ns=at + 38 * MS, label="turn t-312 starts (call op-91, add)"),
            EventRef(process=one, seq=314, t_ns=at + 79 * MS, label="turn t-311 ends"),
            EventRef(process=two, seq=99, t_ns=at + 103 * MS, label="turn t-312 ends"),
        ),
        spans=(
            Span(lane=one, label="turn t-311", start_ns=at, end_ns=at + 79 * MS),
            Span(lane=two, label="turn t-312", start_ns=at + 38 * MS, end_ns=at + 103 * MS),
            Span(lane="client c3", label="op-88", start_ns=at - 6 * MS, end_ns=at + 84 * MS),
            Span(lane="fault", label="pause host-1/app", start_ns=at - 9 * S, end_ns=at + 20 * MS),
        ),
        trigger="pause host/app",
        at_ns=at + 38 * MS,
    )
    return replace(made, **changes)


def verdict(guarantee: str, violations: list[Violation] = [], *, short: bool = False, **options: Any) -> Verdict:  # noqa: B006
    evidence = {"contended_turns": 1234, "moves": 11 if short else 37, "kills": 5}
    figures = [
        Figure(name="longest_turn", value=1.2345, unit="s"),
        Figure(name="margin", value=float("nan"), unit="ms"),
    ]
    chances = dict.fromkeys({v.anomaly for v in violations}, 120)
    found = Findings(violations=violations, evidence=evidence, figures=figures, opportunities=chances, **options)
    return decide(terms(guarantee), [found])


def judged(found: Verdict, *, deviation: Deviation | None = None) -> Verdict:
    """The verdict with what a deviation accepts taken out."""
    named = {f"{found.guarantee}-{v.anomaly.replace(' ', '-')}": v.anomaly for v in found.violations}
    took = tuple(v for v in found.violations if deviation and v.anomaly == named.get(deviation.mechanism))
    rest = tuple(v for v in found.violations if v not in took)
    outcome = found.outcome
    if took and not rest:
        outcome = Outcome.UNKNOWN if found.missing else Outcome.DEVIATES
    return replace(
        found,
        outcome=outcome,
        deviations=(match(deviation, took),) if deviation else (),
        open_violations=rest,
    )


AGAIN = Mechanism(
    id="caller-gives-up",
    title="a caller gives up while its turn runs",
    story="When a caller goes away, the next call is let in although the turn still runs.",
    advice="Let callers wait.",
    links=frozenset({"caller gave up", "ran at the same time"}),
    upstream="https://github.com/dapr/dotnet-sdk/issues/1727",
)


def links(found: Violation) -> tuple[Link, ...]:
    """What led to two turns at once: their caller gave up."""
    first, second, *_ = found.events
    return (
        Link(
            kind="caller gave up",
            anchor=f"op {first.seq}",
            said="the caller went away",
            at_ns=first.t_ns,
            events=(first,),
        ),
        Link(
            kind="ran at the same time",
            anchor="t-311 t-312",
            said="turns t-311 and t-312 ran at the same time",
            at_ns=second.t_ns,
            events=(first, second),
        ),
    )


def caused(guarantees: Sequence[Verdict], *, explained: tuple[str, ...] = ()) -> tuple[Cause, ...]:
    """The causes of verdicts: violations of the `explained` classes are led back to AGAIN."""
    traced = [
        Traced(
            guarantee=each.guarantee,
            part="churn",
            violation=found,
            links=links(found) if found.anomaly in explained else (),
        )
        for each in guarantees
        for found in each.violations
    ]
    return causes(traced, (AGAIN,))


def too_often() -> Standing:
    """A deviation that came more often than its recorded runs."""
    return Standing(
        deviation=deviation("durability", "lost"),
        traced=tuple(
            Traced(guarantee="durability", part="churn", violation=violation("lost"), links=()) for _ in range(9)
        ),
        incidents=9,
        violations=9,
        expected=1.0,
        accepted=3,
        accepted_incidents=3,
        opportunities=9,
    )


def deviation(guarantee: str, anomaly: str) -> Deviation:
    """A deviation that is named after a class, which `judged` goes by."""
    seen = Seen("r1", "scale-out-drain", "usual", 1000, 30)
    return Deviation(
        mechanism=f"{guarantee}-{anomaly.replace(' ', '-')}",
        of="dapr 1.18.2",
        breaks=(guarantee,),
        per="turn",
        evidence="Seen in 4 of 5 runs of scale-out-drain.",
        upstream="https://github.com/dapr/dapr/issues/9514",
        incidents=Rate((seen,)),
        violations=Rate((seen,)),
    )


def match(found: Deviation, taken: Sequence[Violation], doubts: Sequence[Doubt] = ()) -> DeviationMatch:
    """What a deviation took out, in a run in which it broke nothing else."""
    standing = Standing(
        deviation=found,
        traced=tuple(Traced(guarantee="turns", part="churn", violation=each, links=()) for each in taken),
        incidents=len(taken),
        violations=len(taken) + sum(doubt.count for doubt in doubts),
        expected=3.0,
        accepted=12,
        accepted_incidents=9,
        opportunities=120,
    )
    return DeviationMatch(standing=standing, violations=tuple(taken), doubts=tuple(doubts))


def turns() -> Timeline:
    """40 calls of 10 ms each: 1 there, 2 of own code, 6 of a save, 1 back; then the actor is on another host."""
    h = History()
    for index in range(40):
        at, host = index * 0.1, f"host-{1 + index // 20}/app#1"
        op = h.operation("Ledger/a", at, at + 0.010, turn=f"t{index}")
        turn = h.turn("Ledger/a", host, at + 0.001, at + 0.009, op=op, turn=f"t{index}")
        h.save(turn, [], at + 0.002, at + 0.008)
    return h.timeline()


@dataclass(frozen=True)
class Sample:
    """Builders, as one fixture."""

    info: Callable[..., RunInfo] = info
    load: Callable[..., Timeline] = load
    terms: Callable[[str], Terms] = terms
    violation: Callable[..., Violation] = violation
    verdict: Callable[..., Verdict] = verdict
    judged: Callable[..., Verdict] = judged
    deviation: Callable[..., Deviation] = deviation
    match: Callable[..., DeviationMatch] = match
    turns: Callable[[], Timeline] = turns
    nasty: str = NASTY

    def report(self, guarantees: list[Verdict], *, explained: tuple[str, ...] = (), **changes: Any) -> Report:
        """A report of one small part; violations of the `explained` classes have one known cause."""
        part = Part(name="churn", info=info("churn"), timeline=load(start_ns=START, length_s=30, operations=200))
        verdict = RunVerdict(
            guarantees=tuple(guarantees),
            causes=caused(guarantees, explained=explained),
            canaries=(Canary(guarantee="turns", seen=True, detail="seen in 40 of 40 actors"),),
        )
        return replace(Report(run=info("churn"), parts=(part,), verdict=verdict), **changes)

    def one(self, anomaly: str, *, explained: bool = True, **changes: Any) -> Report:
        """A report of one violation of `turns`, which has the one known cause if it is `explained`."""
        broken = judged(verdict("turns", [violation(anomaly, **changes)]))
        return self.report([broken], explained=(anomaly,) if explained else ())

    def holding(self, *guarantees: str) -> list[Verdict]:
        return [judged(verdict(each)) for each in guarantees]

    def lacking(self, guarantee: str) -> Verdict:
        """Undecided: 11 moves were seen, and 20 are needed."""
        return judged(verdict(guarantee, short=True))

    def broken(self, guarantee: str, *, known: bool = False, anomaly: str = "broken") -> Verdict:
        accepted = deviation(guarantee, anomaly) if known else None
        return judged(verdict(guarantee, [violation(anomaly)]), deviation=accepted)


def rich() -> Report:
    """A report of each kind of everything, in two parts."""
    second = START + 60 * S
    turns = [violation("two live hosts", at_s=8 + i * 0.7, actor=f"Counter/a{i}") for i in range(9)]
    turns += [violation("frozen, saved late", at_s=14, actor=NASTY, trigger="none")]
    turns += [
        violation(
            "same host",
            at_s=20,
            spans=(
                Span(lane="host-1/app#1", label="turn t-1", start_ns=START + 20 * S, end_ns=START + 20 * S + 30 * MS),
                Span(lane="host-1/app#1", label="turn t-2", start_ns=START + 20 * S + 10 * MS, end_ns=FAR_FUTURE_NS),
            ),
            events=(),
        )
    ]
    lost = violation(
        "lost by the store",
        start_ns=second,
        at_s=11,
        actor="Ledger/b2",
        summary="entry 17 was acknowledged 3.2 s before the store was killed and is not in its log",
        trigger="kill store",
        events=(
            EventRef(process="host-2/app#1", seq=40, t_ns=second + 11 * S, label="save s-17 starts"),
            EventRef(process="host-2/app#1", seq=41, t_ns=second + 11 * S + 4 * MS, label="save s-17 is acknowledged"),
            EventRef(process="harness", seq=900, t_ns=second + 24 * S, label="final state: 16 entries"),
        ),
        spans=(
            Span(lane="host-2/app#1", label="save s-17", start_ns=second + 11 * S, end_ns=second + 11 * S + 4 * MS),
            Span(lane="kill store", label="fault-9", start_ns=second + 14 * S, end_ns=second + 19 * S),
        ),
    )
    drain = violation("drain outlives dissemination", start_ns=second, at_s=21, actor="Sleeper/s1", trigger="add host")
    bare = violation("never answered", spans=(), events=(), summary="Counter/c9 never answered again")
    guarantees = (
        judged(verdict("turns", turns, excused={"frozen": 4}), deviation=deviation("turns", "same host")),
        judged(verdict("activation")),
        replace(judged(verdict("durability", [lost])), exceeded=(too_often(),)),
        judged(verdict("reminders", short=True, missing=["stop of everything: 0 ticks due"])),
        judged(verdict("drain", [drain]), deviation=deviation("drain", "drain outlives dissemination")),
        Verdict(terms=terms("recovery"), outcome=Outcome.ERROR, fault="KeyError: 'moves'", violations=(bare,)),
        judged(verdict("lifecycle"), deviation=deviation("lifecycle", "broken")),
        Verdict(
            terms=replace(terms("executions"), classes=(), thresholds={}, promise="", title="Executions per call"),
            outcome=Outcome.FIGURE,
            figures=(Figure(name="duplicates", value=31, unit=""), Figure(name="calls", value=50210, unit="")),
        ),
    )
    kinds = ["kill host", "pause host/app", "cut host>store", "restart scheduler", "kill store"]
    rng = random.Random(3)
    recoveries = tuple(
        Recovered(fault=f"fault-{i}", kind=kinds[i % 5], seconds=None if i == 7 else rng.uniform(0.5, 24), budget_s=20)
        for i in range(23)
    )
    parts = (
        Part(
            name="kill-and-recover",
            info=info("kill-and-recover"),
            timeline=load(start_ns=START, length_s=55, operations=6000),
            recoveries=recoveries,
        ),
        Part(
            name="everything-at-once",
            info=info("everything-at-once"),
            timeline=load(start_ns=second, length_s=90, operations=9000, fault_every_s=3, seed=2),
            recoveries=recoveries[:6],
        ),
    )
    return Report(
        run=info("verify", command="actorproof verify --seed 7 --profile quick --dapr 1.18.2", topology=None),
        parts=parts,
        verdict=RunVerdict(
            guarantees=guarantees,
            causes=caused(guarantees, explained=("two live hosts", "drain outlives dissemination")),
            canaries=(
                Canary(guarantee="turns", seen=True, detail="overlaps seen in 40 of 40 actors"),
                Canary(guarantee="durability", seen=False, detail="no lost save was found in 12 actors"),
            ),
            problems=("host-1/app#1: event 17 is missing (next is 19)",),
        ),
        claims=(
            Document(
                name="dapr-actor-reference",
                title="Dapr Actors",
                source="https://github.com/someone/actors.md",
                sections=(
                    Section(
                        heading="Actor Runtime Configuration",
                        claims=(
                            Claim(
                                statement="actorScanInterval: 30s",
                                measured="The setting is not read; deactivation came 20.1 s after the last use.",
                                version="1.18.2",
                                verdict="out of date",
                            ),
                            Claim(statement="remindersStoragePartitions: 7"),
                        ),
                    ),
                    Section(heading="Safety Note", claims=(), nothing="Advice to readers."),
                ),
            ),
        ),
    )


@pytest.fixture
def sample() -> Sample:
    return Sample()


@pytest.fixture(scope="session")
def full() -> Report:
    return rich()

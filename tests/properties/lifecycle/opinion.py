"""What a naive implementation says of every DELETE in random histories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.naive import Facts
from tests.properties.of_kind import of
from tests.properties.opinion import Opinion
from tests.properties.random_history import histories

MS = 1_000_000
Told = set[tuple[str, str, int]]


def naive(events: list[ev.Event]) -> Told:
    """Class and actor of every DELETE that no clause excuses, and how often."""
    return {(*told, count) for told, count in Counter(judged(Facts(events))).items()}


def judged(facts: Facts) -> Iterator[tuple[str, str]]:
    idle = round(facts.run.idle_timeout_s * 1e9)
    for gone in of(facts.events, ev.Deactivated):
        key = (gone.process, gone.actor, gone.instance)
        turns = [t for t in facts.turns if (t.process, t.actor, t.instance) == key and t.t_ns <= gone.t_ns]
        running = [t for t in turns if facts.ends[t.turn] > gone.t_ns]
        looked_at = running or turns[-1:]
        if not looked_at or excused(facts, gone, looked_at):
            continue
        uses = [t for t in turns if t.cause != "timer"]
        if any(facts.idled(t, gone.t_ns) for t in running):
            yield "idle time-out", gone.actor
        elif any(facts.abandoned(t, gone.t_ns) for t in running):
            yield "abandoned", gone.actor
        elif running:
            yield "during a turn", gone.actor
        elif uses and max(facts.ends[t.turn] for t in uses) + idle - gone.t_ns > 50 * MS:
            soon = gone.t_ns < uses[-1].t_ns + idle - 500 * MS
            yield "too early" if soon else "counted from the start", gone.actor


def excused(facts: Facts, gone: ev.Deactivated, turns: list[ev.TurnStarted]) -> bool:
    host = gone.process.split("/")[0]
    drain_s = facts.run.drain_timeout_s if facts.run.drain_enabled else 0.0
    wait = round((drain_s + facts.run.dissemination_timeout_s) * 1e9)
    if facts.changed(turns[0].t_ns - wait, gone.t_ns) or facts.leaving(turns[0], gone.t_ns):
        return True
    ended = [e for e in of(facts.events, ev.UnitSignalled) if e.unit == f"{host}/sidecar" and e.signal == "SIGKILL"]
    born = [e.t_ns for e in of(facts.events, ev.UnitStarted) if e.unit == f"{host}/sidecar"]
    alive = [at for at in born if at <= turns[0].t_ns]
    if any(alive and max(alive) <= e.t_ns <= gone.t_ns and turns[0].t_ns < e.t_ns for e in ended):
        return True
    return facts.cut_off({host}, gone.t_ns) or facts.just_resumed(host, gone.t_ns)


def counted(verdict: Verdict, _: list[ev.Event]) -> Told:
    """The same, of the check."""
    found = Counter((violation.anomaly, violation.actor) for violation in verdict.violations)
    return {(*told, count) for told, count in found.items()}


OPINION = Opinion(
    guarantee="lifecycle",
    histories=histories(),
    weakened=histories(deaths=True),
    shown=counted,
    naive=naive,
    same=lambda each: each[1],
    examples=300,
    is_of_cases=False,
)

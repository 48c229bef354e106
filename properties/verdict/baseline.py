"""Baseline: how often known causes came in recorded runs, and how often they may come in another one.

A baseline is a file of JSON lines, one for each recorded scenario: what there was to strike (`opportunities`), and for
each mechanism its incidents and violations. Runs of one scenario differ by more than chance, since their plans differ,
so a count is expected to scatter as runs did (a quasi-Poisson dispersion, drawn towards a guess while few were
recorded), and the rate itself is only as well known as its runs make it (a gamma distribution). Both are in the
variance of what is expected. A rate is of one scenario in one setting; what was never recorded in that setting is held
against the highest rate of any, which says little, and so accepts much.

The scenarios of one verify draw their calls from one seed, on one machine, so that they have much or little of
something together. That is a scatter of whole runs, in proportion to what is expected of them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from actorproof.properties.verdict.statistics import Interval, Scatter, interval
from actorproof.properties.views.cluster.outage import Outages, touches
from actorproof.properties.views.records import FAR_FUTURE_NS, USES, Turn
from actorproof.properties.views.ticks.ticking import Timer, gather
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.departure import Departures
from actorproof.properties.views.turns.drains import Drains
from actorproof.properties.views.turns.idleness import Idleness

CHANCE = 2e-4
"""A verify asks some 40 such questions: all together it is red by chance in less than 1 of 100."""
DISPERSION = 3.0
"""What runs of one scenario are taken to scatter by before any were compared, with the weight of `GUESSED` runs."""
GUESSED = 2
BETWEEN = 0.04
"""By what part of its square whole runs are taken to scatter, with the weight of `GUESSED` runs: a fifth up or down."""
PRIOR = 0.5
"""What is known beforehand of the rate in a scenario where it never came, in events: it is about that of all."""
WAKE_S = 15.0
"""An outage still works for so long after it, as in the guarantees' limits; likewise the next two."""
IDLE_SLACK_S = 0.5
LATE_NS = 1_000_000_000
SLOW_NS = 50_000_000
"""A turn that takes longer is slow: a DELETE that comes sooner by less is in the slack of `lifecycle`."""
NEWEST_RUNS = 10
"""So many of the newest recorded runs of a scenario say how often something comes."""
KEYS = frozenset({"run", "driver", "scenario", "setting", "opportunities", "incidents", "violations", "doubts"})


def _abandoned(timeline: Timeline) -> int:
    """How many turns still ran when their caller had gone."""
    departures = Departures(timeline, late_ns=0)
    return sum(departures.during(turn, FAR_FUTURE_NS) is not None for turn in timeline.turns)


def _idled_over(timeline: Timeline) -> int:
    """How many turns took longer than their actor's idle time-out."""
    return sum(turn.end_ns - turn.start_ns > timeline.idle_ns(turn.actor) > 0 for turn in timeline.turns)


def _slow_last_uses(timeline: Timeline) -> int:
    """How many DELETEs came after a last use that took longer than `SLOW_NS`, and within its own idle time-out."""
    turns = {(each.process, each.actor, each.number): each.turns for each in timeline.instances}
    found = 0
    for event in timeline.deactivations:
        used = [
            turn
            for turn in turns.get((event.process, event.actor, event.instance), ())
            if turn.start.cause in USES and turn.end_ns <= event.t_ns
        ]
        last = max(used, key=lambda turn: turn.end_ns, default=None)
        found += last is not None and SLOW_NS < last.end_ns - last.start_ns <= timeline.idle_ns(event.actor)
    return found


def _to_fail(timeline: Timeline) -> int:
    """How many turns had to answer that they failed: by what is declared of them, or since a save was refused."""
    return sum(
        (turn.start.cause == "call" and timeline.fails(turn.actor, turn.start.name))
        or any(save.end is not None and not save.end.acknowledged for save in turn.saves)
        for turn in timeline.turns
    )


def _as_idleness_ran_out(timeline: Timeline) -> int:
    """How many turns began, or whose call came in, as the idle time-out of their actor's use before ran out there."""
    idleness = Idleness(timeline, Drains(timeline, late_ns=LATE_NS), slack_s=IDLE_SLACK_S)
    return sum((idleness.ran_out(turn) or idleness.outrun(turn)) is not None for turn in timeline.turns)


def _slow_in_outage(timeline: Timeline) -> int:
    """How many turns were slow while their host was without placement, or just back, of actors that moved so."""
    outages = Outages(timeline, wake_s=WAKE_S)

    def out(turn: Turn, from_ns: int, to_ns: int) -> bool:
        return touches(outages.wakes(turn.host), from_ns, to_ns)

    moved = {
        after.actor
        for before, after in timeline.moves
        if any(out(turn, after.start_ns, after.start_ns) for turn in (before, after))
    }
    return sum(
        turn.end_ns - turn.start_ns > SLOW_NS and out(turn, turn.start_ns, turn.end_ns)
        for actor in moved
        for turn in timeline.turns_by_actor[actor]
    )


def _late_timers(timeline: Timeline) -> int:
    """How many timers had a tick, before their last one, that ended later than `SLOW_NS` after it was due.

    It was due in its place in the row of the timer's ticks, whole periods apart: at a fixed rate the next one is early.
    """
    return sum(_late(timer) for timer in gather(timeline)[0])


def _late(timer: Timer) -> bool:
    period_ns, ticks = timer.period_ns, timer.firings
    if not period_ns or not ticks:
        return False
    places = [round((tick.start_ns - ticks[0].start_ns) / period_ns) * period_ns for tick in ticks]
    row_ns = min(tick.start_ns - place for tick, place in zip(ticks, places, strict=True))
    return any(tick.end_ns - row_ns - place > SLOW_NS for tick, place in zip(ticks[:-1], places, strict=False))


@dataclass(frozen=True, slots=True)
class Per:
    """What a rate can be per: `many` is its plural, and `count` says how much of it a history holds."""

    many: str
    count: Callable[[Timeline], int]


PER: Mapping[str, Per] = {
    "turn": Per("turns", lambda timeline: len(timeline.turns)),
    "turn that has to fail": Per("turns that have to fail", _to_fail),
    "abandoned turn": Per("abandoned turns", _abandoned),
    "turn over the idle time-out": Per("turns over the idle time-out", _idled_over),
    "slow last use": Per("slow last uses", _slow_last_uses),
    "use as an idle time-out runs out": Per("uses as an idle time-out runs out", _as_idleness_ran_out),
    "slow turn in an outage": Per("slow turns in an outage", _slow_in_outage),
    "timer with a late tick": Per("timers with a late tick", _late_timers),
    "table change": Per("table changes", lambda timeline: len({table.version for table in timeline.tables})),
    "fault": Per("faults", lambda timeline: len(timeline.faults)),
    "application": Per("applications", lambda timeline: int(timeline.asked is not None)),
    "firing": Per(
        "firings", lambda timeline: sum(turn.start.cause in {"reminder", "timer"} for turn in timeline.turns)
    ),
}
"""What a rate can be per, by its name in the singular."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One scenario of a run: in which setting, and how much there was to strike."""

    scenario: str
    setting: str
    opportunities: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recorded scenario.

    Attributes:
        run: the run's id.
        incidents: by mechanism.
        violations: by mechanism and guarantee.
        doubts: what may have been a violation, by ``guarantee: class``.
    """

    run: str
    driver: str
    exposure: Exposure
    incidents: Mapping[str, int]
    violations: Mapping[str, Mapping[str, int]]
    doubts: Mapping[str, int]


def exposure(timeline: Timeline, *, fault_rate: str, store: str) -> Exposure:
    """What a scenario's history says of its setting and its opportunities."""
    run = timeline.run
    setting = f"faults {fault_rate}, store {store}"
    if run is not None:
        subject = run.subject.removesuffix("-repaired")  # it makes no difference to how often the runtime errs
        setting = f"{run.hosts} hosts, {run.placements} placements, {run.schedulers} schedulers, {subject}, {setting}"
    return Exposure(
        scenario=run.scenario if run is not None else "",
        setting=setting,
        opportunities={name: per.count(timeline) for name, per in PER.items()},
    )


def parse(text: str) -> tuple[Recorded, ...]:
    """Read a baseline; ValueError names the line that is wrong."""
    return tuple(_recorded(line, at) for at, line in enumerate(text.splitlines(), start=1) if line.strip())


def _recorded(line: str, at: int) -> Recorded:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"baseline, line {at}: {error}") from error
    if not isinstance(entry, dict) or set(entry) != KEYS:
        raise ValueError(f"baseline, line {at}: it needs just {', '.join(sorted(KEYS))}")
    return Recorded(
        run=str(entry["run"]),
        driver=str(entry["driver"]),
        exposure=Exposure(
            scenario=str(entry["scenario"]),
            setting=str(entry["setting"]),
            opportunities=_counts(entry["opportunities"], at),
        ),
        incidents=_counts(entry["incidents"], at),
        violations={name: _counts(counts, at) for name, counts in dict(entry["violations"]).items()},
        doubts=_counts(entry["doubts"], at),
    )


def _counts(value: object, at: int) -> dict[str, int]:
    if not isinstance(value, dict) or not all(isinstance(count, int) and count >= 0 for count in value.values()):
        raise ValueError(f"baseline, line {at}: counts are whole numbers of at least 0, by name")
    return value


def line(recorded: Recorded) -> str:
    """A line of a baseline."""
    return json.dumps(
        {
            "run": recorded.run,
            "driver": recorded.driver,
            "scenario": recorded.exposure.scenario,
            "setting": recorded.exposure.setting,
            "opportunities": recorded.exposure.opportunities,
            "incidents": recorded.incidents,
            "violations": recorded.violations,
            "doubts": recorded.doubts,
        }
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """How many events there were among how many opportunities, in one recorded scenario."""

    run: str
    scenario: str
    setting: str
    opportunities: int
    events: int


@dataclass(frozen=True, slots=True)
class Often:
    """In how many of the newest recorded runs of one scenario something came."""

    scenario: str
    came: int
    runs: int


@dataclass(frozen=True)
class Rate:
    """How often something comes, by scenario and setting."""

    seen: tuple[Seen, ...]

    @property
    def events(self) -> int:
        return sum(each.events for each in self.seen)

    @property
    def opportunities(self) -> int:
        return sum(each.opportunities for each in self.seen)

    @property
    def runs(self) -> int:
        """How many recorded scenarios had opportunities."""
        return sum(each.opportunities > 0 for each in self.seen)

    @cached_property
    def often(self) -> Often | None:
        """Where it comes most surely: of all scenarios, in the largest part of its `NEWEST_RUNS`; None for never.

        Runs in which it could not come do not count. Of two scenarios as sure, the one with more runs.
        """
        by: dict[str, list[Seen]] = defaultdict(list)
        for each in sorted(self.seen, key=lambda seen: seen.run):  # a run's id begins with its time
            if each.opportunities:
                by[each.scenario].append(each)
        found = [
            Often(scenario, came, len(newest))
            for scenario, newest in ((scenario, runs[-NEWEST_RUNS:]) for scenario, runs in by.items())
            if (came := sum(each.events > 0 for each in newest))
        ]
        return max(found, key=lambda each: (each.came / each.runs, each.runs), default=None)

    @cached_property
    def dispersion(self) -> float:
        """How much more runs of one scenario scatter than chance alone would have them, at least 1."""
        squares, free = DISPERSION * GUESSED, float(GUESSED)
        for runs in self._by.values():
            events, of = _sums(runs)
            if events and len(runs) > 1:
                expected = [max(1, run.opportunities) * events / of for run in runs]
                squares += sum((run.events - mean) ** 2 / mean for run, mean in zip(runs, expected, strict=True))
                free += len(runs) - 1
        return max(1.0, squares / free)

    @cached_property
    def between(self) -> float:
        """By what part of the square of what is expected of them whole runs scatter, beyond `dispersion`."""
        whole: dict[str, tuple[int, float, int]] = {}
        for runs in self._by.values():
            events, of = _sums(runs)
            for run in runs if len(runs) > 1 else ():
                came, expected, parts = whole.get(run.run, (0, 0.0, 0))
                expected += max(1, run.opportunities) * events / of
                whole[run.run] = (came + run.events, expected, parts + 1)
        several = [(came, mean) for came, mean, parts in whole.values() if parts > 1 and mean > 0]
        if not several:
            return 0.0  # one scenario's scatter is all in `dispersion`
        excess, squares = 0.0, 0.0
        for came, mean in several:
            # Each run is a part of what is expected of it, so that it strays from that by less than from the truth.
            excess += (came - mean) ** 2 * len(several) / max(1, len(several) - 1) - self.dispersion * mean
            squares += mean**2
        guess = GUESSED * squares / len(several)
        return max(0.0, (excess + BETWEEN * guess) / (squares + guess))

    @property
    def interval(self) -> Interval:
        """Where the rate of all scenarios together lies with 95 % confidence, as far as runs scatter."""
        of = max(self.opportunities, self.events)
        return interval(round(self.events / self.dispersion), max(1, round(of / self.dispersion)))

    def expected(self, exposures: Iterable[tuple[Exposure, int]]) -> Scatter:
        """How many events are to be expected in scenarios with so many opportunities each."""
        mean = variance = 0.0
        for where, opportunities in exposures:
            one, scatter = self._expected(where, max(1, opportunities))
            mean += one
            variance += scatter
        return Scatter(max(mean, 1e-9), variance + self.between * mean**2)

    def _expected(self, where: Exposure, opportunities: int) -> tuple[float, float]:
        runs = self._by.get((where.scenario, where.setting))
        if runs is None:
            mean = opportunities * self._highest
            return mean, self.dispersion * mean + mean**2
        events, of = _sums(runs)
        shape = PRIOR + events / self.dispersion
        beforehand = 0.0 if events else PRIOR / self._mean
        mean = opportunities * shape / (beforehand + of / self.dispersion)
        return mean, self.dispersion * mean + mean**2 / shape

    @cached_property
    def _by(self) -> Mapping[tuple[str, str], Sequence[Seen]]:
        found: dict[tuple[str, str], list[Seen]] = defaultdict(list)
        for each in self.seen:
            found[each.scenario, each.setting].append(each)
        return found

    @property
    def _mean(self) -> float:
        return max(self.events, PRIOR) / max(1, self.opportunities)

    @cached_property
    def _highest(self) -> float:
        return max((events / of for events, of in map(_sums, self._by.values())), default=0.0)


def _sums(runs: Sequence[Seen]) -> tuple[int, int]:
    return sum(run.events for run in runs), sum(max(1, run.opportunities) for run in runs)

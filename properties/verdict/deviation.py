"""Deviations: what a version is known to break, by cause, and what they take out of what was found.

of = "dapr"
version = "1.18.2"

[[deviation]]
mechanism = "host-stood-still"          # of properties/causes/mechanisms.toml
breaks = ["turns", "durability"]        # guarantees that it is known to cost; in any other it is new
per = "fault"                           # what its rate is per, of `baseline.PER`
doubts = ["turns: frozen, saved late"]  # doubts that it accepts, since a doubt has no links; may be left out
drivers = ["docker"]                    # where it was seen, if that matters; likewise stores
evidence = "How it was measured."
upstream = "none known"

How often it may come stands in the baseline of the same version (`baselines/`), as counts of recorded runs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from actorproof.plural import some
from actorproof.properties.causes.cause import Cause, Traced
from actorproof.properties.verdict.baseline import CHANCE, PER, Exposure, Rate, Recorded, Seen
from actorproof.properties.verdict.findings import Doubt, Findings, Violation

FEW = 3
"""So many incidents may each cost as many violations as the worst recorded ones."""
TEXTS = ("mechanism", "per", "evidence", "upstream")
LISTS = ("breaks", "doubts", "drivers", "stores")
OUTDATED = ("guarantee", "class", "trigger", "max_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A known cause of violations of one version, accepted by its mechanism.

    Attributes:
        mechanism: its id; also the reason of the xfail under pytest.
        of: whose it is, a runtime's or a library's, with its version: ``dapr 1.18.2``.
        breaks: the guarantees that it costs.
        per: what its rate is per, of `baseline.PER`.
        doubts: the doubts that it accepts, ``guarantee: class``.
        drivers, stores: where it was seen; empty where that does not matter.
        evidence: how it was measured.
        upstream: link to the public issue, or ``none known``.
        incidents, violations: how often it comes, by recorded runs; a doubt counts as a violation.
    """

    mechanism: str
    of: str
    breaks: tuple[str, ...]
    per: str
    evidence: str
    upstream: str
    doubts: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    incidents: Rate = field(default_factory=lambda: Rate(()))
    violations: Rate = field(default_factory=lambda: Rate(()))

    def applies(self, *, driver: str, store: str) -> bool:
        """Whether it is listed for a driver and a store."""
        return (not self.drivers or driver in self.drivers) and (not self.stores or store in self.stores)

    def accepts(self, guarantee: str, doubt: Doubt) -> bool:
        """Whether a doubt about a guarantee is one of those that it accepts."""
        return f"{guarantee}: {doubt.anomaly}" in self.doubts

    def recorded(self, runs: Iterable[Recorded]) -> Deviation:
        """With its rates from recorded runs that counted what it is per; ValueError when none of them has it."""
        runs = tuple(run for run in runs if self.per in run.exposure.opportunities)
        incidents = Rate(tuple(self._seen(run, run.incidents.get(self.mechanism, 0)) for run in runs))
        if not incidents.events:
            raise ValueError(
                f"deviations of {self.of}: {self.mechanism} is in no recorded run: record some with `actorproof"
                " baseline`, or take it out"
            )
        return replace(
            self, incidents=incidents, violations=Rate(tuple(self._seen(run, self._broken(run)) for run in runs))
        )

    def large(self, incidents: int, exposures: Sequence[Exposure]) -> int:
        """How many violations that many incidents, or the first few of them, cost if each is as large as any recorded.

        What one incident costs differs much, so a few say nothing. It differs by scenario, too: recorded ones of the
        same scenarios and settings count, and all of them only where it was recorded in none of these.
        """
        here = {(each.scenario, each.setting) for each in exposures}
        each = [
            (ceil(cost.events / many.events), (many.scenario, many.setting) in here)
            for many, cost in zip(self.incidents.seen, self.violations.seen, strict=True)
            if many.events
        ]
        known = any(there for _, there in each)
        return min(incidents, FEW) * max(size for size, there in each if there or not known)

    def _broken(self, run: Recorded) -> int:
        violations = run.violations.get(self.mechanism, {})
        return sum(violations.get(guarantee, 0) for guarantee in self.breaks) + sum(
            run.doubts.get(doubt, 0) for doubt in self.doubts
        )

    def _seen(self, run: Recorded, events: int) -> Seen:
        where = run.exposure
        return Seen(run.run, where.scenario, where.setting, where.opportunities[self.per], events)


def parse(text: str, *, mechanisms: Iterable[str], runs: Iterable[Recorded]) -> tuple[Deviation, ...]:
    """Read the deviations of one version, with the ids of known mechanisms and the runs of its baseline.

    ValueError says, in one line, where the text is wrong.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"deviations: {error}") from error
    entries = table.get("deviation", [])
    for at, entry in enumerate(entries if isinstance(entries, list) else (), start=1):
        _refuse_outdated(entry, f"deviations, number {at}")
    of = " ".join(_text(table, key, "deviations") for key in ("of", "version"))
    if set(table) - {"of", "version", "deviation"} or not isinstance(entries, list):
        raise ValueError(f"deviations of {of}: only `of`, `version` and [[deviation]] tables are known")
    known = frozenset(mechanisms)
    found = [_deviation(of, entry, f"deviations of {of}, number {at}", known) for at, entry in enumerate(entries, 1)]
    if len({deviation.mechanism for deviation in found}) != len(found):
        raise ValueError(f"deviations of {of}: a mechanism stands there twice")
    runs = tuple(runs)
    return tuple(deviation.recorded(runs) for deviation in found)


def _deviation(of: str, entry: object, where: str, known: frozenset[str]) -> Deviation:
    if not isinstance(entry, dict):
        raise ValueError(f"{where}: a table is wanted")  # noqa: TRY004 - whatever is wrong with a text is a ValueError
    if unknown := set(entry) - {*TEXTS, *LISTS}:
        raise ValueError(f"{where}: unknown key {min(unknown)}")
    texts = {key: _text(entry, key, where) for key in TEXTS}
    lists = {key: _list(entry.get(key, []), f"{where}: {key}") for key in LISTS}
    if texts["mechanism"] not in known:
        raise ValueError(f"{where}: mechanism {texts['mechanism']} is not in mechanisms.toml")
    if texts["per"] not in PER:
        raise ValueError(f"{where}: per {texts['per']!r} is not known: choose one of {', '.join(PER)}")
    if not lists["breaks"]:
        raise ValueError(f"{where}: breaks has to name a guarantee")
    return Deviation(
        mechanism=texts["mechanism"],
        of=of,
        breaks=lists["breaks"],
        per=texts["per"],
        evidence=texts["evidence"],
        upstream=texts["upstream"],
        doubts=lists["doubts"],
        drivers=lists["drivers"],
        stores=lists["stores"],
    )


def _refuse_outdated(entry: object, where: str) -> None:
    outdated = [key for key in OUTDATED if isinstance(entry, dict) and key in entry]
    if outdated:
        raise ValueError(
            f"{where}: `{outdated[0]}` is no longer accepted: list the mechanism that leads to the violations, and"
            " record how often it comes with `actorproof baseline`"
        )


def _text(table: Mapping[str, object], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}: {key} has to be a text")
    return value


def _list(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise ValueError(f"{where}: a list of texts is wanted")
    return tuple(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one deviation comes to in one run, over all guarantees.

    Attributes:
        traced: the violations that it led to, in guarantees that it is known to break.
        incidents, violations: how often that happened, doubts counted as violations.
        expected: how many violations recorded runs let expect.
        accepted: the highest number of violations that is not red; `accepted_incidents` likewise.
        opportunities: how often it could have happened.
    """

    deviation: Deviation
    traced: tuple[Traced, ...]
    incidents: int
    violations: int
    expected: float
    accepted: int
    accepted_incidents: int
    opportunities: int

    @property
    def exceeded(self) -> bool:
        """Whether it came more often than recorded runs let expect."""
        return self.violations > self.accepted or self.incidents > self.accepted_incidents

    @property
    def seen(self) -> str:
        """What came of it: ``911 violations and 1 in doubt of 498 incidents``."""
        doubtful = self.violations - len(self.traced)
        doubts = f" and {doubtful:,} in doubt" if doubtful else ""
        return f"{some(len(self.traced), 'violation')}{doubts} of {some(self.incidents, 'incident')}"

    @property
    def note(self) -> str:
        """That it was exceeded, with the numbers."""
        return (
            f"known cause {self.deviation.mechanism} came more often than known: {self.seen},"
            f" at most {self.accepted:,} of {self.accepted_incidents:,} accepted"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationMatch:
    """What a deviation took out of one guarantee's verdict: violations, and doubts; no longer occurring: neither."""

    standing: Standing
    violations: tuple[Violation, ...]
    doubts: tuple[Doubt, ...] = ()

    @property
    def deviation(self) -> Deviation:
        return self.standing.deviation

    @property
    def doubtful(self) -> int:
        """How many events may have been violations, which the history can't tell."""
        return sum(doubt.count for doubt in self.doubts)


def standings(
    deviations: Iterable[Deviation],
    causes: Sequence[Cause],
    doubts: Mapping[str, Sequence[Doubt]],
    exposures: Sequence[Exposure],
) -> tuple[Standing, ...]:
    """What each deviation comes to in a run with these causes, and these doubts by guarantee."""
    by = {cause.mechanism.id: cause for cause in causes if cause.mechanism is not None}
    return tuple(_standing(each, by.get(each.mechanism), doubts, exposures) for each in deviations)


def _standing(
    deviation: Deviation, cause: Cause | None, doubts: Mapping[str, Sequence[Doubt]], exposures: Sequence[Exposure]
) -> Standing:
    traced = tuple(each for each in cause.traced if each.guarantee in deviation.breaks) if cause else ()
    doubtful = sum(each.count for name, of in doubts.items() for each in of if deviation.accepts(name, each))
    per = [(exposure, exposure.opportunities.get(deviation.per, 0)) for exposure in exposures]
    violations = deviation.violations.expected(per)
    return Standing(
        deviation=deviation,
        traced=traced,
        incidents=cause.incidents if cause else 0,
        violations=len(traced) + doubtful,
        expected=violations.mean,
        accepted=max(violations.highest(CHANCE), deviation.large(cause.incidents if cause else 0, exposures)),
        accepted_incidents=deviation.incidents.expected(per).highest(CHANCE),
        opportunities=sum(count for _, count in per),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remainder:
    """What is left of violations and doubts, what each deviation took out, and which did not apply and why."""

    open_violations: tuple[Violation, ...]
    doubts: tuple[Doubt, ...]
    matches: tuple[DeviationMatch, ...]
    exceeded: tuple[Standing, ...]


def apply(guarantee: str, findings: Findings, listed: Iterable[Standing]) -> Remainder:
    """Take what deviations accept out of what was found of one guarantee.

    One that came more often than known takes nothing out. One that did not come at all, though some violations were to
    be expected, is matched with none, in the first guarantee that it breaks.
    """
    left = list(findings.violations)
    doubts = list(findings.doubts)
    matches: list[DeviationMatch] = []
    exceeded: list[Standing] = []
    for standing in listed:
        deviation = standing.deviation
        mine = {each.violation for each in standing.traced if each.guarantee == guarantee}
        taken = tuple(violation for violation in left if violation in mine)
        doubted = tuple(doubt for doubt in doubts if deviation.accepts(guarantee, doubt))
        if standing.exceeded:
            exceeded += [standing] if taken or doubted else []
            continue
        gone = not standing.violations and standing.expected >= 1 and guarantee == deviation.breaks[0]
        if taken or doubted or gone:
            matches.append(DeviationMatch(standing=standing, violations=taken, doubts=doubted))
            left = [violation for violation in left if violation not in mine]
            doubts = [doubt for doubt in doubts if doubt not in doubted]
    return Remainder(
        open_violations=tuple(left), doubts=tuple(doubts), matches=tuple(matches), exceeded=tuple(exceeded)
    )

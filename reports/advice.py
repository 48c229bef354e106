"""Advice: the commands that show more of what undecided guarantees lack."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from actorproof.durations import spell
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.reports.report import Report, replay
from actorproof.reports.words import MOST_NAMES

MOST = 2
MOST_TIMES = 8
LENGTHENED = re.compile(r"actorproof (run|test) ")
DURATION = re.compile(r" --duration \S+")
NO_FAULTS = re.compile(r" --fault-rate off\b")
LONGER: Mapping[str, str] = {"quick": "standard", "standard": "soak"}
"""The next longer profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A command that shows more of what some guarantees lack; `how` is what it does: ``run churn alone for 2 min``."""

    guarantees: tuple[str, ...]
    how: str
    command: str

    @property
    def sentence(self) -> str:
        """What it does, and what for: ``to see more of what durability lacks, run total-restart alone for 4 min``."""
        more = len(self.guarantees) - MOST_NAMES
        names = [*self.guarantees[:MOST_NAMES], *([f"{more} more"] if more > 0 else [])]
        return f"to see more of what {', '.join(names)} {'lacks' if len(names) == 1 else 'lack'}, {self.how}"


def advice(report: Report) -> tuple[Advice, ...]:
    """At most MOST commands, the one that is for the most guarantees first; none where too little was not the reason.

    A scenario that showed most of what is lacking, would have had the machine not stood still, or owed it, is run by
    itself for longer; where none did, the next longer profile has more of them.
    """
    scarce = [each for each in report.verdict.guarantees if each.outcome is Outcome.UNKNOWN and each.scarce]
    wanted = {verdict.guarantee: _parts(report, verdict) for verdict in scarce}
    found: list[Advice] = []
    while any(wanted.values()) and len(found) < MOST:
        best, _ = Counter(at for parts in wanted.values() for at in parts).most_common(1)[0]
        helped = {name: parts[best] for name, parts in wanted.items() if best in parts}
        wanted = {name: parts for name, parts in wanted.items() if name not in helped}
        if each := _longer(report, best, tuple(helped), max(helped.values())):
            found.append(each)
    profile = LONGER.get(report.run.profile)
    if not found and scarce and report.run.parts and profile and replay(report.run).count(" --profile "):
        command = replay(report.run).replace(f" --profile {report.run.profile}", f" --profile {profile}")
        names = tuple(verdict.guarantee for verdict in scarce)
        return (Advice(guarantees=names, how=f"run the longer profile {profile}", command=command),)
    return tuple(found)


def _parts(report: Report, verdict: Verdict) -> dict[int, int]:
    """The parts that show what a guarantee lacks, and for how many times as long it takes them to show enough of it."""
    if len(report.parts) == 1:
        return {0: 2}
    times: dict[int, list[int]] = defaultdict(list)
    for at, needed in _showing(report, verdict):
        times[at].append(needed)
    return {at: min(max(needed), MOST_TIMES) for at, needed in times.items()}


def _showing(report: Report, verdict: Verdict) -> Iterator[tuple[int, int]]:
    for each in verdict.evidence:
        most = max(each.parts, default=0)
        if not each.enough and most:
            yield each.parts.index(most), max(math.ceil(each.need / most), 2)
    for owed in verdict.owed:
        if not owed.have:
            for at, part in enumerate(report.parts):
                if owed.pair.under_way in (part.info.owes or {}).get(owed.pair.fault, ()):
                    yield at, 2


def _longer(report: Report, at: int, guarantees: tuple[str, ...], times: int) -> Advice | None:
    """One part by itself for so many times as long, or with faults where it ran without any; None where nobody can."""
    info = report.parts[at].info
    what = f"{info.scenario} alone" if len(report.parts) > 1 else "it"
    command = replay(info)
    if NO_FAULTS.search(command):
        return Advice(guarantees=guarantees, how=f"run {what} with faults", command=NO_FAULTS.sub("", command))
    if not LENGTHENED.match(info.command):
        return None
    duration_s = times * info.duration_s
    return Advice(
        guarantees=guarantees,
        how=f"run {what} for {spell(duration_s)}",
        command=f"{DURATION.sub('', command)} --duration {duration_s:g}",
    )

"""Told: the causes of a run in the order in which people should hear of them.

First what is new: violations that nothing explains and no deviation lists, then causes with new violations. Then the
known causes, those that did the worst damage first (`findings.Damage`), then those with the most violations, and last
what is known and not explained.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from actorproof.plural import some
from actorproof.properties.causes.cause import APPLICATION, OF_EITHER, WRITTEN_WITH, Cause, Traced, clearest, incidents
from actorproof.properties.verdict.findings import Damage, worst
from actorproof.reports.report import Report
from actorproof.reports.upstream import short

NOTHING = "nothing explains these"
RUNTIME, SDK, NOBODY = "runtime", "sdk", "unknown"
"""Whose a cause is, beside `APPLICATION`."""
DAMAGES: Mapping[Damage, str] = {Damage.STATE: "wrong state", Damage.SILENCE: "silence"}
"""What stands before a cause that did more than break a promise."""
MOST_CAUSES = 5
"""So many causes are told one by one, on the console, in summary.md and on the first screen of the report."""
MOST_CLASSES = 3
MOST_REASONS = 3
MOST_PROBLEMS = 3
"""So many classes, reasons and problems likewise. What a list leaves out is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One cause as it is told.

    Attributes:
        cause: the cause itself; its mechanism is None for what nothing explains.
        open: those of its violations that no deviation lists, in time order.
        example: the smallest of its new violations, else of all, of the part where it came most often.
        whose: ``runtime``, ``sdk`` or ``application``; ``unknown`` where nothing explains it, or nothing tells the last
            two apart.
        name: what the SDK that it is laid to is called; empty where it is laid to none.
        damage: the worst that any of its violations did; None where they broke a promise and no more.
    """

    cause: Cause
    open: tuple[Traced, ...]
    example: Traced
    whose: str
    name: str
    damage: Damage | None = None

    @property
    def id(self) -> str:
        """The mechanism's id, or ``unexplained``."""
        return self.cause.mechanism.id if self.cause.mechanism else "unexplained"

    @property
    def title(self) -> str:
        """What happened, in a few words."""
        return self.cause.mechanism.title if self.cause.mechanism else NOTHING

    @property
    def heading(self) -> str:
        """The title, and before it what damage makes this one come before others."""
        return f"{DAMAGES[self.damage]}: {self.title}" if self.damage is not None else self.title

    @property
    def count(self) -> int:
        return len(self.cause.traced)

    @property
    def there(self) -> tuple[int, int]:
        """How many of how many incidents, of new violations if it has any, came in the part of the example."""
        by = incidents(self.cause.mechanism, self.open or self.cause.traced)
        return by[self.example.part], sum(by.values())

    @property
    def lost(self) -> str:
        """How often which guarantee was broken: ``turns 80, activation 43``."""
        return ", ".join(f"{guarantee} {count:,}" for guarantee, count in self.cause.lost.items())

    @property
    def upstream(self) -> str:
        """The public issue that tells of it, ``dapr/dapr#9514``, or that there is none."""
        return short(self.cause.mechanism.upstream if self.cause.mechanism else "")

    @property
    def standing(self) -> str:
        """``known`` when deviations list all of it, ``new``, or how many of its violations are new."""
        if not self.open:
            return "known"
        return "new" if len(self.open) == self.count else f"{len(self.open):,} new"


def told(report: Report) -> tuple[Told, ...]:
    """The causes of a run, what is open and not explained first."""
    listed = {verdict.guarantee: verdict.accepted for verdict in report.verdict.guarantees}
    costs = {verdict.guarantee: verdict.terms.damage for verdict in report.verdict.guarantees}
    # What came more often than known is no less the SDK's.
    of = {
        deviation.mechanism: deviation.of
        for one in report.verdict.guarantees
        for deviation in (*(m.deviation for m in one.deviations), *(s.deviation for s in one.exceeded))
        if not deviation.of.startswith(f"{report.run.runtime} ")
    }
    found = []
    for cause in report.verdict.causes:
        opened = tuple(each for each in cause.traced if each.violation not in listed.get(each.guarantee, {}))
        example = cause.example
        if opened and example not in opened:
            example = clearest(cause.mechanism, opened)
        whose, name = _whose(cause, of)
        damage = worst(costs.get(each.guarantee, {}).get(each.violation.anomaly) for each in cause.traced)
        found.append(Told(cause=cause, open=opened, example=example, whose=whose, name=name, damage=damage))
    return tuple(sorted(found, key=_rank))


def more(causes: Sequence[Told]) -> str:
    """Causes that are not told one by one: ``9 more causes, such as a host joins (80x)``, the most frequent one."""
    most = max(causes, key=lambda each: each.count)
    return f"{some(len(causes), 'more cause')}, such as {most.title} ({most.count:,}x)"


def _whose(cause: Cause, of: Mapping[str, str]) -> tuple[str, str]:
    """Whose a cause is: an SDK's where the mechanism asks for that SDK, or where it is listed of one."""
    if cause.mechanism is None:
        return NOBODY, ""
    kinds = cause.mechanism.links
    sdk = next((kind.removeprefix(WRITTEN_WITH) for kind in sorted(kinds) if kind.startswith(WRITTEN_WITH)), "")
    if name := of.get(cause.mechanism.id, sdk):
        return SDK, name
    if OF_EITHER in kinds:
        return NOBODY, ""
    own = any(kind.startswith(f"{APPLICATION}: ") for kind in kinds)
    return (APPLICATION if own else RUNTIME), ""


def laid(report: Report, causes: Sequence[Told]) -> str:
    """To whom the violations of a run of a user's own application are laid; empty for any other run."""
    if all(part.timeline.asked is None for part in report.parts):
        return ""
    counts: Counter[str] = Counter()
    for each in causes:
        counts[each.whose] += each.count
    sdks = ", ".join(sorted({each.name for each in causes if each.name}))
    said = [
        f"the runtime {counts[RUNTIME]:,}",
        f"the SDK {counts[SDK]:,}" + (f" ({sdks})" if sdks else ""),
        f"the application {f'{counts[APPLICATION]:,}' if counts[APPLICATION] else 'none'}",
        *([f"nobody yet {counts[NOBODY]:,}"] if counts[NOBODY] else []),
    ]
    return f"violations laid to: {', '.join(said)}"


def _rank(each: Told) -> tuple[bool, bool, int, int]:
    unexplained = each.cause.mechanism is None
    damage = len(Damage) if each.damage is None else list(Damage).index(each.damage)
    return not each.open, not unexplained if each.open else unexplained, damage, -each.count


def counted(counts: Counter[str]) -> str:
    """Classes with how often each came, the most frequent first: ``cut off 3x, abandoned 1x, 7 of other classes``."""
    said = [f"{anomaly} {count:,}x" for anomaly, count in counts.most_common(MOST_CLASSES)]
    rest = counts.total() - sum(count for _, count in counts.most_common(MOST_CLASSES))
    return ", ".join([*said, f"{rest:,} of other classes"] if rest else said)


def headline(causes: Sequence[Told]) -> str:
    """How many violations there are, how many causes they have, and what is new; one line without a full stop."""
    total = sum(each.count for each in causes)
    if not total:
        return "no violation was found"
    explained = [each for each in causes if each.cause.mechanism is not None]
    alone = sum(each.count for each in causes if each.cause.mechanism is None)
    new = sum(len(each.open) for each in causes)
    said = some(total, "violation")
    of_causes = f"from {some(len(explained), 'cause')}"
    if explained and alone:
        said += f": {total - alone:,} {of_causes}, {alone:,} that nothing explains"
    else:
        said += f" {of_causes}" if explained else " that nothing explains"
    if new and new < total:
        return f"{said}; {new:,} {'is' if new == 1 else 'are'} new"
    return f"{said}, {'' if total == 1 else 'all '}{'new' if new else 'known'}"

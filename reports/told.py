"""Told: the causes of a run in the order in which people should hear of them.

First what is open: violations that nothing explains and no deviation lists, then causes with open violations. Then the
listed causes, those with the most violations first, and last what is listed and not explained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from actorproof.properties.causes.cause import Cause, Traced
from actorproof.reports.report import Report

NOTHING = "nothing explains these"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One cause as it is told.

    Attributes:
        cause: the cause itself; its mechanism is None for what nothing explains.
        open: those of its violations that no deviation lists, in time order.
        example: the smallest of its open violations, else of all.
    """

    cause: Cause
    open: tuple[Traced, ...]
    example: Traced

    @property
    def id(self) -> str:
        """The mechanism's id, or ``unexplained``."""
        return self.cause.mechanism.id if self.cause.mechanism else "unexplained"

    @property
    def title(self) -> str:
        """What happened, in a few words."""
        return self.cause.mechanism.title if self.cause.mechanism else NOTHING

    @property
    def count(self) -> int:
        return len(self.cause.traced)

    @property
    def lost(self) -> str:
        """How often which guarantee was broken: ``turns 80, activation 43``."""
        return ", ".join(f"{guarantee} {count:,}" for guarantee, count in self.cause.lost.items())

    @property
    def standing(self) -> str:
        """Whether it is known: ``listed``, ``open``, or how many of its violations are open."""
        if not self.open:
            return "listed"
        return "open" if len(self.open) == self.count else f"{len(self.open):,} open"


def told(report: Report) -> tuple[Told, ...]:
    """The causes of a run, what is open and not explained first."""
    listed = {verdict.guarantee: verdict.accepted for verdict in report.verdict.guarantees}
    found = []
    for cause in report.verdict.causes:
        opened = tuple(each for each in cause.traced if each.violation not in listed.get(each.guarantee, {}))
        example = cause.example
        if opened and example not in opened:
            example = min(opened, key=lambda each: len(each.links) + len(each.violation.events))
        found.append(Told(cause=cause, open=opened, example=example))
    return tuple(sorted(found, key=_rank))


def _rank(each: Told) -> tuple[bool, bool, int]:
    unexplained = each.cause.mechanism is None
    return not each.open, not unexplained if each.open else unexplained, -each.count


def headline(causes: Sequence[Told]) -> str:
    """How many violations there are, how many causes they have, and what is open; one line without a full stop."""
    total = sum(each.count for each in causes)
    if not total:
        return "no violation was found"
    known = [each for each in causes if each.cause.mechanism is not None]
    alone = sum(each.count for each in causes if each.cause.mechanism is None)
    opened = sum(len(each.open) for each in causes)
    said = f"{total:,} violation{'' if total == 1 else 's'}"
    of_known = f"from {len(known)} known cause{'' if len(known) == 1 else 's'}"
    if known and alone:
        said += f": {total - alone:,} {of_known}, {alone:,} that nothing explains"
    else:
        said += f" {of_known}" if known else " that nothing explains"
    if not opened:
        return f"{said}; {'it is' if total == 1 else 'all are'} listed for this version"
    return f"{said}; {'all' if opened == total else f'{opened:,}'} {'is' if opened == 1 else 'are'} open, not listed"

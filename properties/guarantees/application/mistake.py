"""Mistake: what a user's application does wrong, as one violation with the way out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.findings import Violation
from actorproof.properties.views.records import ref
from actorproof.properties.views.timeline import Timeline

Limits = Mapping[str, float]
S_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One kind of mistake.

    Attributes:
        name: the class of its violations.
        remedy: what to do about it, as an imperative.
        find: what shows it in a history.
        in_gaps: whether it is told where lines are missing, too: others go by what an application did not do.
    """

    name: str
    remedy: str
    find: Callable[[Timeline, Limits], Iterable[Seen]]
    in_gaps: bool = False

    def violations(self, timeline: Timeline, limits: Limits) -> Iterable[Violation]:
        """Each time that it is seen."""
        if not timeline.whole and not self.in_gaps:
            return
        for seen in self.find(timeline, limits):
            at_ns = seen.events[-1][0].t_ns
            yield Violation(
                anomaly=self.name,
                actor=seen.actor,
                summary=f"{seen.what}: {self.remedy}",
                events=tuple(ref(event, label) for event, label in seen.events),
                trigger=timeline.trigger_at(at_ns),
                at_ns=at_ns,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What shows a mistake: of which actor (``Type/id``, or ``-``), in words, and in events in order."""

    actor: str
    what: str
    events: tuple[tuple[ev.Event, str], ...]

"""TimerFindings: what a check of timers has found so far: violations, doubts, and counts of what it could decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from actorproof.properties.verdict.findings import Doubt, EventRef, Figure, Findings, Span, Terms, Violation
from actorproof.properties.views.records import Turn, ref
from actorproof.properties.views.stall import stalled_between
from actorproof.properties.views.ticks.ticking import Timer
from actorproof.properties.views.timeline import Timeline


class TimerFindings:
    """What is found in one history.

    Attributes:
        evidence: per threshold, how much there is.
        opportunities: per class, in how many timers or ticks it could have shown.
        excused: per clause.
        doubts: per (class, why), what can't be decided.
        unknown: per reason, how often nothing can be concluded from absence.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._violations: list[Violation] = []
        self.evidence: Counter[str] = Counter()
        self.opportunities: Counter[str] = Counter()
        self.excused: Counter[str] = Counter()
        self.doubts: Counter[tuple[str, str]] = Counter()
        self.unknown: Counter[str] = Counter()

    def untimed(self, anomaly: str, start_ns: int, end_ns: int) -> bool:
        """Whether the machine stood still meanwhile, so that a time proves nothing; then it is noted."""
        if stalled_between(self._timeline, start_ns, end_ns):
            self.doubts[anomaly, "time that can't be trusted, since the machine stood still or its clock stepped"] += 1
            return True
        return False

    def report(
        self,
        anomaly: str,
        timer: Timer,
        summary: str,
        *,
        turns: Iterable[Turn],
        at_ns: int,
        bar: tuple[str, int, int] | None = None,
        more: Sequence[EventRef] = (),
    ) -> None:
        """Add a violation: of the first registration and `turns`, and `more` events; `bar` is drawn beside them."""
        events = list(more)
        spans: list[Span] = []
        for turn in dict.fromkeys([*timer.registrations[:1], *turns]):
            what = "timer turn" if turn.start.cause == "timer" else f"register {timer.name}"
            events.append(ref(turn.start, f"{what}, {turn.ended}"))
            end_ns = turn.end_ns if turn.ended != "open" else max(turn.start_ns, self._timeline.observed_ns)
            spans.append(Span(lane=turn.process, label=f"{what}, {turn.ended}", start_ns=turn.start_ns, end_ns=end_ns))
        if bar is not None:
            spans.append(Span(lane=timer.actor, label=bar[0], start_ns=bar[1], end_ns=bar[2]))
        self._violations.append(
            self._timeline.violation(
                anomaly=anomaly,
                actor=timer.actor,
                summary=summary,
                events=events,
                spans=spans,
                at_ns=at_ns,
            )
        )

    def all(self, terms: Terms, *, figures: Sequence[Figure], missing: Sequence[str]) -> Findings:
        """All of it; `missing` are the reasons why nothing more can be concluded."""
        return Findings(
            violations=self._violations,
            evidence={name: self.evidence[name] for name in terms.thresholds},
            opportunities=self.opportunities,
            excused=self.excused,
            figures=figures,
            doubts=[Doubt(anomaly=anomaly, what=what, count=count) for (anomaly, what), count in self.doubts.items()],
            missing=missing,
        )

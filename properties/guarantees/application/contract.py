"""application: an application of a user's own keeps its part of the protocol between it and its sidecar.

Judged only where such an application was witnessed from outside. Each kind of mistake is a class, and a file beside
this one; what is found is laid to the application, and its summary says what to do.

Opportunities: turns that were answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from actorproof.properties.guarantees.application import (
    after_turns,
    deactivation,
    ends,
    health,
    invariant,
    leftovers,
    memory,
    turns,
    unread,
)
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Figure, Findings, Terms
from actorproof.properties.views.timeline import Timeline

MISTAKES = (
    after_turns.EARLY,
    after_turns.LATE,
    after_turns.BACKGROUND,
    deactivation.MISTAKE,
    turns.LONGER_THAN_IDLE,
    turns.GOOD_ON_FAILURE,
    leftovers.MISTAKE,
    ends.ON_DELETE,
    ends.IN_TURN,
    ends.BY_ITSELF,
    memory.MISTAKE,
    invariant.MISTAKE,
    health.MISTAKE,
    unread.MISTAKE,
)


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Find every mistake of an application that was witnessed from outside."""
    witnessed = timeline.asked is not None
    found = (each for mistake in MISTAKES for each in mistake.violations(timeline, terms.limits))
    violations = list(found) if witnessed else []
    told = Counter(violation.anomaly for violation in violations)
    asked = sum(len(turn.saves) + len(turn.runtime_calls) for turn in timeline.turns)
    return Findings(
        violations=sorted(violations, key=lambda violation: violation.at_ns),
        evidence={
            "answered_turns": sum(turn.ended in {"completed", "failed"} for turn in timeline.turns),
            "deactivations": sum(each.instance > 0 for each in timeline.goodbyes),
        },
        # Every turn is an occasion for a mistake; a request that no turn owns, or a DELETE, may be one more.
        opportunities={anomaly: max(count, len(timeline.turns)) for anomaly, count in told.items()},
        missing=list(_missing(timeline)),
        figures=[
            Figure(name="requests to the runtime laid to a turn", value=asked, unit="requests"),
            Figure(name="requests to the runtime laid to none", value=len(timeline.unattributed), unit="requests"),
        ],
    )


def _missing(timeline: Timeline) -> Iterator[str]:
    if timeline.asked is None:
        yield "no application of a user's own was witnessed"
    elif not timeline.whole:
        yield "the history has gaps: what an application did not do can't be told from what is missing"


GUARANTEE = Guarantee(id="application", check=check)

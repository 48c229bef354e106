"""executions: how often one call was executed, and what came between. Nothing is promised, so nothing is judged.

Each call counts by the number of turns that carried it. A surplus turn counts by the first of these that happened
between the start of the call's turn before it and its own start:

- *host lost*: the application or the sidecar of the turn before died, or was asked to end;
- *host stopped*: one of them stood still;
- *link faulted*: a link of that host was disturbed;
- *moved*: the placement table changed, or had changed and was still drained, or the surplus turn runs elsewhere;
- *deactivated*: its instance was told to end;
- *failed*: the turn before had ended with an error;
- *nothing seen*.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from actorproof.plural import some
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Figure, Findings, Terms
from actorproof.properties.views.records import Operation, Turn
from actorproof.properties.views.settlement import untouched
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.drains import NS, Drains

CAUSES = ("host lost", "host stopped", "link faulted", "moved", "deactivated", "failed", "nothing seen")
MOST = 4


def check(timeline: Timeline, terms: Terms) -> Findings:
    """Nothing but figures: the catalogue names no class and asks for no evidence."""
    return Findings(figures=tuple(measure(timeline, terms)))


GUARANTEE = Guarantee(id="executions", check=check)


def measure(timeline: Timeline, terms: Terms) -> Iterator[Figure]:
    """How many calls had no turn, one, two and so on; `settled` are `info` calls that no turn ever carried."""
    calls = [operation for operation in timeline.operations if operation.start.action == "call"]
    several = [operation for operation in calls if len(operation.turns) > 1]
    yield _calls("calls", len(calls))
    yield _calls("calls carried by a turn", sum(bool(each.turns) for each in calls))
    yield _calls("calls carried by several turns", len(several))
    yield _calls("calls carried by several turns and answered ok", sum(each.outcome == "ok" for each in several))
    yield Figure(name="surplus turns", value=sum(len(each.turns) - 1 for each in several), unit="turns")
    yield _calls("settled info calls", len(untouched(timeline)))
    times = Counter(min(len(each.turns), MOST) for each in calls)
    for count in range(MOST + 1):
        yield _calls(f"calls executed {some(count, 'time')}{' or more' if count == MOST else ''}", times[count])
    causes = Counter(_Surplus(timeline, terms).causes(several)) if several else Counter()
    for cause in CAUSES:
        yield Figure(name=f"surplus turns: {cause}", value=causes[cause], unit="turns")


def _calls(name: str, count: int) -> Figure:
    return Figure(name=name, value=count, unit="calls")


class _Surplus:
    """Says what came before surplus turns of one history."""

    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        self._timeline = timeline
        self._drains = Drains(timeline, late_ns=round(terms.limits["observed_late_s"] * NS))

    def causes(self, several: list[Operation]) -> Iterator[str]:
        """One for each surplus turn."""
        for operation in several:
            for before, turn in pairwise(operation.turns):
                yield self._cause(before, turn)

    def _cause(self, before: Turn, turn: Turn) -> str:
        units = [f"{before.host}/{part}" for part in ("app", "sidecar")]
        start_ns, end_ns = before.start_ns, turn.start_ns
        lives = [life for unit in units if (life := self._timeline.life_at(unit, start_ns)) is not None]
        if any(min(life.ended_ns, life.stopping_ns) <= end_ns for life in lives):
            return "host lost"
        if any(life.stopped_during(start_ns, end_ns) for life in lives):
            return "host stopped"
        links = [link for fault in self._timeline.faults_during(start_ns, end_ns) for link in fault.start.links]
        if any(before.host in link.split(">") for link in links):
            return "link faulted"
        if before.process != turn.process or self._drains.moving(start_ns, end_ns):
            return "moved"
        if before.instance != turn.instance:
            return "deactivated"
        return "failed" if before.ended == "failed" and before.end_ns <= end_ns else "nothing seen"

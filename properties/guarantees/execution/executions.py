"""executions: how often one call was executed. Nothing is promised, so nothing is judged."""

from __future__ import annotations

from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Figure, Findings, Terms
from actorproof.properties.views.settlement import untouched
from actorproof.properties.views.timeline import Timeline


def check(timeline: Timeline, _terms: Terms) -> Findings:
    """Nothing but figures: the catalogue names no class and asks for no evidence."""
    return Findings(figures=measure(timeline))


GUARANTEE = Guarantee(id="executions", check=check)


def measure(timeline: Timeline) -> tuple[Figure, ...]:
    """Count calls by how many turns carried them; `settled` are `info` calls that no turn ever carried."""
    calls = [operation for operation in timeline.operations if operation.start.action == "call"]
    carried = [operation for operation in calls if operation.turns]
    several = [operation for operation in carried if len(operation.turns) > 1]
    counts = {
        "calls": len(calls),
        "calls carried by a turn": len(carried),
        "calls carried by several turns": len(several),
        "calls carried by several turns and answered ok": sum(o.outcome == "ok" for o in several),
        "surplus turns": sum(len(o.turns) - 1 for o in several),
        "settled info calls": len(untouched(timeline)),
    }
    return tuple(
        Figure(name=name, value=float(value), unit="turns" if name == "surplus turns" else "calls")
        for name, value in counts.items()
    )

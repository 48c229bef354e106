"""After the return of all of placement actors answer within the budget of a return."""

from __future__ import annotations

import pytest

from actorproof.properties.guarantees.faults import availability
from tests.properties.availability.parts import A, asks, both
from tests.properties.builder import History
from tests.properties.terms import free, verdict_on

DIED_S, BACK_S = 20.0, 30.0


def all_lost(placements: int = 3, *, lost: int = 3, verb: str = "kill", took: bool = True) -> tuple[History, str]:
    h = History(placements=placements)
    app = h.app("host-1")
    units = [f"placement-{number}" for number in range(placements)]
    for unit in units:
        h.start(unit, 0.0)
    h.table(0.5, 2, ["host-1"], placement=units[0])
    h.fault(verb, "placement:all", DIED_S, BACK_S, units=units[:lost], took=took)
    for unit in units[:lost]:
        h.kill(unit, DIED_S + 0.001, reaped_after_s=0.005)
        h.start(unit, BACK_S - 0.5, ready_s=BACK_S)
    return h, app


@pytest.mark.parametrize(("answers_s", "found"), [(64, 0), (70, 2)])
def test_silence_counts_from_the_return_on(answers_s: int, found: int) -> None:
    h, app = all_lost()
    both(h, app, 10, 20, ok=True)
    both(h, app, 20, answers_s, ok=False)
    both(h, app, answers_s, 90, ok=True)
    h.close(100.0)
    verdict = verdict_on(h.timeline(), free("availability"))
    assert sum(verdict.classes.values()) == found
    assert all(" after the return of all of placement" in each.summary for each in verdict.violations)
    assert all("the end of the run" not in each.summary for each in verdict.violations)
    assert all("all replicas were back" in each.summary for each in verdict.violations)
    assert (verdict.opportunities[availability.ACTIVE], verdict.opportunities[availability.NEW]) == (1, 1)


@pytest.mark.parametrize(
    "what", ["one replica", "another fault", "a fault before", "two of three", "no effect", "a pause", "never healed"]
)
def test_what_is_not_judged(what: str) -> None:
    h, app = all_lost(
        1 if what == "one replica" else 3,
        lost=2 if what == "two of three" else 3,
        verb="pause" if what == "a pause" else "kill",
        took=what != "no effect",
    )
    if what == "another fault":
        h.fault("cut", "host-1>app", 31.0, 32.0, links=["host-1>app"])
    if what == "a fault before":
        h.fault("cut", "host-1>app", 12.0, 13.0, links=["host-1>app"])
    if what == "never healed":
        h = History(placements=3)
        app = h.app("host-1")
        h.fault("kill", "placement:all", DIED_S, None, units=["placement-0", "placement-1", "placement-2"])
    asks(h, app, 10, 20, ok=True, actor=A)
    asks(h, app, 20, 90, ok=False, actor=A)
    h.close(100.0)
    verdict = verdict_on(h.timeline(), free("availability"))
    assert not verdict.violations
    assert verdict.opportunities[availability.ACTIVE] == 0

"""Which histories are judged, in which order, and what is told of a breach: classes are sound."""

from __future__ import annotations

from typing import Any

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.state.linearizability import check as guarantee
from actorproof.properties.guarantees.state.linearizability import explain
from actorproof.properties.guarantees.state.linearizability.explain import LATE, UNEXPLAINED
from actorproof.properties.linearizability import search as searching
from actorproof.properties.linearizability.answer import Linearizable, Unknown
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.case import Case
from tests.properties.linearizability.parts import add, append, get, run
from tests.properties.terms import CATALOGUE, free, verdict_on


def decide(timeline: Timeline, budget: Budget | None = None) -> Verdict:
    return verdict_on(timeline, free("linearizability"), budget)


def actors_of(verdict: Verdict) -> set[str]:
    return {violation.actor for violation in verdict.violations}


def test_only_a_whole_and_closed_history_is_judged() -> None:
    events = Case("linearizability/bad/unexplained--read-goes-back").events()
    cut = decide(Timeline(events[:-1]))
    gapped = decide(Timeline([event for event in events if not isinstance(event, ev.SaveEnded)]))
    for verdict in (cut, gapped):
        assert not verdict.violations
        assert "gaps or was not closed" in verdict.missing[0]


def test_a_search_out_of_budget_names_the_actor_and_how_far_it_got() -> None:
    history = Case("linearizability/good/one-after-the-other")
    clock = iter(range(10**6))
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr("actorproof.properties.linearizability.search.NODES_A_LOOK", 1)
        verdict = decide(history.timeline(), Budget(time_s=1, now=lambda: float(next(clock))))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.missing[0].startswith("Counter/a: the search ran out of time after ")
    assert verdict.missing[0].endswith(" of 3 operations")


def test_calls_that_are_not_understood_are_not_judged() -> None:
    h = History()
    app = h.app("host-1")
    run(h, app, 1.0, 2.0, "add", {"by": "much"}, 1, writes={"value": {"value": 1}})
    h.close(60.0)
    verdict = decide(h.timeline())
    assert verdict.outcome is Outcome.UNKNOWN
    assert "Counter/a was not judged: operation op-1 of Counter/a is not understood" in verdict.missing[0]


def test_a_turn_of_no_call_that_saved_is_not_judged() -> None:
    h = History()
    app = h.app("host-1")
    add(h, app, 1.0, 2.0, 1)
    h.save(h.turn("Counter/a", app, 3.0, 4.0), [("value", '{"value": 7}')], 3.1, 3.2)
    get(h, app, 5.0, 6.0, 7)
    h.close(60.0)
    assert "belongs to no call" in decide(h.timeline()).missing[0]


def test_actors_of_others_are_left_alone() -> None:
    h = History(subject="app")
    get(h, h.app("host-1"), 1.0, 2.0, 99)
    h.close(60.0)
    verdict = decide(h.timeline())
    assert verdict.outcome is Outcome.HOLDS
    assert all(evidence.have == 0 for evidence in verdict.evidence)


def test_evidence_and_opportunities() -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    add(h, one, 1.0, 2.0, 1)
    add(h, one, 1.5, 2.5, 2)
    get(h, two, 3.0, 4.0, 2)
    add(h, two, 5.0, 6.0, 3, outcome="info")
    h.close(60.0)
    verdict = decide(h.timeline())
    have = {evidence.name: evidence.have for evidence in verdict.evidence}
    assert have == {"answers": 3, "contended": 2, "unanswered": 1, "hand_overs": 1}
    assert verdict.opportunities["unexplained"] == 1
    assert verdict.opportunities["abandoned"] == 0


def test_a_violation_shows_what_can_not_be_placed_and_what_explains_it() -> None:
    violation = decide(Case("linearizability/bad/unexplained--both-added-to-the-same").timeline()).violations[0]
    assert "add(1) -> 1 of op-" in violation.summary
    assert "without the answers of turns turn-1 and turn-2 there is an order" in violation.summary
    assert {event.label for event in violation.events} >= {"add called", "add(1) -> 1", "turn begins on host-1"}


def test_a_breach_whose_explanation_takes_too_long_is_no_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "search", lambda *_, **__: Unknown(reason="time", placed=0, total=3))
    verdict = decide(Case("linearizability/bad/unexplained--both-added-to-the-same").timeline())
    assert verdict.outcome is Outcome.UNKNOWN
    assert not verdict.violations
    assert any(
        reason.startswith("Counter/a: its answers fit no order (add(1) -> 1 of op-") for reason in verdict.missing
    )


def test_a_breach_explains_only_what_it_can() -> None:
    """An acknowledged entry that is gone is not explained by turns that raced long before."""
    h = History()
    app = h.app("host-1")
    append(h, app, 1.0, 2.0, 1)
    append(h, app, 1.5, 2.5, 2)
    append(h, app, 3.0, 4.0, 3)
    append(h, app, 5.0, 6.0, 3)
    h.close(60.0)
    assert decide(h.timeline()).classes == {"unexplained": 1}


def test_the_catalogue_has_every_class_that_may_explain_an_answer() -> None:
    classes = CATALOGUE.terms("linearizability", "quick").classes
    for other in ("turns", "activation"):
        terms = CATALOGUE.terms(other, "quick")
        late = {f"{clause}, saved late" for clause in terms.clauses}
        assert {*terms.classes, *terms.clauses} - late <= set(classes)
    assert {LATE, UNEXPLAINED} <= set(classes)


def test_an_execution_that_is_not_in_the_history_may_explain_an_answer() -> None:
    events = Case("linearizability/good/executed-twice").events()
    rest = [e for e in events if getattr(e, "turn", "") != "t-1" and getattr(e, "save", "") != "save-1"]
    assert len(rest) == len(events) - 4
    assert not decide(Timeline(rest, numbered=False)).violations
    assert decide(Timeline(rest, numbered=False, whole=True)).violations


Interval = tuple[int, int | None]
MEETINGS: list[tuple[list[Interval], int]] = [
    ([], 0),
    ([(0, 5)], 0),
    ([(0, 5), (5, 6)], 0),
    ([(0, 5), (4, 6)], 2),
    ([(4, 6), (0, 5)], 2),
    ([(0, 9), (1, 2), (3, 4)], 3),  # the first met both
    ([(0, 3), (1, 9), (4, 5)], 3),
    ([(0, 3), (2, 5), (6, 8), (7, 9)], 4),
    ([(0, 3), (2, 5), (6, 8), (9, 10)], 2),
    ([(0, 9), (1, 2), (10, 12), (11, 13), (20, 21)], 4),
    ([(0, 9), (1, 9), (10, 11)], 2),
    ([(0, 9), (1, None), (2, 3)], 2),  # one without an answer does not count
    ([(0, None), (1, 2)], 0),
]


@pytest.mark.parametrize(("intervals", "met"), MEETINGS)
def test_answers_of_calls_that_met_others(intervals: list[Interval], met: int) -> None:
    h = History()
    app = h.app("host-1")
    for start_s, end_s in intervals:
        if end_s is None:
            h.operation("Register/a", 1 + start_s, None, name="read")
        else:
            run(h, app, 1 + start_s, 1 + end_s, "read", {}, None, actor="Register/a")
    h.close(60.0)
    assert {evidence.name: evidence.have for evidence in decide(h.timeline()).evidence}["contended"] == met


def test_the_budget_is_for_all_actors_together(monkeypatch: pytest.MonkeyPatch) -> None:
    h = History()
    app = h.app("host-1")
    for actor in ("Register/a", "Register/b", "Register/c"):
        run(h, app, 1.0, 2.0, "read", {}, None, actor=actor)
    h.close(60.0)
    clock = 100.0
    left_s = []

    def slow(*_: Any, budget: Budget, **__: Any) -> Linearizable:
        nonlocal clock
        left_s.append(budget.time_s)
        clock += 4.5
        return Linearizable(order=())

    monkeypatch.setattr(guarantee, "search", slow)
    decide(h.timeline(), Budget(time_s=5.0, now=lambda: clock))
    assert left_s == [5.0, 0.5, 0.0]


def test_the_hardest_actor_is_searched_first(monkeypatch: pytest.MonkeyPatch) -> None:
    h = History()
    app = h.app("host-1")
    get(h, app, 1.0, 2.0, 0)
    for at in range(5):
        run(h, app, 3.0 + at, 3.5 + at, "read", {}, None, actor="Register/a")
    h.close(60.0)
    searched = []
    search = searching.search

    def noted(operations: list[Operation], *args: Any, **named: Any) -> Any:
        searched.append(operations[0].key)
        return search(operations, *args, **named)

    monkeypatch.setattr(guarantee, "search", noted)
    decide(h.timeline())
    assert searched == ["Register/a", "Counter/a"]


def test_one_actor_that_is_not_judged_hides_no_other() -> None:
    h = History()
    app = h.app("host-1")
    run(h, app, 1.0, 2.0, "add", {"by": "much"}, 1, writes={"value": {"value": 1}})
    run(h, app, 3.0, 3.5, "read", {}, 7, actor="Register/a")
    h.close(60.0)
    verdict = decide(h.timeline())
    assert actors_of(verdict) == {"Register/a"}
    assert [missing.partition(" was not judged")[0] for missing in verdict.missing] == ["Counter/a"]
    assert {figure.name: figure.value for figure in verdict.figures} == {
        "actors judged": 1,
        "answers judged": 1,
        "executions whose answer nobody has": 0,
    }


def test_what_was_under_way_with_the_violation_is_counted() -> None:
    h = History()
    app = h.app("host-1")
    run(h, app, 1.0, 9.0, "write", {"value": 1}, None, actor="Register/a", writes={"value": {"value": 1}})
    run(h, app, 1.1, 9.0, "write", {"value": 2}, None, actor="Register/a", writes={"value": {"value": 2}})
    run(h, app, 2.0, 3.0, "read", {}, 7, actor="Register/a")
    h.close(60.0)
    (violation,) = decide(h.timeline()).violations
    said = "no order of its calls explains read() -> 7 of op-3 (under way with 2 others): what can stand before it"
    assert violation.summary.startswith(said)


def test_evidence_of_all_actors_together() -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    for actor in ("Register/a", "Register/b"):
        run(h, one, 1.0, 2.0, "read", {}, None, actor=actor)
        run(h, two, 1.5, 2.5, "read", {}, None, actor=actor)
    h.close(60.0)
    have = {evidence.name: evidence.have for evidence in decide(h.timeline()).evidence}
    assert have == {"answers": 4, "contended": 4, "unanswered": 0, "hand_overs": 2}


def test_a_history_without_any_such_actor_needs_not_be_whole() -> None:
    h = History()
    get(h, h.app("host-1"), 1.0, 2.0, 99, actor="Cart/a")
    assert decide(h.timeline()).missing == ()

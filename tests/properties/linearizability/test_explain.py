"""What explains that an actor's answers don't fit."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.state.linearizability.calls import calls_of
from actorproof.properties.guarantees.state.linearizability.explain import KEPT, LATE, UNEXPLAINED, Explainer
from actorproof.properties.guarantees.state.linearizability.subject import KINDS
from actorproof.properties.verdict.findings import Budget
from tests.properties.builder import History
from tests.properties.case import Case
from tests.properties.linearizability.parts import add, append, get, read, run
from tests.properties.terms import free, verdict_on

C = "Counter/a"


def explained(h: History | Case, actor: str = C) -> tuple[str, list[str]]:
    if isinstance(h, History):
        h.close(90.0)
    timeline = h.timeline()
    explainer = Explainer(timeline, free("linearizability"))
    why = explainer.explain(calls_of(timeline, actor, KINDS[actor.partition("/")[0]]), rest=Budget)
    return why.anomaly, [turn.id for turn in why.turns]


def stale(h: History) -> tuple[str, str]:
    """A second instance while the first lives on, whose cache is stale afterwards."""
    one, two = h.app("host-1"), h.app("host-2")
    add(h, one, 1.0, 2.0, 1)
    add(h, two, 3.0, 4.0, 2)
    get(h, one, 5.0, 6.0, 1)
    return one, two


def test_a_third_instance_is_not_excused_by_two_others() -> None:
    h = History()
    stale(h)
    get(h, h.app("host-3"), 11.0, 12.0, 1)
    assert explained(h) == (UNEXPLAINED, [])


def second_is_stale(h: History, *, saves: bool) -> History:
    """The first instance saves after the second began to live, which tells an old state; perhaps after a save."""
    one, two = h.app("host-1"), h.app("host-2")
    add(h, one, 1.0, 2.0, 1)
    get(h, two, 3.0, 4.0, 1)
    add(h, one, 5.0, 6.0, 2)
    if saves:
        add(h, two, 6.5, 6.8, 3)
    get(h, two, 7.0, 8.0, 1)
    return h


def test_the_second_instance_may_be_stale_until_it_saves() -> None:
    assert explained(second_is_stale(History(), saves=False)) == ("two instances", ["turn-4"])
    assert explained(second_is_stale(History(), saves=True)) == (UNEXPLAINED, [])


def test_a_racer_stays_stale_until_it_saves() -> None:
    def raced(*, saves: bool) -> History:
        h = History()
        app = h.app("host-1")
        add(h, app, 1.0, 2.0, 1)
        add(h, app, 1.5, 2.5, 1)
        get(h, app, 3.0, 4.0, 1)
        if saves:
            add(h, app, 4.2, 4.8, 2)
        get(h, app, 5.0, 6.0, 7)
        return h

    assert explained(raced(saves=False)) == ("unexplained", ["turn-1", "turn-2", "turn-4"])
    assert explained(raced(saves=True)) == (UNEXPLAINED, [])


def test_turns_that_met_are_named_rather_than_one_that_they_left_stale() -> None:
    h = History()
    app = h.app("host-1")
    add(h, app, 1.0, 2.0, 1)
    add(h, app, 1.5, 2.5, 1)
    get(h, app, 5.0, 6.0, 7)
    h.close(90.0)
    (violation,) = verdict_on(h.timeline(), free("linearizability")).violations
    assert "without the answers of turns turn-1 and turn-2 and 1 more there is an order" in violation.summary


def test_what_tells_more_than_saves_write_stays_stale() -> None:
    anomaly, freed = explained(Case("linearizability/bad/unexplained--an-entry-that-only-the-cache-had"), "Ledger/a")
    assert anomaly == "unexplained"
    assert len(freed) > 2


def test_the_log_tells_when_a_save_took_effect() -> None:
    h = History()
    append(h, h.app("host-1"), 1.0, 2.0, 1, outcome="info", acknowledged=False)
    second = append(h, h.app("host-2"), 3.0, 4.0, 1)
    read(h, "host-2/app#1", 5.0, 6.0, [second])
    assert explained(h, "Ledger/a") == (UNEXPLAINED, [])  # it was there when the second was appended at its index


def test_a_late_save() -> None:
    anomaly, freed = explained(Case("linearizability/bad/late-save--committed-when-nobody-waited"), "Ledger/a")
    assert (anomaly, freed) == (LATE, ["turn-1"])


@pytest.mark.parametrize("named", [True, False])
def test_a_save_that_names_a_failed_turn_kept_what_that_one_had_left(*, named: bool) -> None:
    h = History()
    app = h.app("host-1")
    add(h, app, 1.0, 2.0, 1)
    h.turn(C, app, 3.0, 3.1, name="fail", completed=False, turn="failed")
    reader = get(h, app, 4.0, 5.0, 2)
    saved = h.save(reader, [("count", f'{{"value": 2, "turn": "{"failed" if named else reader}"}}')], 4.5, 4.6)
    h.commit(saved, 4.5, 4.55)
    assert Explainer(h.timeline(), free("linearizability")).classes(C) == ({KEPT} if named else set())


def test_the_worst_of_several() -> None:
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    add(h, one, 1.0, 2.0, 1)
    add(h, one, 1.5, 2.5, 1)
    get(h, one, 3.0, 4.0, 1)
    add(h, one, 5.0, 6.0, 2)
    add(h, two, 5.5, 6.5, 2)
    get(h, two, 7.0, 8.0, 2)
    anomaly, freed = explained(h)
    assert (anomaly, len(freed)) == ("two live hosts", 4)


def test_each_of_three_at_once_is_freed() -> None:
    h = History()
    app = h.app("host-1")
    for at_s in (1.0, 1.2, 1.4):
        add(h, app, at_s, at_s + 1, 5)
    get(h, app, 5.0, 6.0, 5)
    anomaly, freed = explained(h)
    assert (anomaly, sorted(freed)) == ("unexplained", ["turn-1", "turn-2", "turn-3"])


def test_the_latest_turns_at_once_are_freed_first() -> None:
    h = History()
    app = h.app("host-1")
    add(h, app, 1.0, 2.0, 1)
    add(h, app, 1.5, 2.5, 2)
    add(h, app, 5.0, 6.5, 3)
    add(h, app, 5.5, 6.0, 4)
    get(h, app, 8.0, 9.0, 3)
    assert explained(h) == ("unexplained", ["turn-3", "turn-4"])


@pytest.mark.parametrize("names_its_turn", [True, False])
def test_a_freed_turn_of_a_declared_type_leaves_what_it_saved(*, names_its_turn: bool) -> None:
    put = ev.DeclaredMethod(name="put", effect="writes", function="write", takes=("value",))
    look = ev.DeclaredMethod(name="look", effect="reads", function="read")
    h = History(types=(ev.DeclaredType(name="Cart", methods=(put, look), model="register"),))
    app = h.app("host-1")
    writes = {"cart": {"value": 1}} if names_its_turn else None
    turn = run(h, app, 1.0, 2.0, "put", {"value": 1}, None, writes=writes, actor="Cart/a")
    if not names_its_turn:
        h.save(turn, [("cart", "1")], 1.95, 1.97)
    for at_s, answer in ((1.5, 5), (5.0, 1)):
        run(h, app, at_s, at_s + 1, "look", {}, answer, actor="Cart/a")
    h.close(90.0)
    (violation,) = verdict_on(h.timeline(), free("linearizability")).violations
    assert violation.anomaly == "unexplained"
    assert "without the answers of turns turn-1 and turn-2 there is an order" in violation.summary


@pytest.mark.parametrize(("held", "found"), [(2, 0), (1, 1), (None, 1)])
def test_what_a_declared_method_takes_is_handed_to_its_model(held: int | None, found: int) -> None:
    swap = ev.DeclaredMethod(name="swap", effect="writes", function="cas", takes=("old", "new"))
    put = ev.DeclaredMethod(name="put", effect="writes", function="write", takes=("value",))
    look = ev.DeclaredMethod(name="look", effect="reads", function="read")
    h = History(types=(ev.DeclaredType(name="Cart", methods=(swap, put, look), model="cas-register"),))
    app = h.app("host-1")
    run(h, app, 1.0, 2.0, "put", {"value": 1}, None, writes={"cart": {"value": 1}}, actor="Cart/a")
    run(h, app, 3.0, 4.0, "swap", {"new": 2, "old": 1}, True, writes={"cart": {"value": 2}}, actor="Cart/a")
    run(h, app, 5.0, 6.0, "look", {}, held, actor="Cart/a")
    h.close(90.0)
    assert len(verdict_on(h.timeline(), free("linearizability")).violations) == found

"""A model of a user's own judges the calls of actors whose saves nobody can read."""

from __future__ import annotations

from typing import Any

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.linearizability.users import Step, users_models
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.terms import free, verdict_on

NAME = "/some/models.py:cart"
ACTOR = "Cart/1"


def cart(state: Any, method: str, argument: Any) -> tuple[Any, Any] | None:
    total = state or 0
    match method:
        case "add" if argument["n"] > 0:
            return total + argument["n"], total + argument["n"]
        case "total":
            return total, "a read changes nothing"
        case "clear":
            return ..., 0
    return None


def history(*calls: tuple[str, Any, Any, float, float]) -> History:
    """Calls (method, argument, answer, from, to), each by one turn of its own, as a witness writes them."""
    methods = (
        ev.DeclaredMethod(name="add", effect="writes"),
        ev.DeclaredMethod(name="total", effect="reads"),
        ev.DeclaredMethod(name="refuse", effect="fails"),
    )
    h = History(subject="application", types=(ev.DeclaredType(name="Cart", methods=methods, model=NAME),))
    h.app("host-1")
    for call in calls:
        called(h, *call)
    return h


def called(h: History, *call: Any, ok: bool = True) -> None:
    method, argument, answer, from_s, to_s = call
    outcome: ev.Outcome = "ok" if ok else "info"
    op = h.operation(ACTOR, from_s, to_s, name=method, args=argument, result=answer, outcome=outcome)
    h.turn(ACTOR, "host-1/app#1", from_s + 0.01, to_s - 0.01, op=op, name=method, completed=ok)


def decide(h: History, model: Step = cart) -> Verdict:
    h.close(20.0)
    with users_models({NAME: model}):
        return verdict_on(h.timeline(), free("linearizability"))


def test_calls_that_fit_one_order_hold() -> None:
    assert not decide(
        history(
            ("add", {"n": 2}, 5, 1.0, 3.0), ("add", {"n": 3}, 3, 1.0, 3.0), ("total", None, 5, 4.0, 5.0)
        )
    ).violations  # fmt: skip


@pytest.mark.parametrize("answer", [4, None, "5"])
def test_an_answer_that_fits_no_order_is_a_violation(answer: Any) -> None:
    (violation,) = decide(
        history(("add", {"n": 5}, 5, 1.0, 2.0), ("total", None, answer, 3.0, 4.0))
    ).violations  # fmt: skip
    assert (violation.anomaly, violation.actor) == ("unexplained", ACTOR)
    assert 'of op-2: what can stand before it, 1 call, comes to "5"' in violation.summary


def test_a_call_that_the_model_takes_for_impossible_can_not_be_answered() -> None:
    assert decide(history(("add", {"n": -1}, -1, 1.0, 2.0))).violations


def test_a_call_that_has_to_fail_says_nothing_of_the_state() -> None:
    assert not decide(history(("refuse", None, 7, 1.0, 2.0), ("total", None, 0, 3.0, 4.0))).violations


@pytest.mark.parametrize("answer", [0, 5])
def test_a_turn_that_failed_may_have_had_its_effect_or_not(answer: int) -> None:
    h = history()
    called(h, "add", {"n": 5}, None, 1.0, 2.0, ok=False)
    called(h, "total", None, answer, 3.0, 4.0)
    assert not decide(h).violations


def test_of_several_turns_of_one_call_one_answered_and_the_others_may_have_acted() -> None:
    for total in (5, 10):
        h = history()
        op = h.operation(ACTOR, 1.0, 4.0, name="add", args={"n": 5}, result=total)
        for from_s in (1.1, 2.1):
            h.turn(ACTOR, "host-1/app#1", from_s, from_s + 0.5, op=op, name="add")
        verdict = decide(h)
        assert (verdict.violations, verdict.missing) == ((), ())


@pytest.mark.parametrize(
    ("saves", "total", "sound"),
    [
        ("its own", 0, True),
        ("its own", 5, False),
        ("none", 5, True),
        ("none", 0, False),
        ("perhaps", 0, True),
        ("perhaps", 5, True),
        ("perhaps", 3, False),
        ("another actor's", 0, False),
    ],
)
def test_a_reminder_that_saved_is_asked_of_the_model_by_its_name(saves: str, total: int, *, sound: bool) -> None:
    h = history(("add", {"n": 5}, 5, 1.0, 2.0))
    turn = h.turn(ACTOR, "host-1/app#1", 3.0, 4.0, cause="reminder", name="clear", data="later")
    if saves == "its own":
        h.save(turn, [("cart", "0")], 3.2, 3.4)
    elif saves != "none":  # asked for where two turns were open, and laid to neither
        of = ACTOR if saves == "perhaps" else "Cart/other"
        h.add(ev.Unattributed, 3.2, process="host-1/app#1", actor=of, what="save", name="", open=2)
    called(h, "total", None, total, 5.0, 6.0)
    assert bool(decide(h).violations) is not sound


@pytest.mark.parametrize("name", ["unknown", "fails"])
def test_what_the_function_can_not_take_is_told_and_is_no_violation(name: str) -> None:
    def model(state: Any, method: str, argument: Any) -> tuple[Any, Any] | None:
        return cart(state, method, argument) if method != "add" else (1, argument["m"])

    h = history(("add", {"n": 5}, 5, 1.0, 2.0)) if name == "fails" else history()
    if name == "unknown":
        turn = h.turn(ACTOR, "host-1/app#1", 3.0, 4.0, cause="reminder", name="other")
        h.save(turn, [("cart", "0")], 3.2, 3.4)
        called(h, "total", None, 0, 5.0, 6.0)
    verdict = decide(h, model)
    assert not verdict.violations
    said = "KeyError: 'm'" if name == "fails" else "cart of other(null) in state null"
    assert any(f"{ACTOR} was not judged: models.py:cart" in each and said in each for each in map(str, verdict.missing))


@pytest.mark.parametrize(
    ("at_once", "total", "explained"), [("turns", 5, True), ("turns", 7, False), ("instances", 5, True)]
)
def test_what_was_at_once_explains_or_leaves_it_undecided(at_once: str, total: int, *, explained: bool) -> None:
    h = history()
    h.app("host-2")
    for host, n in ((1, 3), (2 if at_once == "instances" else 1, 5)):
        op = h.operation(ACTOR, 1.0, 3.0, name="add", args={"n": n}, result=n)
        to_s = 2.9 if at_once == "turns" else 1.11 + n / 100
        h.turn(ACTOR, f"host-{host}/app#1", 1.1 + n / 100, to_s, op=op, name="add")
    called(h, "total", None, total, 4.0, 5.0)
    verdict = decide(h)
    told = [each.summary for each in verdict.violations]
    assert ["without the answers of turns" in each for each in told] == ([True] if explained else [])
    assert any("its model does not say" in each for each in map(str, verdict.missing)) is not explained


def test_a_model_that_is_not_there_any_more_is_told() -> None:
    h = history(("add", {"n": 5}, 4, 1.0, 2.0))
    h.close(20.0)
    verdict = verdict_on(h.timeline(), free("linearizability"))
    assert not verdict.violations
    assert any(f"its model {NAME} can't be had" in each for each in map(str, verdict.missing))


@pytest.mark.parametrize(
    ("subject", "model", "effect", "said"),
    [
        ("sdk", "", "writes", "its type declares no model"),
        ("application", "", "writes", ""),
        ("application", "nonsense", "writes", "its model nonsense is none of"),
        ("sdk", "", "none", ""),
    ],
)
def test_a_type_that_keeps_state_and_can_not_be_judged_is_told(
    subject: str, model: str, effect: ev.Effect, said: str
) -> None:
    methods = (ev.DeclaredMethod(name="add", effect=effect),)
    types = tuple(ev.DeclaredType(name=name, methods=methods, model=model) for name in ("Cart", "NeverCalled"))
    h = History(subject=subject, types=types)
    h.call("Cart/in/1", h.app("host-1"), 1.0, 2.0)
    missing = decide(h).missing
    assert [each.partition(": ")[0] for each in missing] == (["Cart actors were not judged"] if said else [])
    assert all(said in each for each in missing)

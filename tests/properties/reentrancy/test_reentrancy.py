"""The limits of what is judged, to the instant, and what is counted."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.chain import Chains
from tests.properties.builder import History
from tests.properties.reentrancy.parts import (
    LONE,
    TOO_DEEP,
    A,
    B,
    calls,
    gives_up,
    let_in,
    new,
    root,
    there_and_back,
    to_itself,
    too_deep,
    visit,
    waits,
)
from tests.properties.terms import free, verdict_on


def decide(h: History) -> Verdict:
    h.close(80.0)
    return verdict_on(h.timeline(), free("reentrancy"))


def have(verdict: Verdict) -> dict[str, int]:
    return {each.name: each.have for each in verdict.evidence if each.have}


@pytest.mark.parametrize(("waited_s", "classes"), [(2.9, {}), (3.0, {"deadlock": 1})])
def test_who_waits_for_long_enough_is_in_a_deadlock(waited_s: float, classes: dict[str, int]) -> None:
    h, one, _ = new()
    outer = root(h, A, one, 1.0, 9.0)
    calls(h, outer, one, A, (1.1, 1.1 + waited_s), outcome="info", reason="gave-up", wait_s=waited_s)
    assert decide(h).classes == classes


@pytest.mark.parametrize(("ended_s", "classes"), [(7.5, {"answer lost": 1}), (7.6, {})])
def test_an_answer_has_time_to_come(ended_s: float, classes: dict[str, int]) -> None:
    h, one, _ = new()
    outer = root(h, A, one, 1.0, 9.3)
    let_in(h, calls(h, outer, one, A, (1.1, 9.1), outcome="info", reason="gave-up"), A, one, (1.2, ended_s))
    assert decide(h).classes == classes


@pytest.mark.parametrize(("busy_s", "classes"), [(3.1, {"locked after a chain": 1}), (3.2, {})])
def test_an_actor_has_time_to_let_the_next_one_in(busy_s: float, classes: dict[str, int]) -> None:
    h, one, _ = new()
    to_itself(h, one)
    # It waits for 8 s, 0.9 s of them beside the chain.
    gives_up(h, A, 1.0)
    h.turn(A, one, 3.0, 3.0 + busy_s, cause="timer", name="tick")
    # Turns before and after that wait are no part of it.
    h.turn(A, one, 0.1, 0.6, cause="timer", name="tick")
    h.turn(A, one, 20.0, 21.0, cause="timer", name="tick")
    assert decide(h).classes == classes


@pytest.mark.parametrize(("since_s", "judged"), [(15.0, False), (15.2, True)])
def test_a_fault_disturbs_for_a_while_after_its_heal(since_s: float, judged: bool) -> None:  # noqa: FBT001
    h, one, _ = new()
    h.fault("cut", "host-1>app", 1.0, 20.9 - since_s, links=["host-1>app"])
    to_itself(h, one, at_s=21.0)
    verdict = decide(h)
    assert verdict.excused == ({} if judged else {"disturbed": 1})
    assert bool(have(verdict)) is judged


def test_what_disturbs_one_chain_leaves_the_others() -> None:
    h, one, two = new()
    there_and_back(h, one, two)
    h.fault("kill", "host-2", 20.0, 21.0, units=["host-2/app", "host-2/sidecar"])
    to_itself(h, one, at_s=20.5)
    verdict = decide(h)
    assert have(verdict) == {"round_trips": 1, "across_hosts": 1, "full_depth": 1}
    assert verdict.excused == {"disturbed": 1}


@pytest.mark.parametrize("came_s", [3.0, 4.0])
def test_a_chain_ends_where_another_begins(came_s: float) -> None:
    h, one, _ = new()
    too_deep(h, one)
    to_itself(h, one, at_s=3.0)
    gives_up(h, A, came_s)
    # Who came after the second chain was not kept out by the first.
    assert decide(h).classes == {"locked after a chain": 1}


def test_an_actor_that_only_calls_others_is_not_entered_again() -> None:
    h, one, two = new()
    outer = root(h, A, one, 1.0, 1.9)
    let_in(h, calls(h, outer, one, B, (1.1, 1.8)), B, two, (1.2, 1.7))
    calls(h, outer, one, B, (1.82, 1.85), **TOO_DEEP)
    verdict = decide(h)
    assert verdict.outcome is Outcome.HOLDS
    assert not have(verdict)


def test_nothing_is_said_of_a_chain_by_way_of_an_actor_without_reentrancy() -> None:
    h, one, two = new()
    outer = root(h, A, one, 1.0, 1.9)
    middle = let_in(h, calls(h, outer, one, LONE, (1.1, 1.8)), LONE, two, (1.2, 1.7))
    calls(h, middle, two, A, (1.3, 1.4), **TOO_DEEP)
    verdict = decide(h)
    assert verdict.outcome is Outcome.HOLDS
    assert not verdict.opportunities["refused too early"]


def test_a_stranger_before_the_chain_and_one_after_it() -> None:
    h, one, _ = new()
    visit(h, A, one, 0.5, (0.6, 0.7))
    to_itself(h, one)
    visit(h, A, one, 1.5, (1.9, 2.0))  # as soon as the first turn has ended
    verdict = decide(h)
    assert verdict.outcome is Outcome.HOLDS
    assert have(verdict) == {"self_calls": 1, "full_depth": 1, "strangers": 1}
    assert verdict.opportunities["locked after a chain"] == 1


def test_where_it_is_off_nobody_looks_for_strangers() -> None:
    h, one, _ = new()
    waits(h, one)
    visit(h, LONE, one, 1.2, (1.3, 1.4))  # for `turns` to judge
    assert decide(h).outcome is Outcome.HOLDS


@pytest.mark.parametrize("numbered", [True, False])
def test_a_history_that_is_not_whole_breaks_nothing(numbered: bool) -> None:  # noqa: FBT001
    h, one, _ = new()
    calls(h, root(h, A, one, 1.0, 1.9), one, A, (1.1, 1.6), **TOO_DEEP)
    h.close(80.0)
    events = h.events()
    events.remove(next(event for event in events if isinstance(event, ev.Activated)))
    verdict = verdict_on(Timeline(events, numbered=numbered), free("reentrancy"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.missing == ("calls look wrong 1 time, but the history is not whole",)


def test_chains_are_told_by_who_called_whom() -> None:
    h, one, two = new()
    there_and_back(h, one, two)
    tick = h.turn(A, one, 5.0, 6.0, cause="reminder", name="tick")
    let_in(h, calls(h, tick, one, A, (5.1, 5.6)), A, one, (5.2, 5.5))
    let_in(h, calls(h, "nobody", one, A, (8.1, 8.6)), A, one, (8.2, 8.5))
    h.turn(A, one, 9.0, 9.1)
    timeline = h.timeline()
    chains = Chains(timeline)
    of = [chains.of(turn) for turn in timeline.turns]
    assert of[0] is of[1] is of[2]
    assert of[3] is of[4]
    assert of[0] is not of[3]
    assert of[5:] == [None, None]
    first, second = chains.calling
    assert [inner.depth for inner in first.inner] == [1, 2]
    assert [inner.fired for inner in first.inner] == [False, False]
    assert [(inner.depth, inner.fired) for inner in second.inner] == [(2, True)]
    assert [turn.actor for turn in first.calling] == [A, B]


def test_without_a_described_run_nothing_is_judged() -> None:
    h, one, _ = new()
    to_itself(h, one)
    h.close(80.0)
    events = [event for event in h.events() if not isinstance(event, ev.RunStarted)]
    verdict = verdict_on(Timeline(events, numbered=False), free("reentrancy"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert not have(verdict)
    assert verdict.missing == ("what the run was, and its depth",)


def test_each_chain_is_counted() -> None:
    h, one, two = new()
    for at_s in (1.0, 21.0):
        there_and_back(h, one, two, at_s)
        visit(h, A, one, at_s + 0.1, (at_s + 0.9, at_s + 1.0))
        fired = h.turn(A, one, at_s + 2, at_s + 2.9, cause="reminder", name="tick")
        let_in(h, calls(h, fired, one, A, (at_s + 2.1, at_s + 2.6)), A, one, (at_s + 2.2, at_s + 2.5))
        inner = to_itself(h, one, at_s=at_s + 4)
        calls(h, inner, one, A, (at_s + 4.3, at_s + 4.4), **TOO_DEEP)
        visit(h, A, one, at_s + 4.1, (at_s + 5.0, at_s + 5.1))
        outer = root(h, LONE, one, at_s + 6, at_s + 6.9)
        calls(h, outer, one, LONE, (at_s + 6.1, at_s + 6.6), outcome="info", reason="gave-up", wait_s=0.5)
        outer = root(h, A, one, at_s + 8, at_s + 8.9, outcome="info", reason="gave-up")
        let_in(h, calls(h, outer, one, A, (at_s + 8.1, at_s + 8.6)), A, one, (at_s + 8.2, at_s + 8.5))
    for at_s in (41.0, 42.0, 60.0):
        to_itself(h, one, at_s=at_s)
    h.fault("cut", "host-1>app", 41.5, 42.5, links=["host-1>app"])
    verdict = decide(h)
    assert verdict.outcome is Outcome.HOLDS
    assert have(verdict) == {
        "self_calls": 5,
        "round_trips": 2,
        "across_hosts": 2,
        "from_reminders": 2,
        "full_depth": 7,
        "failed_at_depth": 2,
        "strangers": 4,
        "strangers_after_depth": 2,
        "off_calls": 2,
    }
    assert verdict.excused == {"disturbed": 2, "given up": 4}
    assert verdict.opportunities["entered though off"] == 2
    assert verdict.opportunities["stranger let in"] == 4


def test_who_comes_as_the_chain_ends_is_a_stranger_that_waited() -> None:
    h, one, _ = new()
    to_itself(h, one)
    visit(h, A, one, 1.9, (1.95, 2.0))
    assert have(decide(h))["strangers"] == 1


def test_who_gave_up_as_the_chain_ended_was_not_kept_out_by_it() -> None:
    h, one, _ = new()
    gives_up(h, A, 0.1)
    to_itself(h, one, at_s=7.2)
    assert decide(h).outcome is Outcome.HOLDS


def test_the_next_chain_is_nobody_who_was_let_in() -> None:
    h, one, _ = new()
    to_itself(h, one)
    to_itself(h, one, at_s=3.0)
    assert not decide(h).opportunities["locked after a chain"]


def test_a_chain_that_has_another_try_is_the_next_one_again() -> None:
    h, one, two = new()
    op = h.operation(A, 0.9, 7.0, name="walk")
    for from_s in (1.0, 6.0):
        outer = h.turn(A, one, from_s, from_s + 0.5, op=op, name="walk")
        let_in(h, calls(h, outer, one, B, (from_s + 0.1, from_s + 0.4)), B, two, (from_s + 0.2, from_s + 0.3))
    for from_s in (2.0, 3.0):
        outer = root(h, A, one, from_s, from_s + 0.5)
        let_in(h, calls(h, outer, one, B, (from_s + 0.1, from_s + 0.4)), B, two, (from_s + 0.2, from_s + 0.3))
    gives_up(h, A, 7.1)
    # By the last try alone, and not by what came between them.
    assert decide(h).classes == {"locked after a chain": 1}


@pytest.mark.parametrize(
    ("reason", "status", "classes"),
    [("cut-off: reset", None, {"answer lost": 1}), ("unreadable", None, {}), ("unreadable", 200, {})],
)
def test_what_a_caller_got_instead_of_its_answer(reason: str, status: int | None, classes: dict[str, int]) -> None:
    h, one, _ = new()
    outer = root(h, A, one, 1.0, 1.9)
    inner = calls(h, outer, one, A, (1.1, 1.6), outcome="info", reason=reason, status=status)
    let_in(h, inner, A, one, (1.2, 1.5))
    assert decide(h).classes == classes


@pytest.mark.parametrize(("at_s", "judged"), [(0.89, True), (0.9, False), (1.95, False), (2.0, False), (2.01, True)])
@pytest.mark.parametrize("what", ["host", "deactivation"])
def test_a_chain_is_disturbed_from_its_first_instant_to_its_last(what: str, at_s: float, *, judged: bool) -> None:
    h, one, _ = new()
    to_itself(h, one)
    h.table(40.0, 2, ["host-1"])
    if what == "host":
        h.app("host-3", at_s)
    else:
        h.deactivate(A, one, at_s)
    assert bool(have(decide(h))) is judged


@pytest.mark.parametrize(("actor", "more"), [(A, {"refused too early": 1}), (B, {})])
def test_only_what_is_too_deep_fails_at_its_depth(actor: str, more: dict[str, int]) -> None:
    h, one, _ = new()
    calls(h, root(h, A, one, 1.0, 1.9), one, actor, (1.1, 1.2), **TOO_DEEP)
    gives_up(h, A, 1.3)
    assert decide(h).classes == {"locked after a chain": 1} | more


def test_chains_that_bite_their_own_tails_end_nowhere() -> None:
    h, one, _ = new()
    to_itself(h, one)
    op = calls(h, "snake", one, A, (5.0, 5.5))
    h.turn(A, one, 5.1, 5.4, op=op, name="walk", turn="snake")
    timeline = h.timeline()
    snake = timeline.turn("snake")
    assert snake is not None
    assert Chains(timeline).of(snake) is None
    assert decide(h).outcome is Outcome.HOLDS

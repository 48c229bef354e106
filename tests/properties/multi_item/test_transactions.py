"""Torn saves and sums that change: what is told of them, and of what is missing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given

from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.multi_item.opinion import histories, torn_and_changed
from tests.properties.multi_item.parts import OPENED, A, Transfers
from tests.properties.terms import CATALOGUE, free, verdict_on
from tests.properties.weaker import leave_out, seeds, thorough, unsure

many = thorough(300)


def found(timeline: Timeline) -> dict[str, set[str]]:
    verdict = verdict_on(timeline, free("transactions"))
    said: dict[str, set[str]] = {"torn": set(), "write cycle": set(), "sum changed": set()}
    for violation in verdict.violations:
        said[violation.anomaly].add(violation.summary.split()[0])
    return said


@given(history=histories())
@many
def test_what_is_called_torn_is(history: History) -> None:
    assert found(history.timeline())["torn"] <= torn_and_changed(history.events())[0]


@given(history=histories(), seed=seeds)
@many
def test_a_weaker_history_is_never_worse(history: History, seed: random.Random) -> None:
    events = history.events()
    whole = set().union(*found(Timeline(events)).values())
    assert set().union(*found(Timeline(unsure(events, seed))).values()) <= whole
    rest = Timeline(leave_out(events, lambda _: seed.random() < 0.1), numbered=False)
    assert set().union(*found(rest).values()) <= whole


def test_without_the_stores_log_it_is_unknown() -> None:
    h = History()
    Transfers(h, h.app("host-1")).turn(OPENED)
    h.close(60.0)
    verdict = verdict_on(h.timeline(), free("transactions"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.missing == ("the store's own log is missing",)


def test_balances_that_no_known_turn_saved_are_no_evidence() -> None:
    h = History()
    Transfers(h, h.app("host-1")).save(OPENED)
    for balance in (1, 2):
        h.commit_writes([("Accounts/strange", "account-ann", f'{{"balance":{balance},"turn":"x"}}')], 2.0, 2.1)
    h.close(60.0)
    verdict = verdict_on(h.timeline(), free("transactions"))
    assert (verdict.outcome, verdict.opportunities["sum changed"]) == (Outcome.HOLDS, 0)


def test_without_evidence_it_is_unknown() -> None:
    h = History()
    Transfers(h, h.app("host-1")).save(OPENED)
    h.close(60.0)
    assert verdict_on(h.timeline(), CATALOGUE.terms("transactions", "quick")).outcome is Outcome.UNKNOWN


def test_a_torn_save_is_shown_with_the_fault_around_it() -> None:
    h = History()
    transfers = Transfers(h, h.app("host-1"))
    transfers.commit(transfers.turn(OPENED)[2][:1])
    h.fault("kill", "store", 0.5, 1.5, units=["store"])
    h.close(60.0)
    (violation,) = verdict_on(h.timeline(), free("transactions")).violations
    assert violation.trigger == "kill store"
    assert "a save of 3 keys was stored in part: the store's log has no account-bob of it" in violation.summary
    assert {"kill store", "save is sent", "commit"} < {event.label for event in violation.events}


@pytest.mark.parametrize(("acknowledged", "label"), [(True, "acknowledged"), (False, "not acknowledged")])
def test_a_torn_save_is_told_once_of_its_actor_and_says_whether_it_was_acknowledged(
    *, acknowledged: bool, label: str
) -> None:
    h = History()
    app = h.app("host-1")
    for actor in (A, "Accounts/b"):
        transfers = Transfers(h, app, actor=actor)
        transfers.commit(transfers.turn(OPENED, acknowledged=acknowledged)[2][:1])
    h.close(60.0)
    told = verdict_on(h.timeline(), free("transactions")).violations
    assert [each.actor for each in told] == [A, "Accounts/b"]
    assert all(label in {event.label for event in each.events} for each in told)


def test_keys_that_came_one_by_one_are_torn() -> None:
    h = History()
    transfers = Transfers(h, h.app("host-1"))
    writes = transfers.turn(OPENED)[2]
    for part in (writes[:1], writes[1:]):
        transfers.commit(part)
    h.close(60.0)
    (violation,) = verdict_on(h.timeline(), free("transactions")).violations
    assert "the store's log has its keys in different commits" in violation.summary

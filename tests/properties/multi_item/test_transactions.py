"""Torn saves and sums that change are found as a naive loop over the events finds them, and nothing else is."""

from __future__ import annotations

import json
import random

from hypothesis import given
from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.multi_item.parts import OPENED, Transfers
from tests.properties.of_kind import of
from tests.properties.terms import CATALOGUE, free, verdict_on
from tests.properties.weaker import leave_out, seeds, thorough, unsure

many = thorough(300)


def naive(events: list[ev.Event]) -> tuple[set[str], set[str]]:
    """The saves that are torn, and those that change the sum; turns run one after the other, in one instance."""
    commits = [{(w.key, w.value) for w in commit.writes} for commit in of(events, ev.StoreCommitted)]
    saves = {save.save: {(key, value) for key, value in json.loads(save.writes)} for save in of(events, ev.SaveStarted)}
    there = {name: [commit & writes for commit in commits if commit & writes] for name, writes in saves.items()}
    torn = {name for name, parts in there.items() if parts and saves[name] not in parts}
    acknowledged = {end.save for end in of(events, ev.SaveEnded) if end.acknowledged}
    held: dict[str, int] = {}
    changed = set()
    for commit in commits:
        after = held | {key: json.loads(value)["balance"] for key, value in commit if value is not None}
        (name,) = (name for name, writes in saves.items() if commit & writes)
        before = list(saves)[: list(saves).index(name)]
        doubt = any(other not in acknowledged or other in torn for other in before) or name in torn
        if held and not doubt and sum(after.values()) != sum(held.values()):
            changed.add(name)
        held = after
    return torn, changed


def found(timeline: Timeline) -> dict[str, set[str]]:
    verdict = verdict_on(timeline, free("transactions"))
    said: dict[str, set[str]] = {"torn": set(), "write cycle": set(), "sum changed": set()}
    for violation in verdict.violations:
        said[violation.anomaly].add(violation.summary.split()[0])
    return said


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Transfers, now and then with a wrong sum, not acknowledged, stored in part, in parts, or late."""
    h = History()
    t = Transfers(h, h.app("host-1"))
    t.save(OPENED)
    late: list[tuple[str, str | None]] = []
    for _ in range(draw(st.integers(1, 6))):
        source, target = draw(st.sampled_from((("ann", "bob"), ("bob", "cid"), ("cid", "ann"))))
        amount, wrong = draw(st.integers(1, 5)), draw(st.sampled_from((0, 0, 0, 0, 1)))
        balances = {source: t.held[source] - amount, target: t.held[target] + amount + wrong}
        _, _, writes = t.turn(balances, acknowledged=draw(st.sampled_from((True, True, True, False))))
        match draw(st.sampled_from(("whole", "whole", "whole", "half", "parts", "late"))):
            case "whole":
                t.commit(writes)
            case "half":
                t.commit(writes[:1])
            case "parts":
                t.commit(writes[:1])
                t.commit(writes[1:])
            case "late":
                t.commit(writes[:1])
                late, writes = writes[1:], late
        if draw(st.booleans()) and late:
            t.commit(late)
            late = []
        t.held |= balances
    h.close(60.0)
    return h


@given(history=histories())
@many
def test_a_naive_second_opinion(history: History) -> None:
    said, (torn, changed) = found(history.timeline()), naive(history.events())
    assert said["torn"] <= torn
    assert bool(said["torn"] or said["write cycle"]) is bool(torn)
    assert said["sum changed"] == changed


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

"""The check agrees with a naive second implementation, and a weaker history is never worse than the whole one."""

from __future__ import annotations

import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.case import Case
from tests.properties.durability.naive import broken, overwritten
from tests.properties.durability.parts import entry, finish, read
from tests.properties.terms import free, verdict_on
from tests.properties.weaker import never_worse, seeds, shares, thorough

ACTORS = ("Ledger/a", "Ledger/b")
many = thorough(150)


def decide(timeline: Timeline) -> Verdict:
    return verdict_on(timeline, free("durability"))


def actors_of(verdict: Verdict) -> set[str]:
    return {violation.actor for violation in verdict.violations}


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Saves of two ledgers from two hosts, committed in order, late or never, and perhaps a read at the end."""
    h = History()
    apps = [h.app("host-1"), h.app("host-2")]
    commits: list[tuple[int, str]] = []
    turns: dict[str, dict[int, str]] = {actor: {} for actor in ACTORS}
    usual = draw(st.booleans())
    for at in range(draw(st.integers(0, 7))):
        actor = draw(st.sampled_from(ACTORS))
        index = len(turns[actor]) + 1 if usual else draw(st.integers(1, 3))
        process = draw(st.sampled_from(apps))
        from_s = 1.0 + at * 2
        acknowledged = draw(st.booleans())
        turn = h.turn(actor, process, from_s, from_s + 1.9, completed=acknowledged)
        save = h.save(turn, entry(turn, index), from_s + 0.1, from_s + 1.8, acknowledged=acknowledged)
        late = draw(st.sampled_from((0, 0, 0, 0, 5)))
        if draw(st.integers(0, 9)):
            commits.append((at * 2 + late, save))
            turns[actor][index] = turn
    for at, (order, save) in enumerate(sorted(commits)):
        h.commit(save, 1.1 + order + at / 1000, 1.2 + order + at / 1000)
    h.phase("healed", 50.0)
    for actor in ACTORS:
        if draw(st.booleans()):
            shown = turns[actor] if draw(st.integers(0, 3)) else {}
            read(h, draw(st.sampled_from(apps)), 51.0, shown, actor=actor)
    # A commit of nothing of theirs: the log is there even when they saved nothing.
    h.commit_writes([("Counter/x", "value", "1")], 55.0, 55.1)
    finish(h)
    return h


@many
@given(history=histories())
def test_agrees(history: History) -> None:
    events = history.events()
    verdict = decide(Timeline(events))
    assert actors_of(verdict) == broken(events)
    assert all("not read at the end" in reason for reason in verdict.missing)
    # Of a count, or of what the last read shows, there is no second opinion but that the actor is broken.
    entries = {(v.anomaly, v.actor) for v in verdict.violations if v.summary.startswith("entry-")}
    assert entries == overwritten(events)


@many
@given(history=histories(), seed=seeds, share=shares)
def test_a_weaker_history_breaks_no_more_actors(history: History, seed: random.Random, share: float) -> None:
    never_worse(lambda timeline: actors_of(decide(timeline)), history.events(), seed=seed, share=share)


def test_a_history_may_be_written_and_read() -> None:
    events = Case("durability/good/moved-after-a-kill").events()
    again = [msgspec.json.decode(msgspec.json.encode(event), type=ev.AnyEvent) for event in events]
    assert decide(Timeline(again)) == decide(Timeline(events))

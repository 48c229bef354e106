"""What is counted after a leader's loss; that a naive second implementation agrees; that less shows no more."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties import availability
from actorproof.properties.timeline import Timeline
from actorproof.properties.verdict import Budget, Outcome, Verdict
from tests.properties.availability.make_cases import MADE, A, asks, both, lost, made
from tests.properties.availability.naive import broken
from tests.properties.builder import History
from tests.properties.terms import CATALOGUE, free
from tests.properties.weaker import leave_out, unsure, widened

seeds = st.integers(0, 2**32 - 1).map(random.Random)
thorough = settings(
    max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def decide(timeline: Timeline) -> Verdict:
    return availability.check(timeline, free("availability"), Budget())


def shown(events: list[ev.Event]) -> set[tuple[str, str]]:
    return {(violation.klass, violation.actor) for violation in decide(Timeline(events)).violations}


def have(verdict: Verdict) -> int:
    return verdict.evidence[0].have


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Spells of answers and silence around a loss; now and then something else."""
    h, app = lost(takes_over=draw(st.booleans()), led=draw(st.sampled_from(("placement-1",) * 4 + ("placement-2",))))
    at_s = draw(st.integers(1, 60))
    match draw(st.sampled_from(("none", "none", "none", "cut", "stall", "pause", "exit"))):
        case "cut":
            h.fault("cut", "host-1>app", at_s, at_s + 1.0, links=["host-1>app"])
        case "stall":
            h.add(ev.Stalled, at_s, late_ns=draw(st.sampled_from((100_000_000, 900_000_000))))
        case "pause":
            h.pause("host-1/app", at_s, at_s + 2.0)
        case "exit":
            h.start("store", 0.0)
            h.exit("store", at_s, code=1, expected=False)
        case _:
            pass
    for actor in (A, "new"):
        now_s = 17
        asks(h, app, now_s, now_s + draw(st.sampled_from((0, 3))), ok=True, actor=actor)
        now_s = 20
        while now_s < 60:
            lasts_s = draw(st.sampled_from((1, 2, 3, 9, 26)))
            asks(h, app, now_s, min(60, now_s + lasts_s), ok=draw(st.booleans()), actor=actor)
            now_s += lasts_s
    h.close(70.0)
    return h


@thorough
@given(history=histories())
def test_agrees(history: History) -> None:
    events = history.events()
    assert shown(events) == broken(events)


@pytest.mark.parametrize("at", range(len(MADE)))
def test_agrees_on_the_cases(at: int) -> None:
    events = made(*MADE[at][1:]).events()
    assert shown(events) == broken(events)


@thorough
@given(history=histories(), seed=seeds)
def test_forgotten_answers_and_wider_operations_show_nothing_new(history: History, seed: random.Random) -> None:
    events = history.events()
    assert shown(unsure(events, seed)) <= shown(events)
    assert shown(widened(events, seed)) <= shown(events)


@thorough
@given(history=histories(), out=st.integers(0, 300))
def test_a_line_left_out_shows_nothing_new(history: History, out: int) -> None:
    events = history.events()
    assert shown(leave_out(events, lambda at: at == out)) <= shown(events)


def test_what_is_evidence() -> None:
    h, app = lost()
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 30, ok=False)
    both(h, app, 30, 60, ok=True)
    h.close(70.0)
    verdict = decide(h.timeline())
    assert have(verdict) == 1
    assert verdict.opportunities == {availability.ACTIVE: 1, availability.NEW: 1}
    silences = [round(figure.value, 2) for figure in verdict.figures]
    assert silences == [10.25, 10.25]


@pytest.mark.parametrize("missing", ["successor", "newcomers", "afterwards", "probes"])
def test_what_is_none(missing: str) -> None:
    h, app = lost(takes_over=missing != "successor")
    until_s = 40 if missing == "afterwards" else 60
    if missing != "probes":
        asks(h, app, 16, until_s, ok=True)
    if missing != "newcomers":
        asks(h, app, 16, until_s, ok=True, actor="new")
    h.close(70.0)
    assert have(decide(h.timeline())) == 0
    assert (
        availability.check(h.timeline(), CATALOGUE.terms("availability", "quick"), Budget()).outcome is Outcome.UNKNOWN
    )


def test_silence_needs_a_whole_history() -> None:
    h, app = lost()
    both(h, app, 16, 20, ok=True)
    both(h, app, 20, 60, ok=False)
    h.close(70.0)
    events = h.events()
    assert len(shown(events)) == 2
    gone = leave_out(events, lambda at: at == len(events) // 2)
    verdict = decide(Timeline(gone))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.missing == ("no answer was seen 2 times, but the history is not whole",)

"""The checkers agree with a naive second implementation, and no weaker history is ever worse than the whole one."""

from __future__ import annotations

import os
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.execution import turns
from actorproof.properties.guarantees.lives import activation
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties import naive
from tests.properties.builder import History
from tests.properties.random_history import histories
from tests.properties.terms import free, verdict_on

CHECKS = {"turns": (turns.check, naive.turns), "activation": (activation.check, naive.activation)}
WITNESS = (ev.TurnStarted, ev.TurnEnded, ev.SaveStarted, ev.SaveEnded, ev.Activated, ev.Deactivated)
FEW = 100
EXAMPLES = int(os.environ.get("EXAMPLES", str(FEW)))
both = pytest.mark.parametrize("guarantee", CHECKS)
thorough = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == FEW,
    database=None,
)


def decide(guarantee: str, timeline: Timeline) -> Verdict:
    return verdict_on(timeline, free(guarantee))


@both
@thorough
@given(history=histories())
def test_agrees(guarantee: str, history: History) -> None:
    events = history.events()
    verdict = decide(guarantee, Timeline(events))
    broken, applied = CHECKS[guarantee][1](events)
    assert {(v.anomaly, v.actor) for v in verdict.violations} == broken
    assert bool(verdict.doubts) is ("unknown" in {word for word, _ in applied})


def left_out(events: list[ev.Event], choose: Callable[[int], bool]) -> list[ev.Event]:
    return [e for at, e in enumerate(events) if not (isinstance(e, WITNESS) and choose(at))]


@both
@thorough
@given(history=histories(deaths=True), seed=st.randoms(use_true_random=False), share=st.sampled_from((0.05, 0.3, 0.7)))
def test_leaving_out_witness_lines(guarantee: str, history: History, seed: object, share: float) -> None:
    events = history.events()
    if decide(guarantee, Timeline(events)).outcome is Outcome.VIOLATED:
        return
    part = left_out(events, lambda _: seed.random() < share)  # type: ignore[attr-defined]
    for timeline in (Timeline(part), Timeline(part, numbered=False)):
        assert not decide(guarantee, timeline).violations


@both
@settings(thorough, max_examples=EXAMPLES // 2)
@given(history=histories(deaths=True))
def test_leaving_out_any_one_witness_line(guarantee: str, history: History) -> None:
    events = history.events()
    if decide(guarantee, Timeline(events)).outcome is Outcome.VIOLATED:
        return
    for out, event in enumerate(events):
        if isinstance(event, WITNESS):
            part = [e for at, e in enumerate(events) if at != out]
            assert not decide(guarantee, Timeline(part)).violations


@both
@thorough
@given(history=histories(deaths=True), by_s=st.floats(0, 50), to_info=st.booleans())
def test_vaguer_operations(guarantee: str, history: History, by_s: float, to_info: bool) -> None:  # noqa: FBT001
    events = history.events()
    if decide(guarantee, Timeline(events)).outcome is Outcome.VIOLATED:
        return
    vague: list[ev.Event] = []
    for event in events:
        if isinstance(event, ev.Invoked):
            event = msgspec.structs.replace(event, t_ns=event.t_ns - round(by_s * 1e9))  # noqa: PLW2901
        elif isinstance(event, ev.Completed):
            event = msgspec.structs.replace(  # noqa: PLW2901
                event, t_ns=event.t_ns + round(by_s * 1e9), outcome="info" if to_info else event.outcome
            )
        vague.append(event)
    vague.sort(key=lambda e: (e.t_ns, e.process, e.seq))
    assert not decide(guarantee, Timeline(vague, numbered=False, whole=True)).violations

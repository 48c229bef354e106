"""What becomes of many actors is found as a naive loop over the events finds it, and nothing else is."""

from __future__ import annotations

import json
import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.capacity.parts import IDLE_S, read, write
from tests.properties.case import Case
from tests.properties.naive import of
from tests.properties.terms import CATALOGUE, free, verdict_on
from tests.properties.weaker import leave_out, seeds, thorough

S = 10**9
many = thorough(200)


def naive(events: list[ev.Event]) -> Counter[str]:
    """Classes; each actor is written to once, and read once at most, long after."""
    answers = {end.op: end for end in of(events, ev.Completed)}
    asked = of(events, ev.Invoked)
    gone = {event.actor: event.t_ns for event in reversed(of(events, ev.Deactivated))}
    end = {event.op: event.t_ns for event in of(events, ev.TurnStarted)}
    found: Counter[str] = Counter()
    for call in (call for call in asked if call.name == "write"):
        if answers[call.op].outcome != "ok":
            found["refused"] += 1
            continue
        late = end[call.op] + (IDLE_S + 10.06) * S
        reads = [other for other in asked if other.actor == call.actor and other.name == "read"]
        kept = gone.get(call.actor, 2**62) > late and not any(other.t_ns < late for other in reads)
        found["kept active"] += kept and late <= next(e.t_ns for e in of(events, ev.PhaseReached) if e.phase == "final")
        value = json.loads(call.args)["value"]
        found["state lost"] += sum(json.loads(answers[other.op].result) != value for other in reads)
    return +found


@st.composite
def histories(draw: st.DrawFn) -> History:
    h = History()
    app = h.app("host-1")
    for number in range(draw(st.integers(1, 5))):
        actor, at_s = f"Register/c{number}", 1.0 + draw(st.sampled_from((0, 0, 70))) + number / 10
        ok = draw(st.sampled_from((True, True, True, False)))
        write(h, app, at_s, f"v{number}", actor=actor, ok=ok)
        if ok and draw(st.booleans()):
            h.deactivate(actor, app, at_s + draw(st.sampled_from((20.5, 29.0, 31.0))))
            if at_s < 10 and draw(st.booleans()):
                read(h, app, 60.0 + number, draw(st.sampled_from((f"v{number}", f"v{number}", None))), actor=actor)
    h.close(90.0)
    return h


@given(history=histories())
@many
def test_a_naive_second_opinion(history: History) -> None:
    assert verdict_on(history.timeline(), free("capacity")).classes == naive(history.events())


@given(history=histories(), seed=seeds)
@many
def test_a_history_without_some_lines_is_never_worse(history: History, seed: random.Random) -> None:
    events = history.events()
    whole = verdict_on(Timeline(events), free("capacity")).classes
    rest = Timeline(leave_out(events, lambda _: seed.random() < 0.1), numbered=False)
    assert not verdict_on(rest, free("capacity")).classes - whole


def test_a_stall_makes_a_late_deactivation_unknown() -> None:
    h = History()
    app = h.app("host-1")
    write(h, app, 1.0, "one")
    h.add(ev.Stalled, 10.0, late_ns=400_000_000)
    h.close(90.0)
    verdict = verdict_on(h.timeline(), free("capacity"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert [doubt.anomaly for doubt in verdict.doubts] == ["kept active"]


def test_what_an_actor_costs_in_memory() -> None:
    history = Case("capacity/good/it-goes-and-comes-back").timeline()
    figures = {figure.name: figure.value for figure in verdict_on(history, free("capacity")).figures}
    assert figures["memory of host/app for each of 1 actors"] == 4


def test_without_evidence_it_is_unknown() -> None:
    history = Case("capacity/good/it-goes-and-comes-back").timeline()
    assert verdict_on(history, CATALOGUE.terms("capacity", "quick")).outcome is Outcome.UNKNOWN

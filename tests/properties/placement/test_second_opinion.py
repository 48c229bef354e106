"""The check agrees with a naive second implementation, and a weaker history is never worse than the whole one.

The rings have few points here and chance is generous, so that shares of a few actors can be wrong.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.lives import placement
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.case import Case, cases
from tests.properties.placement.naive import broken, tail
from tests.properties.placement.parts import BOTH, join, settled
from tests.properties.terms import free, verdict_on
from tests.properties.weaker import leave_out, seeds, thorough, unsure, widened

many = thorough(100)
POINTS = 20
CHANCE = 0.2


def decide(timeline: Timeline, *, chance: float = CHANCE, points: int = POINTS) -> Verdict:
    return verdict_on(timeline, free("placement", chance=chance, virtual_nodes=points))


def shown(verdict: Verdict) -> set[tuple[str, str]]:
    return {(violation.anomaly, violation.actor) for violation in verdict.violations}


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Calls to a few actors in two or three epochs, most of them where a fixed hash has them; now and then a fault."""
    h, *apps = settled()
    joins = draw(st.booleans())
    if joins:
        apps.append(join(h))
    at_s = draw(st.integers(0, 120)) / 2
    match draw(st.sampled_from(("none", "none", "none", "cut", "stall", "lame", "pause", "kill", "table", "leader"))):
        case "cut":
            h.fault("cut", "host-1>placement-0", at_s, at_s + 1.0, links=["host-1>placement-0"])
        case "stall":
            h.add(ev.Stalled, at_s + 3.0, late_ns=draw(st.sampled_from((200_000_000, 2_000_000_000))))
        case "lame":
            h.sidecar(at_s, "host-1", placement=False)
            h.sidecar(at_s + 1.0, "host-1")
        case "pause":
            h.pause("host-2/sidecar", at_s, at_s + 1.0)
        case "kill":
            h.start("store", 0.0)
            h.kill("store", at_s + 1.0)
        case "table":
            h.table(at_s, 9, BOTH)
        case "leader":
            h.table(at_s, 9, BOTH, placement="placement-1")
            h.add(ev.TableObserved, at_s + 1.0, placement="placement-1", leader=False, version=0, hosts=())
        case _:
            pass
    unique = 0.0
    order = draw(st.integers(0, 2**16).map(random.Random))
    wild = draw(st.sampled_from((0.0, 0.05, 0.5)))
    for at_s in (10.0, 17.0, 31.0, 50.0):
        for id_ in range(draw(st.sampled_from((0, 3, 9)))):
            unique += 0.003
            owner = id_ % 2
            if at_s > 30.0 and joins and id_ % 3 == 0:
                owner = 2
            if order.random() < wild:
                owner = order.randrange(len(apps))
            start_s = at_s + unique + order.choice((0.0, 0.0, 1.0))
            via = order.choice(BOTH)
            actor = order.choice((f"Counter/{id_}", f"Ledger/{id_}"))
            op = h.operation(actor, start_s - order.choice((0.001, 3.0)), start_s + 0.2, via=via)
            h.turn(actor, apps[owner], start_s, start_s + 0.1, op=op, cause=order.choice(("call",) * 9 + ("timer",)))
    h.close(80.0)
    return h


@many
@given(history=histories())
def test_agrees(history: History) -> None:
    events = history.events()
    assert shown(decide(Timeline(events))) == broken(events, chance=CHANCE, points=POINTS)


@pytest.mark.parametrize("case", cases("placement"), ids=str)
def test_agrees_on_the_cases(case: Case) -> None:
    events = case.events()
    verdict = decide(Timeline(events), chance=1e-9, points=100)
    assert shown(verdict) == broken(events)


@given(ids=st.integers(0, 60), data=st.data(), own=st.integers(1, 100), hosts=st.integers(2, 10))
@thorough(60)
def test_the_tail_is_the_urns(ids: int, data: st.DataObject, own: int, hosts: int) -> None:
    count = data.draw(st.integers(0, ids))
    exact = float(tail(count, ids, own, own * (hosts - 1)))
    assert placement.tail(count, ids, own, own * (hosts - 1)) == pytest.approx(exact, rel=1e-6)


@many
@given(history=histories(), seed=seeds)
def test_forgotten_answers_show_nothing_new(history: History, seed: random.Random) -> None:
    events = history.events()
    assert shown(decide(Timeline(unsure(events, seed)))) <= shown(decide(Timeline(events)))


@many
@given(history=histories(), seed=seeds)
def test_wider_operations_show_nothing_new(history: History, seed: random.Random) -> None:
    events = history.events()
    weak, whole = decide(Timeline(widened(events, seed))), decide(Timeline(events))
    assert {actor for _, actor in shown(weak)} <= {actor for _, actor in shown(whole)}


@many
@given(history=histories(), out=st.integers(0, 200))
def test_a_line_left_out_breaks_nothing(history: History, out: int) -> None:
    events = history.events()
    if not decide(Timeline(events)).violations:
        assert not decide(Timeline(leave_out(events, lambda at: at == out))).violations

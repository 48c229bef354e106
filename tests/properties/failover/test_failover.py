"""failover agrees with a naive second implementation, and no weaker history is worse than the whole one."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.case import Case, cases
from tests.properties.failover.naive import broken
from tests.properties.losses import lost, probe
from tests.properties.terms import free, verdict_on
from tests.properties.weaker import leave_out, seeds, thorough, unsure, widened

many = thorough(120)


def decide(timeline: Timeline) -> Verdict:
    return verdict_on(timeline, free("failover"))


def shown(verdict: Verdict, events: list[ev.Event]) -> set[tuple[str, str, str]]:
    """Class, actor and fault, which its first event names."""
    faults = {(event.process, event.seq): event.fault for event in events if isinstance(event, ev.FaultStarted)}
    return {(v.anomaly, v.actor, faults[v.events[0].process, v.events[0].seq]) for v in verdict.violations}


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A loss of host-1, now and then something beside it, and two actors that answer or don't, for a while each."""
    h = History(drain_timeout_s=4.0)
    one, two = h.app("host-1"), h.app("host-2")
    back_s = draw(st.sampled_from((None, 30.0, 70.0)))
    match draw(st.sampled_from(("host", "app", "sidecar", "pause"))):
        case "pause":
            healed_s = draw(st.sampled_from((17.0, 70.0)))
            h.fault("pause", "host-1", 10.0, healed_s, units=["host-1/sidecar", "host-1/app"])
            if draw(st.booleans()):
                h.table(draw(st.sampled_from((9.0, 14.0, 20.0))), 2, draw(st.sampled_from((["host-2"], []))))
        case "host":
            lost(h, "host-1", at_s=10.0, back_s=back_s)
        case part:
            lost(h, "host-1", part, at_s=10.0, back_s=back_s)
    match draw(st.sampled_from(("none", "none", "none", "fault", "stall", "exit"))):
        case "fault":
            from_s = draw(st.integers(1, 60))
            h.fault("cut", "store", from_s, from_s + draw(st.sampled_from((2, 20))), took=draw(st.booleans()))
        case "stall":
            h.add(ev.Stalled, draw(st.integers(1, 90)), late_ns=draw(st.sampled_from((200_000_000, 2_000_000_000))))
        case "exit":
            h.exit("host-2/app", draw(st.integers(5, 90)), code=1, expected=False)
        case _:
            pass
    for actor in ("Counter/probe0", "Counter/probe1"):
        probe(h, draw(st.sampled_from((one, one, two))), 2, 9, ok=True, actor=actor)
        at_s = draw(st.integers(10, 14))
        for _ in range(draw(st.integers(1, 3))):
            until_s = at_s + draw(st.sampled_from((5, 20, 40)))
            via = draw(st.sampled_from(("host-2", "host-2", "host-1")))
            match draw(st.sampled_from(("ok", "silent", "silent", "hangs"))):
                case "ok":
                    probe(h, two, at_s, until_s, ok=True, actor=actor, via=via)
                case "silent":
                    probe(h, two, at_s, until_s, ok=False, actor=actor, via=via)
                case _:
                    client = f"probe-{actor}"
                    h.operation(actor, at_s + 0.1, until_s, client=client, outcome="info", reason="deadline", via=via)
            at_s = until_s
    h.close(160.0)
    return h


@many
@given(history=histories())
def test_agrees(history: History) -> None:
    events = history.events()
    assert shown(decide(Timeline(events)), events) == broken(events)


@pytest.mark.parametrize("case", cases("failover"), ids=str)
def test_agrees_on_the_cases(case: Case) -> None:
    events = case.events()
    assert shown(decide(Timeline(events)), events) == broken(events)


@many
@given(history=histories(), seed=seeds)
def test_weaker_histories_break_nothing_new(history: History, seed: random.Random) -> None:
    events = history.events()
    before = {violation.actor for violation in decide(Timeline(events)).violations}
    for weak in (unsure(events, seed), widened(events, seed), leave_out(events, lambda _: seed.random() < 0.1)):
        assert {violation.actor for violation in decide(Timeline(weak)).violations} <= before


def test_a_history_with_gaps_shows_no_silence() -> None:
    events = Case("failover/bad/late--after-the-budget").events()
    gap = next(at for at, event in enumerate(events) if isinstance(event, ev.TurnStarted))
    verdict = decide(Timeline(leave_out(events, gap.__eq__)))
    assert verdict.outcome is Outcome.UNKNOWN
    assert any("not whole" in reason for reason in verdict.missing)


def test_the_parts_of_a_failover_add_up_to_its_slowest_answer() -> None:
    figures = {
        figure.name: figure.value for figure in decide(Case("failover/good/answers-elsewhere").timeline()).figures
    }
    parts = [value for name, value in figures.items() if "of it" in name]
    assert len(parts) == 3
    assert sum(parts) == pytest.approx(figures["kill host: time to answer elsewhere, slowest"])


def test_a_loss_is_evidence_only_where_each_actor_could_be_judged() -> None:
    for name, count in (
        ("good/answers-elsewhere", 1),
        ("good/another-fault-comes", 0),
        ("bad/late--after-the-budget", 1),
    ):
        evidence = {each.name: each.have for each in decide(Case(f"failover/{name}").timeline()).evidence}
        assert evidence["losses_host"] == count

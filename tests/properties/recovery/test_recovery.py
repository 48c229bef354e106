from __future__ import annotations

from dataclasses import replace

import pytest

from actorproof.properties.guarantees.faults import recovery
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History, ns
from tests.properties.losses import A
from tests.properties.recovery.parts import END_S, B, killed, probe
from tests.properties.terms import CATALOGUE, free, verdict_on


def decided(h: History) -> Verdict:
    h.close(END_S + 30)
    return verdict_on(h.timeline(), free("recovery"))


def figures(verdict: Verdict) -> dict[str, float]:
    return {figure.name: figure.value for figure in verdict.figures}


@pytest.mark.parametrize(
    ("target", "group"),
    [
        ("host-1", "host"),
        ("host-1/app", "host"),
        ("store", "store"),
        ("placement:leader", "control_plane"),
        ("scheduler-0", "control_plane"),
        ("host-1>store", "link"),
        ("hosts>scheduler-0", "link"),
    ],
)
def test_group(target: str, group: str) -> None:
    assert recovery.group_of(target) == group


def test_tells_what_followed_a_fault() -> None:
    h, app = killed()
    probe(h, app, 1, 10, ok=True)
    probe(h, app, 10, 18, ok=False)
    probe(h, app, 18, END_S, ok=True)
    probe(h, app, 1, END_S, ok=True, actor=B)
    h.close(END_S + 30)
    (told,) = recovery.recoveries(h.timeline(), free("recovery"))
    assert (told.fault, told.kind, told.group) == ("fault-1", "kill host/sidecar", "host")
    assert (told.actors, told.budget_s, told.censored) == (2, 32.0, "")
    assert told.max_s == pytest.approx(18.25 - 15.0)
    assert told.median_s == pytest.approx((18.25 + 15.25) / 2 - 15.0)
    assert (told.calls, told.failed_share, told.slow_share) == (10, 0.5, 0.0)


def test_evidence_and_figures_by_kind() -> None:
    h, app = killed()
    probe(h, app, 1, END_S, ok=True)
    h.operation(B, 11.0, 12.0, outcome="info", reason="deadline")
    h.operation(B, 11.5, 13.0)
    verdict = decided(h)
    assert verdict.outcome is Outcome.HOLDS
    assert {evidence.name: evidence.have for evidence in verdict.evidence} == {
        "recoveries_host": 1,
        "recoveries_store": 0,
        "recoveries_control_plane": 0,
        "recoveries_link": 0,
    }
    told = figures(verdict)
    assert told["kill host/sidecar: time to recover, slowest"] == pytest.approx(0.25)
    assert told["kill host/sidecar: calls that failed while it lasted"] == pytest.approx(100 / 7)
    assert told["kill host/sidecar: calls over 1 s while it lasted"] == pytest.approx(100 / 7)
    assert told["faults that could not be judged for every actor"] == 0
    units = {figure.name.rpartition(": ")[2]: figure.unit for figure in verdict.figures}
    assert units == {
        "time to recover, median": "s",
        "time to recover, slowest": "s",
        "calls that failed while it lasted": "%",
        "calls over 1 s while it lasted": "%",
        "faults that could not be judged for every actor": "faults",
    }


@pytest.mark.parametrize(
    ("case", "counted"),
    [
        ("at its start", 1),
        ("hangs", 1),
        ("nobody", 0),
        ("failed", 1),
        ("gave up", 0),
        ("before", 0),
        ("slow", 1),
        ("moved", 1),
        ("slow by design", 0),
    ],
)
def test_a_fault_that_nobody_noticed_is_no_evidence(case: str, counted: int) -> None:
    h, app = killed()
    probe(h, app, 1, END_S, ok=True)
    match case:
        case "failed":
            h.operation(B, 11.0, 11.1, outcome="fail", reason="refused")
        case "gave up":
            h.operation(B, 11.0, 11.1, outcome="info", reason="gave-up", give_up_s=0.1)
        case "at its start":
            h.operation(B, 8.0, 10.0, outcome="info", reason="deadline")
        case "hangs":
            h.operation(B, 11.0, 60.0, outcome="info", reason="deadline")
        case "before":
            h.operation(B, 8.0, 9.9, outcome="info", reason="deadline")
        case "slow":
            h.operation(A, 11.0, 12.5, client="probe-slow")
        case "moved":
            h.call(B, "host-1/app#1", 5.0, 5.1)
            h.call(B, app, 11.0, 11.1)
        case "slow by design":
            h.operation(B, 11.0, 14.0, name="hold")
        case _:
            pass
    assert decided(h).evidence[0].have == counted


def test_a_fault_may_be_noticed_until_the_last_actor_answered() -> None:
    h, app = killed()
    probe(h, app, 1, END_S, ok=True)
    probe(h, app, 1, 10, ok=True, actor=B)
    probe(h, app, 18, END_S, ok=True, actor=B)
    h.operation("Counter/c", 17.0, 17.1, outcome="fail", reason="refused")
    assert decided(h).evidence[0].have == 1


def test_the_control_plane_need_not_be_noticed_by_a_call() -> None:
    h, app = killed()
    h.fault("kill", "scheduler:all", 40.0, 43.0, units=["scheduler-0"])
    probe(h, app, 1, END_S, ok=True)
    have = {evidence.name: evidence.have for evidence in decided(h).evidence}
    assert (have["recoveries_host"], have["recoveries_control_plane"]) == (0, 1)


def test_a_censored_actor_is_no_evidence() -> None:
    h, app = killed()
    probe(h, app, 16, END_S, ok=True)
    probe(h, app, 16, 20, ok=False, actor=B)
    verdict = decided(h)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.opportunities == {"late": 1, "never": 1}
    assert verdict.evidence[0].have == 0
    (told,) = recovery.recoveries(h.timeline(), free("recovery"))
    assert (told.actors, told.censored) == (1, "too few attempts")


def test_a_unit_may_start_for_the_first_time_after_a_heal() -> None:
    h, app = killed()
    probe(h, app, 16, END_S, ok=True)
    h.app("host-3", 60.0)
    assert decided(h).outcome is Outcome.HOLDS


def test_a_unit_that_died_by_itself_in_a_later_life_explains_silence() -> None:
    h, app = killed()
    h.start("store", 0.0)
    h.kill("store", 1.0)
    h.start("store", 2.0)
    h.exit("store", 12.0, code=1, expected=False)
    probe(h, app, 16, END_S, ok=False)
    assert decided(h).outcome is Outcome.HOLDS
    (told,) = recovery.recoveries(h.timeline(), free("recovery"))
    assert told.censored == "store was down"


def test_nobody_asked_is_no_evidence() -> None:
    h, _ = killed()
    verdict = decided(h)
    assert verdict.evidence[0].have == 0
    (told,) = recovery.recoveries(h.timeline(), free("recovery"))
    assert (told.actors, told.max_s, told.calls, told.failed_share) == (0, None, 0, 0.0)


def test_silence_in_a_history_that_is_not_whole_is_unknown() -> None:
    h, app = killed()
    probe(h, app, 16, END_S, ok=False)
    verdict = verdict_on(h.timeline(), free("recovery"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.missing == ("actors were silent 1 time, but the history is not whole",)
    h.close(END_S + 30)
    part = Timeline(h.events(), numbered=False)
    assert verdict_on(part, free("recovery")).outcome is Outcome.UNKNOWN
    whole = Timeline(h.events(), numbered=False, whole=True)
    assert verdict_on(whole, free("recovery")).outcome is Outcome.VIOLATED


def test_a_violation_says_what_happened() -> None:
    h, app = killed()
    probe(h, app, 10, 60, ok=False)
    probe(h, app, 60, END_S, ok=True)
    (violation,) = decided(h).violations
    assert (violation.anomaly, violation.actor, violation.trigger) == ("late", A, "kill host/sidecar")
    assert violation.summary == (
        "It answered 45.2 s after kill host/sidecar healed, though it was asked 33 times; 32 s are allowed"
    )
    first_s, last_s, ends_s = 15.1, 47.1, 47.6
    assert [event.t_ns for event in violation.events[-3:]] == [ns(first_s), ns(last_s), ns(ends_s)]


def test_the_budget_is_the_catalogue_s() -> None:
    h, app = killed()
    probe(h, app, 10, 30, ok=False)
    probe(h, app, 30, END_S, ok=True)
    assert decided(h).outcome is Outcome.HOLDS
    strict = free("recovery", host_s=10.0)
    assert verdict_on(h.timeline(), strict).classes == {"late": 1}


def test_without_enough_recoveries_it_is_unknown() -> None:
    h, app = killed()
    probe(h, app, 14, 16, ok=False)
    probe(h, app, 16, END_S, ok=True)
    h.close(END_S + 30)
    terms = CATALOGUE.terms("recovery", "quick")
    verdict = verdict_on(h.timeline(), replace(terms, thresholds={**terms.thresholds, "recoveries_host": 2}))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "healed faults of hosts: 1 seen, 2 needed" in verdict.missing


def test_a_call_that_two_turns_carried_may_have_been_answered_by_the_first() -> None:
    h, app = killed()
    probe(h, app, 1, 10, ok=True)
    op = h.operation(A, 15.1, 79.0, client=f"probe-{A}", outcome="info", reason="deadline")
    for at_s in (15.5, 70.0):
        h.turn(A, app, at_s, at_s + 0.2, op=op)
    probe(h, app, 16, END_S, ok=False)
    verdict = decided(h)
    assert not verdict.violations
    assert figures(verdict)["kill host/sidecar: time to recover, slowest"] == pytest.approx(0.7)


def test_what_heals_later_leaves_no_more_time() -> None:
    h, app = killed()
    probe(h, app, 1, 10, ok=True)
    probe(h, app, 15, 52, ok=False)
    probe(h, app, 52, END_S, ok=True)
    h.fault("cut", "store", 55.0, 56.0)
    (violation,) = decided(h).violations
    assert "32 s are allowed" in violation.summary

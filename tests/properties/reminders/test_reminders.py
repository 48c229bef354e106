from __future__ import annotations

import random

import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.session.scenario import Setting
from actorproof.harness.workload.step import Wait
from actorproof.properties.guarantees.ticks.reminders import GUARANTEE
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from actorproof.scenarios.registry import scenarios
from tests.properties.builder import History, ns
from tests.properties.case import Case
from tests.properties.reminders.parts import R, fire, register, unregister
from tests.properties.terms import free, verdict_on


def judged(history: History, *, end_s: float | None = 300.0, **limits: float) -> Verdict:
    """The verdict when the history is closed; with None as it stands."""
    if end_s is not None:
        history.close(end_s)
    return verdict_on(history.timeline(), free("reminders", **limits))


def figures(verdict: Verdict) -> dict[str, float]:
    return {figure.name: figure.value for figure in verdict.figures}


def evidence(verdict: Verdict) -> dict[str, int]:
    return {item.name: item.have for item in verdict.evidence}


def two_hosts(**run: object) -> tuple[History, str, str]:
    h = History(**run)
    return h, h.app("host-1"), h.app("host-2")


def test_a_history_with_gaps_proves_no_miss() -> None:
    events = Case("reminders/bad/missed--last-of-five").events()
    gone = next(e for e in events if isinstance(e, ev.TurnEnded))
    verdict = verdict_on(Timeline([e for e in events if e is not gone]), free("reminders"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert any("isn't whole" in reason for reason in verdict.missing)


def test_a_stall_makes_a_miss_unknown() -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1)
    h.add(ev.Stalled, 20.0, late_ns=400_000_000)
    verdict = judged(h)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.missing == ("a tick looks missed, but the machine stood still or its clock stepped: 1 time",)


def test_a_stall_elsewhere_does_not() -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1)
    h.add(ev.Stalled, 200.0, late_ns=400_000_000)
    assert judged(h).classes == {"missed": 1}


def test_a_step_of_the_wall_clock_makes_early_unknown() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    h.add(ev.WallStepped, 2.0, step_ns=2_000_000_000)
    fire(h, one, 2.1)
    assert judged(h).outcome is Outcome.UNKNOWN


def test_an_unknown_registration_can_be_early_but_never_missed() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, None)
    fire(h, one, 2.0)
    assert judged(h).classes == {"early": 1}


def test_the_deadline_moves_with_faults_that_touch_it() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    h.fault("cut", "hosts>scheduler-0", 40.0, 80.0, links=["hosts>scheduler-0"])
    fire(h, one, 124.0)
    assert judged(h).outcome is Outcome.HOLDS


def test_a_fault_without_a_heal_ends_with_the_phase() -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1)
    h.fault("add", "host-3", 2.0, None)
    h.phase("healed", 100.0)
    for phase in ("quiet", "final", "closed"):
        h.phase(phase, 300.0)
    assert judged(h, end_s=None).classes == {"missed": 1}


def test_a_crash_counts_as_a_disturbance() -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1)
    h.exit("host-2/sidecar", 2.0, code=2, expected=False)
    assert judged(h).classes == {}


def test_a_tick_due_when_it_was_unregistered_is_not_wanted() -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1)
    unregister(h, 10.0, 10.1)
    assert judged(h).outcome is Outcome.HOLDS


def test_a_refused_unregistration_changes_nothing() -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1)
    unregister(h, 1.5, 1.6, outcome="fail")
    assert judged(h).classes == {"missed": 1}


def test_an_open_turn_may_still_complete() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    h.turn(R, one, 3.05, None, cause="reminder", name="tick")
    assert judged(h).classes == {}


def test_a_refused_registration_that_fires_is_unknown() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, outcome="fail")
    fire(h, one, 3.05)
    verdict = judged(h)
    assert verdict.outcome is Outcome.UNKNOWN
    assert any("refused" in reason for reason in verdict.missing)


def test_a_name_that_is_registered_again_is_judged_by_what_each_registration_promises() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, due_s=2.0, period_s=2.0, repetitions=50, data="first")
    fire(h, one, 3.1, data="first")
    register(h, 4.0, 4.1, due_s=6.0, data="second")
    fire(h, one, 4.2, data="first")  # on its way already
    fire(h, one, 10.1, data="second")
    verdict = judged(h)
    assert verdict.outcome is Outcome.HOLDS, (verdict.violations, verdict.missing)
    assert figures(verdict)["reminders registered"] == 2


@pytest.mark.parametrize(
    ("firings", "anomaly"),
    [
        ([(10.1, "second"), (30.0, "first"), (32.0, "first")], "fired after unregister"),
        ([(6.0, "second")], "early"),
        ([], "missed"),
        ([(10.1, "third")], "payload changed"),
    ],
)
def test_the_second_registration_of_a_name_is_not_kept(firings: list[tuple[float, str]], anomaly: str) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, due_s=2.0, period_s=2.0, repetitions=50, data="first")
    fire(h, one, 3.1, data="first")
    register(h, 4.0, 4.1, due_s=6.0, data="second")
    for at_s, data in firings:
        fire(h, one, at_s, data=data)
    assert classes(h) == {anomaly: 1}


def test_a_reminder_that_is_registered_again_after_it_was_unregistered_is_wanted() -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1, data="first", due_s=9.0)
    unregister(h, 2.0, 2.1)
    register(h, 4.0, 4.1, due_s=2.0, data="second")
    assert classes(h) == {"missed": 1}


@pytest.mark.parametrize(("fires", "outcome"), [(True, Outcome.HOLDS), (False, Outcome.UNKNOWN)])
def test_of_reminders_that_were_registered_at_the_same_time_whichever_stands_has_to_fire(
    *, fires: bool, outcome: Outcome
) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 5.1)
    register(h, 5.0, 5.2)
    if fires:
        fire(h, one, 7.1)
    h.close(300.0)
    verdict = judged(h, end_s=None)
    assert verdict.outcome is outcome
    told = ("reminder tick of Recorder/a was registered twice at the same time and never fired: it is not judged",)
    assert verdict.missing == (() if fires else told)
    assert figures(verdict)["of those, at the same time as another of their name"] == 2


@pytest.mark.parametrize(
    ("due_s", "firings", "found"),
    [
        (6.0, [3.1, 4.2, 10.1], {}),  # the second is of the first registration, and was on its way
        (6.0, [3.1, 10.1, 10.2], {}),  # delivered once more
        (6.0, [3.1, 4.2], {"missed": 1}),
        (6.0, [3.1, 10.1, 40.0, 42.0], {"beyond its end": 1}),
        (40.0, [3.1, 4.2, 30.0, 44.1], {"fired after unregister": 1}),
    ],
)
def test_registrations_that_carry_the_same_are_told_apart_by_time(
    due_s: float, firings: list[float], found: dict[str, int]
) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, due_s=2.0, period_s=2.0, repetitions=50)
    for at_s in firings:
        fire(h, one, at_s)
    register(h, 4.0, 4.1, due_s=due_s)
    assert classes(h) == found


def test_a_registration_that_must_not_overwrite_and_was_refused_ends_nothing() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, due_s=2.0, period_s=2.0, repetitions=3, data="first")
    args = {"due_s": 1.0, "data": "second", "overwrite": False}
    h.operation(R, 2.0, 2.1, action="register-reminder", name="r", args=args, outcome="info")
    fire(h, one, 3.1, data="first")
    assert classes(h) == {"missed": 2}


@pytest.mark.parametrize("period_s", [0, 0.0])
def test_how_often_a_period_of_zero_fires_is_a_figure(period_s: float) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=period_s)
    for k in range(20):
        fire(h, one, 3.1 + k)
    verdict = judged(h)
    assert verdict.outcome is Outcome.HOLDS, (verdict.violations, verdict.missing)
    assert figures(verdict)["firings with a period of zero"] == 20
    assert figures(verdict)["duplicate firings"] == 0


@pytest.mark.parametrize(
    ("actor", "used", "anomaly"),
    [
        ("Recorder/..", False, "id can't be addressed"),
        ("Recorder/.", False, "id can't be addressed"),
        ("Recorder/a%zz", False, "id can't be addressed"),
        ("Recorder/%", False, "id can't be addressed"),
        ("Recorder/%", True, "missed"),  # it can be called, so its id is no reason
        ("Recorder/...", False, "missed"),
        ("Recorder/a%20b", False, "missed"),
        ("Recorder/a", False, "missed"),
    ],
)
def test_an_id_that_can_not_stand_in_a_path_explains_a_miss_where_no_turn_of_it_came(
    actor: str, anomaly: str, *, used: bool
) -> None:
    h, one, _ = two_hosts()
    h.operation(actor, 1.0, 1.1, action="register-reminder", name="r", args={"due_s": 2.0, "data": "r"})
    if used:
        h.call(actor, one, 1.5, 1.6, name="ping")
    assert classes(h) == {anomaly: 1}


@pytest.mark.parametrize(
    ("data", "own", "found"),
    [
        ("r", False, {"fired at another actor": 1}),
        ("else", False, {"missed": 1}),
        ("r", True, {"missed": 1}),  # that one asked for a reminder of this name itself
    ],
)
def test_a_reminder_that_another_actor_got_is_told_as_that(data: str, found: dict[str, int], *, own: bool) -> None:
    h, one, _ = two_hosts()
    asked = {"due_s": 2.0, "data": "r"}
    h.operation("Recorder/a%2Fb", 1.0, 1.1, action="register-reminder", name="r", args=asked)
    if own:
        h.operation("Recorder/a/b", 1.1, 1.15, action="register-reminder", name="r", args=asked)
    h.turn("Recorder/a/b", one, 3.2, 3.3, cause="reminder", name="r", data=data)
    assert classes(h) == found


@pytest.mark.parametrize("args", ["{}", "no JSON", '{"due_s": -1}', '{"due_s": 1, "period_s": 0.001}'])
def test_arguments_that_cannot_be_judged_are_unknown(args: str) -> None:
    h, _, _ = two_hosts()
    h.add(ev.Invoked, 1.0, op="o", client="c", via="host-1", actor=R, action="register-reminder", name="x", args=args)
    h.add(ev.Completed, 1.1, op="o", outcome="ok")
    assert judged(h).outcome is Outcome.UNKNOWN


def test_figures() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=5.0, repetitions=4)
    for at_s in (3.1, 8.2, 8.9, 13.4):
        fire(h, one, at_s)
    assert figures(judged(h)) == {
        "reminders registered": 1,
        "of those, at the same time as another of their name": 0,
        "ticks due": 4,
        "ticks served": 3,
        "ticks missed": 1,
        "duplicate firings": 1,
        "firings after an answer that cancels": 0,
        "firings with a period of zero": 0,
        "lateness p50": pytest.approx(100.0),
        "lateness p99": pytest.approx(300.0),
        "lateness max": pytest.approx(300.0),
    }


def test_evidence_by_kind_of_downtime() -> None:
    h, one, two = two_hosts()
    h.call(R, one, 0.5, 0.6, name="ping")
    h.deactivate(R, one, 0.8)
    register(h, 1.0, 1.1, period_s=10.0, repetitions=4)
    fire(h, one, 3.15)  # after the deactivation: idle
    h.start("scheduler-0", 0.0)
    h.fault("kill", "scheduler-0", 12.0, 15.0, units=["scheduler-0"])
    h.kill("scheduler-0", 12.0)
    fire(h, one, 16.0)
    h.fault("kill", "host-1", 22.0, 25.0, units=["host-1/app", "host-1/sidecar"])
    h.kill("host-1/app", 22.0)
    h.kill("host-1/sidecar", 22.0)
    fire(h, two, 24.0)
    h.start("store", 0.0)
    h.kill("host-2/app", 32.0)
    h.kill("store", 32.5)
    h.start("store", 34.0)
    back = h.app("host-2", 35.0, sidecar=False)
    fire(h, back, 36.0)
    assert evidence(judged(h)) == {
        "due_ticks": 4,
        "served_ticks": 4,
        "ticks_idle": 1,
        "ticks_host_kill": 1,
        "ticks_application_kill": 1,
        "ticks_scheduler_kill": 1,
        "ticks_total_restart": 1,
    }


def test_a_tick_that_the_run_did_not_wait_for_is_unknown_and_no_evidence() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, due_s=270.0, name="unserved")
    register(h, 1.0, 1.1, due_s=270.0, name="served")
    fire(h, one, 271.2, name="served")
    verdict = judged(h)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.missing == ("1 tick not served, and the run ended before the time was up",)
    assert evidence(verdict)["due_ticks"] == 0


def test_a_tick_unregistered_before_its_deadline_is_no_evidence() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    fire(h, one, 3.2)
    unregister(h, 20.0, 20.1)
    verdict = judged(h)
    assert verdict.outcome is Outcome.HOLDS
    assert evidence(verdict)["due_ticks"] == 0


def test_unregistering_at_the_end_of_the_run_does_not_hide_a_tick() -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1, due_s=50.0)
    h.phase("healed", 40.0)
    unregister(h, 60.0, 60.1)
    for phase in ("quiet", "final", "closed"):
        h.phase(phase, 61.0)
    assert judged(h, end_s=None).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("fields", [{}, {"ttl_s": 20.0}])
def test_a_reminder_that_hides_a_dropped_tick_is_no_evidence(fields: dict[str, float]) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=2.0, **fields)
    for k in range(11):
        fire(h, one, 3.2 + 2 * k)
    assert evidence(judged(h, end_s=60.0))["due_ticks"] == 0


def like_the_scenario(settle_s: float, without: frozenset[int] = frozenset()) -> History:
    """Reminders through a stop of everything that heals at 20 s, left registered for a while, then unregistered."""
    h, one, two = two_hosts()
    for name in ("a", "b", "c", "d"):
        register(h, 1.0, 1.1, due_s=4.0, period_s=3.0, repetitions=6, name=name)
    h.fault("kill", "host-1", 16.0, 20.0, units=["host-1/app", "host-1/sidecar"])
    served = 0
    for k in range(6):
        for name in ("a", "b", "c", "d"):
            due_s = 5.2 + 3 * k
            if served not in without:
                fire(h, two if due_s >= 16.0 else one, 21.0 if 16.0 <= due_s < 20.0 else due_s, name=name)
            served += 1
    h.phase("healed", 20.1)
    for name in ("a", "b", "c", "d"):
        unregister(h, 21.0 + settle_s, 21.1 + settle_s, name=name)
    for phase in ("quiet", "final", "closed"):
        h.phase(phase, 22.0 + settle_s)
    return h


@pytest.mark.parametrize("gone", range(24))
def test_any_deleted_turn_is_missed_when_the_run_waits_long_enough(gone: int) -> None:
    verdict = judged(like_the_scenario(48.0, frozenset({gone})), end_s=None)
    assert verdict.classes == {"missed": 1}


@pytest.mark.parametrize("gone", range(24))
def test_any_deleted_turn_is_unknown_when_it_does_not(gone: int) -> None:
    assert judged(like_the_scenario(8.0, frozenset({gone})), end_s=None).outcome is Outcome.UNKNOWN


def test_a_whole_history_holds_and_only_the_long_wait_makes_it_evidence() -> None:
    long, short = (judged(like_the_scenario(due_s), end_s=None) for due_s in (48.0, 8.0))
    assert (long.outcome, evidence(long)["due_ticks"]) == (Outcome.HOLDS, 24)
    assert (short.outcome, evidence(short)["due_ticks"]) == (Outcome.HOLDS, 0)
    assert evidence(short)["served_ticks"] == evidence(long)["served_ticks"]


def test_scenarios_that_give_evidence_wait_longer_than_the_budget() -> None:
    budget_s = free("reminders").limits["reminder_budget_s"]
    # What the state machine draws is unregistered in mid-run: figures, no evidence.
    giving = [s for s in scenarios().values() if "reminders" in s.guarantees and s.plan is not None]
    assert {s.name for s in giving} >= {"reminder-failover", "total-restart"}
    for found in giving:
        setting = Setting(topology=found.topology, duration_s=1.0, pace=1.0, rng=random.Random(1))
        last = found.plan(setting).steps[-1]  # some wait at the end of their plan
        waits_s = last.for_s if isinstance(last, Wait) else 0.0
        assert max(found.settle_reminders_s, waits_s) > budget_s, found.name


def test_a_kill_of_another_host_is_no_evidence() -> None:
    h, one, _ = two_hosts()
    h.call(R, one, 0.5, 0.6, name="ping")
    register(h, 1.0, 1.1)
    h.fault("kill", "host-2/app", 2.0, 5.0, units=["host-2/app"])
    h.kill("host-2/app", 2.0)
    fire(h, one, 3.2)
    assert evidence(judged(h))["ticks_host_kill"] == 0


def test_the_trigger_is_the_fault_in_whose_wake_it_was_missed() -> None:
    verdict = verdict_on(Case("reminders/bad/missed--long-after-the-heal").timeline(), free("reminders"))
    (violation,) = verdict.violations
    assert violation.trigger == "kill scheduler"
    assert "tick 1" in violation.summary


def test_opportunities_are_ticks() -> None:
    verdict = verdict_on(Case("reminders/bad/missed--last-of-five").timeline(), free("reminders"))
    assert verdict.opportunities["missed"] == 5


@pytest.mark.parametrize(("ttl_s", "turns"), [(2.0, 1), (3.0, 1), (3.0, 2), (5.0, 2), (5.0, 3)])
def test_either_reading_of_the_time_to_live_is_allowed(ttl_s: float, turns: int) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=2.0, ttl_s=ttl_s)
    for k in range(turns):
        fire(h, one, 3.12 + 2 * k)
    assert judged(h).outcome is Outcome.HOLDS


def test_the_host_of_a_later_turn_did_not_own_the_reminder_when_it_died() -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1)
    h.fault("kill", "host-1", 2.0, 4.0, units=["host-1/app"])
    h.kill("host-1/app", 2.0)
    fire(h, h.app("host-1", 4.0, sidecar=False), 4.5)
    assert {name: have for name, have in evidence(judged(h)).items() if have} == {"due_ticks": 1, "served_ticks": 1}


def test_a_late_turn_stands_for_one_missed_tick() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    fire(h, one, 90.0)
    fire(h, one, 95.0)
    verdict = judged(h)
    assert verdict.classes == {"missed": 1, "beyond its end": 1}
    assert [violation.at_ns for violation in verdict.violations] == [ns(3.1), ns(95.0)]


def test_every_tick_that_a_history_with_gaps_does_not_show_is_counted() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=1.0, repetitions=3)
    fire(h, one, 3.15)
    gone = h.turn("Other/x", one, 4.0, 5.0)
    h.turn("Other/x", one, 6.0, 7.0)
    h.close(300.0)
    events = [e for e in h.events() if not (isinstance(e, ev.TurnEnded) and e.turn == gone)]
    verdict = verdict_on(Timeline(events), free("reminders"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "no turn serves a due tick, but the history isn't whole: 2 times" in verdict.missing


def test_a_run_that_was_not_closed_is_observed_to_its_last_line() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    unregister(h, 20.0, 20.1)
    fire(h, one, 40.0, name="another")
    assert judged(h, end_s=None).missing == (
        "the history has gaps or was not closed: a turn that is missing proves nothing",
    )


def test_a_run_without_its_last_phases_is_observed_until_it_was_closed() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    h.phase("healed", 2.0)
    h.phase("closed", 10.0)
    fire(h, one, 300.0, name="another")
    verdict = judged(h, end_s=None)
    assert not verdict.violations
    assert "1 tick not served, and the run ended before the time was up" in verdict.missing


def test_every_turn_after_the_end_that_a_history_with_gaps_shows_is_counted() -> None:
    h, one, _ = two_hosts()
    for name in ("a", "b"):
        register(h, 1.0, 1.1, name=name)
        for at_s in (3.15, 90.0):
            fire(h, one, at_s, name=name)
    assert (
        "a turn comes after its reminder's end, but the history isn't whole: 2 times" in judged(h, end_s=None).missing
    )


@pytest.mark.parametrize(("failed", "anomaly"), [((1, 2), "missed"), ((0, 3), "dropped after failed deliveries")])
def test_failed_deliveries_count_only_in_a_row(failed: tuple[int, int], anomaly: str) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=1.0, repetitions=3)
    at_s = 3.2
    for number in failed:
        for _ in range(number):
            fire(h, one, at_s, completed=False)
            at_s += 0.1
        fire(h, one, at_s := at_s + 1.0)
        at_s += 0.1
    assert judged(h, deliveries=3).classes == {anomaly: 1}


def test_the_first_payload_that_changed_is_told() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, data=1)
    for at_s, data in ((3.15, 1), (4.0, 2), (5.0, 3)):
        fire(h, one, at_s, data=data)
    (changed,) = [violation for violation in judged(h).violations if violation.anomaly == "payload changed"]
    assert changed.summary == "reminder tick carried 2 instead of what was registered, 2 of 3 times"


def test_a_fault_just_after_the_due_time_is_the_trigger() -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1)
    h.fault("cut", "hosts>scheduler-0", 3.5, 5.0, links=["hosts>scheduler-0"])
    assert [violation.trigger for violation in judged(h).violations] == ["cut hosts>scheduler"]


@pytest.mark.parametrize(("later_s", "classes"), [(0.0, {}), (0.1, {"beyond its end": 1})])
def test_a_tick_may_be_delivered_once_more(later_s: float, classes: dict[str, int]) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    fire(h, one, 3.15)
    fire(h, one, 3.1 + 10.0 + later_s)
    assert judged(h, redelivery_s=10.0).classes == classes


def test_every_turn_that_the_clocks_make_doubtful_is_counted() -> None:
    h, one, _ = two_hosts()
    for name in ("a", "b"):
        register(h, 1.0, 1.1, name=name)
        for at_s in (3.15, 90.0):
            fire(h, one, at_s, name=name)
    h.add(ev.Stalled, 60.0, late_ns=400_000_000)
    assert judged(h).missing == (
        "a turn comes after its reminder's end, but the clocks can't be trusted there: 2 times",
    )


def test_an_actor_that_is_never_used_again_is_idle_to_the_end() -> None:
    h, one, _ = two_hosts()
    h.call(R, one, 0.5, 0.6, name="ping")
    h.deactivate(R, one, 0.8)
    register(h, 1.0, 1.1)
    assert evidence(judged(h))["ticks_idle"] == 1


def test_the_host_of_the_only_turn_before_owned_the_reminder_when_it_died() -> None:
    h, one, two = two_hosts()
    h.call(R, one, 0.5, 0.6, name="ping")
    register(h, 1.0, 1.1)
    h.fault("kill", "host-1", 2.0, 4.0, units=["host-1/app"])
    h.kill("host-1/app", 2.0)
    fire(h, two, 4.5)
    assert evidence(judged(h))["ticks_host_kill"] == 1


def test_every_early_turn_that_the_clocks_make_doubtful_is_counted() -> None:
    h, one, _ = two_hosts()
    for name in ("a", "b"):
        register(h, 1.0, 1.1, name=name)
        fire(h, one, 2.1, name=name)
    h.add(ev.WallStepped, 2.0, step_ns=2_000_000_000)
    assert judged(h).missing == ("a turn looks early, but the clocks can't be trusted there: 2 times",)


def test_every_late_turn_stands_for_a_missed_tick() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=1.0, repetitions=2)
    fire(h, one, 90.0)
    fire(h, one, 95.0)
    assert judged(h).classes == {"missed": 2}


@pytest.mark.parametrize(("ends_s", "told"), [(4.1, True), (4.0, False)])
def test_a_tick_that_was_due_for_a_while_when_the_run_ended_is_undecided(ends_s: float, *, told: bool) -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1)
    h.close(ends_s)
    sentence = "1 tick not served, and the run ended before the time was up"
    assert (sentence in judged(h, end_s=None).missing) is told


@pytest.mark.parametrize(("ends_s", "ticks"), [(58.0, 0), (58.1, 2)])
def test_evidence_waits_for_the_last_tick_of_all(ends_s: float, ticks: int) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=10.0, repetitions=2)
    fire(h, one, 3.15)
    fire(h, one, 13.15)
    h.close(ends_s)
    assert evidence(judged(h, end_s=None))["due_ticks"] == ticks


def test_a_stall_before_a_tick_was_due_excuses_nothing() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=10.0, repetitions=3)
    fire(h, one, 3.15)
    fire(h, one, 13.15)
    h.add(ev.Stalled, 16.0, late_ns=400_000_000)
    assert judged(h).classes == {"missed": 1}


def classes(h: History, *, end_s: float = 300.0, **limits: float) -> dict[str, int]:
    return dict(judged(h, end_s=end_s, **limits).classes)


@pytest.mark.parametrize(("first_s", "found"), [(2.95, {}), (2.949, {"early": 1})])
def test_the_first_firing_alone_can_be_early(first_s: float, found: dict[str, int]) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    fire(h, one, first_s)
    fire(h, one, 3.2)
    assert classes(h) == found


def test_what_is_said_of_payloads_that_changed() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    for at_s, data in ((3.15, None), (4.0, "x" * 90), (5.0, 3)):
        fire(h, one, at_s, data=data)
    (changed,) = judged(h).violations
    assert changed.summary == f'reminder tick carried "{"x" * 79} instead of what was registered, 2 of 3 times'
    assert changed.at_ns == ns(4.0)
    assert [event.t_ns for event in changed.events] == [ns(1.0), ns(1.1), ns(4.0)]


@pytest.mark.parametrize(("stopped_s", "found"), [(2.0, {}), (1.999999999, {"fired after unregister": 1})])
def test_the_slack_after_unregistering_ends_at_an_instant(stopped_s: float, found: dict[str, int]) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    unregister(h, 1.9, stopped_s)
    fire(h, one, 3.2)
    assert classes(h, unregister_slack_s=1.0) == found


@pytest.mark.parametrize(("stop_s", "found"), [(48.1, {}), (48.100000001, {"missed": 1})])
def test_a_tick_is_wanted_up_to_the_instant_before_it_is_unregistered(stop_s: float, found: dict[str, int]) -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1)
    unregister(h, stop_s, stop_s + 0.1)
    assert classes(h) == found


@pytest.mark.parametrize(("at_s", "found"), [(48.1, {}), (48.11, {"missed": 1})])
def test_a_tick_may_come_just_when_its_time_is_up(at_s: float, found: dict[str, int]) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    fire(h, one, at_s)
    assert classes(h) == found


@pytest.mark.parametrize(("end_s", "found"), [(48.09, {}), (48.1, {"missed": 1})])
def test_a_tick_is_missed_when_its_time_was_up_before_the_run_was(end_s: float, found: dict[str, int]) -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1)
    assert classes(h, end_s=end_s) == found


@pytest.mark.parametrize(("second_s", "found"), [(12.0, {}), (11.99, {"missed": 1})])
def test_a_later_tick_may_come_a_second_before_it_is_due(second_s: float, found: dict[str, int]) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=10.0, repetitions=2)
    fire(h, one, 3.2)
    fire(h, one, second_s)
    assert classes(h) == found


def test_the_first_tick_is_served_however_early() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    fire(h, one, 1.5)
    assert classes(h) == {"early": 1}


def test_a_firing_that_goes_on_may_serve_any_tick() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=1.0, repetitions=3)
    fire(h, one, 3.2)
    fire(h, one, 4.2)
    h.turn(R, one, 5.2, None, cause="reminder", name="tick")
    assert classes(h) == {}


def test_of_missed_ticks_as_many_came_later_as_there_are_late_firings() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=1.0, repetitions=4)
    for at_s in (90.0, 95.0, 99.0):
        fire(h, one, at_s)
    violations = judged(h).violations
    assert [event.t_ns for event in violations[0].events] == [ns(1.0), ns(1.1), ns(90.0)]
    assert [violation.summary.endswith(", but later") for violation in violations] == [
        True,
        True,
        True,
        False,
    ]


def test_every_missed_tick_that_was_due_while_nobody_held_the_actor_is_evidence() -> None:
    h, one, _ = two_hosts()
    h.call(R, one, 0.5, 0.6, name="ping")
    h.deactivate(R, one, 0.8)
    register(h, 1.0, 1.1, period_s=10.0, repetitions=2)
    assert evidence(judged(h))["ticks_idle"] == 2


def test_a_reminder_that_may_not_fire_at_all_is_no_evidence() -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=10.0, repetitions=0)
    verdict = judged(h)
    assert verdict.outcome is Outcome.HOLDS
    assert set(evidence(verdict).values()) == {0}


@pytest.mark.parametrize(("stop_s", "told"), [(9.99, False), (10.0, True)])
def test_a_reminder_that_was_kept_until_everything_was_healed_is_undecided(stop_s: float, *, told: bool) -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1)
    unregister(h, stop_s, stop_s + 0.1)
    h.phase("healed", 10.0)
    for phase in ("quiet", "final", "closed"):
        h.phase(phase, 300.0)
    assert any("the time was up" in why for why in judged(h, end_s=None).missing) is told


def test_every_miss_in_a_stall_is_counted_and_those_after_it_are_told() -> None:
    h, _, _ = two_hosts()
    for name in ("a", "b"):
        register(h, 1.0, 1.1, period_s=100.0, repetitions=2, name=name)
    h.add(ev.Stalled, 20.0, late_ns=400_000_000)
    verdict = judged(h)
    assert verdict.missing == ("a tick looks missed, but the machine stood still or its clock stepped: 2 times",)
    assert dict(verdict.classes) == {"missed": 2}


@pytest.mark.parametrize(
    ("last_s", "found"), [(48.1, {"dropped after failed deliveries": 1}), (48.11, {"missed": 1}), (60.0, {"missed": 1})]
)
def test_a_tick_is_dropped_when_its_last_delivery_failed_in_time(last_s: float, found: dict[str, int]) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    for at_s in (5.0, 10.0, 15.0, last_s):
        fire(h, one, at_s, completed=False)
    assert classes(h) == found


def test_failed_deliveries_after_its_time_was_up_dropped_no_tick() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    for at_s in (60.0, 61.0, 62.0, 63.0):
        fire(h, one, at_s, completed=False)
    assert classes(h) == {"missed": 1}


def test_failed_deliveries_drop_one_tick() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=100.0, repetitions=2)
    for k in range(4):
        fire(h, one, 3.2 + k, completed=False)
    assert classes(h) == {"dropped after failed deliveries": 1, "missed": 1}


def test_a_delivery_that_was_killed_failed() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    for k in range(3):
        fire(h, one, 3.2 + k, completed=False)
    h.turn(R, one, 6.2, None, cause="reminder", name="tick")
    h.kill("host-1/app", 7.0)
    assert classes(h) == {"dropped after failed deliveries": 1}


def test_deliveries_that_one_between_them_served_are_no_run() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=2.0, repetitions=2)
    for at_s, completed in ((3.2, False), (3.4, False), (3.6, True), (5.2, False), (5.4, False)):
        fire(h, one, at_s, completed=completed)
    assert classes(h) == {"missed": 1}


def test_unregistering_what_was_over_is_not_its_end() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    fire(h, one, 3.2)
    unregister(h, 20.0, 20.1)
    fire(h, one, 40.0)
    assert classes(h) == {"beyond its end": 1}


def test_an_unanswered_registration_is_drawn_as_an_instant() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, None)
    fire(h, one, 2.0)
    (violation,) = judged(h).violations
    assert (violation.spans[0].start_ns, violation.spans[0].end_ns) == (ns(1.0), ns(1.0))
    assert [event.label for event in violation.events] == ["register tick", "reminder turn, completed"]


def test_evidence_is_counted_over_reminders() -> None:
    h, one, _ = two_hosts()
    h.call(R, one, 0.5, 0.6, name="ping")
    h.deactivate(R, one, 0.8)
    h.deactivate("Recorder/nobody-used-it", one, 0.8)
    h.start("scheduler-0", 0.0)
    h.fault("kill", "scheduler-0", 2.0, 4.0, units=["scheduler-0"])
    for name in ("a", "b"):
        register(h, 1.0, 1.1, name=name)
    found = evidence(judged(h))
    assert (found["ticks_idle"], found["ticks_scheduler_kill"]) == (2, 2)


def test_an_actor_without_turns_had_no_host_to_die() -> None:
    h, _, _ = two_hosts()
    register(h, 1.0, 1.1)
    h.fault("kill", "host-1", 2.0, 4.0, units=["host-1/app"])
    h.kill("host-1/app", 2.0)
    verdict = judged(h)
    assert evidence(verdict)["ticks_host_kill"] == 0
    assert figures(verdict)["lateness max"] == 0.0


def test_a_payload_that_is_no_json_is_another() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    odd = {"turn": "odd", "actor": R, "instance": 1, "cause": "reminder", "name": "tick", "data": "{"}
    h.add(ev.TurnStarted, 3.2, process=one, **odd)
    h.add(ev.TurnEnded, 3.3, process=one, turn="odd", completed=True)
    assert classes(h) == {"payload changed": 1}


def test_no_repetitions_are_neither_wanted_nor_forbidden() -> None:
    for count in (0, 23):
        h, one, _ = two_hosts()
        register(h, 1.0, 1.1, period_s=1.0, repetitions=0)
        for tick in range(count):
            fire(h, one, 3.05 + tick)
        assert judged(h).outcome is Outcome.HOLDS


def test_what_fires_though_it_may_never_is_told_by_its_registration() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=1.0, ttl_s=-0.1)
    fire(h, one, 3.05)
    (violation,) = judged(h).violations
    assert violation.summary == "reminder tick fired 1 time though it has none, first 2.0 s later"


@pytest.mark.parametrize("repetitions", [20, None])
@pytest.mark.parametrize("late_s", [0.0, 0.5])
def test_the_ticks_of_the_time_away_are_the_ones_that_were_missed(repetitions: int | None, late_s: float) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, due_s=1.0, period_s=1.0, repetitions=repetitions)
    h.fault("kill", "host-1/app", 6.5, 16.5, units=["host-1/app"])
    away = range(5, 15)
    for tick in range(20):
        if tick not in away:
            fire(h, one, 2.05 + tick + (late_s if tick < 5 else 0.0))
    unregister(h, 250.0, 250.1)
    verdict = judged(h)
    told = [violation.summary.split()[1] for violation in verdict.violations if violation.at_ns < ns(22.0)]
    assert told == [str(tick + 1) for tick in away]
    assert figures(verdict)["lateness max"] < 1000.0


def test_what_comes_after_an_answer_that_cancels_is_counted_and_neither_wanted_nor_forbidden() -> None:
    """1.18.2 delivers each tick six times to an application that asks for no more; no text says what it should do."""
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=2.0, repetitions=3)
    for at_s in (3.1, 4.1, 30.0):
        h.turn(R, one, at_s, at_s + 0.01, cause="reminder", name="tick", cancels=True)
    verdict = judged(h)
    assert not verdict.violations
    assert figures(verdict)["firings after an answer that cancels"] == 2
    assert classes(h) == {}


def test_a_reminder_that_was_unregistered_may_not_fire_though_it_was_cancelled_before() -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1, period_s=2.0, repetitions=30)
    h.turn(R, one, 3.1, 3.2, cause="reminder", name="tick", cancels=True)
    unregister(h, 3.4, 3.5)
    fire(h, one, 60.0)
    assert classes(h) == {"fired after unregister": 1}


@pytest.mark.parametrize(("failed", "opportunities"), [(3, 0), (4, 1)])
def test_only_a_tick_whose_deliveries_all_failed_could_have_been_dropped(failed: int, opportunities: int) -> None:
    h, one, _ = two_hosts()
    register(h, 1.0, 1.1)
    for k in range(failed):
        fire(h, one, 3.2 + k, completed=False)
    fire(h, one, 10.0)
    h.close(300.0)
    findings = GUARANTEE.findings(h.timeline(), free("reminders"), Budget())
    assert findings.opportunities["dropped after failed deliveries"] == opportunities

"""What the verdict on timers says beside its classes: doubts, figures, what can't be judged, and evidence."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History, ns
from tests.properties.terms import free, verdict_on
from tests.properties.timers.parts import T, fire, register, unregister
from tests.properties.weaker import leave_out

END_S = 60.0


def history(**run: float) -> tuple[History, str, str]:
    h = History(**run)
    return h, h.app("host-1"), h.app("host-2")


def decided(h: History, *, end_s: float = END_S) -> Verdict:
    h.close(end_s)
    return verdict_on(h.timeline(), free("timers"))


def figures(verdict: Verdict) -> dict[str, float]:
    return {figure.name: figure.value for figure in verdict.figures}


def evidence(verdict: Verdict) -> dict[str, int]:
    return {each.name: each.have for each in verdict.evidence if each.have}


def test_a_machine_that_stood_still_makes_time_a_doubt() -> None:
    h, one, _ = history()
    register(h, one, 1.0)
    h.add(ev.Stalled, 4.0, late_ns=2_000_000_000)
    verdict = decided(h)
    assert (verdict.outcome, [doubt.anomaly for doubt in verdict.doubts]) == (Outcome.UNKNOWN, ["missed"])


def test_a_wall_clock_that_stepped_makes_an_early_turn_a_doubt() -> None:
    h, one, _ = history()
    register(h, one, 1.0, due_s=5.0)
    h.add(ev.WallStepped, 3.0, step_ns=4_000_000_000)
    fire(h, one, 3.5)
    assert [doubt.anomaly for doubt in decided(h).doubts] == ["early"]


def test_messages_that_were_held_up_make_a_late_turn_a_doubt() -> None:
    h, one, two = history()
    register(h, one, 1.0, due_s=9.0)
    h.fault("pause", "host-1/app", 9.5, 20.0, units=["host-1/app"])
    h.call(T, two, 15.0, 15.1, name="ping")
    fire(h, two, 21.0)
    verdict = decided(h)
    assert (verdict.outcome, [doubt.anomaly for doubt in verdict.doubts]) == (
        Outcome.UNKNOWN,
        ["fired after deactivation"],
    )


def test_a_host_that_joins_holds_nothing_up() -> None:
    h, one, two = history()
    register(h, one, 1.0, due_s=9.0)
    h.fault("add", "host-2", 5.0, 30.0, units=["host-2/app", "host-2/sidecar"])
    h.deactivate(T, one, 6.0)
    fire(h, two, 10.2)
    assert set(decided(h).classes) == {"fired after deactivation"}


def test_what_faults_disturb_is_not_judged() -> None:
    h, one, _ = history()
    h.fault("cut", "host-1>app", 1.5, 2.0, links=["host-1>app"])
    register(h, one, 1.0, period_s=1.0)
    fire(h, one, 2.1, for_s=0.5)
    fire(h, one, 3.2)
    unregister(h, one, 4.0)
    fire(h, one, 6.5)
    verdict = decided(h)
    assert verdict.outcome is Outcome.HOLDS
    assert evidence(verdict) == {}


def test_a_history_with_a_gap_proves_only_payloads() -> None:
    h, one, _ = history()
    register(h, one, 1.0, due_s=20.0, data=1)
    fire(h, one, 2.0, data=2, callback="")
    h.close(END_S)
    events = h.events()
    assert "early" in verdict_on(Timeline(events), free("timers")).classes
    answered = next(at for at, event in enumerate(events) if isinstance(event, ev.Completed))
    verdict = verdict_on(Timeline(leave_out(events, answered.__eq__)), free("timers"))
    assert set(verdict.classes) == {"payload changed", "callback lost"}
    assert any("gaps" in why for why in verdict.missing)


def test_what_is_not_understood_is_told() -> None:
    h, one, _ = history()
    for name, args in (("start", {"name": "t"}), ("stop", {}), ("start", {"name": "u", "due_s": 1, "period_s": 0.001})):
        h.operation(T, 1.0, 1.1, name=name, args=args)
    for at_s in (2.0, 3.0):
        register(h, one, at_s, name="twice")
    verdict = decided(h)
    assert verdict.outcome is Outcome.UNKNOWN
    assert len([why for why in verdict.missing if "can't be read" in why]) == 2
    assert any("too small" in why for why in verdict.missing)
    assert any("registered twice" in why for why in verdict.missing)
    assert figures(verdict)["timers not judged"] == 1


@pytest.mark.parametrize(
    ("second", "firings", "found"),
    [
        ("two", [(2.1, "one"), (3.1, "one"), (9.1, "two")], {}),
        ("two", [(2.1, "one"), (3.15, "one"), (4.2, "one"), (9.1, "two")], {}),  # on its way already
        ("two", [(2.1, "one"), (3.15, "one"), (6.5, "one"), (9.1, "two")], {"fired after unregister": 1}),
        ("two", [(2.1, "one"), (3.15, "one")], {"missed": 1}),
        ("two", [(2.1, "one"), (3.15, "one"), (5.0, "two")], {"early": 1}),
        ("one", [(2.1, "one"), (3.15, "one"), (9.1, "one")], {}),
        ("one", [(2.1, "one"), (3.15, "one")], {"missed": 1}),
        ("one", [(2.1, "one"), (3.15, "one"), (6.5, "one"), (9.1, "one")], {"fired after unregister": 1}),
    ],
)
def test_a_timer_that_is_registered_again_is_judged_by_what_each_registration_promises(
    second: str, firings: list[tuple[float, str]], found: dict[str, int]
) -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=1.0, data="one")
    register(h, one, 4.0, due_s=5.0, data=second)
    for at_s, data in firings:
        fire(h, one, at_s, data=data)
    verdict = decided(h)
    assert dict(verdict.classes) == found
    assert not [why for why in verdict.missing if "registered twice" in why]


def test_how_often_a_timer_with_a_period_of_zero_fires_is_not_judged() -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=0)
    for k in range(20):
        fire(h, one, 2.1 + k)
    verdict = decided(h)
    assert verdict.outcome is Outcome.HOLDS, (verdict.violations, verdict.missing)


def test_whether_timers_keep_an_actor_active_is_a_figure() -> None:
    kept, one, _ = history(idle_timeout_s=4.0)
    register(kept, one, 1.0, period_s=1.0)
    for k in range(20):
        fire(kept, one, 2.1 + 1.02 * k)
    assert figures(decided(kept, end_s=23.0))["actors that a timer kept active"] == 1
    collected, one, _ = history(idle_timeout_s=4.0)
    register(collected, one, 1.0, period_s=1.0)
    for k in range(3):
        fire(collected, one, 2.1 + 1.02 * k)
    collected.deactivate(T, one, 5.2)
    said = figures(decided(collected))
    assert said["actors collected though their timer fired"] == 1
    assert said["actors that a timer kept active"] == 0


def test_evidence_of_every_kind() -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=2.0)
    fire(h, one, 2.1, for_s=0.3)
    fire(h, one, 4.5, completed=False)
    for at_s in (6.6, 8.7, 10.8):
        fire(h, one, at_s)
    unregister(h, one, 12.0)
    register(h, one, 20.0, name="counted", period_s=1.0, repetitions=2)
    for at_s in (21.1, 22.2):
        fire(h, one, at_s, name="counted")
    register(h, one, 30.0, name="cut short", due_s=10.0)
    h.deactivate(T, one, 35.0)
    assert evidence(decided(h)) == {
        "ticks": 6,
        "after_failures": 1,
        "after_slow_callbacks": 1,
        "unregistered": 1,
        "ended": 1,
        "deactivated": 1,
    }


def test_a_tick_on_its_way_to_the_end_of_the_run_is_no_evidence() -> None:
    h, one, _ = history()
    register(h, one, 1.0, due_s=5.0)
    fire(h, one, 6.1)
    assert evidence(decided(h, end_s=8.0)) == {}


def classes(h: History, *, end_s: float = END_S) -> dict[str, int]:
    return dict(decided(h, end_s=end_s).classes)


@pytest.mark.parametrize(("at_s", "found"), [(2.96, {}), (2.959, {"early": 1})])
def test_early_has_a_stated_slack(at_s: float, found: dict[str, int]) -> None:
    h, one, _ = history()
    register(h, one, 1.0, due_s=2.0)
    fire(h, one, at_s)
    assert classes(h) == found


def test_the_first_of_the_early_ones_is_told() -> None:
    h, one, _ = history()
    register(h, one, 1.0, due_s=2.0, period_s=1.0, repetitions=2)
    for at_s in (2.11, 3.21):
        fire(h, one, at_s)
    (violation,) = decided(h).violations
    assert violation.summary == "timer t fired 900 ms before its tick can be due, 2 times"
    assert [(event.t_ns, event.label) for event in violation.events] == [
        (ns(1.01), "register t, completed"),
        (ns(2.11), "timer turn, completed"),
    ]
    assert [(span.label, span.start_ns, span.end_ns) for span in violation.spans] == [
        ("register t, completed", ns(1.01), ns(1.09)),
        ("timer turn, completed", ns(2.11), ns(2.12)),
        ("not due before", ns(2.11), ns(3.01)),
    ]
    assert violation.at_ns == ns(2.11)


def test_a_callback_that_failed_is_no_tick_for_the_next_to_wait_for() -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=5.0, repetitions=2)
    fire(h, one, 2.1, completed=False)
    fire(h, one, 2.5)
    assert classes(h) == {}


def test_only_the_first_tick_is_too_early_whatever_disturbs_it() -> None:
    h, one, _ = history()
    h.fault("cut", "host-2>app", 1.5, 1.6, links=["host-2>app"])
    register(h, one, 1.0, due_s=2.0, period_s=5.0)
    fire(h, one, 3.1)
    fire(h, one, 4.0)
    assert classes(h) == {}
    h, one, _ = history()
    h.fault("cut", "host-2>app", 1.5, 1.6, links=["host-2>app"])
    register(h, one, 1.0, due_s=2.0, period_s=5.0)
    fire(h, one, 2.0)
    assert classes(h) == {"early": 1}


@pytest.mark.parametrize(("ahead_s", "found"), [(0.05, {}), (0.051, {"next period began early": 1})])
def test_a_period_has_the_same_slack(ahead_s: float, found: dict[str, int]) -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=1.0, repetitions=2)
    fire(h, one, 2.1, for_s=0.5)
    fire(h, one, 3.6 - ahead_s)
    assert classes(h) == found


def test_the_shortest_period_is_told() -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=1.0, repetitions=4)
    fire(h, one, 2.1, for_s=0.5)
    fire(h, one, 3.3, for_s=0.5)  # 300 ms early
    fire(h, one, 4.4, for_s=0.5)  # 400 ms
    fire(h, one, 6.0)
    verdict = decided(h)
    (violation,) = verdict.violations
    assert violation.summary == (
        "timer t fired 400 ms before its period was over, counted from the end of the callback before; 2 of 3 times"
    )
    assert [event.t_ns for event in violation.events] == [ns(1.01), ns(3.3), ns(4.4)]
    assert (violation.spans[-1].label, violation.spans[-1].start_ns, violation.spans[-1].end_ns) == (
        "period",
        ns(3.8),
        ns(4.8),
    )
    assert violation.at_ns == ns(4.4)
    assert verdict.opportunities["next period began early"] == 1


def test_periods_that_a_fault_touches_are_not_judged() -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=1.0, repetitions=2)
    h.fault("cut", "host-2>app", 2.3, 2.4, links=["host-2>app"])
    fire(h, one, 2.1, for_s=0.5)
    fire(h, one, 3.2)
    verdict = decided(h)
    assert dict(verdict.classes) == {}
    assert verdict.opportunities["next period began early"] == 0


@pytest.mark.parametrize(("at_s", "found"), [(5.09, {}), (5.1, {"missed": 1})])
def test_a_tick_may_come_just_when_its_time_is_up(at_s: float, found: dict[str, int]) -> None:
    h, one, _ = history()
    register(h, one, 1.0)
    fire(h, one, at_s)
    assert classes(h) == found


@pytest.mark.parametrize(("end_s", "found"), [(5.09, {}), (5.1, {"missed": 1})])
def test_a_tick_is_missed_when_its_time_was_up_before_the_run_was(end_s: float, found: dict[str, int]) -> None:
    h, one, _ = history()
    register(h, one, 1.0)
    assert classes(h, end_s=end_s) == found


@pytest.mark.parametrize(("ttl_s", "found"), [(1.12, {}), (1.13, {"missed": 1})])
def test_a_tick_is_wanted_when_it_is_due_well_within_its_time_to_live(ttl_s: float, found: dict[str, int]) -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=30.0, ttl_s=ttl_s)
    assert classes(h) == found


def test_after_a_callback_that_goes_on_no_tick_is_wanted() -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=1.0)
    h.turn(T, one, 2.1, None, cause="timer", name="t", callback="tick")
    verdict = decided(h)
    assert dict(verdict.classes) == {}
    assert evidence(verdict) == {"ticks": 1}


def test_what_is_said_of_a_missed_tick() -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=1.0, repetitions=3)
    fire(h, one, 2.1)
    fire(h, one, 8.0)
    second, third = decided(h).violations
    assert second.summary == (
        "tick 2 of timer t was not served within 3.0 s of its due time, though its actor was active; it came later"
    )
    assert third.summary == (
        "tick 3 of timer t was not served within 3.0 s of its due time, though its actor was active"
    )
    assert [event.t_ns for event in second.events] == [ns(1.01), ns(2.1), ns(8.0)]
    assert (second.spans[-1].label, second.spans[-1].start_ns, second.spans[-1].end_ns) == (
        "tick 2 due",
        ns(3.11),
        ns(6.11),
    )
    assert second.at_ns == ns(3.11)


def test_a_tick_that_came_late_was_not_removed_by_the_failure_before_it() -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=1.0, repetitions=2)
    fire(h, one, 2.1, completed=False)
    fire(h, one, 9.0)
    verdict = decided(h)
    assert dict(verdict.classes) == {"missed": 1}
    assert (verdict.opportunities["missed"], verdict.opportunities["removed by a failing callback"]) == (2, 1)


def test_a_run_that_was_not_closed_proves_no_miss() -> None:
    h, one, _ = history()
    for name in ("t", "u"):
        register(h, one, 1.0, name=name)
    h.phase("final", END_S)
    verdict = verdict_on(h.timeline(), free("timers"))
    assert verdict.missing == (
        "no turn serves a due tick, but the history isn't whole: 2 times",
        "the history has gaps or was not closed: a turn that is missing proves nothing",
    )


@pytest.mark.parametrize(("for_s", "slow"), [(0.19, 0), (0.2, 1)])
def test_a_callback_is_slow_from_a_stated_length_on(for_s: float, slow: int) -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=1.0, repetitions=2)
    fire(h, one, 2.1, for_s=for_s)
    fire(h, one, 3.2 + for_s)
    assert evidence(decided(h)).get("after_slow_callbacks", 0) == slow


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ("it failed", {}),
        ("by another instance", {}),
        ("before it was registered", {}),
        ("when it was registered", {}),
        ("twice", {"fired after unregister": 1}),
        ("once", {"fired after unregister": 1}),
    ],
)
def test_only_a_completed_call_of_the_registering_instance_unregisters(how: str, found: dict[str, int]) -> None:
    h, one, two = history()
    if how == "before it was registered":
        unregister(h, one, 0.5)
    register(h, one, 1.0, due_s=5.0)
    if how == "it failed":
        op = h.operation(T, 2.0, 2.1, name="stop", args={"name": "t"})
        h.turn(T, one, 2.01, 2.09, op=op, name="stop", completed=False)
    elif how == "by another instance":
        unregister(h, two, 2.0)
    elif how == "when it was registered":
        op = h.operation(T, 1.05, 1.3, name="stop", args={"name": "t"})
        h.turn(T, one, 1.09, 1.2, op=op, name="stop")
    elif how != "before it was registered":
        unregister(h, one, 2.0)
    fire(h, one, 6.1)
    if how == "twice":
        unregister(h, one, 7.0)
    verdict = decided(h)
    assert dict(verdict.classes) == found
    assert verdict.opportunities.get("fired after unregister", 0) == len(found)


@pytest.mark.parametrize(("at_s", "found"), [(3.09, {}), (3.1, {"fired after unregister": 1})])
def test_a_callback_may_be_on_its_way_when_its_timer_is_unregistered(at_s: float, found: dict[str, int]) -> None:
    h, one, _ = history()
    register(h, one, 1.0, due_s=1.99)
    unregister(h, one, 2.0)
    fire(h, one, at_s)
    assert classes(h) == found


def test_what_is_said_of_a_callback_after_unregistering() -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=3.0)
    unregister(h, one, 1.5)
    for at_s in (2.1, 5.2, 8.3):
        fire(h, one, at_s)
    (violation,) = decided(h).violations
    assert violation.summary == "timer t fired 2 times after it was unregistered, first 3.6 s later"
    assert [(event.t_ns, event.label) for event in violation.events] == [
        (ns(1.01), "register t, completed"),
        (ns(1.51), "unregister"),
        (ns(5.2), "timer turn, completed"),
    ]
    assert (violation.spans[-1].label, violation.spans[-1].start_ns, violation.spans[-1].end_ns) == (
        "over",
        ns(1.59),
        ns(5.2),
    )
    assert violation.at_ns == ns(5.2)


@pytest.mark.parametrize(("ttl_s", "found"), [(4.98, {}), (4.97, {"beyond its end": 1})])
def test_a_callback_may_be_on_its_way_when_its_time_to_live_is_over(ttl_s: float, found: dict[str, int]) -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=3.0, ttl_s=ttl_s)
    for at_s in (2.1, 5.11, 8.12):
        fire(h, one, at_s)
    assert classes(h) == found


@pytest.mark.parametrize(("repetitions", "ttl_s"), [(2, 30.0), (9, 3.0)])
def test_repetitions_and_time_to_live_both_end_a_timer(repetitions: int, ttl_s: float) -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=3.0, repetitions=repetitions, ttl_s=ttl_s)
    for at_s in (2.1, 5.12, 8.14, 11.16):
        fire(h, one, at_s)
    assert classes(h) == {"beyond its end": 1}


def test_a_callback_that_failed_is_no_repetition() -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=3.0, repetitions=2)
    for at_s, completed in ((2.1, True), (5.12, False), (8.14, True)):
        fire(h, one, at_s, completed=completed)
    assert classes(h) == {}
    h, one, _ = history()
    register(h, one, 1.0, period_s=3.0, repetitions=2)
    for at_s, completed in ((2.1, True), (5.12, False), (8.14, True), (11.16, True)):
        fire(h, one, at_s, completed=completed)
    assert classes(h) == {"beyond its end": 1}


def test_what_was_on_its_way_while_a_fault_went_on_is_not_judged() -> None:
    h, one, _ = history()
    register(h, one, 1.0)
    h.fault("pause", "host-2/app", 2.5, 3.0, units=["host-2/app"])
    fire(h, one, 2.1)
    fire(h, one, 9.0)
    assert classes(h) == {}


@pytest.mark.parametrize(("end_s", "ended"), [(6.19, 0), (6.2, 1)])
def test_evidence_of_an_end_waits_for_one_tick_more(end_s: float, ended: int) -> None:
    """It ended at 3.2; one more would have been due at 5.2, and seen a second later."""
    h, one, _ = history()
    register(h, one, 1.0, period_s=2.0, repetitions=1)
    fire(h, one, 2.1, for_s=1.1)
    assert evidence(decided(h, end_s=end_s)).get("ended", 0) == ended


@pytest.mark.parametrize(("gone_s", "ended"), [(6.19, 0), (6.2, 1)])
def test_evidence_of_an_end_is_seen_while_its_instance_is_there(gone_s: float, ended: int) -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=2.0, repetitions=1)
    fire(h, one, 2.1, for_s=1.1)
    h.deactivate(T, one, gone_s)
    assert evidence(decided(h)).get("ended", 0) == ended


def test_evidence_of_an_end_is_seen_in_calm() -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=2.0, repetitions=1)
    fire(h, one, 2.1, for_s=1.1)
    h.fault("pause", "host-2/app", 6.0, 7.0, units=["host-2/app"])
    assert "ended" not in evidence(decided(h))


def test_evidence_of_an_end_waits_for_what_was_on_its_way_behind_a_slow_call() -> None:
    for end_s, ended in ((9.19, 0), (9.2, 1)):
        h, one, _ = history()
        register(h, one, 1.0, period_s=2.0, repetitions=1)
        fire(h, one, 2.1, for_s=1.1)
        h.call(T, one, 4.0, 8.0, name="ping", margin_s=0.0)  # a second is free at 8.2
        assert evidence(decided(h, end_s=end_s)).get("ended", 0) == ended


def test_a_timer_that_fires_once_has_no_end_to_show() -> None:
    h, one, _ = history()
    register(h, one, 1.0)
    fire(h, one, 2.1)
    verdict = decided(h)
    assert "ended" not in evidence(verdict)
    assert verdict.opportunities["beyond its end"] == 1


@pytest.mark.parametrize(
    ("due_s", "end_s", "shown"), [(1.0, 7.18, 0), (1.0, 7.19, 1), (8.0, 10.08, 0), (8.0, 10.09, 1)]
)
def test_evidence_of_unregistering_waits_for_the_tick_that_does_not_come(
    due_s: float, end_s: float, shown: int
) -> None:
    """A period after it was unregistered at 3.09, or when the first would have been due, and a second."""
    h, one, _ = history()
    register(h, one, 1.0, due_s=due_s, period_s=3.1)
    if due_s < 3.0:
        fire(h, one, 2.1)
    unregister(h, one, 3.0)
    assert evidence(decided(h, end_s=end_s)).get("unregistered", 0) == shown


def test_unregistering_what_was_over_is_no_evidence() -> None:
    h, one, _ = history()
    register(h, one, 1.0)
    fire(h, one, 2.1)
    unregister(h, one, 3.0)
    verdict = decided(h)
    assert "unregistered" not in evidence(verdict)
    assert verdict.opportunities["fired after unregister"] == 1


@pytest.mark.parametrize(
    ("what", "shown"),
    [("", 1), ("the run ends", 0), ("just seen", 1), ("asked to stop", 0), ("just in time", 1), ("nothing left", 0)],
)
def test_evidence_of_a_deactivation_waits_for_the_tick_that_does_not_come(what: str, shown: int) -> None:
    """Due at 12.09, and the budget is 3 s."""
    h, one, two = history()
    register(h, one, 1.0, due_s=1.0 if what == "nothing left" else 11.0)
    if what == "nothing left":
        fire(h, one, 2.1)
    h.deactivate(T, one, 10.0)
    if what in {"asked to stop", "just in time"}:
        unregister(h, two, {"asked to stop": 15.08, "just in time": 15.09}[what])
    verdict = decided(h, end_s={"the run ends": 15.08, "just seen": 15.09}.get(what, END_S))
    assert evidence(verdict).get("deactivated", 0) == shown
    assert verdict.opportunities["fired after deactivation"] == shown


@pytest.mark.parametrize(("end_s", "shown"), [(7.99, 0), (8.0, 1)])
def test_evidence_of_a_deactivation_waits_for_a_budget_after_it(end_s: float, shown: int) -> None:
    """The next tick was due at 3.11, but might have waited until 5.0."""
    h, one, _ = history()
    register(h, one, 1.0, period_s=1.0)
    fire(h, one, 2.1)
    h.deactivate(T, one, 5.0)
    assert evidence(decided(h, end_s=end_s)).get("deactivated", 0) == shown


@pytest.mark.parametrize(("at_s", "found"), [(11.0, {}), (11.01, {"fired after deactivation": 1})])
def test_a_callback_may_be_on_its_way_when_its_actor_is_deactivated(at_s: float, found: dict[str, int]) -> None:
    h, one, two = history()
    register(h, one, 1.0, due_s=9.0)
    h.deactivate(T, one, 10.0)
    fire(h, two, at_s)
    verdict = decided(h)
    assert dict(verdict.classes) == found
    assert verdict.opportunities["fired after deactivation"] == 1


def test_what_is_said_of_a_callback_after_deactivation() -> None:
    h, one, two = history()
    register(h, one, 1.0, period_s=5.0)
    fire(h, one, 2.1)
    h.deactivate(T, one, 6.0)
    for at_s in (6.5, 8.0, 13.0):
        fire(h, two, at_s)
    (violation,) = decided(h).violations
    assert violation.summary == (
        "timer t fired 2 times in another activation than the one that registered it,"
        " first 2.0 s after its deactivation"
    )
    assert [(event.t_ns, event.label) for event in violation.events] == [
        (ns(1.01), "register t, completed"),
        (ns(6.0), "deactivated"),
        (ns(8.0), "timer turn, completed"),
    ]
    assert (violation.spans[-1].label, violation.spans[-1].start_ns, violation.spans[-1].end_ns) == (
        "not active",
        ns(6.0),
        ns(8.0),
    )
    assert violation.at_ns == ns(8.0)


@pytest.mark.parametrize(
    ("verb", "units", "from_s", "to_s", "held_up"),
    [
        ("pause", ["host-2/app"], 11.0, 12.0, True),
        ("pause", ["host-2/app"], 2.0, 3.0, False),
        ("pause", ["host-2/app"], 2.0, 5.0, True),
        ("pause", ["host-2/app"], 2.0, 4.99, False),
        ("pause", ["host-2/app"], 30.0, 31.0, True),
        ("pause", ["host-2/app"], 30.01, 31.0, False),
        ("kill", ["host-2/app"], 25.0, 26.0, False),
        ("kill", ["scheduler-0"], 25.0, 26.0, True),
        ("kill", ["host-2/app", "scheduler-0"], 25.0, 26.0, True),
        ("kill", [], 25.0, 26.0, True),
        ("remove", ["host-2/app", "host-2/sidecar"], 25.0, 26.0, False),
    ],
)
def test_which_faults_hold_messages_up(
    verb: str, units: list[str], from_s: float, to_s: float, *, held_up: bool
) -> None:
    """Of a callback that comes 10 s after the deactivation at 20 s; a wake is 15 s long."""
    h, one, two = history()
    register(h, one, 1.0, due_s=25.0)
    h.fault(verb, "some", from_s, to_s, units=units)
    h.deactivate(T, one, 20.0)
    fire(h, two, 30.0)
    verdict = decided(h)
    assert bool(verdict.doubts) is held_up
    assert bool(verdict.classes) is not held_up


def test_every_doubt_is_counted() -> None:
    h, one, two = history()
    for name in ("t", "u"):
        register(h, one, 1.0, name=name, due_s=9.0)
    h.fault("pause", "host-1/app", 11.5, 12.0, units=["host-1/app"])
    h.deactivate(T, one, 10.0)
    for name in ("t", "u"):
        fire(h, two, 15.0, name=name)
    (doubt,) = decided(h).doubts
    assert str(doubt) == (
        "2 timers that fired after deactivation while messages were held up (if so: fired after deactivation)"
    )


def test_every_time_that_the_clocks_make_doubtful_is_counted() -> None:
    h, one, _ = history()
    for name in ("t", "u"):
        register(h, one, 1.0, name=name)
    h.add(ev.Stalled, 4.0, late_ns=2_000_000_000)
    (doubt,) = decided(h).doubts
    assert str(doubt) == (
        "2 times that can't be trusted, since the machine stood still or its clock stepped (if so: missed)"
    )


@pytest.mark.parametrize("what", ["next period began early", "fired after unregister", "fired after deactivation"])
def test_clocks_that_stepped_make_every_class_a_doubt(what: str) -> None:
    h, one, two = history()
    register(h, one, 1.0, period_s=3.0)
    fire(h, one, 2.1, for_s=0.9)
    if what == "next period began early":
        fire(h, one, 5.2)
    elif what == "fired after unregister":
        unregister(h, one, 3.05)
        fire(h, one, 6.02)
    else:
        h.deactivate(T, one, 3.0)
        fire(h, two, 5.2)
    h.add(ev.WallStepped, 4.0, step_ns=4_000_000_000)
    h.add(ev.Stalled, 8.5, late_ns=2_000_000_000)
    verdict = decided(h, end_s=8.6)
    assert [doubt.anomaly for doubt in verdict.doubts] == [what]
    assert dict(verdict.classes) == {}


def test_a_callback_that_goes_on_is_drawn_to_the_end() -> None:
    h, one, _ = history()
    register(h, one, 1.0, data=1)
    h.turn(T, one, 2.1, None, cause="timer", name="t", callback="tick", data=2)
    (violation,) = decided(h).violations
    assert [(span.start_ns, span.end_ns) for span in violation.spans] == [
        (ns(1.01), ns(1.09)),
        (ns(2.1), ns(END_S)),
    ]
    h, one, _ = history()
    register(h, one, 1.0, data=1)
    h.phase("final", 2.0)
    h.turn(T, one, 2.1, None, cause="timer", name="t", callback="tick", data=2)
    (violation,) = verdict_on(h.timeline(), free("timers")).violations
    assert violation.spans[-1].end_ns == ns(2.1)


def test_a_fault_is_the_trigger_of_what_happens_while_it_goes_on() -> None:
    h, one, _ = history()
    register(h, one, 1.0, data=1)
    h.fault("cut", "host-1>app", 2.0, 3.0, links=["host-1>app"])
    fire(h, one, 2.1, data=2)
    assert [violation.trigger for violation in decided(h).violations] == ["cut host>app"]


def test_of_several_registrations_one_is_told() -> None:
    h, one, two = history()
    op = register(h, one, 1.0, data=1)
    h.turn(T, two, 1.2, 1.3, op=op, name="start")
    fire(h, one, 2.1, data=1)
    fire(h, one, 3.1, data="x" * 90)
    fire(h, one, 4.1, data=3)
    (violation,) = decided(h).violations
    assert [event.t_ns for event in violation.events] == [ns(1.01), ns(3.1)]
    assert violation.at_ns == ns(3.1)
    assert violation.summary == (f'timer t carried "{"x" * 79} instead of what was registered, 2 of 3 times')


def test_a_callback_that_is_lost_is_told_where_it_was_lost() -> None:
    h, one, two = history()
    register(h, one, 1.0, period_s=5.0)
    for at_s, callback in ((2.1, "tick"), (7.2, ""), (12.3, "tock")):
        fire(h, one, at_s, callback=callback)
    h.turn(T, one, 17.4, 17.5, cause="timer", name="t", callback=None)
    h.deactivate(T, one, 20.0)
    fire(h, two, 20.5)
    fire(h, two, 20.8, callback="")
    home, away = decided(h).violations
    assert (home.anomaly, home.summary, home.at_ns) == (
        "callback lost",
        "timer t names '' as its callback instead of 'tick', 2 of 4 times",
        ns(7.2),
    )
    assert (away.anomaly, away.summary, away.at_ns) == (
        "callback lost elsewhere",
        "timer t names '' as its callback instead of 'tick', 1 of 2 times",
        ns(20.8),
    )
    assert [event.t_ns for event in home.events] == [ns(1.01), ns(7.2)]


def test_a_failed_callback_does_not_excuse_the_period_after_the_next() -> None:
    h, one, _ = history()
    register(h, one, 1.0, period_s=1.0, repetitions=3)
    fire(h, one, 2.1, completed=False)
    fire(h, one, 3.2, for_s=0.5)
    fire(h, one, 4.3)
    assert classes(h) == {"next period began early": 1}


def test_everything_is_counted_over_all_timers() -> None:
    h, one, _ = history()
    for name in ("a", "b"):
        register(h, one, 1.0, name=name, period_s=1.0, repetitions=9)
        register(h, one, 1.0, name=f"{name}, ended", period_s=1.0, repetitions=2)
        register(h, one, 1.0, name=f"{name}, gone", due_s=30.0)
    for at_s in (2.1, 3.2):
        for name in ("a", "b"):
            fire(h, one, at_s, name=name)
            fire(h, one, at_s, name=f"{name}, ended")
    for name in ("a", "b"):
        unregister(h, one, 4.0, name=name)
    h.deactivate(T, one, 20.0)
    verdict = decided(h)
    assert evidence(verdict) == {"ticks": 4, "unregistered": 2, "ended": 2, "deactivated": 2}
    assert dict(verdict.opportunities) == {
        "payload changed": 4,
        "callback lost": 4,
        "callback lost elsewhere": 0,
        "early": 4,
        "next period began early": 4,
        "missed": 4,
        "fired after unregister": 2,
        "beyond its end": 6,
        "fired after deactivation": 2,
    }


def test_every_timer_that_fires_on_after_its_application_died_is_told() -> None:
    h, one, _ = history()
    for name in ("t", "u"):
        register(h, one, 1.0, due_s=9.0, name=name)
    h.kill("host-1/app", 4.0)
    again = h.app("host-1", 5.0, sidecar=False)
    for name in ("t", "u"):
        fire(h, again, 10.1, name=name)
    assert dict(decided(h).classes) == {"fired after its application died": 2}


def test_a_callback_after_deactivation_was_an_opportunity_however_soon_the_run_ended() -> None:
    h, one, two = history()
    for name in ("t", "u"):
        register(h, one, 1.0, due_s=9.0, name=name)
    h.deactivate(T, one, 10.0)
    for name in ("t", "u"):
        fire(h, two, 11.01, name=name)
    verdict = decided(h, end_s=12.0)
    assert dict(verdict.classes) == {"fired after deactivation": 2}
    assert verdict.opportunities["fired after deactivation"] == 2
    assert evidence(verdict) == {}


def test_figures_of_a_history_without_timers_or_a_described_run() -> None:
    h, one, _ = history()
    h.call(T, one, 1.0, 2.0, name="ping")
    h.close(END_S)
    events = [event for event in h.events() if not isinstance(event, ev.RunStarted)]
    verdict = verdict_on(Timeline(events, numbered=False), free("timers"))
    assert set(figures(verdict).values()) == {0}
    assert {figure.unit for figure in verdict.figures} == {"", "ms"}


@pytest.mark.parametrize(("last_s", "kept"), [(6.09, 0), (6.1, 1)])
def test_an_actor_is_kept_by_a_timer_from_a_second_after_its_idle_time_out_on(last_s: float, kept: int) -> None:
    h, one, _ = history(idle_timeout_s=4.0)
    register(h, one, 1.0, period_s=1.0)
    register(h, one, 1.0, name="u")
    fire(h, one, last_s)
    fire(h, one, 2.1, name="u")
    assert figures(decided(h))["actors that a timer kept active"] == kept


def test_a_call_that_never_ended_keeps_its_actor_itself() -> None:
    h, one, _ = history(idle_timeout_s=4.0)
    register(h, one, 1.0, period_s=1.0)
    h.turn(T, one, 1.5, None)
    fire(h, one, 30.0)
    assert figures(decided(h))["actors that a timer kept active"] == 0


@pytest.mark.parametrize(
    ("called_s", "fired_s", "gone_s", "faulted_s", "collected"),
    [
        (4.99, 5.0, 6.9, None, 1),
        (5.0, 5.0, 6.9, None, 0),
        (1.2, 5.0, 6.99, None, 1),
        (1.2, 5.0, 7.0, None, 0),
        (1.2, 5.0, 5.0, None, 1),
        (1.2, 5.0, 4.99, None, 0),
        (1.2, 5.0, 6.9, 6.0, 0),
        (1.2, 5.0, 6.9, 7.0, 1),
    ],
)
def test_an_actor_that_is_collected_soon_after_a_callback(
    called_s: float, fired_s: float, gone_s: float, faulted_s: float | None, collected: int
) -> None:
    h, one, _ = history(idle_timeout_s=4.0)
    register(h, one, 1.0, period_s=1.0)
    h.turn(T, one, called_s - 0.1, called_s)
    fire(h, one, fired_s)
    h.deactivate(T, one, gone_s)
    if faulted_s is not None:
        h.fault("pause", "host-2/app", faulted_s, faulted_s + 1.0, units=["host-2/app"])
    assert figures(decided(h))["actors collected though their timer fired"] == collected


def test_a_payload_that_is_no_json_is_another() -> None:
    h, one, _ = history()
    register(h, one, 1.0)
    h.add(
        ev.TurnStarted,
        2.1,
        process=one,
        turn="odd",
        actor=T,
        instance=1,
        cause="timer",
        name="t",
        op=None,
        chain=None,
        data="{",
        callback="tick",
    )
    h.add(ev.TurnEnded, 2.2, process=one, turn="odd", completed=True, result="null")
    assert classes(h) == {"payload changed": 1}


def test_what_comes_after_an_answer_that_cancels_is_neither_wanted_nor_forbidden() -> None:
    h, one, _ = history()
    register(h, one, 1.0, due_s=1.0, period_s=5.0, repetitions=3)
    for at_s in (2.1, 3.1, 4.1, 5.1):
        h.turn(T, one, at_s, at_s + 0.01, cause="timer", name="t", callback="tick", cancels=True)
    assert not decided(h).violations


CART = "Cart/1"


def others(h: History, process: str, at_s: float, *, instance: int = 1, outcome: ev.Outcome = "ok") -> str:
    """A turn of an application of others that registers a timer: due after 1 s, then every 2 s."""
    turn = h.turn(CART, process, at_s, at_s + 0.2, name="add", instance=instance)
    args = {"due_s": 1.0, "period_s": 2.0, "repetitions": None, "ttl_s": None, "data": None, "callback": "tick"}
    where = (at_s + 0.05, at_s + 0.1)
    h.operation(
        CART,
        *where,
        action="register-timer",
        name="t",
        args=args,
        client=turn,
        outcome=outcome,
        process=process,
    )
    return turn


def ticks(h: History, process: str, *at_s: float, instance: int = 1) -> None:
    for each in at_s:
        h.turn(CART, process, each, each + 0.01, cause="timer", name="t", callback="tick", instance=instance)


def leaves(h: History, process: str, at_s: float) -> None:
    h.add(ev.Deactivated, at_s, process=process, actor=CART, instance=1)


def test_timers_that_others_register_in_each_instance_are_judged_by_instance() -> None:
    h, one, two = history(subject="application")
    others(h, one, 1.0)
    ticks(h, one, 2.1, 4.2, 6.3)
    leaves(h, one, 7.0)
    others(h, two, 8.0)
    ticks(h, two, 9.1, 11.2)
    leaves(h, two, 12.0)
    verdict = decided(h)
    assert (verdict.outcome, verdict.missing) == (Outcome.HOLDS, ())
    assert figures(verdict)["timers registered"] == 2
    assert figures(verdict)["callbacks"] == 5


def test_a_tick_of_others_timers_that_never_comes_is_missed() -> None:
    h, one, _ = history(subject="application")
    others(h, one, 1.0)
    ticks(h, one, 2.1)
    assert "missed" in decided(h).classes


def test_what_was_refused_or_asked_for_in_no_known_turn_is_not_judged() -> None:
    h, one, _ = history(subject="application")
    others(h, one, 1.0, outcome="info")
    assert decided(h).outcome is Outcome.HOLDS
    h, one, _ = history(subject="application")
    others(h, one, 1.0)
    h.add(ev.Unattributed, 1.5, process=one, actor=CART, what="unregister-timer", name="t", open=2)
    verdict = decided(h)
    assert (verdict.outcome, figures(verdict)["timers not judged"]) == (Outcome.HOLDS, 1)

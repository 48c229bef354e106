"""What the verdict on timers says beside its classes: doubts, figures, what can't be judged, and evidence."""

from __future__ import annotations

from actorproof.harness.history import events as ev
from actorproof.properties import timers
from actorproof.properties.timeline import Timeline
from actorproof.properties.verdict import Budget, Outcome, Verdict
from tests.properties.builder import History
from tests.properties.terms import free
from tests.properties.timers.make_cases import T, fire, register, unregister
from tests.properties.weaker import leave_out

END_S = 60.0


def history(**run: float) -> tuple[History, str, str]:
    h = History(**run)
    return h, h.app("host-1"), h.app("host-2")


def decided(h: History, *, end_s: float = END_S) -> Verdict:
    h.close(end_s)
    return timers.check(h.timeline(), free("timers"), Budget())


def figures(verdict: Verdict) -> dict[str, float]:
    return {figure.name: figure.value for figure in verdict.figures}


def evidence(verdict: Verdict) -> dict[str, int]:
    return {each.name: each.have for each in verdict.evidence if each.have}


def test_a_machine_that_stood_still_makes_time_a_doubt() -> None:
    h, one, _ = history()
    register(h, one, 1.0)
    h.add(ev.Stalled, 4.0, late_ns=2_000_000_000)
    verdict = decided(h)
    assert (verdict.outcome, [doubt.klass for doubt in verdict.doubts]) == (Outcome.UNKNOWN, ["missed"])


def test_a_wall_clock_that_stepped_makes_an_early_turn_a_doubt() -> None:
    h, one, _ = history()
    register(h, one, 1.0, due_s=5.0)
    h.add(ev.WallStepped, 3.0, step_ns=4_000_000_000)
    fire(h, one, 3.5)
    assert [doubt.klass for doubt in decided(h).doubts] == ["early"]


def test_messages_that_were_held_up_make_a_late_turn_a_doubt() -> None:
    h, one, two = history()
    register(h, one, 1.0, due_s=9.0)
    h.fault("pause", "host-1/app", 9.5, 20.0, units=["host-1/app"])
    h.call(T, two, 15.0, 15.1, name="ping")
    fire(h, two, 21.0)
    verdict = decided(h)
    assert (verdict.outcome, [doubt.klass for doubt in verdict.doubts]) == (
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
    assert "early" in timers.check(Timeline(events), free("timers"), Budget()).classes
    answered = next(at for at, event in enumerate(events) if isinstance(event, ev.Completed))
    verdict = timers.check(Timeline(leave_out(events, answered.__eq__)), free("timers"), Budget())
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

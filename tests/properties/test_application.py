"""Each mistake of an application is told by name, with what to do; what a sound one does is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.run.shipped import mechanisms
from actorproof.properties.causes.cause import Tracing, causes
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.application.parts import A, Seen, reading
from tests.properties.builder import History
from tests.properties.causes.test_causes import sound
from tests.properties.terms import CATALOGUE, free, verdict_on


def judged(h: History) -> Verdict:
    h.close(60.0)
    timeline = h.timeline()
    assert not timeline.problems
    return verdict_on(timeline, free("application"))


def mistakes(h: History) -> list[str]:
    return sorted({violation.anomaly for violation in judged(h).violations})


def cause_of(h: History) -> str:
    """What the one mistake of a history is laid to."""
    (cause,) = causes([sound(Tracing(h.timeline()).trace("application", judged(h).violations[0]))], mechanisms())
    return cause.mechanism.id if cause.mechanism else ""


def test_a_sound_application_makes_no_mistake() -> None:
    h = Seen()
    turn = h.turn(A, h.host, 1.0, 2.0)
    h.save(turn, [("order", "{}")], 1.5, 1.6)
    h.deletes(5.0)
    h.asks(5.05)  # what a deactivation hook saves
    h.turn("Order/2", h.host, 1.0, 2.0)
    h.deactivate("Order/2", h.host, 5.0)
    h.asks(6.0, actor="Order/2")  # the hook is not over yet
    h.asks(7.0, turns=2)  # of one of two turns
    h.asks(7.0, what="call", actor="")
    assert judged(h).outcome is not Outcome.VIOLATED


def test_what_is_asked_for_right_after_a_turn_was_not_waited_for() -> None:
    h = Seen()
    h.turn(A, h.host, 1.0, 2.0)
    h.asks(2.3)
    verdict = judged(h)
    assert [violation.anomaly for violation in verdict.violations] == ["answers before it has finished"]
    assert "await" in verdict.violations[0].summary
    assert "a save of its state, 0.300 s after it and in no turn" in verdict.violations[0].summary
    assert verdict.violations[0].actor == A


def test_what_is_asked_for_long_after_a_turn_is_work_after_it() -> None:
    h = Seen()
    h.turn(A, h.host, 1.0, 2.0)
    h.asks(5.0)
    assert mistakes(h) == ["keeps working after its turn"]


@pytest.mark.parametrize(
    ("count", "turns", "told"),
    [
        (3, 1, "background task on its state"),
        (2, 1, "answers before it has finished"),
        (3, 3, "answers before it has finished"),
        (4, 3, "background task on its state"),
    ],
)
def test_what_is_asked_for_again_and_again_is_a_task(count: int, turns: int, told: str) -> None:
    h = Seen()
    for number in range(turns):
        h.turn(A, h.host, 1.0 + number / 10, 2.0 if number == turns - 1 else 1.05 + number / 10)
    for number in range(count):
        h.asks(2.5 + number)
    (violation,) = judged(h).violations
    assert violation.anomaly == told
    assert f"{count} requests for its state, 0.500 s after it" in violation.summary


def test_of_an_actor_that_is_called_often_others_tell_which_turn_asked() -> None:
    h = Seen()
    h.turn("Order/2", h.host, 1.0, 2.0)
    h.asks(5.0, actor="Order/2")
    for step in range(20):
        h.turn(A, h.host, 10.0 + step, 10.5 + step)
        if step:
            h.asks(10.7 + step)
    assert mistakes(h) == ["keeps working after its turn"]


def test_a_mistake_is_a_cause_that_names_the_application() -> None:
    h = Seen()
    h.turn(A, h.host, 1.0, 2.0)
    h.asks(2.3)
    assert cause_of(h) == "application-answers-early"


@pytest.mark.parametrize("anomaly", CATALOGUE.terms("application", "quick").classes)
def test_every_mistake_has_a_cause_of_its_own(anomaly: str) -> None:
    assert f"application: {anomaly}" in {link for each in mechanisms() for link in each.links}


def test_what_comes_after_a_turn_that_was_lost_from_sight_is_no_mistake() -> None:
    h = Seen()
    h.loses(h.turn(A, h.host, 1.0, None), 2.0)
    h.asks(2.3)
    assert mistakes(h) == []


@pytest.mark.parametrize(("completed", "at_s", "told"), [(False, 2.05, False), (False, 2.2, True), (True, 2.05, True)])
def test_what_comes_just_after_a_turn_that_failed_may_be_its_own(*, completed: bool, at_s: float, told: bool) -> None:
    h = Seen()
    h.turn(A, h.host, 1.0, 2.0, completed=completed)
    h.asks(at_s)
    assert mistakes(h) == (["answers before it has finished"] if told else [])


@pytest.mark.parametrize("completed", [False, True])
@pytest.mark.parametrize(
    ("reason", "left_s", "told"),
    [
        ("gave-up", 1.5, []),
        ("gave-up", 2.1, ["answers before it has finished"]),
        ("status-500", 1.5, ["answers before it has finished"]),
    ],
)
def test_what_comes_after_a_turn_whose_caller_had_gone_is_no_mistake(
    *, completed: bool, reason: str, left_s: float, told: list[str]
) -> None:
    h = Seen()
    op = h.operation(A, 0.9, left_s, outcome="info", reason=reason)
    h.turn(A, h.host, 1.0, 2.0, op=op, completed=completed)
    h.asks(2.2)
    assert mistakes(h) == told


@pytest.mark.parametrize("completed", [False, True])
@pytest.mark.parametrize(("again", "told"), [(True, []), (False, ["answers before it has finished"])])
def test_what_comes_after_a_turn_whose_call_was_given_out_again_is_no_mistake(
    *, again: bool, completed: bool, told: list[str]
) -> None:
    h = Seen()
    op = h.operation(A, 0.9, 4.0)
    h.turn(A, h.host, 1.0, 2.0, op=op, completed=completed)
    h.asks(2.2)
    if again:
        h.turn(A, h.host, 3.0, 3.5, op=op)
    assert mistakes(h) == told


@pytest.mark.parametrize(("status", "told"), [(200, False), (404, True), (500, True), (None, True)])
def test_a_delete_is_answered_with_200(status: int | None, *, told: bool) -> None:
    h = Seen()
    h.turn(A, h.host, 1.0, 2.0)
    h.deletes(5.0, status=status)
    assert mistakes(h) == (["ignores deactivation"] if told else [])


def test_a_delete_that_comes_while_the_application_ends_needs_no_answer() -> None:
    h = Seen()
    h.turn(A, h.host, 1.0, 2.0)
    h.deletes(5.0, status=None)
    h.kill("host-1/app", 5.2)
    assert mistakes(h) == []


@pytest.mark.parametrize(
    ("again", "all_first_ones", "told"),
    [(True, True, []), (False, True, ["ignores deactivation"]), (False, False, [])],
)
def test_an_actor_that_was_deactivated_reads_its_state_again(
    *, again: bool, all_first_ones: bool, told: list[str]
) -> None:
    h = Seen()
    for number in range(3):
        h.reads(h.turn(f"Order/in/{number}", h.host, 1.0, 2.0), 1.5)
    if not all_first_ones:
        h.turn("Order/in/3", h.host, 1.0, 2.0)
    h.loses(h.turn("Order/cut", h.host, 1.0, None), 1.1)  # says nothing: it may have had no time to read
    h.deletes(5.0, actor="Order/in/1")
    turn = h.turn("Order/in/1", h.host, 6.0, 7.0, instance=2)
    if again:
        h.reads(turn, 6.5)
    assert mistakes(h) == told


@pytest.mark.parametrize(
    ("overlaps", "reads_s", "leaving"),
    [(True, 0, False), (False, 6.5, False), (False, 7.5, False), (False, 0, True), (False, 0, False)],
)
def test_of_memory_after_a_delete_nothing_is_said_where_it_may_have_another_reason(
    *, overlaps: bool, reads_s: float, leaving: bool
) -> None:
    h = Seen()
    for number in range(3):
        h.reads(h.turn(f"Order/{number}", h.host, 1.0, 2.0), 1.5)
    if overlaps:
        h.turn("Order/1", h.host, 4.0, 5.5)
    h.deletes(5.0, actor="Order/1")
    h.turn("Order/1", h.host, 6.0, 7.0, instance=2)
    if reads_s:
        h.turn("Order/1", h.host, 6.1, 8.0, instance=2)
        h.asks(reads_s, actor="Order/1", what="read", turns=2)
    if leaving:
        h.signal("host-1/sidecar", 4.9, "SIGTERM")
    assert (mistakes(h) == []) is (overlaps or leaving or 6.0 <= reads_s <= 7.0)


LONG = ["idle time-out shorter than its longest turn"]


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        (lambda h, turn: h.loses(turn, 5.0), LONG),
        (lambda h, turn: h.end(turn, 6.0), LONG),
        (lambda h, turn: (h.save(turn, [("order", "{}")], 1.5, 5.9), h.end(turn, 6.0)), []),
        (lambda h, turn: (h.operation("Order/2", 1.5, 5.9, client=turn), h.end(turn, 6.0)), []),
        (lambda h, turn: (h.pause("host-1/app", 1.2, 3.5), h.end(turn, 6.0)), []),
        (lambda h, turn: (h.pause("host-1/app", 1.2, 3.5), h.end(turn, 8.0)), LONG),
        (lambda h, turn: (h.asks(1.5, turns=2), h.end(turn, 6.0)), []),
        (lambda h, turn: (h.asks(1.5, what="call", actor="", turns=2), h.end(turn, 6.0)), []),
        (lambda h, turn: (h.asks(1.5, actor="Order/2", turns=2), h.end(turn, 6.0)), LONG),
    ],
    ids=[
        "it was lost from sight at it",
        "it took longer",
        "its save waited",
        "its call to an actor waited",
        "its process stood still",
        "its process stood still, and it took longer all the same",
        "what may have been its save waited",
        "what may have been its call waited",
        "what can't have been its save waited",
    ],
)
def test_a_turn_longer_than_the_idle_time_out_is_told_if_that_is_its_own_doing(
    meanwhile: Callable[[Seen, str], object], told: list[str]
) -> None:
    h = Seen(idle_timeout_s=4.0)
    meanwhile(h, h.turn(A, h.host, 1.0, None))
    assert mistakes(h) == told


def test_a_turn_that_answers_200_although_its_save_was_refused_is_told() -> None:
    for reason, told in (("status-400 no", ["200 on failure"]), ("the connection was closed", [])):
        h = Seen()
        turn = h.turn(A, h.host, 1.0, 2.0)
        h.save(turn, [("order", "{}")], 1.5, 1.6, acknowledged=False, reason=reason)
        assert mistakes(h) == told


@pytest.mark.parametrize(("saved", "steps", "told"), [(False, 3, True), (False, 2, False), (True, 3, False)])
def test_answers_that_begin_again_in_another_process_were_never_saved(*, saved: bool, steps: int, told: bool) -> None:
    h = Seen()
    h.kill("host-1/app", 10.0)
    second = h.app("host-1", 11.0, sidecar=False)
    for number in range(2):
        actor = f"Order/{number}"
        for step in range(steps):
            at_s = 1.0 + step + 0.1 * number
            _, turn = h.call(actor, h.host, at_s, at_s + 0.05, result=step + 1)
            if saved:
                h.save(turn, [("n", "1")], at_s + 0.01, at_s + 0.02)
        h.call(actor, second, 12.0 + number, 12.5 + number, result=1)
        h.call(actor, second, 14.0 + number, 14.5 + number, result=9)
    assert mistakes(h) == (["state outside its actor"] if told else [])


def test_of_our_own_hosts_nothing_is_said() -> None:
    h = History()
    h.app("host-1")
    h.exit("host-1/app", 5.0, code=2, expected=False)
    assert judged(h).outcome is Outcome.UNKNOWN


class TestEnds:
    """An application whose process ends although nobody asked it to is told, by what it did last."""

    def seen(self, sdk: str = "dapr-js-sdk") -> Seen:
        h = Seen()
        if sdk:
            h.add(ev.SdkNamed, 0.5, process=h.host, sdk=sdk, version="3.18.0")
        return h

    def ends(self, h: Seen, at_s: float, code: int = 1) -> None:
        h.exit("host-1/app", at_s, code=code, expected=False)

    def test_on_the_delete_of_an_actor_that_it_does_not_hold(self) -> None:
        h = self.seen()
        h.add(ev.Deactivated, 20.0, process=h.host, actor=A, instance=0)
        self.ends(h, 20.1)
        assert mistakes(h) == ["ends on a DELETE"]
        assert cause_of(h) == "sdk-ends-on-needless-delete"

    @pytest.mark.parametrize(("stopped_s", "told"), [(9.9, ["ends by itself"]), (10.5, []), (19.0, [])])
    def test_within_ten_seconds_of_a_pause_is_no_mistake(self, stopped_s: float, told: list[str]) -> None:
        h = self.seen()
        h.pause("host-1/app", stopped_s - 1, stopped_s)
        self.ends(h, 20.1, code=0)
        assert mistakes(h) == told

    def test_a_delete_that_was_answered_is_not_what_ended_it(self) -> None:
        h = self.seen()
        h.add(ev.Deactivated, 20.0, process=h.host, actor=A, instance=0)
        h.add(ev.DeactivationAnswered, 20.01, process=h.host, actor=A, instance=0, status=404)
        self.ends(h, 20.1)
        assert mistakes(h) == ["ends by itself"]
        assert cause_of(h) == "application-ends"

    @pytest.mark.parametrize("lost_s", [None, 20.05, 20.16])
    def test_in_a_turn_whose_save_was_refused(self, lost_s: float | None) -> None:
        h = self.seen()
        turn = h.turn(A, h.host, 20.0, None, cause="reminder", name="remind")
        if lost_s is not None:
            h.loses(turn, lost_s)
        if lost_s is not None and lost_s < 20.1:
            h.asks(20.1)
            h.add(ev.UnattributedRefused, 20.15, process=h.host, actor=A, what="save", name="", reason="status-400 no")
        else:
            h.save(turn, [("order", "{}")], 20.1, 20.15, acknowledged=False, reason="status-400 no")
        self.ends(h, 20.2)
        assert mistakes(h) == ["ends in a turn that failed"]
        assert "remind, whose save was refused (status-400 no)" in judged(h).violations[0].summary
        assert cause_of(h) == "sdk-ends-in-refused-reminder"

    @pytest.mark.parametrize(
        ("sdk", "kind", "what", "cause"),
        [
            ("dapr-js-sdk", "call", "save", "process-ends-in-failed-turn"),
            ("dapr-js-sdk", "reminder", "read", "process-ends-in-failed-turn"),
            ("dapr-dotnet-sdk", "reminder", "save", "process-ends-in-failed-turn"),
            ("dapr-dotnet-sdk", "call", "register-timer", "process-ends-in-failed-turn"),
            ("dapr-dotnet-sdk", None, "save", "process-ends-on-delete"),
            ("", "call", "save", "application-ends-in-failed-turn"),
            ("", "call", "read", "application-ends-in-failed-turn"),
            ("", None, "save", "application-ends-on-delete"),
        ],
    )
    def test_an_end_that_is_not_known_of_the_sdk_is_laid_to_the_application_only_where_there_is_no_sdk(
        self, sdk: str, kind: ev.Cause | None, what: ev.Asked, cause: str
    ) -> None:
        h = self.seen(sdk)
        if kind is None:
            h.add(ev.Deactivated, 20.0, process=h.host, actor=A, instance=0)
        elif what == "save":
            turn = h.turn(A, h.host, 20.0, None, cause=kind, name="remind")
            h.save(turn, [("order", "{}")], 20.1, 20.15, acknowledged=False, reason="status-400 no")
        else:
            turn = h.turn(A, h.host, 20.0, None, cause=kind, name="remind")
            h.ask(turn, what, 20.1, 20.15, ok=False, reason="status-400 no")
        self.ends(h, 20.2)
        assert cause_of(h) == cause

    @pytest.mark.parametrize(
        ("alive", "causes", "cause", "said"),
        [
            (False, ("call", "call"), "process-ends-in-failed-turn", "which of them ended it is not known"),
            (False, ("call", "reminder"), "sdk-ends-in-refused-reminder", "which of them ended it is not known"),
            (False, ("reminder", "reminder"), "sdk-ends-in-refused-reminder", "which of them ended it is not known"),
            (True, ("call", "reminder"), "sdk-ends-in-refused-reminder", "in reminder remind"),
        ],
        ids=["any of them", "any of them, and that of a reminder ends it", "a reminder", "it lived on after the first"],
    )
    def test_of_several_refused_saves_only_that_is_told_which_can_have_ended_it(
        self, *, alive: bool, causes: tuple[ev.Cause, ev.Cause], cause: str, said: str
    ) -> None:
        h = self.seen()
        for number, kind in enumerate(causes):
            at_s = 20.0 + number / 20
            turn = h.turn(f"{A}{number}", h.host, at_s, None, cause=kind, name="remind")
            h.save(turn, [("order", "{}")], at_s + 0.1, at_s + 0.15, acknowledged=False, reason="status-400 no")
        if alive:
            h.turn(f"{A}-other", h.host, 20.26, 20.27)
        self.ends(h, 20.7)
        assert mistakes(h) == ["ends in a turn that failed"]
        assert cause_of(h) == cause
        (violation,) = judged(h).violations
        assert said in violation.summary
        assert violation.actor == (f"{A}1" if alive else "-")

    @pytest.mark.parametrize(
        ("came_s", "answered_s", "goes_on", "told"),
        [
            (20.1, None, False, "ends in a turn that failed"),
            (20.1, 20.5, False, "ends in a turn that failed"),
            (20.1, 20.5, True, "ends by itself"),
            (20.4, None, False, "ends by itself"),
        ],
        ids=["before", "before, and it did nothing after an answer", "it did something after one", "after"],
    )
    def test_what_a_process_did_late_about_what_came_before_a_refusal_does_not_show_that_it_outlived_it(
        self, came_s: float, answered_s: float | None, *, goes_on: bool, told: str
    ) -> None:
        h = self.seen()
        turn = h.turn(A, h.host, 20.0, None, cause="reminder", name="remind")
        h.save(turn, [("order", "{}")], 20.1, 20.15, acknowledged=False, reason="status-400 no")
        other = h.turn(f"{A}-other", h.host, came_s, None)
        h.save(other, [("order", "{}")], 20.45, answered_s)
        if goes_on:
            h.save(other, [("order", "{}")], 20.6, None)
        self.ends(h, 20.7)
        assert mistakes(h) == [told]

    def test_what_went_on_to_ask_after_a_refusal_did_not_end_of_it(self) -> None:
        h = self.seen()
        turn = h.turn(A, h.host, 20.0, None, cause="reminder", name="remind")
        h.save(turn, [("order", "{}")], 20.1, 20.15, acknowledged=False, reason="status-400 no")
        h.save(turn, [("order", "{}")], 20.16, None)
        self.ends(h, 20.2)
        assert mistakes(h) == ["ends by itself"]

    @pytest.mark.parametrize(
        ("lost", "what", "told"), [(True, "save", True), (True, "read", False), (False, "save", False)]
    )
    def test_a_refused_save_of_no_turn_is_that_of_the_turn_that_was_lost(
        self, *, lost: bool, what: ev.Asked, told: bool
    ) -> None:
        h = self.seen()
        turn = h.turn(A, h.host, 20.0, None if lost else 20.05)
        if lost:
            h.loses(turn, 20.05)
        h.add(ev.UnattributedRefused, 20.15, process=h.host, actor=A, what=what, name="", reason="status-400 no")
        self.ends(h, 20.2)
        assert mistakes(h) == ["ends in a turn that failed" if told else "ends by itself"]

    def test_of_several_requests_of_a_turn_the_last_is_what_was_refused(self) -> None:
        h = self.seen()
        turn = h.turn(A, h.host, 20.0, None, cause="reminder", name="remind")
        h.ask(turn, "read", 20.02, None)
        for at_s, reason in ((20.05, "status-400 first"), (20.1, "status-400 last")):
            h.save(turn, [("order", "{}")], at_s, at_s + 0.02, acknowledged=False, reason=reason)
        self.ends(h, 20.2)
        (violation,) = judged(h).violations
        assert violation.anomaly == "ends in a turn that failed"
        assert "whose save was refused (status-400 last)" in violation.summary

    def test_what_was_asked_to_end_is_not_judged(self) -> None:
        h = self.seen()
        h.signal("host-1/app", 20.0, "SIGTERM")
        self.ends(h, 20.2)
        assert mistakes(h) == []

    @pytest.mark.parametrize("code", [-1, 128, 74])
    def test_what_a_signal_or_the_witness_ended_is_not_judged(self, code: int) -> None:
        h = self.seen()
        self.ends(h, 20.2, code=code)
        assert mistakes(h) == []

    def test_what_ends_when_its_sidecar_is_away_is_not_judged(self) -> None:
        h = self.seen()
        h.kill("host-1/sidecar", 15.0)
        self.ends(h, 20.0)
        assert mistakes(h) == []


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({}, True),
        ({"failed": False}, False),
        ({"writes": True}, False),
        ({"readers": 2}, False),
        ({"beside": (2.8, 2.9)}, True),
        ({"beside": (2.8, 3.1)}, False),
        ({"beside": (3.4, 3.9)}, False),
        ({"beside": (3.6, 3.9)}, True),
    ],
)
def test_what_a_reading_method_saves_after_a_failed_turn_is_that_turns(how: dict[str, Any], *, told: bool) -> None:
    assert mistakes(reading(**how)) == (["keeps a failed turn's changes"] if told else [])


def test_a_save_that_is_refused_after_the_answer_is_no_answer_of_200_on_failure() -> None:
    h = Seen()
    turn = h.turn(A, h.host, 1.0, 2.0)
    h.save(turn, [("order", "{}")], 1.5, 2.1, acknowledged=False, reason="status-400 no")
    assert mistakes(h) == []


@pytest.mark.parametrize(("sdk", "cause"), [("dapr-go-sdk", "sdk-drops-errors"), ("", "application-says-well")])
def test_a_call_that_has_to_fail_and_is_answered_with_200_is_told(sdk: str, cause: str) -> None:
    declared = (ev.DeclaredMethod(name="refuse", effect="fails"),)
    h = Seen(types=(ev.DeclaredType(name="Order", methods=declared),))
    if sdk:
        h.add(ev.SdkNamed, 0.5, process=h.host, sdk=sdk, version="1.11.0")
    h.turn(A, h.host, 1.0, 2.0, name="refuse", completed=False)
    assert mistakes(h) == []
    h.turn(A, h.host, 3.0, 4.0, name="refuse")
    assert mistakes(h) == ["200 on failure"]
    assert cause_of(h) == cause


@pytest.mark.parametrize(
    ("sdk", "cause"), [("dapr-java-sdk", "sdk-misspells-a-setting"), ("", "application-misspells-a-setting")]
)
def test_a_setting_that_the_runtime_does_not_read_is_told(sdk: str, cause: str) -> None:
    h = Seen(unread=(("drainBalancedActors", "drainRebalancedActors"),))
    if sdk:
        h.add(ev.SdkNamed, 0.5, process=h.host, sdk=sdk, version="1.16.1")
    assert mistakes(h) == ["setting that is not read"]
    assert cause_of(h) == cause


@pytest.mark.parametrize(("health", "said"), [(None, "nothing"), (404, "404"), (299, ""), (300, "300")])
def test_an_application_without_a_health_route_is_told(health: int | None, said: str) -> None:
    found = [violation.summary.partition(": ")[0] for violation in judged(Seen(health=health)).violations]
    assert found == ([f"GET /healthz is answered with {said}"] if said else [])


def test_an_answer_that_its_invariant_forbids_is_told() -> None:
    h = Seen()
    op, _ = h.call(A, h.host, 1.0, 1.5, result=-1)
    h.add(ev.InvariantBroken, 1.6, op=op, reason="it is not so")
    assert mistakes(h) == ["breaks its invariant"]
    assert cause_of(h) == "application-breaks-its-invariant"

"""Causes: a violation belongs to a mechanism only where the history proves each of its links."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from actorproof.properties import causes as package
from actorproof.properties.causes.cause import Cause, Tracing, causes
from actorproof.properties.causes.mechanism import parse
from actorproof.properties.verdict.findings import Violation
from actorproof.properties.views.timeline import ref
from tests.properties.builder import History, ns

MECHANISMS = parse((Path(package.__file__).parent / "mechanisms.toml").read_text("utf-8"))
ACTOR = "Ledger/a"


def found(history: History, *turns: str, actor: str = ACTOR) -> Cause:
    """The one cause of a violation that names these turns."""
    timeline = history.timeline()
    named = [timeline.turn(turn) for turn in turns]
    events = tuple(ref(turn.start, "turn begins") for turn in named if turn is not None)
    violation = Violation(anomaly="any", actor=actor, summary="turns ran at once", events=events, at_ns=events[-1].t_ns)
    (cause,) = causes([Tracing(timeline).trace("turns", violation)], MECHANISMS)
    return cause


UNDISTURBED = "lock-lets-two-in"
"""Where two turns run at once although nothing had changed: what a proof that fails comes down to."""


def named(history: History, *turns: str, actor: str = ACTOR) -> str:
    """The id of the mechanism of a violation that names these turns; empty where nothing is proved."""
    mechanism = found(history, *turns, actor=actor).mechanism
    return mechanism.id if mechanism else ""


def two_hosts(**run: object) -> tuple[History, str, str]:
    h = History(**run)
    one, two = h.app("host-1"), h.app("host-2")
    h.table(0.1, 1, ["host-1", "host-2"])
    h.phase("ready", 0.5)
    return h, one, two


def drained(*, save_s: float | None) -> Cause:
    """Table 2 comes at 10 s, the drain of 4 s gives up on a turn that began at 9.9 s; its save took `save_s`."""
    h, one, _ = two_hosts(drain_timeout_s=4.0)
    op = h.operation(ACTOR, 9.8, 15.0, turn="t2")
    h.turn(ACTOR, one, 9.9, 14.05, op=op, turn="t1")
    if save_s is not None:
        h.save("t1", [("count", "1")], 10.0, 10.0 + save_s, acknowledged=False)
    h.table(10.0, 2, ["host-1"])
    h.turn(ACTOR, one, 14.02, 14.9, op=op, turn="t2")
    h.close(20.0)
    return found(h, "t1", "t2")


def test_a_save_that_lasts_as_long_as_its_drain_is_told_as_blocked_by_it() -> None:
    cause = drained(save_s=4.0)
    assert cause.mechanism is not None
    assert cause.mechanism.id == "save-waits-for-its-own-drain"
    kinds = [link.kind for link in cause.example.links]
    assert kinds == ["table changed", "runtime call blocked", "drain gave up", "executed again", "ran at once"]


def test_a_drain_is_told_to_end_when_it_had_run_out_and_why_that_is_sooner_after_the_table_was_seen() -> None:
    h, one, _ = two_hosts(drain_timeout_s=4.0)
    h.turn(ACTOR, one, 9.0, 13.6, turn="t1")
    h.table(10.0, 2, ["host-1"])
    h.turn(ACTOR, one, 13.5, 13.9, turn="t2")
    h.close(20.0)
    (gave_up,) = [link for link in found(h, "t1", "t2").example.links if link.kind == "drain gave up"]
    assert gave_up.at_ns == ns(13.5)
    assert gave_up.said == "the drain of 4.0 s ran out on turn t1 (the table had changed 0.5 s before it was seen)"
    told = next(link for link in drained(save_s=None).example.links if link.kind == "drain gave up")
    assert told.at_ns == ns(14.0)
    assert told.said == "the drain of 4.0 s ran out on turn t1"


@pytest.mark.parametrize("save_s", [None, 0.002, 1.0])
def test_a_drain_that_gives_up_on_a_turn_with_short_saves_is_told_without_them(save_s: float | None) -> None:
    cause = drained(save_s=save_s)
    assert cause.mechanism is not None
    assert cause.mechanism.id == "drain-cancels-long-turns"


@pytest.mark.parametrize(("again", "mechanism"), [(True, "drain-off-takes-calls-back"), (False, "")])
def test_with_drain_off_a_new_table_is_the_cause_where_the_call_was_taken_back(*, again: bool, mechanism: str) -> None:
    h, one, _ = two_hosts(drain_enabled=False, drain_timeout_s=4.0)
    op = h.operation(ACTOR, 9.0, 16.0, turn="t2")
    h.turn(ACTOR, one, 9.1, 14.0, op=op, turn="t1")
    h.table(10.0, 2, ["host-1"])
    h.turn(ACTOR, one, 11.0, 15.9, op=op if again else None, turn="t2")
    h.close(20.0)
    assert named(h, "t1", "t2") == mechanism


@pytest.mark.parametrize("more", [0, 1, 3])
def test_a_drain_that_gave_up_is_told_although_other_tables_came_while_it_lasted(more: int) -> None:
    h, one, _ = two_hosts(drain_timeout_s=4.0)
    h.turn(ACTOR, one, 9.9, 16.0, turn="t1")
    for version in range(more + 1):
        h.table(10.0 + version, 2 + version, ["host-1"])
    h.turn(ACTOR, one, 14.1, 14.9, turn="t2")
    h.close(20.0)
    assert named(h, "t1", "t2") == "drain-cancels-long-turns"


def idle(*, told: bool, table_s: float | None = None) -> History:
    h, one, _ = two_hosts(idle_timeout_s=2.0, drain_timeout_s=1.0)
    h.turn(ACTOR, one, 9.0, 16.0, turn="t1")
    if told:
        h.deactivate(ACTOR, one, 11.01)
    if table_s is not None:
        h.table(table_s, 2, ["host-1"])
    h.turn(ACTOR, one, 12.0, 12.1, turn="t2", instance=2)
    h.close(20.0)
    return h


def test_an_idle_time_out_over_an_open_turn_is_told_when_its_actor_was_told_to_end() -> None:
    cause = found(idle(told=True), "t1", "t2")
    assert cause.mechanism is not None
    assert cause.mechanism.id == "idle-time-out-cancels-a-turn"


@pytest.mark.parametrize(("table_s", "mechanism"), [(8.8, "idle-time-out-cancels-a-turn"), (12.5, "")])
def test_an_idle_time_out_is_told_unless_the_table_changed_under_its_turn(table_s: float, mechanism: str) -> None:
    h, one, _ = two_hosts(idle_timeout_s=2.0, drain_timeout_s=4.0)
    h.turn(ACTOR, one, 9.0, 16.0, turn="t1")
    h.table(table_s, 2, ["host-1"])
    h.deactivate(ACTOR, one, 11.6 if table_s > 10 else 11.0)
    h.turn(ACTOR, one, 11.7, 11.9, turn="t2", instance=2)
    h.close(20.0)
    assert named(h, "t1", "t2") == mechanism


def test_no_idle_time_out_is_told_without_a_deactivation() -> None:
    assert named(idle(told=False), "t1", "t2") == UNDISTURBED


def test_the_table_of_the_start_is_no_change() -> None:
    h, one, _ = two_hosts(drain_timeout_s=4.0)
    h.turn(ACTOR, one, 0.6, 8.0, turn="t1")
    h.turn(ACTOR, one, 6.0, 6.1, turn="t2")
    h.close(20.0)
    assert named(h, "t1", "t2") == UNDISTURBED


def queue(*, left_s: float, begun: bool = False, second_s: float = 10.0) -> History:
    """A caller waits behind t1 and goes away at `left_s`; t2 begins at `second_s`."""
    h, one, _ = two_hosts()
    first = h.operation(ACTOR, 9.0, 11.1, turn="t1")
    waiting = h.operation(ACTOR, 9.2, left_s, outcome="info", reason="gave-up")
    second = h.operation(ACTOR, 9.3, 10.95, turn="t2")
    h.turn(ACTOR, one, 9.1, 11.0, op=first, turn="t1")
    if begun:
        h.turn(ACTOR, one, 9.25, 9.3, op=waiting, turn="t0")
    h.turn(ACTOR, one, second_s, 10.5, op=second, turn="t2")
    h.close(20.0)
    return h


def test_a_queued_caller_that_leaves_just_before_is_what_let_the_next_turn_in() -> None:
    cause = found(queue(left_s=9.999), "t1", "t2")
    assert cause.mechanism is not None
    assert cause.mechanism.id == "front-of-the-queue-is-removed"


@pytest.mark.parametrize(
    "history", [queue(left_s=10.001), queue(left_s=9.25, second_s=10.4), queue(left_s=9.9, begun=True)]
)
def test_a_caller_that_left_later_or_long_before_or_was_served_let_nobody_in(history: History) -> None:
    assert named(history, "t1", "t2") == UNDISTURBED


@pytest.mark.parametrize("via", ["host-2", "host-1"])
def test_word_of_a_caller_may_come_when_the_first_turn_has_begun(via: str) -> None:
    h, one, _ = two_hosts()
    running, first, second = (h.operation(ACTOR, 9.0, 11.1) for _ in range(3))
    h.operation(ACTOR, 9.2, 9.9, outcome="info", reason="cut-off", via=via)
    h.turn(ACTOR, one, 9.1, 9.99, op=running, turn="t0")
    h.turn(ACTOR, one, 10.0, 11.0, op=first, turn="t1")
    h.turn(ACTOR, one, 10.003, 11.0, op=second, turn="t2")
    h.close(20.0)
    assert named(h, "t1", "t2") == "front-of-the-queue-is-removed"


@pytest.mark.parametrize(("gone_s", "known"), [(9.9, True), (10.1, False)])
def test_a_caller_that_gives_up_counts_only_before_the_second_turn(gone_s: float, known: bool) -> None:  # noqa: FBT001
    h, one, _ = two_hosts()
    first = h.operation(ACTOR, 9.0, gone_s, outcome="info", reason="gave-up")
    h.turn(ACTOR, one, 9.1, 11.0, op=first, turn="t1")
    h.turn(ACTOR, one, 10.0, 10.5, turn="t2")
    h.close(20.0)
    assert named(h, "t1", "t2") == ("caller-gives-up" if known else UNDISTURBED)


@pytest.mark.parametrize(
    ("again", "acknowledged", "at_once", "known"),
    [(False, True, True, True), (True, True, True, False), (False, False, True, False), (False, True, False, False)],
)
def test_what_two_turns_at_once_left_is_told_when_a_later_instance_begins_with_it(
    *, again: bool, acknowledged: bool, at_once: bool, known: bool
) -> None:
    """t1 is abandoned and saves over what t2 saved; t3 begins with that, unless there was another commit."""
    h, one, two = two_hosts()
    op = h.operation(ACTOR, 1.0, 1.5, outcome="info", reason="gave-up", give_up_s=0.5)
    h.turn(ACTOR, one, 1.1, 3.0 if at_once else 1.9, op=op, turn="t1")
    h.turn(ACTOR, one, 2.0, 2.5, turn="t2")
    first = h.save("t2", [("value", "56")], 2.1, 2.2, acknowledged=acknowledged)
    h.commit(first, 2.1, 2.3)
    left = h.save("t1", [("value", "55")], 1.8, 2.9 if at_once else 1.85)
    h.commit(left, 2.3, 2.8)
    if again:
        h.turn(ACTOR, one, 4.0, 4.5, turn="t4")
        h.commit(h.save("t4", [("value", "60")], 4.1, 4.2), 4.1, 4.3)
    h.turn(ACTOR, two, 9.0, 9.5, turn="t3")
    h.close(20.0)
    assert named(h, "t3") == ("caller-gives-up" if known else "")


def test_a_caller_is_gone_when_the_sidecar_that_it_asked_dies() -> None:
    h, one, _ = two_hosts()
    first = h.operation(ACTOR, 9.0, 10.05, outcome="info", reason="cut-off", via="host-2")
    h.turn(ACTOR, one, 9.1, 11.0, op=first, turn="t1")
    h.fault("kill", "host-2/sidecar", 9.99, 12.0, units=["host-2/sidecar"])
    h.kill("host-2/sidecar", 9.995)
    h.turn(ACTOR, one, 10.0, 10.5, turn="t2")
    h.close(20.0)
    cause = found(h, "t1", "t2")
    assert cause.mechanism is not None
    assert cause.mechanism.id == "caller-gives-up"
    assert cause.example.links[0].said == "kill host-2/sidecar"


def test_an_overlap_is_followed_back_to_the_turns_that_ran_at_once_before_it() -> None:
    h = queue(left_s=9.999)
    h.turn(ACTOR, "host-1/app#1", 10.51, 11.5, turn="t3")
    h.turn(ACTOR, "host-1/app#1", 11.01, 11.6, turn="t4")
    cause = found(h, "t3", "t4")
    assert cause.mechanism is not None
    assert cause.mechanism.id == "front-of-the-queue-is-removed"


def test_a_queue_is_followed_back_through_turns_that_each_ran_beside_the_one_before() -> None:
    h = queue(left_s=9.999)
    h.turn(ACTOR, "host-1/app#1", 10.4, 13.0, turn="t3")
    h.turn(ACTOR, "host-1/app#1", 12.5, 12.6, turn="t4")
    cause = found(h, "t3", "t4")
    assert cause.mechanism is not None
    assert cause.mechanism.id == "front-of-the-queue-is-removed"


def test_a_caller_is_gone_when_the_link_to_the_actors_host_is_closed() -> None:
    h, one, _ = two_hosts()
    first = h.operation(ACTOR, 9.0, 12.0, via="host-2", turn="t3")
    h.turn(ACTOR, one, 9.1, 11.0, op=first, turn="t1")
    h.fault("cut", "peers>host-1", 9.9, 9.95, links=["peers>host-1"])
    h.turn(ACTOR, one, 10.0, 10.5, turn="t2")
    h.close(20.0)
    assert named(h, "t1", "t2") == "caller-gives-up"


@pytest.mark.parametrize("told", [True, False])
def test_an_instance_that_was_left_and_answers_again_is_told_from_its_answer_alone(told: bool) -> None:  # noqa: FBT001
    h, one, two = two_hosts()
    h.turn(ACTOR, one, 9.0, 9.1, turn="t1")
    h.kill("host-1/sidecar", 10.0)
    h.turn(ACTOR, two, 12.0, 12.1, turn="t2")
    h.start("host-1/sidecar", 13.0)
    if told:
        h.deactivate(ACTOR, one, 13.5)
    h.turn(ACTOR, one, 14.0, 14.1, instance=2 if told else 1, turn="t3")
    h.close(60.0)
    assert named(h, "t3") == ("" if told else "sidecar-dies-application-lives")


def host_down(what: Callable[[History], None]) -> Cause:
    h, one, two = two_hosts()
    h.turn(ACTOR, one, 9.0, 14.0, turn="t1")
    what(h)
    h.turn(ACTOR, two, 12.0, 12.5, turn="t2")
    h.close(60.0)
    return found(h, "t1", "t2")


@pytest.mark.parametrize(
    ("what", "mechanism"),
    [
        (lambda h: h.pause("host-1/app", 10.0, 13.0), "host-stood-still"),
        (lambda h: h.kill("host-1/sidecar", 10.0), "sidecar-dies-application-lives"),
        (lambda h: h.signal("host-1/sidecar", 10.0, "SIGTERM"), "host-leaves-before-its-turns-end"),
        (
            lambda h: h.fault("cut", "host-1>placement-0", 10.0, 13.0, links=["host-1>placement-0"]),
            "host-without-placement-goes-on",
        ),
        (lambda _: None, UNDISTURBED),
        (lambda h: h.fault("delay", "host-2>store", 10.0, 13.0, links=["host-2>store"]), ""),
    ],
)
def test_what_became_of_the_first_turns_host_is_told(what: Callable[[History], None], mechanism: str) -> None:
    cause = host_down(what)
    assert (cause.mechanism.id if cause.mechanism else "") == mechanism


def timer(*, host: str, instance: int, callback: str) -> Cause:
    h, one, two = two_hosts()
    op = h.operation("Ticker/a", 1.0, 1.2, name="start", args={"name": "t", "due_s": 1}, turn="t1")
    h.turn("Ticker/a", one, 1.05, 1.1, op=op, name="start", turn="t1")
    process = one if host == "host-1" else two
    h.turn("Ticker/a", process, 5.0, 5.1, cause="timer", name="t", callback=callback, instance=instance, turn="t2")
    h.close(60.0)
    return found(h, "t1", "t2", actor="Ticker/a")


@pytest.mark.parametrize(
    ("host", "instance", "callback", "mechanism"),
    [
        ("host-2", 1, "", "timer-callback-lost"),
        ("host-2", 1, "tick", "timer-outlives-its-actor"),
        ("host-1", 2, "tick", "timer-outlives-its-actor"),
        ("host-1", 1, "tick", ""),
    ],
)
def test_a_timers_mechanism_is_told_by_where_and_how_it_fires(
    host: str, instance: int, callback: str, mechanism: str
) -> None:
    cause = timer(host=host, instance=instance, callback=callback)
    assert (cause.mechanism.id if cause.mechanism else "") == mechanism


def test_what_comes_after_all_that_a_violation_names_is_no_cause_of_it() -> None:
    h, one, two = two_hosts()
    op = h.operation("Ticker/a", 1.0, 1.2, name="start", args={"name": "t", "due_s": 1}, turn="t1")
    h.turn("Ticker/a", one, 1.05, 1.1, op=op, name="start", turn="t1")
    h.turn("Ticker/a", two, 5.0, 15.0, cause="timer", name="t", callback="", turn="t2")
    h.kill("host-2/sidecar", 10.0)
    h.turn("Ticker/a", one, 12.0, 12.5, turn="t3")
    h.close(60.0)
    assert named(h, "t1", "t2", actor="Ticker/a") == "timer-callback-lost"
    assert named(h, "t2", "t3", actor="Ticker/a") == "sidecar-dies-application-lives"


@pytest.mark.parametrize(("second_s", "known"), [(6.0, True), (6.9, False)])
def test_a_fixed_rate_is_told_when_the_next_tick_does_not_wait_for_the_callback(
    second_s: float,
    known: bool,  # noqa: FBT001
) -> None:
    h, one, _ = two_hosts()
    op = h.operation("Ticker/a", 1.0, 1.2, name="start", args={"name": "t", "due_s": 1, "period_s": 1}, turn="t1")
    h.turn("Ticker/a", one, 1.05, 1.1, op=op, name="start", turn="t1")
    h.turn("Ticker/a", one, 5.0, 5.6, cause="timer", name="t", callback="tick", turn="t2")
    h.turn("Ticker/a", one, second_s, second_s + 0.1, cause="timer", name="t", callback="tick", turn="t3")
    h.close(60.0)
    cause = found(h, "t1", "t2", "t3", actor="Ticker/a")
    assert cause.mechanism is not None
    assert (cause.mechanism.id == "timer-at-a-fixed-rate") is known


@pytest.mark.parametrize(
    ("ends_s", "told_s", "mechanism"),
    [
        (14.0, 12.05, "idle-time-out-cancels-a-turn"),
        # The sidecar's idle clock starts before the turn is witnessed.
        (14.0, 11.98, "idle-time-out-cancels-a-turn"),
        (11.0, 12.05, "idle-time-out-counts-from-the-start"),
        (14.0, 10.5, "instance-ended-in-use"),
        (10.2, 10.5, "instance-ended-early"),
        (10.2, 13.5, ""),
    ],
)
def test_an_instance_that_is_told_to_end_is_told_by_what_had_passed(
    ends_s: float, told_s: float, mechanism: str
) -> None:
    h, one, _ = two_hosts(idle_timeout_s=2.0)
    h.turn(ACTOR, one, 10.0, ends_s, turn="t1")
    h.deactivate(ACTOR, one, told_s)
    h.close(60.0)
    timeline = h.timeline()
    events = tuple(ref(turn.start, "turn begins") for turn in timeline.turns)
    violation = Violation(anomaly="any", actor=ACTOR, summary="s", events=events, at_ns=ns(told_s))
    (cause,) = causes([Tracing(timeline).trace("lifecycle", violation)], MECHANISMS)
    assert (cause.mechanism.id if cause.mechanism else "") == mechanism
    if mechanism == "instance-ended-in-use":
        assert cause.example.links[0].said.endswith(
            "while turn t1 ran, 0.5 s old, 10.4 s after the last table came up; the idle time-out was 2.0 s"
        )


@pytest.mark.parametrize(
    ("away", "mechanism"), [(True, "tick-lost-while-a-part-was-away"), (False, "tick-never-delivered")]
)
def test_a_missed_tick_is_told_by_what_was_away_when_it_was_due(away: bool, mechanism: str) -> None:  # noqa: FBT001
    h, _, _ = two_hosts()
    actor = "Recorder/a"
    args = {"due_s": 1.0, "period_s": 2.0, "repetitions": 3}
    h.operation(actor, 1.0, 1.1, action="register-reminder", name="r", args=args)
    if away:
        h.kill("host-1/app", 3.0)
        h.app("host-1", 5.0, sidecar=False)
    h.turn(actor, "host-2/app#1", 2.0, 2.01, cause="reminder", name="r", turn="t1")
    h.turn(actor, "host-2/app#1", 6.0, 6.01, cause="reminder", name="r", turn="t2")
    h.close(60.0)
    timeline = h.timeline()
    events = (ref(timeline.operations[0].start, "registered"),)
    violation = Violation(anomaly="any", actor=actor, summary="s", events=events, at_ns=ns(4.0))
    (cause,) = causes([Tracing(timeline).trace("reminders", violation)], MECHANISMS)
    assert cause.mechanism is not None
    assert cause.mechanism.id == mechanism


def test_violations_of_several_guarantees_that_share_links_are_one_cause() -> None:
    h = queue(left_s=9.999)
    timeline = h.timeline()
    events = tuple(ref(turn.start, "turn begins") for turn in timeline.turns)
    tracing = Tracing(timeline, part="churn")
    traced = [
        tracing.trace(guarantee, Violation(anomaly="any", actor=ACTOR, summary="s", events=events, at_ns=ns(10.0)))
        for guarantee in ("turns", "durability")
    ]
    (cause,) = causes(traced, MECHANISMS)
    assert cause.lost == {"turns": 1, "durability": 1}
    assert cause.incidents == 1
    assert {each.part for each in cause.traced} == {"churn"}


def test_what_nothing_explains_comes_last_and_stays_one_by_one() -> None:
    h, one, _ = two_hosts()
    h.fault("delay", "host-2>store", 9.0, 13.0, links=["host-2>store"])
    h.turn(ACTOR, one, 9.1, 11.0, turn="t1")
    h.turn(ACTOR, one, 10.0, 10.5, turn="t2")
    h.turn("Ledger/b", one, 9.1, 11.0, turn="t3")
    h.turn("Ledger/b", one, 10.0, 10.5, turn="t4")
    h.close(20.0)
    timeline = h.timeline()
    tracing = Tracing(timeline)
    traced = [
        tracing.trace(
            "turns",
            Violation(
                anomaly="any",
                actor=actor,
                summary="s",
                events=tuple(ref(turn.start, "begins") for turn in timeline.turns_by_actor[actor]),
                at_ns=ns(10.0),
            ),
        )
        for actor in (ACTOR, "Ledger/b")
    ]
    (cause,) = causes(traced, MECHANISMS)
    assert (cause.mechanism, cause.incidents, len(cause.traced)) == (None, 2, 2)


def waiting(*, whose: str) -> Cause:
    """A turn that is made to fail as the drain of 4 s runs out, and is run again; a save of it or of another waited."""
    h, one, two = two_hosts(drain_timeout_s=4.0)
    op = h.operation(ACTOR, 9.8, 15.0, turn="t2")
    h.turn(ACTOR, one, 9.9, 14.05, op=op, turn="t1", completed=False)
    h.turn("Ledger/b", one, 9.9, 14.05, turn="t3")
    h.save(whose, [("count", "1")], 10.5, 14.04, acknowledged=False)
    h.table(10.0, 2, ["host-1"])
    h.turn(ACTOR, two, 14.1, 14.9, op=op, turn="t2")
    h.close(20.0)
    timeline = h.timeline()
    first, second = timeline.turn("t1"), timeline.turn("t2")
    operation = timeline.operation(op)
    assert first is not None
    assert second is not None
    assert operation is not None
    events = (ref(operation.start, "call"), ref(first.start, "turn starts"), ref(second.start, "on the new owner"))
    violation = Violation(anomaly="any", actor=ACTOR, summary="s", events=events, at_ns=ns(14.05))
    (cause,) = causes([Tracing(timeline).trace("drain", violation)], MECHANISMS)
    return cause


@pytest.mark.parametrize(
    ("whose", "mechanism"), [("t1", "save-waits-for-its-own-drain"), ("t3", "change-breaks-a-turn")]
)
def test_a_turn_waited_for_itself_only_when_the_save_that_waited_was_its_own(whose: str, mechanism: str) -> None:
    cause = waiting(whose=whose)
    assert cause.mechanism is not None
    assert cause.mechanism.id == mechanism


def asked(h: History, *ops: str, turns: tuple[str, ...] = (), actor: str = ACTOR) -> str:
    """The mechanism of a silence that names these calls and turns; empty when none is found."""
    h.close(100.0)
    timeline = h.timeline()
    named = [timeline.operation(op) for op in ops] + [timeline.turn(turn) for turn in turns]
    events = tuple(ref(each.start, "named") for each in named if each is not None)
    violation = Violation(anomaly="any", actor=actor, summary="s", events=events, at_ns=max(e.t_ns for e in events))
    (cause,) = causes([Tracing(timeline).trace("failover", violation)], MECHANISMS)
    return cause.mechanism.id if cause.mechanism else ""


@pytest.mark.parametrize(
    ("part", "hosts", "mechanism"),
    [
        ("app", ["host-1", "host-2"], "dead-application-keeps-its-actors"),
        ("app", ["host-2"], "actors-of-a-lost-host-stay-silent"),
        ("sidecar", ["host-1", "host-2"], "actors-of-a-lost-host-stay-silent"),
    ],
)
def test_a_dead_application_keeps_its_actors_only_while_its_host_stands_in_the_table(
    part: str, hosts: list[str], mechanism: str
) -> None:
    h, _, _ = two_hosts()
    h.fault("kill", f"host-1/{part}", 10.0, 80.0, units=[f"host-1/{part}"])
    h.kill(f"host-1/{part}", 10.0)
    h.table(20.0, 2, hosts)
    op = h.operation(ACTOR, 60.0, 62.0, outcome="info", reason="deadline", via="host-2")
    assert asked(h, op) == mechanism


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_table_silences_everybody_only_where_nobody_answered(elsewhere: bool) -> None:  # noqa: FBT001
    h, one, two = two_hosts()
    h.turn(ACTOR, one, 9.5, 9.6, turn="before")
    h.table(10.0, 2, ["host-1", "host-2"])
    op = h.operation(ACTOR, 10.0, 12.0, outcome="info", reason="deadline", via="host-2")
    if elsewhere:
        h.turn("Ledger/b", two, 20.0, 20.1)
    h.turn(ACTOR, one, 30.0, 30.1, turn="after")
    assert asked(h, op, turns=("before", "after")) == ("" if elsewhere else "table-silences-everybody")


@pytest.mark.parametrize(
    ("actor", "other", "mechanism"),
    [
        ("Recorder/..", "", "id-in-no-path"),
        ("Recorder/%", "", "id-in-no-path"),
        ("Recorder/a%2Fb", "Recorder/a/b", "id-decoded-again"),
        ("Recorder/a%2Fb", "", "tick-never-delivered"),
        ("Recorder/a", "", "tick-never-delivered"),
    ],
)
def test_a_tick_is_lost_by_its_actors_id_only_where_that_id_shows(actor: str, other: str, mechanism: str) -> None:
    h, one, _ = two_hosts()
    op = h.operation(actor, 1.0, 1.1, action="register-reminder", name="r", args={"due_s": 2.0, "data": "r"})
    if other:
        h.turn(other, one, 3.1, 3.2, cause="reminder", name="r", data="r")
    assert asked(h, op, actor=actor) == mechanism


@pytest.mark.parametrize(
    ("stored", "mechanism"), [("9007199254740992", "number-rounded"), ("7", "save-acknowledged-and-not-kept")]
)
def test_a_number_is_rounded_only_where_a_commit_shows_it(stored: str, mechanism: str) -> None:
    h, one, _ = two_hosts()
    turn = h.turn(ACTOR, one, 1.0, 1.5)
    h.save(turn, [("value", "9007199254740993")], 1.1, 1.2)
    h.commit_writes([(ACTOR, "value", stored)], 1.1, 1.3)
    h.close(90.0)
    assert named(h, turn) == mechanism


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('links = ["idle time-out"]', "links = []", "names no link"),
        ('id = "caller-gives-up"', 'id = "timer-at-a-fixed-rate"', "there twice"),
        ('id = "caller-gives-up"', 'id = "caller-gives-up"\nmore = 1', "keys have to be"),
    ],
)
def test_a_wrong_list_of_mechanisms_is_refused_by_name(old: str, new: str, said: str) -> None:
    text = (Path(package.__file__).parent / "mechanisms.toml").read_text("utf-8")
    with pytest.raises(ValueError, match=said):
        parse(text.replace(old, new))


def test_a_deactivation_is_told_by_the_open_turn_that_is_as_old_as_the_idle_time_out() -> None:
    h, one, _ = two_hosts(idle_timeout_s=2.0)
    h.turn(ACTOR, one, 11.0, 15.0, turn="t1")
    h.turn(ACTOR, one, 12.9, 13.5, turn="t2")
    h.deactivate(ACTOR, one, 13.05)
    h.close(20.0)
    timeline = h.timeline()
    (told,) = timeline.deactivations
    turn = timeline.turn("t1")
    assert turn is not None
    violation = Violation(
        anomaly="any", actor=ACTOR, summary="s", events=(ref(turn.start, "a"), ref(told, "b")), at_ns=told.t_ns
    )
    (cause,) = causes([Tracing(timeline).trace("lifecycle", violation)], MECHANISMS)
    assert cause.mechanism is not None
    assert cause.mechanism.id == "idle-time-out-cancels-a-turn"


def test_an_idle_time_out_that_strikes_the_next_turn_is_a_cause_of_its_own() -> None:
    """Host 1's application dies and comes back; its sidecar goes on counting from the use before."""
    h, one, _ = two_hosts(idle_timeout_s=8.0)
    h.turn(ACTOR, one, 11.0, 11.2, turn="t1")
    h.kill("host-1/app", 12.0)
    h.start("host-1/app", 14.0)
    again = "host-1/app#2"
    h.turn(ACTOR, again, 19.2, 21.0, turn="t2")
    h.deactivate(ACTOR, again, 19.21)
    h.turn(ACTOR, again, 19.25, 20.0, turn="t3", instance=2)
    h.close(30.0)
    cause = found(h, "t2", "t3")
    assert cause.mechanism is not None
    assert cause.mechanism.id == "idle-time-out-strikes-the-next-turn"
    (struck,) = [link for link in cause.example.links if link.kind == "idle time-out before"]
    ran_out = "the idle time-out of 8.0 s ran out on turn t1, begun 8.2 s before, and ended turn t2, 0.0 s old"
    assert struck.said == ran_out


@pytest.mark.parametrize(("listed", "mechanism"), [((), "struck-out-host-goes-on"), (("host-2",), UNDISTURBED)])
def test_a_host_that_goes_on_is_struck_out_only_where_placement_does_not_list_it(
    listed: tuple[str, ...], mechanism: str
) -> None:
    h, one, two = two_hosts()
    h.table(10.0, 2, ["host-1", *listed])
    h.turn(ACTOR, two, 60.0, 61.0, turn="t1")
    h.turn(ACTOR, one, 60.5, 60.8, turn="t2")
    h.close(70.0)
    assert named(h, "t1", "t2") == mechanism


@pytest.mark.parametrize(("writer", "mechanism"), [("t1", "failed-turn-leaves-its-changes"), ("t2", "")])
def test_a_failed_turn_left_its_changes_only_where_a_save_names_it(writer: str, mechanism: str) -> None:
    h, one, _ = two_hosts()
    h.turn(ACTOR, one, 10.0, 10.1, completed=False, turn="t1")
    h.turn(ACTOR, one, 20.0, 20.5, turn="t2")
    h.save("t2", [("count", f'{{"value": 4, "turn": "{writer}"}}')], 20.1, 20.2)
    h.turn(ACTOR, one, 20.6, 20.7, turn="t3")
    h.close(30.0)
    assert named(h, "t2", "t3") == mechanism


@pytest.mark.parametrize(
    ("answer", "reads", "tried", "mechanism"),
    [
        (3, False, None, "failed-turn-leaves-its-changes"),
        (2, False, None, "drain-cancels-long-turns"),  # that is what was saved, and 1
        (3, True, None, "drain-cancels-long-turns"),  # it asked the store, whatever was in memory
        (3, False, "lost", "failed-save-is-taken-for-made"),
        (3, False, "kept", "drain-cancels-long-turns"),  # the store has what the failed turn changed
    ],
)
def test_a_failed_turn_is_the_cause_where_the_next_one_goes_on_from_what_the_store_lacks(
    *, answer: int, reads: bool, tried: str | None, mechanism: str
) -> None:
    """Whatever the next turn met: here the first try of its own call, after a drain."""
    actor = "Counter/a"
    h, one, _ = two_hosts(drain_timeout_s=4.0)
    first = h.operation(actor, 5.0, 5.5, args={"by": 1}, turn="t1", result=1)
    h.turn(actor, one, 5.1, 5.4, op=first, turn="t1", result=1)
    h.commit(h.save("t1", [("value", '{"value": 1, "turn": "t1"}')], 5.2, 5.3), 5.2, 5.3)
    h.turn(actor, one, 8.0, 8.2, name="fail", completed=False, turn="t2")
    if tried is not None:
        save = h.save("t2", [("value", '{"value": 2, "turn": "t2"}')], 8.1, 8.15, acknowledged=False)
        h.table(8.15, 2, ["host-1", "host-2"])
        if tried == "kept":
            h.commit(save, 8.1, 8.2)
    op = h.operation(actor, 9.8, 15.0, args={"by": 1}, turn="t3", result=answer)
    h.turn(actor, one, 9.9, 14.05, op=op, completed=False)
    h.table(10.0, 3, ["host-1"])
    h.turn(actor, one, 14.02, 14.9, op=op, turn="t3", result=answer)
    if reads:
        h.ask("t3", "read", 14.03, 14.04)
    h.close(20.0)
    assert named(h, "t2", "t3", actor=actor) == mechanism


@pytest.mark.parametrize("turns", [("t3",), ("t3", "t4")])
def test_answers_of_an_instance_that_was_left_behind_are_told_by_what_cut_it_off(turns: tuple[str, ...]) -> None:
    h, one, two = two_hosts()
    h.turn(ACTOR, one, 2.0, 2.1, turn="t1")
    h.fault("kill", "host-1/sidecar", 3.0, 6.0, units=["host-1/sidecar"])
    h.kill("host-1/sidecar", 3.1)
    h.turn(ACTOR, two, 5.0, 5.1, turn="t2")
    h.turn(ACTOR, one, 7.0, 7.1, turn="t3")
    h.turn(ACTOR, one, 8.0, 8.1, turn="t4")
    h.close(20.0)
    assert named(h, *turns) == "sidecar-dies-application-lives"


@pytest.mark.parametrize(("back", "mechanism"), [(False, "struck-out-host-goes-on"), (True, "")])
def test_turns_in_turn_on_two_hosts_are_told_by_the_table_that_lacks_one_of_them(
    back: bool,  # noqa: FBT001 - by name
    mechanism: str,
) -> None:
    h, one, two = two_hosts()
    h.table(10.0, 2, ["host-1"])
    if back:
        h.table(59.0, 3, ["host-1", "host-2"])
    h.turn(ACTOR, one, 60.0, 60.1, turn="t1")
    h.turn(ACTOR, two, 61.0, 61.1, turn="t2")
    h.turn(ACTOR, one, 62.0, 62.1, turn="t3")
    h.close(70.0)
    assert named(h, "t1", "t2", "t3") == mechanism

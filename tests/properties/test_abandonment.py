"""When the drain, a caller or a leaving host gives up on a turn, to the instant."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.views.turns.abandonment import Abandonment
from actorproof.properties.views.turns.drains import drain_in_force_s
from tests.properties.builder import History, ns

A = "Counter/a"


@pytest.mark.parametrize(("more_ns", "gave_up"), [(0, True), (-1, False)])
def test_the_drain_gives_up_when_its_time_out_has_passed_since_the_table_changed(
    more_ns: int, *, gave_up: bool
) -> None:
    h = History(drain_timeout_s=4.0)
    one = h.app("host-1")
    h.table(0.0, 1, ["host-1"])
    h.table(10.0, 2, ["host-1"])
    h.turn(A, one, 9.0, 30.0)
    timeline = h.timeline()
    (turn,) = timeline.turns
    # The table is seen up to a second after it changed.
    abandonment = Abandonment(timeline, observed_late_s=1.0)
    assert abandonment.by_drain(turn, ns(13.0) + more_ns) is gave_up


@pytest.mark.parametrize(
    ("version", "drain_s", "waits_s"),
    [
        ("1.16.9", 20.0, 20.0),
        ("1.17.0", 20.0, 8.0),
        ("1.17", 20.0, 8.0),
        ("1.18.2", 9.9, 9.9),
        ("1.18.2", 10.0, 8.0),
        ("1.edge.18", 20.0, 20.0),
    ],
)
def test_the_drain_time_out_that_is_in_force(version: str, drain_s: float, waits_s: float) -> None:
    h = History(version=version, drain_timeout_s=drain_s, dissemination_timeout_s=10.0)
    assert drain_in_force_s(h.timeline().run) == waits_s


def test_a_drain_that_is_off_waits_for_nobody() -> None:
    assert drain_in_force_s(History(drain_enabled=False).timeline().run) == 0.0
    assert drain_in_force_s(None) == 0.0


@pytest.mark.parametrize(
    ("outcome", "reason", "ended_s", "gave_up"),
    [
        ("info", "gave-up", 1.999, True),
        ("info", "gave-up", 2.0, False),
        ("info", "cut-off: reset", 1.5, True),
        ("info", "status-500", 1.5, False),
        ("ok", "gave-up", 1.5, False),
        ("info", "", None, False),
    ],
)
def test_a_caller_gives_up_before_its_turn_ends(
    outcome: ev.Outcome, reason: str, ended_s: float | None, *, gave_up: bool
) -> None:
    h = History()
    one = h.app("host-1")
    op = h.operation(A, 0.9, ended_s, outcome=outcome, reason=reason)
    h.turn(A, one, 1.0, 2.0, op=op)
    h.turn(A, one, 3.0, 4.0, cause="timer")
    timeline = h.timeline()
    abandonment = Abandonment(timeline, observed_late_s=1.0)
    assert [abandonment.by_caller(turn, ns(9.0)) for turn in timeline.turns] == [gave_up, False]


def test_a_caller_of_a_turn_that_never_ends_gives_up_before() -> None:
    h = History()
    one = h.app("host-1")
    h.turn(A, one, 1.0, None, op=h.operation(A, 0.9, 1.5, outcome="info", reason="gave-up"))
    timeline = h.timeline()
    abandonment = Abandonment(timeline, observed_late_s=1.0)
    (turn,) = timeline.turns
    assert [abandonment.by_caller(turn, ns(1.5) - 1), abandonment.by_caller(turn, ns(1.5))] == [False, True]


def test_a_host_leaves_from_the_instant_that_its_sidecar_is_asked_to_end() -> None:
    h = History()
    one = h.app("host-1")
    h.turn(A, one, 1.0, 5.0)
    h.signal("host-1/sidecar", 3.0, "SIGTERM")
    timeline = h.timeline()
    (turn,) = timeline.turns
    abandonment = Abandonment(timeline, observed_late_s=1.0)
    assert [abandonment.by_leaving(turn, ns(3.0) - 1), abandonment.by_leaving(turn, ns(3.0))] == [False, True]


def test_every_version_of_the_table_is_a_change() -> None:
    h = History(drain_timeout_s=4.0)
    one = h.app("host-1")
    h.table(1.0, 2, ["host-1"])
    h.table(10.0, 3, ["host-1"])
    h.turn(A, one, 9.0, 30.0)
    timeline = h.timeline()
    assert Abandonment(timeline, observed_late_s=1.0).by_drain(timeline.turns[0], ns(13.0))


@pytest.mark.parametrize(("traits", "waits_s"), [((), 20.0), (("drain-honoured",), 8.0)])
def test_what_a_history_says_of_its_runtime_goes_before_its_version(traits: tuple[str, ...], waits_s: float) -> None:
    h = History(
        version="1.18.2" if not traits else "0.1", traits=traits, drain_timeout_s=20.0, dissemination_timeout_s=10.0
    )
    assert drain_in_force_s(h.timeline().run) == waits_s


def test_the_tables_that_a_run_begins_with_are_no_changes() -> None:
    h = History(drain_timeout_s=4.0)
    one = h.app("host-1")
    h.table(0.0, 1, ["host-1"])
    h.turn(A, one, 1.0, 30.0)
    timeline = h.timeline()
    abandonment = Abandonment(timeline, observed_late_s=1.0)
    assert not abandonment.by_drain(timeline.turns[0], ns(20.0))
    assert not abandonment.changed(0, ns(20.0))


def idle(deleted_s: float | None, *, before_s: float = 4.5, changed_s: float | None = None, end_s: float = 6.0) -> bool:
    """A turn from 1 s on, with an idle time-out of 2 s, and a DELETE."""
    h = History(idle_timeout_s=2.0)
    one = h.app("host-1")
    h.table(0.0, 1, ["host-1"])
    if changed_s is not None:
        h.table(changed_s, 2, ["host-1", "host-2"])
    h.turn(A, one, 1.0, end_s)
    if deleted_s is not None:
        h.deactivate(A, one, deleted_s)
    timeline = h.timeline()
    abandonment = Abandonment(timeline, observed_late_s=1.0, idle_slack_s=0.5)
    return abandonment.by_idleness(timeline.turns[0], ns(before_s))


def test_the_idle_time_out_runs_out_over_a_turn() -> None:
    assert idle(3.0)
    assert idle(2.5)


def test_without_its_delete_the_idle_time_out_is_not_proved() -> None:
    assert not idle(None)
    assert not idle(2.4), "too soon for it"
    assert not idle(4.6), "the next turn had begun"
    assert not idle(3.0, end_s=2.9), "the turn was over"


@pytest.mark.parametrize(("changed_s", "proved"), [(0.9, True), (1.0, False), (4.0, False), (4.1, True)])
def test_a_table_that_changes_is_no_idle_time_out(changed_s: float, *, proved: bool) -> None:
    """A table is seen up to a second after it changed; one that changed after the DELETE did not bring it."""
    assert idle(3.0, changed_s=changed_s) is proved


def on_its_way(told_s: float, *, before_s: float = 0.0, status: int = 500, answered_s: float = 3.15) -> bool:
    """A turn whose call, sent at 1 s, came to the application only at 2 s, and a DELETE; the idle time-out is 2 s."""
    h = History(idle_timeout_s=2.0)
    one = h.app("host-1")
    if before_s:
        h.turn(A, one, 1.5, before_s)
    outcome = "ok" if status == 200 else "info"
    op = h.operation(A, 1.0, answered_s, outcome=outcome, status=status)
    late = h.turn(A, one, 2.0, 4.0, op=op)
    h.deactivate(A, one, told_s)
    timeline = h.timeline()
    (turn,) = (turn for turn in timeline.turns if turn.id == late)
    return Abandonment(timeline, observed_late_s=1.0, idle_slack_s=0.5).by_idleness(turn, ns(60.0))


def test_the_idle_time_out_runs_while_a_call_is_on_its_way_to_the_application() -> None:
    assert on_its_way(3.1)
    assert not on_its_way(2.9), "too soon after the call was sent"
    assert not on_its_way(3.1, before_s=1.9), "its actor was busy until then, so the call was not let in"
    assert not on_its_way(3.1, status=200), "the sidecar did not cancel it"
    assert not on_its_way(3.1, answered_s=4.5), "it was answered for another reason, later"


def just_begun(told_s: float = 3.2, *, began_s: float = 3.1, used_on: str = "host-1", **more: float | str) -> bool:
    """An actor's use at 1 s, a turn as the idle time-out of 2 s has run out on it, and a DELETE.

    more: `failed_s`, when a call found no application; `ended_s`, when an earlier DELETE came; `lost_s`, when the
    sidecar died; `changed_s`, when a table was seen; `next_on`, where the next turn ran.
    """
    h = History(idle_timeout_s=2.0)
    h.start("host-1/sidecar", 0.0)
    h.table(0.0, 1, ["host-1", "host-2"])
    processes = {host: h.app(host) for host in ("host-1", "host-2")}
    h.turn(A, processes[used_on], 1.0, 1.2)
    if failed_s := float(more.get("failed_s", 0.0)):
        h.operation(A, 1.5, failed_s, outcome="info", reason="status-500")
    if ended_s := float(more.get("ended_s", 0.0)):
        h.deactivate(A, processes["host-1"], ended_s)
    if lost_s := float(more.get("lost_s", 0.0)):
        h.kill("host-1/sidecar", lost_s)
    if changed_s := float(more.get("changed_s", 0.0)):
        h.table(changed_s, 2, ["host-1"])
    struck = h.turn(A, processes["host-1"], began_s, began_s + 2.0, instance=2)
    h.deactivate(A, processes["host-1"], told_s, instance=2)
    h.turn(A, processes[str(more.get("next_on", "host-1"))], told_s + 0.1, told_s + 0.2, instance=3)
    timeline = h.timeline()
    (turn,) = (turn for turn in timeline.turns if turn.id == struck)
    return Abandonment(timeline, observed_late_s=1.0, idle_slack_s=0.5).by_idleness(turn, ns(60.0))


def test_an_idle_time_out_that_runs_out_as_the_next_call_comes_in_strikes_its_turn() -> None:
    assert just_begun()
    assert just_begun(told_s=4.9, began_s=4.8, failed_s=2.0), "a call that found no application set the clock once more"


def test_a_turn_that_began_at_another_time_was_not_struck_by_the_time_out_before() -> None:
    assert not just_begun(told_s=2.45, began_s=2.4), "it had not run out"
    assert not just_begun(told_s=4.1, began_s=3.95), "it had long run out when the DELETE came"
    assert not just_begun(told_s=3.7), "it had not just begun"
    assert not just_begun(used_on="host-2"), "it ran on another host"
    assert not just_begun(ended_s=2.9), "an earlier DELETE was what it led to"
    assert not just_begun(lost_s=2.9), "the sidecar that counted was gone"


def test_a_table_that_may_have_changed_strikes_no_actor_that_stays() -> None:
    assert just_begun(changed_s=3.9)
    assert not just_begun(changed_s=3.9, next_on="host-2"), "the actor moved"
    assert not just_begun(changed_s=3.15), "it was there when the DELETE came"


def queue(left_s: float, *, reason: str = "gave-up", started: bool = False, actor: str = A) -> bool:
    """A turn from 1 s on, one behind it that begins at 3 s, and a caller who leaves."""
    h = History()
    one = h.app("host-1")
    h.turn(A, one, 1.0, 6.0, op=h.operation(A, 0.9, 7.0))
    op = h.operation(actor, 0.95, left_s, outcome="info", reason=reason)
    if started:
        h.turn(actor, one, 1.1, 1.2, op=op)
    h.turn(A, one, 3.0, 4.0, op=h.operation(A, 0.9, 7.0))
    timeline = h.timeline()
    first, *_, second = timeline.turns_by_actor[A]
    return Abandonment(timeline, observed_late_s=1.0).by_queue(first, second)


def test_a_caller_who_leaves_his_place_frees_the_actor() -> None:
    assert queue(2.0)
    assert queue(3.0)


def test_who_did_not_wait_behind_the_turn_frees_nothing() -> None:
    assert not queue(3.1), "the next turn had begun"
    assert not queue(0.99), "he left before the turn began"
    assert not queue(2.0, reason="status-500"), "he was answered"
    assert not queue(2.0, started=True), "his own turn had begun"
    assert not queue(2.0, actor="Counter/b"), "he waited for another actor"


def test_each_end_lets_in_one_too_many_from_there_on() -> None:
    h = History()
    one = h.app("host-1")
    h.turn(A, one, 1.0, 4.0)
    h.operation(A, 0.95, 2.0, outcome="info", reason="gave-up")
    h.turn(A, one, 2.1, 6.0)
    h.turn(A, one, 4.1, 8.0)
    h.turn(A, one, 8.5, 9.0)
    h.turn(A, one, 8.6, 9.0)
    timeline = h.timeline()
    first, second, third, *later = timeline.turns
    abandonment = Abandonment(timeline, observed_late_s=1.0)
    assert abandonment.by_queue(first, second)
    assert abandonment.by_queue(second, third)
    assert not abandonment.by_queue(later[0], later[1])


@pytest.mark.parametrize("how", ["sidecar", "link"])
@pytest.mark.parametrize("via", ["host-1", "host-2"])
def test_a_connection_that_ends_takes_its_callers_away(how: str, via: str) -> None:
    h = History()
    one = h.app("host-1")
    h.app("host-2")
    h.turn(A, one, 1.0, 6.0, op=h.operation(A, 0.9, 7.0, outcome="info", reason="status-500", via=via))
    if how == "sidecar":
        h.kill("host-2/sidecar", 2.0)
    else:
        h.fault("cut", "peers>host-1", 2.0, 2.5, links=["peers>host-1"])
    timeline = h.timeline()
    assert Abandonment(timeline, observed_late_s=1.0).by_caller(timeline.turns[0], ns(3.0)) is (via == "host-2")


@pytest.mark.parametrize(
    ("died_s", "over_s", "proved"), [(0.5, 8.0, True), (0.5, 0.501, True), (0.1, 8.0, False), (0.1, 0.101, False)]
)
def test_word_of_a_dead_sidecar_comes_a_little_later(died_s: float, over_s: float, *, proved: bool) -> None:
    h = History()
    one = h.app("host-1")
    h.app("host-2")
    h.turn(A, one, 1.2, 6.0)
    h.operation(A, 0.05, over_s, outcome="info", reason="cut-off", via="host-2")
    h.turn(A, one, 1.3, 4.0)
    h.kill("host-2/sidecar", died_s)
    timeline = h.timeline()
    first, second = timeline.turns
    assert Abandonment(timeline, observed_late_s=1.0).by_queue(first, second) is proved


@pytest.mark.parametrize(("begun_s", "proved"), [(2.9, True), (3.1, False)])
def test_word_of_a_departure_may_reach_the_actor_after_its_client_gave_up(begun_s: float, *, proved: bool) -> None:
    """The client hears at once that its sidecar is dead; the actor's host hears within a second."""
    h = History()
    one = h.app("host-1")
    h.app("host-2")
    h.turn(A, one, 1.0, begun_s - 0.01, op=h.operation(A, 0.9, begun_s, turn="t0"), turn="t0")
    h.operation(A, 0.95, 2.01, outcome="info", reason="cut-off", via="host-2")
    h.kill("host-2/sidecar", 2.0)
    h.turn(A, one, begun_s, 6.0, turn="t1")
    h.turn(A, one, begun_s + 0.01, 4.0, turn="t2")
    timeline = h.timeline()
    first, second = (timeline.turns_by_actor[A])[1:]
    assert Abandonment(timeline, observed_late_s=1.0).by_queue(first, second) is proved


@pytest.mark.parametrize(("came_s", "proved"), [(1.1, False), (4.1, True)])
def test_a_place_that_was_freed_is_taken_by_a_call_that_comes_later(came_s: float, *, proved: bool) -> None:
    h = History()
    one = h.app("host-1")
    h.turn(A, one, 1.0, 6.0)
    h.operation(A, 1.05, 1.2, outcome="info", reason="gave-up")
    h.turn(A, one, 4.2, 5.0, op=h.operation(A, came_s, 5.1, turn="late"), turn="late")
    timeline = h.timeline()
    first, second = timeline.turns
    assert Abandonment(timeline, observed_late_s=1.0).by_queue(first, second) is proved


@pytest.mark.parametrize(
    ("answer", "cut", "proved"), [("none", False, True), ("none", True, False), ("late", False, False)]
)
def test_a_call_that_was_taken_back_waits_again_and_frees_a_place_when_its_caller_leaves(
    answer: str, *, cut: bool, proved: bool
) -> None:
    """Its turn had ended long before, and nothing had kept the answer from its caller."""
    h = History()
    one = h.app("host-1")
    taken_back = h.operation(A, 0.0, 6.0, outcome="info", reason="deadline")
    h.turn(A, one, 0.1, 2.0 if answer == "none" else 5.5, op=taken_back)
    if cut:
        h.fault("cut", "peers>host-1", 1.5, 3.0, links=("peers>host-1",))
    h.turn(A, one, 3.0, 9.0)
    h.turn(A, one, 6.1, 8.0)
    timeline = h.timeline()
    first, second = timeline.turns[-2:]
    assert Abandonment(timeline, observed_late_s=1.0).by_queue(first, second) is proved


def by_drain(h: History, before_s: float) -> bool:
    timeline = h.timeline()
    return Abandonment(timeline, observed_late_s=1.0).by_drain(timeline.turns[0], ns(before_s))


def test_a_table_whose_number_had_been_there_before_is_a_change() -> None:
    """Placement counts from the start again when it restarts, and when its leader is lost."""
    h = History(drain_timeout_s=4.0)
    one = h.app("host-1")
    h.table(-0.1, 2, ["host-1", "host-2"])
    h.table(5.0, 0, [])
    h.table(10.0, 2, ["host-1", "host-2"])
    h.turn(A, one, 9.5, 30.0)
    assert by_drain(h, 13.0)


@pytest.mark.parametrize(("again_s", "gave_up"), [(15.0, True), (None, False)])
def test_a_turn_that_was_on_its_way_as_the_drain_ended_was_given_up_on_if_its_call_ran_again(
    again_s: float | None, *, gave_up: bool
) -> None:
    h = History(drain_timeout_s=4.0)
    one = h.app("host-1")
    h.table(0.0, 1, ["host-1"])
    h.table(10.0, 2, ["host-1"])
    op = h.operation(A, 9.0, 20.0)
    h.turn(A, one, 14.9, 30.0, op=op)
    if again_s is not None:
        h.turn(A, one, again_s, 16.0, op=op)
    assert by_drain(h, 15.0) is gave_up


@pytest.mark.parametrize("via", ["host-1", "host-2"])
@pytest.mark.parametrize(("outcome", "freed"), [("info", True), ("ok", False)])
def test_a_sidecar_that_is_asked_to_end_takes_its_callers_away(via: str, outcome: str, *, freed: bool) -> None:
    """It answers 500 at once, and lives on for a while."""
    h = History()
    one = h.app("host-1")
    h.app("host-2")
    h.turn(A, one, 1.0, 6.0)
    info = outcome == "info"
    h.operation(A, 1.1, 2.01, outcome="info" if info else "ok", reason="status-500" if info else "", via=via)
    h.signal(f"{via}/sidecar", 2.0, "SIGTERM")
    h.exit(f"{via}/sidecar", 7.0, code=0)
    h.turn(A, one, 2.1, 4.0)
    timeline = h.timeline()
    first, second = timeline.turns
    assert Abandonment(timeline, observed_late_s=1.0).by_queue(first, second) is freed


@pytest.mark.parametrize(("begun_s", "freed"), [(9.9, True), (10.1, False)])
@pytest.mark.parametrize("how", ["stopped", "stalled"])
def test_word_of_a_departure_waits_for_what_stands_in_its_way(how: str, begun_s: float, *, freed: bool) -> None:
    h = History()
    one = h.app("host-1")
    h.app("host-2")
    h.operation(A, 1.1, 4.0, outcome="info", reason="deadline", via="host-2")
    if how == "stopped":
        h.pause("host-2/sidecar", 3.0, 9.0)
    else:
        h.fault("stall", "peers>host-1", 3.0, 9.0, links=["peers>host-1"])
    h.turn(A, one, begun_s, 12.0)
    h.turn(A, one, begun_s + 0.01, 12.0)
    timeline = h.timeline()
    first, second = timeline.turns
    assert Abandonment(timeline, observed_late_s=1.0).by_queue(first, second) is freed


@pytest.mark.parametrize(("not_before_s", "gave_up"), [(7.0, True), (9.9, False), (None, False)])
def test_a_table_may_have_changed_since_the_last_look_that_was_answered(
    not_before_s: float | None, *, gave_up: bool
) -> None:
    """Placement did not answer for a while, so its table is seen more than a second late."""
    h = History(drain_timeout_s=4.0)
    one = h.app("host-1")
    h.table(0.0, 1, ["host-1"])
    h.table(10.0, 2, ["host-1"], not_before_s=not_before_s)
    h.turn(A, one, 6.5, 30.0)
    assert by_drain(h, 11.0) is gave_up

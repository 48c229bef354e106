from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.registry import guarantees
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.cluster.join import joins
from actorproof.properties.views.records import FAR_FUTURE_NS
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History, ns
from tests.properties.case import Case, cases
from tests.properties.drain.naive import broken
from tests.properties.drain.parts import A, again, joined
from tests.properties.terms import CATALOGUE, free, verdict_on


def decided(h: History) -> Verdict:
    h.close(60.0)
    return verdict_on(h.timeline(), free("drain"))


def have(verdict: Verdict) -> dict[str, int]:
    return {evidence.name: evidence.have for evidence in verdict.evidence}


def figure(verdict: Verdict, name: str) -> float:
    return next(figure.value for figure in verdict.figures if figure.name == name)


def test_a_join_is_bounded_by_its_later_process_and_the_first_table_that_shows_it() -> None:
    h = History()
    h.app("host-1")
    h.app("host-3", 20.0, sidecar=False)
    h.start("host-3/sidecar", 21.0)
    h.table(19.0, 1, ["host-1", "host-3"])
    h.table(22.0, 2, ["host-1", "host-3"])
    (join,) = joins(h.timeline())
    assert (join.host, join.process) == ("host-3", "host-3/app#1")
    assert (join.not_before_ns, join.seen_ns) == (ns(20.75), ns(22.0))


def test_a_restarted_sidecar_joins_nothing() -> None:
    h = History()
    h.app("host-1")
    h.kill("host-1/sidecar", 5.0)
    h.start("host-1/sidecar", 6.0)
    h.app("host-2", 7.0, sidecar=False)
    assert joins(h.timeline()) == []


def test_a_history_that_does_not_say_when_it_was_ready_began_so() -> None:
    events = [event for event in joined()[0].events() if not isinstance(event, ev.PhaseReached)]
    assert [join.host for join in joins(Timeline(events, numbered=False))] == ["host-3"]


def test_a_join_that_no_table_shows() -> None:
    h = History()
    h.app("host-3", 20.0)
    (join,) = joins(h.timeline())
    assert join.seen_ns == FAR_FUTURE_NS


def test_evidence_on_both_sides_of_the_time_out() -> None:
    h, one, three = joined()
    h.call(A, one, 19.0, 23.0)
    h.call(A, three, 24.0, 24.1)
    h.call("Sleeper/b", one, 19.0, 20.0)  # over before the table shows the join: no drain was needed
    h.call("Sleeper/b", three, 24.0, 24.1)
    op = h.operation("Sleeper/c", 18.9, 26.0, turn="second")
    h.turn("Sleeper/c", one, 19.0, 30.0, op=op, turn="first")
    h.turn("Sleeper/c", three, 24.6, 25.9, op=op, turn="second")
    verdict = decided(h)
    assert verdict.outcome is Outcome.HOLDS
    assert have(verdict) == {"drained_within": 1, "drained_beyond": 1, "asked_in_drain": 0}
    assert verdict.opportunities["cut"] == 3
    assert figure(verdict, "drain time-out in force") == 4.0
    assert figure(verdict, "latest answer of a drained turn after the join") == pytest.approx(23.0 - 19.75, abs=0.01)
    assert figure(verdict, "earliest cut after the join") == pytest.approx(24.6 - 19.75, abs=0.01)
    assert figure(verdict, "shortest hand-over to the new owner") == pytest.approx(1.0, abs=0.01)


# The table shows the join at 20.5 s, and the time-out is 4 s.
@pytest.mark.parametrize(
    ("from_s", "to_s", "long"),
    [(20.49, 24.51, 1), (20.5, 24.51, 0), (20.49, 24.5, 0), (20.6, 30.0, 0), (16.0, 20.4, 0)],
)
def test_a_long_call_lies_over_the_join_by_more_than_the_time_out(from_s: float, to_s: float, long: int) -> None:
    h, one, _ = joined()
    h.call("Sleeper/b", one, from_s, to_s)
    assert figure(decided(h), "calls over a join, longer than the time-out, to actors that stayed") == long


def test_a_call_to_an_actor_that_came_to_the_new_host_is_no_long_one() -> None:
    h, one, three = joined()
    h.call("Sleeper/b", one, 19.0, 30.0)
    h.call("Sleeper/b", three, 31.0, 32.0)
    assert figure(decided(h), "calls over a join, longer than the time-out, to actors that stayed") == 0


@pytest.mark.parametrize(("answered_s", "classes"), [(19.74, {}), (19.76, {"cut": 1})])
def test_a_turn_that_was_given_up_before_the_join_could_be_known_is_not_judged(
    answered_s: float, classes: dict[str, int]
) -> None:
    h, one, three = joined()
    op = h.operation(A, 18.0, answered_s, outcome="info", status=500, reason="status-500")
    h.turn(A, one, 18.1, 19.9, op=op)
    h.call(A, three, 24.0, 24.1)
    verdict = decided(h)
    assert dict(verdict.classes) == classes
    assert {anomaly for anomaly, _ in broken(h.events())} == set(classes)


@pytest.mark.parametrize(("from_s", "judged"), [(11.75, 1), (11.74, 0)])
def test_a_turn_that_would_have_outlasted_the_idle_time_out_is_not_judged(from_s: float, judged: int) -> None:
    # The join is known at 19.75 s at the earliest, and the idle time-out is 8 s.
    h, one, three = joined(idle_timeout_s=8.0)
    op = h.operation(A, 19.6, 19.9)
    h.turn(A, one, from_s, 19.8, op=op)
    h.call(A, three, 28.0, 28.1)
    assert decided(h).opportunities["cut"] == judged


@pytest.mark.parametrize(("to_s", "judged"), [(19.76, 1), (19.75, 0)])
def test_a_turn_that_ended_as_the_join_was_known_is_not_judged(to_s: float, judged: int) -> None:
    h, one, three = joined()
    h.call(A, one, 19.0, to_s)
    h.call(A, three, 28.0, 28.1)
    assert decided(h).opportunities["cut"] == judged


def test_long_calls_to_actors_that_stay_are_a_figure() -> None:
    h, one, _ = joined()
    op = h.operation(A, 18.9, 35.0, turn="second")
    h.turn(A, one, 19.0, 30.0, op=op, turn="first")
    h.turn(A, one, 24.6, 34.0, op=op, turn="second")
    h.call("Sleeper/b", one, 19.0, 30.0)
    verdict = decided(h)
    assert verdict.outcome is Outcome.HOLDS
    assert figure(verdict, "calls over a join, longer than the time-out, to actors that stayed") == 2
    assert figure(verdict, "of these, run again by the runtime") == 1


def test_off_promises_nothing_and_casts_no_doubt_on_a_run_where_it_is_on() -> None:
    h, one, three = joined(drain_enabled=False)
    again(h, one, three, ends_s=22.0, again_s=22.5)
    h.close(60.0)
    verdict = verdict_on(h.timeline(), CATALOGUE.terms("drain", "quick"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "1 more left out since drainRebalancedActors is off: nothing is promised" in " ".join(verdict.missing)
    off = guarantees()["drain"].findings(h.timeline(), free("drain"), Budget())
    assert not off.missing
    assert not off.doubts
    assert have(verdict) == {"drained_within": 0, "drained_beyond": 0, "asked_in_drain": 0}


def test_an_undescribed_run_is_unknown() -> None:
    assert verdict_on(Timeline([]), free("drain")).missing == ("the run is not described",)


def test_a_retry_on_the_new_owner_before_the_end_is_both_cut_and_begun_early() -> None:
    h, one, three = joined()
    again(h, one, three, ends_s=22.0, again_s=21.0)
    verdict = decided(h)
    assert dict(verdict.classes) == {"cut": 1, "new owner began early": 1}
    cut = next(violation for violation in verdict.violations if violation.anomaly == "cut")
    assert cut.trigger == "add host"
    assert cut.summary == (
        "A turn of 3.00 s ran on host-1 when host-3 joined; its reply did not reach its caller,"
        " 1.25 s after the join at most (drain time-out 4 s)"
    )
    assert [event.label for event in cut.events] == [
        "call",
        "turn starts",
        "turn on the new owner",
        "caller's answer",
        "turn ends",
    ]


def test_without_enough_drained_turns_it_is_unknown() -> None:
    h, one, three = joined()
    h.call(A, one, 19.0, 23.0)
    h.call(A, three, 24.0, 24.1)
    h.close(60.0)
    verdict = verdict_on(h.timeline(), CATALOGUE.terms("drain", "quick"))
    assert verdict.outcome is Outcome.UNKNOWN
    within = "turns open as a host joined, ended within the drain time-out"
    assert f"{within}: 1 seen, 5 needed" in verdict.missing


# The first call fails at 22 s, and the next owner runs at 24 s; or it is answered at 23 s.
@pytest.mark.parametrize(("answered", "seen", "left_out"), [(True, 1, ""), (False, 0, " (1 more left out since {})")])
def test_a_reply_that_is_lost_where_the_machine_stood_still_is_left_out_and_told_and_one_that_came_counts(
    seen: int, left_out: str, *, answered: bool
) -> None:
    h, one, three = joined()
    if answered:
        h.call(A, one, 19.0, 23.0)
        h.call(A, three, 24.0, 24.1)
    else:
        again(h, one, three, ends_s=22.0, again_s=23.5)
    h.add(ev.Stalled, 22.0, late_ns=400_000_000)
    h.close(60.0)
    verdict = verdict_on(h.timeline(), CATALOGUE.terms("drain", "quick"))
    within = "turns open as a host joined, ended within the drain time-out"
    said = left_out.format("the machine stood still meanwhile")
    assert not verdict.violations
    assert f"{within}: {seen} seen, 5 needed{said}" in verdict.missing


# The drain is over 4 s after 19.75 s: a turn that begins then can't be cut by it.
@pytest.mark.parametrize(("begins_s", "judged"), [(23.6, 1), (23.74, 1), (23.75, 0), (24.2, 0)])
def test_a_call_that_came_in_during_the_drain_gets_what_is_left_of_it(begins_s: float, judged: int) -> None:
    h, one, three = joined()
    op = h.operation(A, 20.5, 24.3, outcome="info", status=500)
    h.turn(A, one, begins_s, 24.4, op=op)
    h.call(A, three, 28.0, 28.1)
    verdict = decided(h)
    assert verdict.opportunities["cut"] == judged
    assert not verdict.violations


def test_a_turn_on_the_host_that_joined_is_not_judged() -> None:
    h, _, three = joined()
    h.call(A, three, 20.5, 21.0)
    h.call(A, three, 28.0, 28.1)
    assert decided(h).opportunities["cut"] == 0


@pytest.mark.parametrize(("again_s", "lost"), [(22.0, False), (21.9, True)])
def test_a_turn_that_failed_as_it_was_run_again_failed_by_itself(again_s: float, *, lost: bool) -> None:
    h, one, three = joined()
    op = h.operation(A, 18.9, 25.0, turn="second")
    h.turn(A, one, 19.0, 22.0, op=op, turn="first", completed=False)
    h.turn(A, three, again_s, 24.5, op=op, turn="second")
    assert ("cut" in decided(h).classes) is lost


@pytest.mark.parametrize(("left_s", "judged"), [(18.0, 0), (7.0, 0), (6.8, 1)])
def test_a_call_is_not_judged_where_another_hosts_leaving_may_have_begun_a_drain(left_s: float, judged: int) -> None:
    h, one, three = joined()
    h.app("host-9", 1.0)
    h.kill("host-9/sidecar", left_s)
    again(h, one, three, ends_s=22.0, again_s=21.0)
    verdict = decided(h)
    assert verdict.opportunities["cut"] == judged
    assert len(verdict.violations) == 2 * judged  # cut, and begun early


@pytest.mark.parametrize(("ready_s", "judged"), [(18.5, 1), (18.95, 0)])
def test_the_drain_of_an_earlier_join_is_over_when_its_sidecar_is_ready(ready_s: float, judged: int) -> None:
    h, one, three = joined()
    h.app("host-9", 15.0, sidecar=False)
    h.start("host-9/sidecar", 15.0, ready_s=ready_s)
    again(h, one, three, ends_s=30.0, again_s=24.5)
    verdict = decided(h)
    assert verdict.opportunities["cut"] == judged


@pytest.mark.parametrize("case", [case for case in cases("drain") if "actor" not in case.name], ids=str)
def test_a_naive_check_finds_the_same_classes(case: Case) -> None:
    events = case.events()  # calls to actors are told by the cases alone
    assert verdict_on(Timeline(events), free("drain")).classes.keys() == {anomaly for anomaly, _ in broken(events)}


@pytest.mark.parametrize(("stalled_s", "classes"), [(None, {"cut": 1}), (23.0, {}), (25.0, {"cut": 1})])
def test_a_stall_before_the_caller_heard_leaves_a_cut_out(stalled_s: float | None, classes: dict[str, int]) -> None:
    h, one, three = joined()
    op = h.operation(A, 19.0, 23.5, outcome="info", status=500, reason="status-500")
    h.turn(A, one, 19.1, 22.0, op=op)
    h.call(A, three, 24.0, 24.1)
    if stalled_s is not None:
        h.add(ev.Stalled, stalled_s, late_ns=400_000_000)
    assert dict(decided(h).classes) == classes

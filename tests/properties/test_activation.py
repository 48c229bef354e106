from __future__ import annotations

from typing import Any

import pytest

from actorproof.properties.guarantees.execution import turns
from actorproof.properties.guarantees.lives import activation
from actorproof.properties.verdict.findings import Doubt
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.turns.excuse import UNTIMED
from tests.properties.builder import History
from tests.properties.terms import free, verdict_on

A = "Counter/a"


def judged(h: History) -> Verdict:
    h.close(90.0)
    return verdict_on(h.timeline(), free("activation"))


def hosts(**run: Any) -> tuple[History, str, str]:
    """A history with two hosts, and their applications."""
    h = History(**run)
    return h, h.app("host-1"), h.app("host-2")


@pytest.mark.parametrize(
    ("committed", "word"),
    [(None, "unknown"), ((1.5, 1.9), "excused"), ((12.5, 12.6), "late"), ((1.5, 12.6), "unknown")],
)
def test_the_rest_of_a_turn_is_excused_unless_it_saves_late(committed: tuple[float, float] | None, word: str) -> None:
    """The application of a turn is stopped from 2 s to 20 s; the actor is in use elsewhere from 12 s on."""
    h = History()
    one, two = h.app("host-1"), h.app("host-2")
    turn = h.turn(A, one, 1.0, 20.2)
    save = h.save(turn, [("value", "1")], 1.5, 20.1)
    h.pause("host-1/app", 2.0, 20.0)
    h.turn(A, two, 12.0, 13.0)
    h.commit_writes([("Counter/b", "value", "2")], 0.5, 0.6)
    if committed:
        h.commit(save, *committed)
    h.close(90.0)
    verdict = verdict_on(h.timeline(), free("activation"))
    outcome = {"excused": Outcome.HOLDS, "late": Outcome.VIOLATED, "unknown": Outcome.UNKNOWN}[word]
    assert verdict.outcome is outcome
    assert verdict.excused == ({} if word == "late" else {"frozen": 1})
    doubt = Doubt(anomaly="undelivered", what=UNTIMED)
    assert verdict.doubts == ((doubt,) if word == "unknown" else ())


def test_meetings_of_one_actor() -> None:
    h = History(reentrancy=True)
    one, two = h.app("host-1"), h.app("host-2")
    h.turn(A, one, 1.0, 5.0, chain="c")
    h.turn(A, one, 2.0, 3.0, chain="c")
    h.turn(A, two, 4.0, 4.5)
    h.turn("Counter/b", two, 1.0, 2.0)
    h.close(90.0)
    timeline = h.timeline()
    of_turns = turns.Meetings(timeline, free("turns"))
    of_instances = activation.Meetings(timeline, free("activation"))
    assert [(a.id, b.id, what) for a, b, what in of_turns.of(A)] == [("turn-1", "turn-3", "two live hosts")]
    assert [(a.process, b.process, what) for a, b, what in of_instances.of(A)] == [(one, two, "two instances")]
    for other in ("Counter/b", "Nobody/x"):
        assert list(of_turns.of(other)) == []
        assert list(of_instances.of(other)) == []


# ---- clauses


def test_every_doubt_counts() -> None:
    h, one, two = hosts()
    for actor in (A, "Counter/b"):
        turn = h.turn(actor, one, 1.0, 20.2)
        h.save(turn, [("value", "1")], 1.5, 20.1)
        h.turn(actor, two, 12.0, 13.0)
    h.pause("host-1/app", 2.0, 20.0)
    assert judged(h).doubts == (Doubt(anomaly="undelivered", what=UNTIMED, count=2),)


def test_an_excused_meeting_hides_no_other() -> None:
    h, one, two = hosts()
    three = h.app("host-3")
    h.turn(A, one, 1.0, 20.2)
    h.pause("host-1/app", 2.0, 20.0)
    h.turn(A, two, 12.0, 16.0)
    h.turn(A, three, 14.0, 15.0)
    verdict = judged(h)
    assert verdict.excused == {"frozen": 2}
    assert verdict.classes == {"two instances": 1}


def test_turns_that_were_over_need_no_excuse() -> None:
    h, one, two = hosts()
    h.turn(A, one, 0.5, 0.9)
    h.turn(A, one, 1.0, 12.0)
    h.turn(A, one, 11.0, 21.0)
    h.pause("host-1/app", 13.0, 20.0)
    h.turn(A, two, 12.0, 12.5)
    verdict = judged(h)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.excused == {"frozen": 1}


@pytest.mark.parametrize(("start_s", "excused"), [(2.999, {"frozen": 1}), (3.0, {}), (4.0, {})])
def test_only_a_turn_that_was_under_way_is_excused(start_s: float, excused: dict[str, int]) -> None:
    h, one, two = hosts()
    h.turn(A, one, 1.0, 2.0)
    h.turn(A, one, start_s, 10.0)
    h.pause("host-1/app", 5.0, 9.0)
    h.turn(A, two, 3.0, 3.5)
    verdict = judged(h)
    assert verdict.excused == excused
    assert verdict.classes == ({} if excused else {"two instances": 1})


# ---- classes: the actor is in use on host 1 from 1 s to 7 s, and on host 2 from 4 s on


@pytest.mark.parametrize(
    ("from_s", "to_s", "anomaly"),
    [
        (1.0, 1.9, "two instances"),
        (3.0, 3.5, "undelivered"),
        (4.6, 5.0, "undelivered"),
        (6.1, 6.5, "two instances"),
    ],
)
def test_undelivered_goes_by_the_uses_around_the_hand_over(from_s: float, to_s: float, anomaly: str) -> None:
    h, one, two = hosts()
    h.turn(A, one, 1.0, 2.0)
    h.turn(A, one, 6.0, 7.0)
    h.turn(A, two, 4.0, 4.5)
    h.fault("cut", "host-1>app", from_s, to_s, links=["host-1>app"])
    assert judged(h).classes == {anomaly: 1}


def test_cut_off_when_one_of_the_hosts_was() -> None:
    h, one, two = hosts()
    h.turn(A, one, 1.0, 7.0)
    h.turn(A, two, 4.0, 4.5)
    h.pause("host-2/app", 2.0, 3.0)
    assert judged(h).classes == {"two instances": 1}  # nobody went on elsewhere meanwhile: nothing proves it
    h.table(0.0, 1, ["host-1", "host-2"])
    h.table(2.5, 2, ["host-1"])
    assert judged(h).classes == {"cut off": 1}


def test_a_host_leaves_under_one_of_the_turns() -> None:
    h, one, two = hosts()
    h.turn(A, one, 1.0, 5.0)
    h.turn(A, one, 6.0, 7.0)
    h.turn(A, two, 4.0, 4.5)
    h.signal("host-1/sidecar", 3.0, "SIGTERM")
    h.exit("host-1/sidecar", 3.5, code=0)
    h.start("host-1/sidecar", 3.6)
    assert judged(h).classes == {"leaving host": 1}


@pytest.mark.parametrize(("end_s", "anomaly"), [(5.0, "abandoned"), (4.0, "two instances"), (3.0, "two instances")])
def test_a_caller_gives_up_on_one_of_the_turns(end_s: float, anomaly: str) -> None:
    """One that was over has nothing to do with it."""
    h, one, two = hosts()
    op = h.operation(A, 0.9, 2.0, outcome="info", reason="gave-up")
    h.turn(A, one, 1.0, end_s, op=op)
    h.turn(A, one, 6.0, 7.0)
    h.turn(A, two, 4.0, 4.5)
    assert judged(h).classes == {anomaly: 1}


@pytest.mark.parametrize(("changed_s", "anomaly"), [(1.0, "drain gave up"), (1.1, "two instances")])
def test_the_drain_gives_up_on_one_of_the_turns(changed_s: float, anomaly: str) -> None:
    """After 4 s, and the table is seen up to a second late."""
    h, one, two = hosts(drain_timeout_s=4.0)
    h.turn(A, one, 1.0, 5.0)
    h.turn(A, one, 6.0, 7.0)
    h.turn(A, two, 4.0, 4.5)
    h.table(0.0, 1, ["host-1"])
    h.table(changed_s, 2, ["host-1", "host-2"])
    assert judged(h).classes == {anomaly: 1}


@pytest.mark.parametrize(("changed_s", "anomaly"), [(4.5, "drain off"), (6.0, "two instances")])
def test_with_drain_off_nothing_waits_for_one_of_the_turns(changed_s: float, anomaly: str) -> None:
    """The table is seen up to a second late."""
    h, one, two = hosts(drain_timeout_s=4.0, drain_enabled=False)
    h.turn(A, one, 1.0, 5.0)
    h.turn(A, one, 6.0, 7.0)
    h.turn(A, two, 4.0, 4.5)
    h.table(0.0, 1, ["host-1"])
    h.table(changed_s, 2, ["host-1", "host-2"])
    assert judged(h).classes == {anomaly: 1}


# ---- pairing


def test_instances_that_begin_at_one_instant() -> None:
    h, one, two = hosts()
    h.turn(A, one, 1.0, 2.0)
    h.turn(A, two, 1.0, 2.0)
    (violation,) = judged(h).violations
    assert {span.label for span in violation.spans} == {"turn-1", "turn-2"}


def test_of_instances_that_begin_at_one_instant_the_first_turns_are_shown() -> None:
    h, one, two = hosts()
    h.turn(A, one, 1.0, 2.0)
    h.turn(A, one, 3.0, 4.0)
    h.turn(A, two, 1.0, 2.0)
    (violation,) = judged(h).violations
    assert {span.label for span in violation.spans} == {"turn-1", "turn-3"}


def test_an_instance_may_begin_as_another_ends() -> None:
    h, one, two = hosts()
    h.turn(A, one, 1.0, 2.0)
    h.turn(A, two, 2.0, 3.0)
    assert judged(h).outcome is Outcome.HOLDS


def test_an_instance_that_is_in_use_for_no_time_meets_none() -> None:
    """The last that its application did was to begin a turn: nothing proves that it ran."""
    h, one, two = hosts()
    h.turn(A, one, 1.0, 9.0)
    h.turn(A, two, 4.0, None)
    assert judged(h).outcome is Outcome.HOLDS


def test_two_instances_in_one_process_are_two() -> None:
    h, one, _ = hosts()
    h.turn(A, one, 1.0, 4.0)
    h.deactivate(A, one, 1.5)
    h.turn(A, one, 2.0, 3.0, instance=2)
    assert judged(h).classes == {"two instances": 1}


def test_the_idle_time_out_ends_an_instance_that_is_in_use() -> None:
    h, one, _ = hosts(idle_timeout_s=2.0)
    h.turn(A, one, 1.0, 6.0)
    h.deactivate(A, one, 3.0)
    h.turn(A, one, 4.0, 5.0, instance=2)
    assert judged(h).classes == {"idle time-out": 1}


# ---- counting


@pytest.mark.parametrize("anomaly", ["undelivered", "two instances"])
def test_no_class_has_fewer_opportunities_than_violations(anomaly: str) -> None:
    """The second instance on host 2 meets the one on host 1 as well, but it isn't there that the actor moved from."""
    h, one, two = hosts()
    h.turn(A, one, 1.0, 9.0)
    h.turn(A, two, 4.0, 5.0)
    h.turn(A, two, 6.0, 7.0, instance=2)
    if anomaly == "undelivered":
        h.fault("cut", "host-1>app", 2.0, 8.0, links=["host-1>app"])
    verdict = judged(h)
    assert verdict.classes == {anomaly: 2}
    assert verdict.opportunities[anomaly] == 2


def test_evidence_is_counted_over_all_instances() -> None:
    h, one, two = hosts()
    for at_s, (process, instance) in enumerate(((one, 1), (two, 1), (one, 2), (two, 2), (two, 3))):
        h.turn(A, process, at_s + 1.0, at_s + 1.5, instance=instance)
    assert {evidence.name: evidence.have for evidence in judged(h).evidence} == {
        "instances": 5,
        "moves": 3,
        "returns": 2,
    }

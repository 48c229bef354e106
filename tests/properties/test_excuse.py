from __future__ import annotations

from actorproof.harness.history import events as ev
from actorproof.properties.views.records import FAR_FUTURE_NS, Turn
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.excuse import possible_end_ns, proven_end_ns
from tests.properties.builder import History, ns

A = "Counter/a"


def turn_of(timeline: Timeline, id_: str) -> Turn:
    found = timeline.turn(id_)
    assert found is not None
    return found


def test_an_open_turn_may_go_on_until_its_application_dies() -> None:
    h = History()
    one = h.app("host-1")
    turn, other = h.turn(A, one, 1.0, None), h.turn("Counter/b", "host-2/app", 1.0, None)
    timeline = h.timeline()
    assert possible_end_ns(timeline, turn_of(timeline, turn)) == FAR_FUTURE_NS
    assert possible_end_ns(timeline, turn_of(timeline, other)) == FAR_FUTURE_NS
    h.signal("host-1/app", 5.0, "SIGKILL")
    timeline = h.timeline()  # not reaped yet
    assert possible_end_ns(timeline, turn_of(timeline, turn)) == ns(5.0)
    h.turn("Counter/c", one, 5.1, 5.2)  # a line that was under way when the signal was sent
    h.exit("host-1/app", 6.0)
    timeline = h.timeline()
    assert possible_end_ns(timeline, turn_of(timeline, turn)) == ns(5.2)


def test_a_turn_that_was_lost_from_sight_ran_until_then() -> None:
    h = History()
    one = h.app("host-1")
    turn = h.turn(A, one, 1.0, None)
    h.save(turn, [("k", "1")], 2.0, 2.1)
    h.add(ev.TurnLost, 5.0, process=one, turn=turn, reason="the caller hung up")
    h.turn("Counter/b", one, 8.0, 9.0)
    timeline = h.timeline()
    lost = turn_of(timeline, turn)
    assert proven_end_ns(timeline, lost) == possible_end_ns(timeline, lost) == ns(5.0)

"""Who saved, and which reads count."""

from __future__ import annotations

from actorproof.harness.history import events as ev
from actorproof.properties.views.state.ledger import final_reads, instance_of
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History

A = "Ledger/a"


def test_a_save_whose_turn_was_not_witnessed_is_of_no_instance() -> None:
    h = History()
    app = h.app("host-1")
    h.save(h.turn(A, app, 1.0, 2.0), [("count", "1")], 1.1, 1.2)
    h.close(10.0)
    timeline = h.timeline()
    assert instance_of(timeline, timeline.saves[0]) == (app, A, 1)
    events = [event for event in h.events() if not isinstance(event, ev.TurnStarted | ev.TurnEnded)]
    timeline = Timeline(events, numbered=False)
    assert instance_of(timeline, timeline.saves[0]) == (app, A, 0)


def test_another_types_read_hides_no_ledgers() -> None:
    h = History()
    h.app("host-1")
    h.close(10.0)
    h.operation("Counter/a", 11.0, 11.1, name="read", result=7)
    h.operation(A, 12.0, 12.1, name="read", result={"count": 1, "entries": [[1, "op-1", "turn-1"]]})
    found = final_reads(h.timeline())
    assert {actor: read.entries for actor, read in found.items()} == {A: {1: "turn-1"}}

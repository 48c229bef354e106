from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.timeline import Timeline
from tests.properties.builder import History


def history() -> History:
    h = History()
    h.app("host-1")
    h.start("store", 0.0)
    h.fault("pause", "store", 1.0, 2.0, units=["store"])
    h.pause("store", 1.0, 2.0)
    h.kill("store", 3.0)
    h.close(10.0)
    return h


@pytest.mark.parametrize(
    ("kind", "word"),
    [(ev.UnitStarted, "unit store#1 goes on but never started"), (ev.FaultStarted, "fault fault-1 goes on")],
)
def test_a_lost_line_of_the_harness_is_a_problem(kind: type[ev.Event], word: str) -> None:
    events = [e for e in history().events() if not (isinstance(e, kind) and getattr(e, "unit", "store") == "store")]
    for numbered in (True, False):
        timeline = Timeline(events, numbered=numbered)
        assert any(word in problem for problem in timeline.problems)
        assert not timeline.closed


def test_any_lost_line_can_be_read() -> None:
    events = history().events()
    for at, event in enumerate(events):
        if event.process == "harness":
            assert not Timeline(events[:at] + events[at + 1 :]).closed

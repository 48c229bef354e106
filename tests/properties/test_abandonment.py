"""When the drain gives up on a turn, to the nanosecond."""

from __future__ import annotations

import pytest

from actorproof.properties.abandonment import Abandonment
from tests.properties.builder import History, ns

A = "Counter/a"


@pytest.mark.parametrize(("more_ns", "gave_up"), [(0, True), (-1, False)])
def test_the_drain_gives_up_when_its_time_out_has_passed_since_the_table_changed(
    more_ns: int, *, gave_up: bool
) -> None:
    h = History(drain_timeout_s=4.0)
    one = h.app("host-1")
    h.table(10.0, 2, ["host-1"])
    h.turn(A, one, 9.0, 30.0)
    timeline = h.timeline()
    (turn,) = timeline.turns
    # The table is seen up to a second after it changed.
    abandonment = Abandonment(timeline, observed_late_s=1.0)
    assert abandonment.by_drain(turn, ns(13.0) + more_ns) is gave_up

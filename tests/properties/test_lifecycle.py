"""When a DELETE may come, and of which nothing is known."""

from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from tests.properties.builder import History
from tests.properties.terms import free, verdict_on

A = "Counter/a"


@pytest.mark.parametrize(
    ("end_s", "stall_s", "doubts", "classes"),
    [
        pytest.param(2.0, 3.0, ["too early"], {}, id="after its last use"),
        pytest.param(2.0, 0.8, ["too early"], {}, id="as its call waited"),
        pytest.param(2.0, 0.45, [], {"too early": 1}, id="before its call was sent"),
        pytest.param(9.0, 3.0, ["during a turn"], {}, id="over an open turn"),
        pytest.param(9.0, 0.8, ["during a turn"], {}, id="as the open turn's call waited"),
        pytest.param(9.0, 0.45, [], {"during a turn": 1}, id="before the open turn's call was sent"),
    ],
)
def test_a_stall_makes_a_time_unknown(end_s: float, stall_s: float, doubts: list[str], classes: dict[str, int]) -> None:
    h = History(idle_timeout_s=5.0)
    op = h.operation(A, 0.5, end_s + 0.1)
    h.turn(A, h.app("host-1"), 1.0, end_s, op=op)
    h.add(ev.Stalled, stall_s, late_ns=400_000_000)
    h.deactivate(A, "host-1/app#1", 4.0)
    h.close(60.0)
    verdict = verdict_on(h.timeline(), free("lifecycle"))
    assert dict(verdict.classes) == classes
    assert [doubt.anomaly for doubt in verdict.doubts] == doubts
    assert verdict.outcome is (Outcome.UNKNOWN if doubts else Outcome.VIOLATED)


@pytest.mark.parametrize(
    ("actor", "at_s", "found"),
    [("Counter/a", 4.0, {"too early": 1}), ("Sleeper/a", 4.0, {}), ("Sleeper/a", 3.0, {"counted from the start": 1})],
)
def test_a_type_with_an_idle_time_out_of_its_own_is_held_to_that(
    actor: str, at_s: float, found: dict[str, int]
) -> None:
    h = History(idle_timeout_s=5.0, idle_timeouts_s={"Sleeper": 1.9})
    h.turn(actor, h.app("host-1"), 1.0, 2.0)
    h.deactivate(actor, "host-1/app#1", at_s)
    h.close(60.0)
    assert dict(verdict_on(h.timeline(), free("lifecycle")).classes) == found


def test_a_turn_whose_end_is_not_known_is_not_judged() -> None:
    h = History(idle_timeout_s=5.0)
    h.turn(A, h.app("host-1"), 1.0, None)
    h.deactivate(A, "host-1/app#1", 4.0)
    h.close(60.0)
    assert not verdict_on(h.timeline(), free("lifecycle")).violations


def test_a_deactivation_that_ends_a_drain_is_excused_a_little_after_it() -> None:
    # Measured on 1.18.2: the DELETEs of a join came 4.01 to 4.06 s after its table was seen, with a drain of 4 s.
    h = History(idle_timeout_s=3.0, drain_timeout_s=4.0)
    one = h.app("host-1")
    h.phase("ready", 0.5)
    h.table(0.6, 1, ["host-1"])
    h.table(10.0, 2, ["host-1", "host-2"])
    h.turn(A, one, 14.01, 14.02)
    h.deactivate(A, one, 14.06)
    h.close(60.0)
    verdict = verdict_on(h.timeline(), free("lifecycle"))
    assert not verdict.violations
    assert verdict.excused == {"moved": 1}

"""When a DELETE may come, and of which nothing is known."""

from __future__ import annotations

from typing import Any

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.outcome import Outcome
from tests.properties.builder import History
from tests.properties.scene import Row, Story, row, table
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


class Deletes(Story):
    """Turns of a counter, and DELETEs of it."""

    guarantee, actor = "lifecycle", A

    def __init__(self, **run: Any) -> None:
        super().__init__(**({"idle_timeout_s": 5.0} | run))


ONE, OPEN = {"deactivations": 1}, "ran 1 9; left 4; "


@table(
    row("in time", "ran 1 2; left 7", evidence=ONE, figures={"actors deactivated": 1}),
    row("too early", "ran 1 2; left 4", classes="too early", says="3000 ms before", evidence=ONE),
    row("counted from the start", "ran 1 2; left 6", classes="counted from the start", says="1000 ms before"),
    row("its last use counts", "ran 1 2; ran 4 4.1; left 8", classes="too early"),
    row("the one that ended last", "ran 1 4; ran 2 2.1; left 7.5", classes="counted from the start"),
    row("a timer's turn is none", 'ran 1 2; ran 5 5.1 cause="timer"; left 7', evidence=ONE),
    row("without one nothing is promised", 'ran 1 2 cause="timer"; left 3', evidence=ONE),
    row("nor before the first", "left 0.5; ran 1 2", evidence={"deactivations": 0}),
    row("during a turn", OPEN, classes="during a turn"),
    row("its caller had left", 'sent 0.9 3 op="c" reason="gave-up"; ran 1 9 op="c"; left 4', classes="abandoned"),
    row("a table moves it", OPEN + "tabled 0.1 1 hosts=[1]; tabled 3 2", evidence={"deactivations": 0}),
    row("its host leaves", OPEN + 'asked 3 unit="host-1/sidecar"', evidence={"deactivations": 0}),
    row("not if later", OPEN + 'asked 5 unit="host-1/sidecar"', classes="during a turn"),
    row("it was stopped", OPEN + "paused 2 3", evidence={"deactivations": 0}),
    row("a turn of five seconds is not long", "ran 1 6", evidence={"long_turns": 0}),
    row("one of more is", "ran 1 6.1; ran 11 20", evidence={"long_turns": 2}),
)
def test_when_an_actor_is_put_away(row: Row) -> None:
    row.check(Deletes)

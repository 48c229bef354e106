from __future__ import annotations

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.views.turns.turn_time import PARTS, TurnTime, turn_times
from tests.properties.builder import History

MS = 1_000_000


def times(history: History) -> dict[str, TurnTime]:
    return {each.turn.id: each for each in turn_times(history.timeline())}


def spent(time: TurnTime) -> dict[str, int]:
    return {part: round(ns / MS) for part, ns in time.parts.items() if ns}


def test_an_operation_is_split_into_parts_that_add_up_to_it() -> None:
    h = History()
    app = h.app("host-1")
    first = h.operation("Ledger/a", 1.0, 1.5, turn="t1")
    second = h.operation("Ledger/a", 1.1, 2.5, turn="t2")
    h.turn("Ledger/a", app, 1.01, 1.4, op=first, turn="t1")
    h.turn("Ledger/a", app, 1.45, 2.4, op=second, turn="t2")
    h.add(ev.RuntimeCallStarted, 1.5, process=app, call="r1", turn="t2", actor="Ledger/a", what="read", name="count")
    h.add(ev.RuntimeCallEnded, 1.6, process=app, call="r1", ok=True)
    h.save("t2", [("count", "1")], 1.8, 2.2)
    h.close(5.0)
    time = times(h)["t2"]
    assert spent(time) == {"waiting": 300, "way there": 50, "own code": 450, "read": 100, "save": 400, "way back": 100}
    assert sum(time.parts.values()) == 1400 * MS


def test_a_turn_that_did_not_answer_has_no_way() -> None:
    h = History()
    app = h.app("host-1")
    op = h.operation("Ledger/a", 1.0, 3.0, turn="t2")
    h.turn("Ledger/a", app, 1.1, 1.5, op=op, turn="t1")
    h.turn("Ledger/a", app, 2.0, 2.9, op=op, turn="t2")
    h.close(5.0)
    assert spent(times(h)["t1"]) == {"own code": 400}
    assert spent(times(h)["t2"]) == {"waiting": 400, "way there": 600, "own code": 900, "way back": 100}


@pytest.mark.parametrize(("save_end_s", "expected"), [(None, 500), (9.0, 500), (1.7, 200)])
def test_a_call_that_outlasts_its_turn_counts_to_the_turns_end(save_end_s: float | None, expected: int) -> None:
    h = History()
    app = h.app("host-1")
    h.turn("Ledger/a", app, 1.0, 2.0, turn="t1")
    h.save("t1", [("count", "1")], 1.5, save_end_s)
    h.close(10.0)
    assert times(h)["t1"].parts["save"] == expected * MS


def test_an_instant_counts_once_when_calls_run_side_by_side() -> None:
    h = History()
    app = h.app("host-1")
    h.turn("Ledger/a", app, 1.0, 2.0, turn="t1")
    h.save("t1", [("count", "1")], 1.2, 1.6)
    h.operation("Ledger/b", 1.3, 1.8, client="t1", process=app)
    h.close(5.0)
    time = times(h)["t1"]
    assert spent(time) == {"own code": 400, "save": 400, "call to an actor": 200}
    assert set(time.parts) == set(PARTS)


def test_a_turn_without_an_end_is_left_out() -> None:
    h = History()
    h.turn("Ledger/a", h.app("host-1"), 1.0, None, turn="t1")
    h.close(5.0)
    assert times(h) == {}


def test_a_turn_waits_once_for_turns_that_ran_at_the_same_time() -> None:
    h = History()
    app = h.app("host-1")
    for from_s, to_s in ((1.0, 2.0), (1.5, 3.0), (1.6, 1.8), (3.2, 3.3)):
        h.turn("Ledger/a", app, from_s, to_s)
    op = h.operation("Ledger/a", 1.2, 4.1, turn="last")
    h.turn("Ledger/a", app, 3.5, 4.0, op=op, turn="last")
    assert spent(times(h)["last"]) == {"waiting": 1900, "way there": 400, "own code": 500, "way back": 100}

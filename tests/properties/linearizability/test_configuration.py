"""What the search concludes in one configuration: a wrong conclusion here loses an order that fits."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from actorproof.properties.linearizability.model import Model, State
from actorproof.properties.linearizability.models.counter import Counter
from actorproof.properties.linearizability.models.register import CasRegister, Register
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.search import ENTRY_BYTES, _Failed, _Plan, _Search

AT = 9


def op(number: int, function: str, value: Any = None, result: Any = None, end: int | None = 50) -> Operation:
    return Operation(
        id=f"o{number}",
        function=function,
        value=value,
        result=result,
        start_ns=number,
        end_ns=None if end is None else end + number,
        outcome="info" if end is None else "ok",
    )


def searching(operations: list[Operation], model: Model, *, limit: int | None = None) -> _Search:
    plan = _Plan(operations, model)
    made = _Search(plan, model, 10_000, None, 0.0)
    made._limit = len(plan.events) if limit is None else limit
    return made


def frame(
    open_: tuple[int, ...] = (),
    waiting: tuple[int, ...] = (),
    *,
    used: int = 0,
    last: int = -1,
    fresh: int = -1,
    state: Any = "s",
    at: int = AT,
) -> Any:
    return (at, state, open_, waiting, used, last, fresh, None)


# ---- a configuration that failed before

FOUR_WRITES_AND_A_SWAP = [*(op(n, "write", n) for n in range(4)), op(4, "cas", (1, 2), True)]


def entry(
    open_: set[int], waiting: frozenset[int] = frozenset(), *, used: int = 0, last: int = 5, fresh: bool = False
) -> _Failed:
    return _Failed(frozenset(open_), waiting, used, last, fresh)


FAILED: dict[str, tuple[_Failed, Any, bool]] = {
    "the same": (entry({0, 4}), frame((0, 4), last=5), True),
    "no unanswered one was needed": (entry({0}), frame((0,), used=0b11, last=5), True),
    "the one that was needed is gone here, too": (entry({0}, used=0b1), frame((0,), used=0b11, last=5), True),
    "the one that was needed is left here": (entry({0}, used=0b1), frame((0,), used=0b10, last=5), False),
    "both that were needed are left here": (entry({0}, used=0b11), frame((0,), last=5), False),
    "nothing blind could be placed there": (entry({0}, fresh=True), frame((0,), last=5), False),
    "nor here": (entry({0}, fresh=True), frame((0,), last=5, fresh=AT), True),
    "but here not": (entry({0}), frame((0,), last=5, fresh=AT), True),
    "there it was at another end": (entry({0}, fresh=True), frame((0,), last=5, fresh=AT - 1), False),
    "one is under way here only": (entry({0}), frame((0, 4), last=5), False),
    "one that fades was under way there only": (entry({0, 4}), frame((4,), last=5), True),
    "one that does not fade was under way there only": (entry({0, 4}, last=0), frame((4,), last=0), False),
    "a swap was under way there only": (entry({0, 4}), frame((0,), last=5), False),
    "less was waiting there": (entry({0}, frozenset({7})), frame((0,), (7, 8), last=5), True),
    "more was waiting there": (entry({0}, frozenset({7, 8})), frame((0,), (7,), last=5), False),
    "the last blind one was placed later here, after what fades in both": (
        entry({0, 4}, last=2),
        frame((0, 4), last=3),
        True,
    ),
    "one fades here only": (entry({2, 4}, last=2), frame((2, 4), last=3), False),
    "one fades in neither": (entry({3, 4}, last=2), frame((3, 4), last=3), True),
    "a swap does not fade": (entry({4}, last=4), frame((4,), last=5), True),
    "the last blind one was placed earlier here": (entry({3}, last=4), frame((3,), last=3), True),
}


@pytest.mark.parametrize("name", FAILED)
def test_what_failed_when_it_was_as_free(name: str) -> None:
    before, now, hopeless = FAILED[name]
    search = searching(FOUR_WRITES_AND_A_SWAP, CasRegister())
    assert list(search._plan.born) == [0, 1, 2, 3, 4]
    search._failed[AT, "s"] = [before]
    assert search._hopeless(now) is (before if hopeless else None)
    search._failed[AT, "s"] = [entry({0, 1, 2, 3, 4}, frozenset({99})), before]
    assert search._hopeless(now) is (before if hopeless else None)


def test_what_is_kept_of_a_failure() -> None:
    search = searching(FOUR_WRITES_AND_A_SWAP, CasRegister())
    state = ("a", "b")
    for fresh, is_fresh in ((AT, True), (AT - 1, False)):
        search._failed.clear()
        search._bytes_left = 10_000
        search._fail(frame((0, 4), (7,), used=0b111, last=5, fresh=fresh, state=state), 0b10)
        assert search._failed == {(AT, state): [entry({0, 4}, frozenset({7}), used=0b10, fresh=is_fresh)]}
        took = [frozenset({0, 4}), frozenset({7}), 0b10, state, "a", "b"]
        assert search._bytes_left == 10_000 - ENTRY_BYTES - sum(map(sys.getsizeof, took))
    search._fail(frame(state=state), 0)
    assert len(search._failed[AT, state]) == 2


def test_what_is_left_of_the_budget() -> None:
    clock = 7.0
    plan = _Plan([], Register())
    search = _Search(plan, Register(), 5, lambda: clock, 8.0)
    assert search._spent() is None
    clock = 8.0
    assert search._spent() is None
    clock = 8.1
    assert search._spent() == "time"
    search._bytes_left = 0
    assert search._spent() == "time"
    search._bytes_left = -1
    assert search._spent() == "memory"
    assert _Search(plan, Register(), 5, None, 0.0)._spent() is None


# ---- what a waiting operation sees, and what comes too late


class Parity(Register):
    """A register that also tells whether its value is odd."""

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        if operation.function == "odd":
            return (state in {1, 3, 5}) is operation.result, state
        return super().step(state, operation)

    def is_pure(self, operation: Operation) -> bool:
        return operation.function == "odd" or super().is_pure(operation)


def test_whether_a_waiting_operation_sees_a_state() -> None:
    search = searching([op(0, "odd", result=True), op(1, "read", result=4), op(2, "odd", result=False)], Parity())
    assert search._is_seen(3, [0]) is True
    assert search._is_seen(4, [0]) is False
    assert search._is_seen(0, [2, 0]) is True
    assert search._is_seen(4, [1, 0]) is True
    assert search._is_seen(6, [1, 0]) is False
    assert search._is_seen(3, []) is False


def test_whether_it_is_too_late_for_one_that_must_be_placed() -> None:
    history = [op(0, "add", 1, 2), op(1, "read", result=5), op(2, "add", 1), op(3, "add", 3, end=None)]
    search = searching(history, Counter().suited(history))
    assert list(search._plan.events) == [0, 1, 2, 3, ~0, ~1, ~2]
    now = frame((0, 2), (1,))
    assert search._is_doomed(1, -1, now) is False
    assert search._is_doomed(2, -1, now) is True  # the first would answer 3
    assert search._is_doomed(2, 0, now) is False  # if it is not just being placed
    assert search._is_doomed(5, 0, now) is False
    assert search._is_doomed(6, 0, now) is True  # the read waits for 5
    assert search._is_doomed(6, 0, frame((0, 2), ())) is False
    for limit, doomed in ((4, False), (5, True)):  # what ends beyond need not be placed
        search._limit = limit
        assert search._is_doomed(2, -1, frame((0,))) is doomed


# ---- unanswered operations

UNANSWERED = [
    op(0, "write", 1, end=None),
    op(1, "cas", (1, 2), end=None),
    op(2, "write", 1, end=None),
    op(3, "write", 2, end=None),
    op(4, "read", result=1, end=3),
    op(5, "read", result=2, end=3),
    op(6, "write", 9, end=3),
    op(7, "write", 1, end=None),
    op(8, "write", 7, end=9),
]


def test_the_first_of_each_kind_that_is_not_placed() -> None:
    search = searching(UNANSWERED, CasRegister())
    events = list(search._plan.events)
    assert events == [0, 1, 2, 3, 4, 5, 6, 7, ~4, 8, ~5, ~6, ~8]
    at = events.index(~6)
    infos = search._infos
    assert infos(frame((6,), at=at)) == [0, 1, 3]
    assert infos(frame((6,), at=at, used=0b1)) == [1, 2, 3]
    assert infos(frame((6,), at=at, used=0b10101)) == [1, 3]
    assert infos(frame((6,), at=at, used=0b11111)) == []
    assert infos(frame((6,), at=at, used=0b101)) == [1, 3, 7]


def test_which_kinds_to_look_at() -> None:
    search = searching(UNANSWERED, CasRegister())

    def within(called: int, *waiting: int) -> list[tuple[int, ...]]:
        return sorted(alike.numbers for alike in search._within_sight(called, waiting))

    everything = [(0, 2, 7), (1,), (3,)]
    assert within(4) == within(6, 4) == within(6) == everything  # a swap may see anything later
    search._direct_only = True
    assert within(4) == [(0, 2, 7), (1,)]
    assert within(5) == [(1,), (3,)]
    assert within(5, 4) == [(1,), (3,)]
    assert within(6, 4) == [(1,)]
    blind = searching([each for each in UNANSWERED if each.function != "cas"], Register())
    search = blind  # there are only reads and writes
    assert within(3) == [(0, 1, 6)]
    assert within(3, 4) == [(0, 1, 6), (2,)]
    assert within(5, 4) == [(2,)]
    assert within(5) == []


def test_the_order_of_what_was_placed_and_what_faded() -> None:
    search = searching(FOUR_WRITES_AND_A_SWAP, CasRegister())
    trail: Any = None
    for number in (0, 4, 2, ~1, ~3):
        trail = (trail, number)
    assert [each.id for each in search._order(trail)] == ["o0", "o4", "o1", "o3", "o2"]
    assert search._order(None) == ()

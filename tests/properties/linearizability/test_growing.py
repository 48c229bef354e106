"""Objects whose states never come again: what must come first there is placed without a choice, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from actorproof.properties.linearizability.answer import Linearizable, NotLinearizable
from actorproof.properties.linearizability.models.counter import Counter
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.search import search


def add(id_: str, by: int, end: int | None, *, to: int | None = None, start: int = 0) -> Operation:
    outcome: Any = "info" if end is None else "ok"
    return Operation(id=id_, function="add", value=by, start_ns=start, end_ns=end, outcome=outcome, result=to)


def read(id_: str, seen: int, end: int, *, start: int = 0) -> Operation:
    return Operation(id=id_, function="read", start_ns=start, end_ns=end, result=seen)


def order(history: list[Operation]) -> list[str]:
    answer = search(history, Counter())
    assert isinstance(answer, Linearizable), answer
    return [operation.id for operation in answer.order]


def test_the_only_one_that_fits_now_comes_next() -> None:
    history = [add(f"o{n}", 1, 100 - n, to=n + 1) for n in range(20)] + [add(f"i{n}", n, None) for n in range(1, 9)]
    assert order(history) == [f"o{n}" for n in range(20)]


def test_one_that_leaves_the_state_may_come_before_it() -> None:
    assert order([add("a", 1, 10, to=2), add("b", 1, 20, to=1), add("c", 0, 30, to=0)]) == ["c", "b", "a"]


def test_of_two_that_fit_only_now_the_one_that_leaves_the_state_comes_first() -> None:
    history = [add("c", 0, 30, to=0), add("b", 1, 20, to=1), add("a", 1, 10, to=2)]
    assert order(history) == ["c", "b", "a"]


def test_one_that_answers_nothing_may_come_before_it_if_it_leaves_the_state() -> None:
    history = [add("a", 1, 10, to=2), add("b", 1, 20, to=1), add("c", 0, 5), read("d", 0, 5)]
    assert order(history) == ["d", "c", "b", "a"]


def test_an_unanswered_one_comes_after_it() -> None:
    history = [add("a", 1, 10, to=4), add("b", 1, 20, to=1), add("c", 2, None)]
    assert order(history) == ["b", "c", "a"]


def test_one_that_ends_beyond_the_prefix_need_not_be_placed() -> None:
    history = [add("a", 2, None), add("b", 1, 20, to=1), read("c", 2, 10)]
    answer = search(history, Counter())
    assert isinstance(answer, NotLinearizable)
    assert [operation.id for operation in answer.order] == ["a", "c"]
    assert [operation.id for operation in answer.stuck] == ["b"]


@pytest.mark.parametrize("seen", [1, 3])
def test_two_that_fit_only_now_can_t_both(seen: int) -> None:
    history = [add("a", 1, 20, to=1), add("b", 1, 20, to=1), read("c", seen, 10)]
    answer = search(history, Counter())
    assert isinstance(answer, NotLinearizable)


def test_a_counter_that_goes_down_may_be_where_it_was() -> None:
    history = [add("a", 1, 10, to=1), add("b", 1, 20, to=1), add("c", -1, 30, to=0)]
    assert order(history) == ["a", "c", "b"]

"""What the answers say, budgets, and models of one's own."""

from __future__ import annotations

import pytest

from actorproof.properties.linearizability.model import Counter, Model, Register, unknown_or_equal
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.search import Linearizable, NotLinearizable, Unknown, search
from actorproof.properties.verdict import Budget


def op(number: int, function: str, value: object = None, result: object = None, **more: object) -> Operation:
    given = {"start_ns": number, "end_ns": number, **more}
    return Operation(id=f"o{number}", function=function, value=value, result=result, **given)  # type: ignore[arg-type]


def hard(count: int) -> list[Operation]:
    """Adds of different amounts without answers, all at once, and then a read that no subset of them explains."""
    adds = [op(n, "add", 2**n, outcome="info", end_ns=None) for n in range(count)]
    return [*adds, op(count, "add", -1), op(count + 1, "read", result=2**count + 5)]


def test_the_explanation_stops_where_the_history_does() -> None:
    history = [op(n, "write", n) for n in range(50)] + [op(50, "read", result=3), op(51, "write", 51)]
    answer = search(history, Register())
    assert isinstance(answer, NotLinearizable)
    assert [o.id for o in answer.order] == [f"o{n}" for n in range(50)]
    assert answer.state == 49
    assert [o.id for o in answer.stuck] == ["o50"]
    assert str(answer) == "o50 read() -> 3 fits nowhere after 50 operations, state 49"


def test_what_was_under_way_is_named() -> None:
    answer = search([op(0, "write", 1, end_ns=9), op(3, "read", result=7, end_ns=4)], Register())
    assert isinstance(answer, NotLinearizable)
    assert str(answer) == "o3 read() -> 7 fits nowhere after 0 operations, state None; under way: o0 write(1)"


def test_nothing_fits() -> None:
    assert search([], Register()) == Linearizable(())


def test_touching_intervals_overlap() -> None:
    history = [op(0, "write", 1, end_ns=5), op(5, "read", result=None, end_ns=6)]
    assert isinstance(search(history, Register()), Linearizable)


def test_time_is_up() -> None:
    asked = 0

    def now() -> float:
        nonlocal asked
        asked += 1
        return float(asked)

    answer = search(hard(30), Counter(), budget=Budget(time_s=100), now=now)
    assert answer == Unknown(reason="time", placed=1, total=32)
    assert asked <= 105  # an overshoot of under 5 %


def test_memory_is_up() -> None:
    answer = search(hard(30), Counter(), budget=Budget(memory_mb=1))
    assert isinstance(answer, Unknown)
    assert answer.reason == "memory"


def test_hundreds_of_unanswered_operations() -> None:
    history: list[Operation] = []
    for n in range(0, 2000, 2):
        if n % 10 == 0:
            history.append(op(n, "write", n, outcome="info", end_ns=None))
        else:
            history.append(op(n, "write", n))
        seen = n - 2 if n % 20 == 0 and n else n  # every other unanswered write has no effect at once
        history.append(op(n + 1, "read", result=seen))
    assert isinstance(search(history, Register()), Linearizable)
    history.append(op(3000, "read", result=-1))
    assert isinstance(search(history, Register()), NotLinearizable)


class Queue(Model):
    """The example of the models' docstring."""

    initial = ()

    def step(self, state: object, operation: Operation) -> tuple[bool, tuple[object, ...]]:
        assert isinstance(state, tuple)
        match operation.function:
            case "put":
                return True, (*state, operation.value)
            case _ if state:
                return unknown_or_equal(operation, state[0]), state[1:]
            case _:
                return unknown_or_equal(operation, None), state


@pytest.mark.parametrize(("taken", "fits"), [("a", True), ("b", True), (None, False)])
def test_a_model_of_ones_own(taken: str | None, fits: bool) -> None:  # noqa: FBT001 - a parameter of the test
    history = [op(0, "put", "a", end_ns=3), op(1, "put", "b", end_ns=3), op(5, "take", result=taken)]
    assert isinstance(search(history, Queue()), Linearizable) is fits


def test_an_unanswered_take_is_not_taken_for_an_empty_one() -> None:
    history = [op(0, "put", "a"), op(1, "take", outcome="info", end_ns=None), op(2, "take", result=None)]
    assert isinstance(search(history, Queue()), Linearizable)

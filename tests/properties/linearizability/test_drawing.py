"""What can't be placed, drawn."""

from __future__ import annotations

from actorproof.properties.linearizability.answer import NotLinearizable
from actorproof.properties.linearizability.drawing import explanation
from actorproof.properties.linearizability.models.register import Register
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.search import search


def op(number: int, function: str, value: object = None, result: object = None, **more: object) -> Operation:
    given = {"start_ns": number, "end_ns": number, "process": str(number % 3), **more}
    return Operation(id=f"o{number}", function=function, value=value, result=result, **given)  # type: ignore[arg-type]


def drawn(history: list[Operation]) -> list[str]:
    answer = search(history, Register())
    assert isinstance(answer, NotLinearizable)
    return list(explanation(answer, Register()))


def test_what_comes_first() -> None:
    assert drawn([op(0, "read", result=7, end_ns=3)]) == [
        "o0: read() -> 7 fits nowhere",
        "it comes first",
        "  |-|    o0, process 0: read() -> 7: fits nowhere",
    ]


def test_what_was_under_way_and_what_was_placed() -> None:
    history = [op(0, "write", 1, end_ns=2), op(1, "write", 2, end_ns=9), op(3, "read", result=7, end_ns=5)]
    assert drawn(history) == [
        "o3: read() -> 7 fits nowhere",
        "the one operation before it fits, and leaves 1",
        "nothing before it leaves what it would need",
        "under way at its end: o1: write(2): possible, and does not help",
        "  |---|          o0, process 0: write(1): placed as number 1",
        "    |-------|    o1, process 1: write(2): not placed",
        "        |-|      o3, process 0: read() -> 7: fits nowhere",
    ]


def test_only_the_last_are_shown() -> None:
    history = [op(n, "write", n) for n in range(20)]
    history += [op(30 + n, "write", 30 + n, start_ns=30, end_ns=50) for n in range(8)]
    lines = drawn([*history, op(40, "read", result=99), op(51, "write", 51)])
    assert lines[1] == "the 20 operations before it fit, and leave 19"
    assert lines[3:9] == [f"under way at its end: o{n}: write({n}): possible, and does not help" for n in range(30, 36)]
    assert lines[9] == "under way at its end: 2 more"
    assert [line.split(": ")[-1] for line in lines[10:]] == [
        *(f"placed as number {number}" for number in range(15, 21)),
        *["not placed"] * 5,
        "fits nowhere",
    ]


def test_an_interval_without_an_end_stays_open() -> None:
    history = [op(0, "write", 1), op(1, "write", 2, outcome="info", end_ns=None), op(3, "read", result=2)]
    assert drawn([*history, op(5, "read", result=7, end_ns=6)])[-4:] == [
        "  ||           o0, process 0: write(1): placed as number 1",
        "    |------->  o1, process 1: write(2) (info): placed as number 2",
        "      ||       o3, process 0: read() -> 2: placed as number 3",
        "        |-|    o5, process 2: read() -> 7: fits nowhere",
    ]


def test_the_write_that_was_read_and_the_one_that_came_between_are_told_and_drawn() -> None:
    history = [op(0, "write", 77), op(1, "read", result=77), *(op(n, "write", n) for n in range(2, 20))]
    lines = drawn([*history, op(30, "read", result=77)])
    assert lines[2] == "it would fit after o0: write(77), in the state 77, but o2: write(2) ended before it began"
    assert [line.split()[-1] for line in lines if "placed as number" in line] == ["1", "3", *map(str, range(15, 21))]


def test_a_stuck_operation_that_is_not_possible_either_is_told() -> None:
    history = [op(0, "write", 1), op(2, "read", result=5, end_ns=9), op(3, "read", result=6, end_ns=4)]
    assert "under way at its end: o2: read() -> 5: not possible there either" in drawn(history)

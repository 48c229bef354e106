"""What is told of reads before any search; `test_search` has the same reads searched."""

from __future__ import annotations

import pytest

from actorproof.properties.linearizability.models.register import Register
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.overwritten import first_overwritten
from actorproof.properties.linearizability.plan import ANY, Plan

Row = tuple[str, int | None, int, int | None]
NO = "write", 9, 90, 91  # the last end: what starts before it is in the events


def told(rows: list[Row], initial: int | None = None) -> tuple[int, int] | None:
    """Which operation's end is the first that fits nowhere, and how many events came before it."""
    operations = [
        Operation(
            id=str(number),
            function=function,
            value=value if function == "write" else None,
            result=value if function == "read" else None,
            start_ns=start_ns,
            end_ns=end_ns,
            outcome="ok" if end_ns is not None else "info",
        )
        for number, (function, value, start_ns, end_ns) in enumerate(rows)
    ]
    plan = Plan(operations, Register(initial))
    assert plan.all_blind
    place = first_overwritten(
        plan.events,
        born=plan.born,
        dies=plan.dies,
        blind=plan.blind,
        after=plan.after,
        needs=plan.needs,
        anything=ANY,
        initial=plan.initial,
    )
    return None if place is None else (int(plan.ops[~plan.events[place]].id), place)


FIT: dict[str, list[Row]] = {
    "nothing": [],
    "one write": [("write", 1, 0, 1)],
    "the first state": [("read", None, 0, 1)],
    "the first state, while it is written": [("write", 1, 0, 5), ("read", None, 3, 4)],
    "the first state, before it is written": [("read", None, 0, 1), ("write", 1, 2, 3), NO],
    "written": [("write", 1, 0, 1), ("read", 1, 2, 3)],
    "written as it ended": [("read", 1, 0, 5), ("write", 1, 5, 6)],
    "written again, the earlier of them for longer": [
        ("write", 1, 0, 8),
        ("write", 1, 1, 2),
        ("write", 2, 3, 4),
        ("read", 1, 5, 6),
    ],
    "perhaps written": [("write", 1, 0, None), ("write", 2, 2, 3), ("read", 1, 5, 6)],
    "perhaps overwritten": [("write", 1, 0, 1), ("write", 2, 2, None), ("read", 1, 5, 6)],
    "overwritten while it was read": [("write", 1, 0, 1), ("read", 1, 2, 9), ("write", 2, 3, 4)],
    "overwritten by one that touches the write": [("write", 1, 0, 2), ("write", 2, 2, 3), ("read", 1, 5, 6)],
    "overwritten by one that touches the read": [("write", 1, 0, 1), ("write", 2, 2, 5), ("read", 1, 5, 6)],
    "the latest of those that ended began before it": [("write", 2, 0, 9), ("write", 1, 1, 2), ("read", 1, 11, 12)],
}
FIT_NOT: dict[str, tuple[list[Row], tuple[int, int]]] = {
    "never written": ([("write", 1, 0, 1), ("read", 2, 5, 6)], (1, 3)),
    "nothing was written": ([("read", 2, 5, 6)], (0, 1)),
    "the first state, overwritten": ([("write", 1, 0, 1), ("read", None, 2, 3)], (1, 3)),
    "written too late": ([("read", 1, 0, 1), ("write", 1, 2, 3)], (0, 1)),
    "overwritten": ([("write", 1, 0, 1), ("write", 2, 2, 3), ("read", 1, 5, 6)], (2, 5)),
    "overwritten, and then by an older one": (
        [("write", 3, 0, 4), ("write", 1, 0, 1), ("write", 2, 2, 3), ("read", 1, 5, 6)],
        (3, 7),
    ),
    "the first of two": ([("read", 7, 0, 1), ("read", 8, 2, 3)], (0, 1)),
    "after one that fits": ([("write", 1, 0, 1), ("read", 1, 2, 3), ("read", 8, 4, 5)], (2, 5)),
}


@pytest.mark.parametrize("name", FIT)
def test_each_may_fit(name: str) -> None:
    assert told(FIT[name]) is None


@pytest.mark.parametrize("name", FIT_NOT)
def test_a_read_that_fits_nowhere(name: str) -> None:
    rows, expected = FIT_NOT[name]
    assert told(rows) == expected


def test_the_first_state_may_be_another() -> None:
    assert told([("read", 7, 0, 1)], 7) is None
    assert told([("read", None, 0, 1)], 7) == (0, 1)

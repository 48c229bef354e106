"""What the search works with: kinds of operations, and configurations that failed."""

from __future__ import annotations

from sys import getsizeof
from typing import Any

import pytest

from actorproof.properties.formats.values import FrozenMap
from actorproof.properties.linearizability.failures import Failures, Frame, room_of
from actorproof.properties.linearizability.models.register import CasRegister
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.plan import Kinds, Plan


def op(function: str, value: Any = None, result: Any = None, start: int = 0, outcome: Any = "ok") -> Operation:
    return Operation(
        id=str(start), function=function, value=value, result=result, start_ns=start, end_ns=99, outcome=outcome
    )


def test_operations_of_one_kind_ask_and_answer_the_same() -> None:
    asked = [op("add", 1), op("add", 1), op("add", 2), op("put", 1), op("add", 1, 1), op("add", 1, outcome="info")]
    alike = [op("add", -1), op("add", -2), op("add", -1)]  # -1 and -2 have one hash in CPython
    kinds = Kinds([*asked, *alike])
    for _ in range(2):
        assert [kinds[number] for number in range(9)] == [0, 0, 2, 3, 4, 5, 6, 7, 6]


# Two writes, which are blind, a compare-and-set, and a read, all under way at once: each is born at its number.
PLAN = Plan(
    [op("write", 1), op("write", 2, start=1), op("cas", (1, 2), start=2), op("read", result=3, start=3)],
    CasRegister(),
)


def frame(**other: Any) -> Frame:
    held = {"at": 9, "state": 5, "open": (0, 1, 2), "waiting": (), "used": 0b101, "last": 1, "fresh": 7, "trail": None}
    assert not other.keys() - held.keys()
    return tuple((held | other).values())  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("failed", "missed", "entered", "is_like"),
    [
        (frame(), 0, frame(), True),
        (frame(), 0, frame(at=8), False),
        (frame(), 0, frame(state=6), False),
        (frame(), 0b100, frame(), True),
        (frame(), 0b110, frame(), False),  # it could take what this one had taken
        (frame(fresh=9), 0, frame(), False),
        (frame(fresh=9), 0, frame(fresh=9), True),
        (frame(), 0, frame(fresh=9), True),
        (frame(), 0, frame(waiting=(3,)), True),
        (frame(waiting=(3,)), 0, frame(), False),
        (frame(waiting=(3,)), 0, frame(waiting=(3,)), True),
        (frame(open=(0, 1)), 0, frame(), False),
        (frame(), 0, frame(open=(1, 2)), True),  # the first write fades thanks to a later one
        (frame(last=0), 0, frame(open=(1, 2), last=0), False),
        (frame(), 0, frame(open=(0, 2)), False),
        (frame(last=9), 0, frame(open=(0, 1), last=9), False),  # a compare-and-set never fades
        (frame(last=9), 0, frame(open=(2,), last=9), True),
        (frame(), 0, frame(last=0), True),
        (frame(), 0, frame(last=2), False),  # the second write fades here alone
        (frame(open=(0, 2)), 0, frame(open=(0, 2), last=2), True),
        (frame(last=2), 0, frame(last=4), True),
        (frame(last=0), 0, frame(open=(0, 2), last=1), False),
    ],
)
def test_what_failed_fails_again_for_those_that_are_no_freer(
    failed: Frame, missed: int, entered: Frame, *, is_like: bool
) -> None:
    failures = Failures(PLAN, 10_000)
    failures.add(failed, missed)
    assert (failures.like(entered) is not None) is is_like
    assert failures.bytes_left < 10_000


def test_a_state_takes_the_room_of_all_that_is_in_it() -> None:
    assert room_of(7) == getsizeof(7)
    for held in ((7, "ab"), frozenset({7, "ab"})):
        assert room_of(held) == getsizeof(held) + getsizeof(7) + getsizeof("ab")
    one = FrozenMap([("ab", 7)])
    assert room_of(one) == getsizeof(one) + getsizeof(one.pairs) + room_of(("ab", 7))

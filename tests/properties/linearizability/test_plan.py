"""What the search knows of a history before it begins."""

from __future__ import annotations

from typing import Any

from actorproof.properties.linearizability.model import Model
from actorproof.properties.linearizability.models.counter import Counter
from actorproof.properties.linearizability.models.register import CasRegister, Register
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.search import ANY, NEVER, _Kinds, _Plan, _room, _Search


def op(function: str, value: Any, start: int, end: int | None, result: Any = None, *, outcome: Any = None) -> Operation:
    return Operation(
        id=f"o{start}",
        function=function,
        value=value,
        start_ns=start,
        end_ns=end,
        result=result,
        outcome=outcome or ("ok" if end is not None else "info"),
    )


HISTORY = [
    op("read", None, 4, 9, 1),
    op("write", 1, 0, 4),  # touches the read: its end comes after the read's start
    op("write", 2, 1, None),
    op("read", None, 2, None),  # tells nothing
    op("write", 3, 3, 5, outcome="fail"),
    op("write", 1, 6, 7),
    op("write", 5, 20, None),  # after the last end
]


def test_events_in_order_of_time() -> None:
    plan = _Plan(HISTORY, Register())
    assert [each.id for each in plan.ops] == ["o0", "o1", "o4", "o6", "o20"]
    assert list(plan.events) == [0, 1, 2, ~0, 3, ~3, ~2]
    assert list(plan.born) == [0, 1, 2, 4, NEVER]
    assert list(plan.dies) == [3, NEVER, 6, 5, NEVER]
    assert (plan.pure, plan.blind) == ([False, False, True, False, False], [True, True, False, True, True])
    assert list(plan.pure_starts) == [2]
    assert plan.after == [1, 2, None, 1, 5]
    assert plan.needs == [ANY, ANY, 1, ANY, ANY]
    assert (plan.initial, plan.all_blind, plan.infos) == (None, True, [1, 4])


def kinds_of(ops: list[Operation]) -> list[int]:
    kinds = _Kinds(ops)
    return [kinds[number] for number in range(len(ops))]


def test_kinds() -> None:
    assert kinds_of(_Plan(HISTORY, Register()).ops) == [0, 1, 2, 0, 4]
    ops = [op("write", 1, 0, 1), op("write", 1, 1, None), op("write", 1, 2, 3, 1), op("writ", 1, 3, 4)]
    assert kinds_of(ops) == [0, 1, 2, 3]
    # -1 and -2 have one hash in CPython, and so have pairs of them: the later stays alone.
    assert kinds_of([op("write", -1, 0, 1), op("write", -2, 1, 2), op("write", -2, 2, 3)]) == [0, 1, 2]
    assert kinds_of([op("read", None, 0, 1, -1), op("read", None, 1, 2, -2)]) == [0, 1]


def test_kinds_are_made_when_they_are_asked_for() -> None:
    kinds = _Kinds(_Plan(HISTORY, Register()).ops)
    assert [kinds[number] for number in (3, 0, 3, 1)] == [3, 3, 3, 1]


def test_which_of_two_states_is_read_first() -> None:
    history = [op("read", None, 0, 1, 5), op("write", 5, 2, 3), op("write", 6, 4, 5), op("read", None, 6, 7, 6)]
    plan = _Plan(history, Register(5))
    search = _Search(plan, Register(5), 10**6, None, 0.0)
    assert list(plan.pure_starts) == [0, 3]
    assert search._is_read_first(0, 5, 6)
    # A read counts if it starts here, and no more if it started before.
    assert [search._is_read_first(at, 6, 5) for at in (0, 1, 6, 7)] == [False, True, True, False]


def test_unanswered_ones_by_kind() -> None:
    history = [op("write", 1, 0, None), op("cas", (1, 2), 1, None), op("write", 1, 2, None), op("write", 2, 3, None)]
    plan = _Plan([*history, op("write", 7, 9, 9)], CasRegister())
    assert [tuple(alike) for alike in plan.info_kinds] == [((0, 2), 0b101), ((1,), 0b10), ((3,), 0b1000)]
    assert plan.info_sighted == [((1,), 0b10)]
    assert plan.info_leaving == {1: [((0, 2), 0b101)], 2: [((3,), 0b1000)]}
    assert plan.all_blind is False


def kept(history: list[Operation], model: Model, total: int | None = None) -> dict[Any, int]:
    plan = _Plan(history, model)
    return plan.kept(len(plan.events) if total is None else total)


def test_until_where_a_state_must_be_kept() -> None:
    writes = [op("write", 1, 0, 1), op("write", 2, 2, 3)]
    reads = [op("read", None, 4, 5, 1), op("read", None, 6, 7, 2), op("read", None, 8, 9, 1)]
    history = [*writes, *reads]
    assert kept(history, Register()) == {1: 8, 2: 6}  # where the last read of each begins
    assert kept(history, Register(1)) == {2: 6}  # the first state is one of two sources
    assert kept([*history, op("write", 2, 10, None), op("write", 9, 11, 11)], Register()) == {1: 8}
    # The first state has one source, too; what nobody writes has none.
    assert kept([*history, op("read", None, 11, 12)], Register()) == {1: 8, 2: 6, None: 10}
    assert kept([*history, op("read", None, 11, 12, 7)], Register()) == {1: 8, 2: 6}
    assert kept(history, Register(), 9) == {1: 4, 2: 6}  # reads that end later don't count
    assert kept(history, Register(), 10) == {1: 8, 2: 6}
    assert kept([*history, op("cas", (1, 2), 10, 11)], CasRegister()) == {}


def test_what_grows() -> None:
    history = [op("add", 1, 0, 1, 1), op("add", 1, 2, 3), op("read", None, 4, 5, 2), op("add", 2, 6, None)]
    growing = Counter().suited(history)
    plan = _Plan(history, growing)
    assert (plan.grows, list(plan.exact), plan.needs) == (True, [1, 0, 0, 0], [0, ANY, 2, ANY])
    plain = _Plan(history, Counter())
    assert (plain.grows, list(plain.exact), plain.needs) == (False, [0, 0, 0, 0], [ANY, ANY, 2, ANY])


def test_the_room_of_states() -> None:
    one = _room("x" * 100)
    assert _room(("x" * 100, "x" * 100)) > 2 * one
    assert _room(frozenset({("x" * 100, "y" * 100)})) > 2 * one
    assert _room(()) < one

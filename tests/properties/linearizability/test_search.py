"""What the answers say, budgets, and models of one's own."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Hashable, Sequence
from copy import copy
from dataclasses import replace

import pytest

from actorproof.properties.formats.values import FrozenMap
from actorproof.properties.linearizability.answer import Linearizable, NotLinearizable, Unknown
from actorproof.properties.linearizability.model import Model, State, unknown_or_equal
from actorproof.properties.linearizability.models.accounts import Accounts
from actorproof.properties.linearizability.models.counter import Counter
from actorproof.properties.linearizability.models.ledger import Ledger
from actorproof.properties.linearizability.models.map import KeyValue, Map
from actorproof.properties.linearizability.models.register import CasRegister, Register
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.search import search
from actorproof.properties.verdict.findings import Budget
from tests.properties.linearizability.agreement import decidable
from tests.properties.linearizability.strategies import OBJECTS


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
    assert str(answer) == "o3 read() -> 7 fits nowhere after 0 operations, state nil; under way: o0 write(1)"


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


def test_reading_the_history_is_part_of_the_time() -> None:
    clock = 0.0

    class Slow(Counter):
        def is_blind(self, operation: Operation) -> bool:
            nonlocal clock
            clock += 1.0
            return super().is_blind(operation)

    answer = search(hard(30), Slow(), budget=Budget(time_s=30), now=lambda: clock)
    assert isinstance(answer, Unknown)


def test_memory_is_up() -> None:
    answer = search(hard(30), Counter(), budget=Budget(memory_mb=1))
    assert isinstance(answer, Unknown)
    assert answer.reason == "memory"


def in_vain(function: str, values: Sequence[Hashable], last: Operation) -> list[Operation]:
    """Unanswered operations, all at once, and one that none of their subsets explains."""
    return [*(op(n, function, v, start_ns=0, outcome="info", end_ns=None) for n, v in enumerate(values)), last]


PUT = [(f"a{n}", n) for n in range(24)]
CROWDED: dict[str, tuple[int, Model, list[Operation]]] = {
    # name: the budget in MB, large against what any search has; few operations, and ever more states
    "counter": (1, Counter(), hard(30)),
    "ledger": (
        1,
        Ledger(),
        [*(op(n, "append", n, start_ns=0, end_ns=1000) for n in range(40)), op(2000, "append", -1, 1)],
    ),
    "accounts": (3, Accounts(), in_vain("deposit", [(f"a{n}", 2**n) for n in range(24)], op(99, "total", result=5**9))),
    "kv": (
        3,
        KeyValue(),
        [
            op(98, "append", ("z", "z"), start_ns=0, outcome="info", end_ns=None),
            *in_vain("put", PUT, op(99, "read", result=FrozenMap([*PUT, ("z", 1)]))),
        ],
    ),
}


@pytest.mark.parametrize("name", CROWDED)
def test_no_more_memory_is_used_than_was_given(name: str) -> None:
    memory_mb, model, history = CROWDED[name]
    tracemalloc.start()
    try:
        answer = search(history, model, budget=Budget(memory_mb=memory_mb))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(answer, Unknown)
    assert answer.reason == "memory"
    assert 0.3 < peak / (memory_mb * 1_000_000) < 1.05  # an overshoot of under 5 %, and no great waste


def test_unanswered_puts_of_keys_that_nobody_reads_are_not_tried() -> None:
    history = in_vain("put", [(f"a{n}", n) for n in range(24)], op(99, "read", result=FrozenMap([("z", 1)])))
    assert isinstance(search(history, Map(), budget=Budget(memory_mb=1)), NotLinearizable)


def test_amounts_that_do_not_add_up_are_not_tried_one_by_one() -> None:
    # Every sum of the twenty-four is another one, so there are 16 million states to go through.
    amounts = [3**n for n in range(16)] + [2 * 3**n for n in range(8)]
    added = in_vain("add", amounts, op(99, "read", result=3**16 - 1))
    assert isinstance(search(added, Counter(), budget=Budget(memory_mb=1)), NotLinearizable)
    reached = in_vain("add", amounts, op(99, "read", result=sum(amounts[3:9])))
    answer = search(reached, Counter(), budget=Budget(memory_mb=1))
    assert isinstance(answer, Linearizable)
    assert sum(o.value for o in answer.order if o.function == "add") == sum(amounts[3:9])  # type: ignore[misc]
    # Of one amount as many as are left: three, of which a read took one.
    few = [*in_vain("add", [2, 2, 2], op(50, "read", result=2)), op(99, "read", result=8)]
    assert isinstance(search(few, Counter()), NotLinearizable)


def test_puts_of_keys_that_are_as_they_were_read_wait() -> None:
    # Twenty keys are put at once, and none of them is seen before a put that no read of them could have come before.
    puts = [op(n, "put", (f"a{n}", n), start_ns=1, end_ns=200) for n in range(20)]
    reads = [op(20, "read", start_ns=2, end_ns=100, result=FrozenMap([("b", 1)]))]
    last = [op(21, "put", ("b", 1), start_ns=1, end_ns=50), op(22, "get", "b", start_ns=150, end_ns=160, result=3)]
    answer = search([*puts, *reads, *last], Map(), budget=Budget(memory_mb=1))
    assert isinstance(answer, NotLinearizable)
    assert answer.stuck[0].id == "o22"


def test_texts_that_no_answer_begins_with_are_one_state() -> None:
    # Ten appends whose order nobody sees, and an answer that no order explains.
    appends = [op(n, "append", ("a", f"x{n}"), start_ns=0, end_ns=100) for n in range(10)]
    last = [op(200, "put", ("a", "z")), op(201, "get", "a", result="z?")]
    parts = KeyValue().parts([*appends, *last])
    assert parts is not None
    (of_key,) = parts.operations.values()
    answer = search(of_key, parts.model, budget=Budget(memory_mb=2))
    assert isinstance(answer, NotLinearizable)
    assert (answer.stuck[0].id, answer.state) == ("o201", "z")
    seen = "".join(f"x{n}" for n in range(10))
    fits = search([*of_key[:10], op(150, "get", "a", result=seen)], parts.model, budget=Budget(memory_mb=2))
    assert isinstance(fits, Linearizable)
    short = search([*of_key[:10], op(150, "get", "a", result="x0")], parts.model, budget=Budget(memory_mb=2))
    assert isinstance(short, NotLinearizable)
    assert str(short.state).startswith("x")  # as it is, though no answer tells it


def test_what_fits_is_told_without_foresight_where_that_takes_a_tenth_of_the_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    appends = [op(n, "append", n, start_ns=0, end_ns=100) for n in range(30)]
    history = [*appends, op(200, "read", result=tuple(range(30))), op(300, "read", result=tuple(range(29)))]
    ticks = iter(range(20))
    for budget, now in ((Budget(time_s=100), lambda: float(next(ticks))), (Budget(memory_mb=3), None)):
        answer = search(history, Ledger(), budget=budget, now=now)
        assert isinstance(answer, NotLinearizable)
        assert answer.order == (*appends, history[-2])
    monkeypatch.setattr("actorproof.properties.linearizability.search.NODES_A_LOOK", 1)
    turned = [op(0, "append", "a"), op(1, "append", "b"), op(2, "read", result=("b", "a"))]
    answer = search(turned, Ledger(), now=lambda: 0.0)
    assert isinstance(answer, NotLinearizable)
    assert answer.stuck == (turned[-1],)


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


def test_unanswered_operations_that_change_nothing_are_not_tried() -> None:
    asked = 0

    def now() -> float:
        nonlocal asked
        asked += 1
        return float(asked)

    count = 30
    history = [op(n, "cas", (10 + n, 11 + n), outcome="info", end_ns=None) for n in range(count)]
    history += [op(100 + n, "cas", (0, 0)) for n in range(count)]
    history.append(op(200, "read", result=7))
    answer = search(history, CasRegister(0), budget=Budget(time_s=10), now=now)
    assert isinstance(answer, NotLinearizable)
    assert [o.id for o in answer.stuck] == ["o200"]


def test_what_is_left_of_unanswered_operations_is_no_matter_where_none_was_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actorproof.properties.linearizability.search.NODES_A_LOOK", 1)
    asked = 0

    def now() -> float:
        nonlocal asked
        asked += 1
        return 0.0

    # Each sum can be had in many ways, which leave different ones for later, and the end is in vain after each.
    adds = [
        op(1000 + 20 * by + n, "add", by, start_ns=0, outcome="info", end_ns=None)
        for by in (1, 2, 3, 5)
        for n in range(20)
    ]
    history = [*adds, *(op(n, "read", result=6 * n) for n in range(1, 11)), op(900, "read", result=-1)]
    assert isinstance(search(history, Counter(), now=now), NotLinearizable)
    assert asked < 1000  # one for each configuration: 193 of 42,134


# ---- reads of what was overwritten

Write = tuple[int, int, int | None]
READS: dict[str, tuple[list[Write], tuple[int | None, int, int], bool]] = {
    # name: the writes as (value, start, end), the read as (result, start, end), whether it fits
    "never written": ([(1, 0, 1)], (2, 5, 6), False),
    "written too late": ([(1, 7, 8)], (1, 5, 6), False),
    "written as it ended": ([(1, 6, 8)], (1, 5, 6), True),
    "overwritten": ([(1, 0, 1), (2, 2, 3)], (1, 5, 6), False),
    "overwritten by one that touches the write": ([(1, 0, 2), (2, 2, 3)], (1, 5, 6), True),
    "overwritten by one that touches the read": ([(1, 0, 1), (2, 2, 5)], (1, 5, 6), True),
    "written again": ([(1, 0, 1), (2, 2, 3), (1, 3, 4)], (1, 5, 6), True),
    "written at leisure": ([(1, 0, 9), (2, 2, 3)], (1, 5, 6), True),
    "the first state": ([], (None, 5, 6), True),
    "the first state, overwritten": ([(1, 0, 1)], (None, 5, 6), False),
    "the first state, while it is written": ([(1, 0, 5)], (None, 5, 6), True),
    "perhaps written": ([(1, 0, None), (2, 2, 3)], (1, 5, 6), True),
    "perhaps overwritten": ([(1, 0, 1), (2, 2, None)], (1, 5, 6), True),
}


@pytest.mark.parametrize("name", READS)
def test_a_read_of_what_some_write_left(name: str) -> None:
    writes, (seen, start, end), fits = READS[name]
    history = [
        op(n, "write", value, start_ns=at, end_ns=to, outcome="ok" if to is not None else "info")
        for n, (value, at, to) in enumerate(writes)
    ]
    read = op(50, "read", result=seen, start_ns=start, end_ns=end)
    following = [op(60, "write", 60), op(61, "read", result=-1)]
    answer = search([*history, read, *following[: 0 if fits else 2]], Register())
    assert isinstance(answer, Linearizable) is fits
    if isinstance(answer, NotLinearizable):  # nothing after the first that fits nowhere is told
        assert answer.stuck[0] is read


def test_the_prefix_before_an_overwritten_read_is_told_with_what_was_under_way() -> None:
    history = [op(0, "write", 1), op(1, "write", 2, end_ns=9), op(3, "read", result=7, end_ns=4)]
    answer = search([*history, op(5, "read", result=8)], Register())
    assert isinstance(answer, NotLinearizable)
    assert ([o.id for o in answer.order], answer.state) == (["o0"], 1)
    assert [o.id for o in answer.stuck] == ["o3", "o1"]


def test_a_failure_before_an_overwritten_read_comes_first() -> None:
    # Each value was written in time for one read, but not for both in this order.
    history = [op(0, "write", 1, end_ns=9), op(1, "write", 2, end_ns=9)]
    history += [op(n, "read", result=seen) for n, seen in ((2, 1), (3, 2), (4, 1))]
    answer = search([*history, op(20, "read", result=-1)], Register())
    assert isinstance(answer, NotLinearizable)
    assert answer.stuck[0].id == "o4"


# ---- states that can't come again


def crowd(seed: int, *, clients: int = 20) -> list[Operation]:
    """Reads, and writes of distinct values, of clients that call all the time; it fits by construction."""
    rng = random.Random(seed)
    free = [0] * clients
    rows = []
    for number in range(300):
        start = free[number % clients] + rng.randrange(1, 5)
        end = free[number % clients] = start + rng.randrange(1, 40)
        rows.append((rng.uniform(start, end), number, start, end))
    value: int | None = None
    history = []
    for _, number, start, end in sorted(rows):
        if rng.random() < 0.5:
            history.append(op(number, "read", result=value, start_ns=start, end_ns=end))
        else:
            value = number
            history.append(op(number, "write", value, start_ns=start, end_ns=end))
    return history


def test_a_state_that_is_still_to_be_seen_is_not_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actorproof.properties.linearizability.search.NODES_A_LOOK", 1)
    asked = 0

    def now() -> float:
        nonlocal asked
        asked += 1
        return 0.0

    for seed in range(6):
        assert isinstance(search(crowd(seed), Register(), now=now), Linearizable)
    assert asked < 20_000  # one for each configuration: 15,061 of 25,993


def test_a_state_that_has_another_source_may_be_left() -> None:
    writes = [op(0, "write", 1), op(1, "write", 2), op(2, "write", 1, start_ns=2, end_ns=9)]
    assert isinstance(search([*writes, op(4, "read", result=1)], Register()), Linearizable)
    # The first state has one as well.
    assert isinstance(search([*writes[:2], op(3, "write", 7), op(4, "read", result=7)], Register(7)), Linearizable)
    perhaps = [op(0, "write", 1), op(1, "write", 2), op(2, "write", 1, outcome="info", end_ns=None)]
    assert isinstance(search([*perhaps, op(4, "read", result=1)], Register()), Linearizable)


def test_the_prefix_that_fits_does_not_care_for_later_reads() -> None:
    # 1 is read before and after 2 was, so it must be left and can't be: what fits ends at the last of them.
    history = [op(0, "write", 1, end_ns=20), op(1, "write", 2, end_ns=20)]
    history += [op(n, "read", result=seen) for n, seen in ((30, 1), (31, 2), (32, 1))]
    answer = search(history, Register())
    assert isinstance(answer, NotLinearizable)
    assert answer.stuck[0].id == "o31"
    early = [op(0, "write", 1, end_ns=40), op(1, "write", 2, end_ns=40)]
    early += [op(n, "read", result=seen) for n, seen in ((30, 1), (31, 2), (32, 1))]
    answer = search(early, Register())
    assert isinstance(answer, NotLinearizable)
    assert answer.stuck[0].id == "o32"


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


class Parity(Register):
    """A register that also tells whether its value is odd: a pure operation that is legal in many states."""

    def step(self, state: object, operation: Operation) -> tuple[bool, State]:
        if operation.function == "odd":
            return (state in {1, 3, 5}) is operation.result, state
        return super().step(state, operation)

    def is_pure(self, operation: Operation) -> bool:
        return operation.function == "odd" or super().is_pure(operation)


def test_a_write_that_only_a_waiting_operation_sees_is_placed_in_time() -> None:
    # The odd value must be there before 4, which is never overwritten.
    history = [
        op(0, "write", 3, end_ns=20),
        op(1, "write", 4, start_ns=0, end_ns=5),
        op(2, "odd", result=True, start_ns=0, end_ns=10),
        op(11, "read", result=4, end_ns=30),
    ]
    answer = search(history, Parity(0))
    assert isinstance(answer, Linearizable)
    assert [o.id for o in answer.order] == ["o0", "o2", "o1", "o11"]
    # No other is odd.
    assert isinstance(search([replace(history[0], value=2), *history[1:]], Parity(0)), NotLinearizable)


# Of 60 random histories of up to 24 calls, many at a time; about half of them fit. Who has to raise a number says why.
STEPS = {
    "register": 462,
    "cas-register": 1_200,
    "counter": 789,
    "ledger": 2_271,
    "accounts": 5_844,
    "map": 802,
    "pn-counter": 819,
    "accounts-overdraft": 10_098,
    "mutex": 1_274,
    "set": 1_817,
    "grow-only-set": 2_504,
    "fifo-queue": 19_983,
    "unordered-queue": 2_557,
    "multi-register": 10_083,
    "kv": 6_117,
}


@pytest.mark.parametrize("kind", STEPS)
def test_a_model_is_asked_no_oftener_than_the_search_needs(kind: str) -> None:
    """A model of a user's own is slow, and what it is asked is what the budget goes on."""
    model = OBJECTS[kind][0]
    asked = 0

    class Asked(type(model)):  # type: ignore[misc] # as the search takes what a model can from its class
        def step(self, state: State, operation: Operation) -> tuple[bool, State]:
            nonlocal asked
            asked += 1
            return super().step(state, operation)  # type: ignore[no-any-return]

    counting = copy(model)
    counting.__class__ = Asked
    rng = random.Random(7)
    for _ in range(60):
        search(decidable(rng, kind, most=24), counting)
    assert asked <= STEPS[kind]

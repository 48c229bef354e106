"""Many objects, each by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from actorproof.properties.formats.event import BadHistoryError
from actorproof.properties.formats.values import FrozenMap, Symbol
from actorproof.properties.linearizability.answer import Linearizable, Unknown
from actorproof.properties.linearizability.check import BATCH_OPERATIONS, Findings, batches_of, check, hardness, keyed
from actorproof.properties.linearizability.model import State
from actorproof.properties.linearizability.models.counter import Counter
from actorproof.properties.linearizability.models.map import KeyValue, Map
from actorproof.properties.linearizability.models.register import Register
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.outcome import Outcome


def written(key: str, count: int, *, seen: int | None = None) -> list[Operation]:
    writes = [Operation(id=f"{key}{n}", key=key, function="write", value=n, start_ns=n, end_ns=n) for n in range(count)]
    last = Operation(id=f"{key}r", key=key, function="read", start_ns=count, end_ns=count, result=seen)
    return [*writes, last]


MANY = [*written("a", 9, seen=8), *written("b", 2500, seen=0), *written("c", 5, seen=4), *written("d", 2200, seen=2199)]


@pytest.mark.parametrize("workers", [0, 2])
def test_violations_are_of_their_object(workers: int) -> None:
    if workers:
        with ThreadPoolExecutor(workers) as executor:
            found = check(keyed(MANY), Register(), executor=executor)
    else:
        found = check(keyed(MANY), Register())
    assert list(found.answers) == ["b", "d", "a", "c"]  # the hardest first
    assert list(found.violated) == ["b"]
    assert found.outcome is Outcome.VIOLATED
    assert not found.skipped


def test_one_violation_is_enough() -> None:
    found = check(keyed(MANY), Register(), stop_at_first=True)
    assert found.skipped == ("d", "a", "c")
    assert found.outcome is Outcome.VIOLATED


class Noting(ThreadPoolExecutor):
    """One worker; `cancelled` is set once a batch that nobody had begun is called off."""

    def __init__(self) -> None:
        super().__init__(1)
        self.asked = 0
        self.cancelled = threading.Event()

    def submit(self, function: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future = super().submit(function, *args, **named)
        cancel = future.cancel

        def noted() -> bool:
            self.asked += 1
            if done := cancel():
                self.cancelled.set()
            return done

        future.cancel = noted  # type: ignore[method-assign]  # to be told of it
        return future


@pytest.mark.parametrize("key", ["b", "d"])
def test_one_violation_calls_off_what_nobody_has_begun(key: str) -> None:
    with Noting() as executor:

        class Waiting(Register):
            """Searches the second object only once the third is called off."""

            def step(self, state: State, operation: Operation) -> tuple[bool, State]:
                if operation.id == "d0":
                    executor.cancelled.wait(5)
                return super().step(state, operation)

        counts = {"a": 9, "b": 1900, "c": 1800, "d": 1700, "e": 1600}  # three batches: b and c, d and e, a
        seen = {name: count - 1 for name, count in counts.items()} | ({"b": 0} if key == "b" else {})
        objects = {name: written(name, count, seen=seen[name]) for name, count in counts.items()}
        model = Waiting() if key == "b" else Register()
        found = check(objects, model, stop_at_first=True, executor=executor)
    assert ("a" in found.skipped) is (key == "b")
    assert bool(executor.asked) is (key == "b")
    assert list(found.answers) == [name for name in "bcdea" if name not in found.skipped]
    assert found.outcome is (Outcome.VIOLATED if key == "b" else Outcome.HOLDS)


def test_nothing_is_called_off_unasked() -> None:
    with Noting() as executor:
        found = check(keyed(MANY), Register(), executor=executor)
    assert (executor.asked, found.skipped) == (0, ())


def test_small_objects_are_searched_by_the_batch() -> None:
    sizes = {"a": BATCH_OPERATIONS, "b": BATCH_OPERATIONS - 1, "c": 1, "d": 5, "e": BATCH_OPERATIONS, "f": 1}
    objects = {key: written(key, count - 1) for key, count in sizes.items()}
    assert batches_of(list("abcdef"), objects) == [["a"], ["b", "c"], ["d", "e"], ["f"]]


@pytest.mark.parametrize("workers", [0, 1])
def test_the_time_is_for_all_objects_together(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actorproof.properties.linearizability.search.NODES_A_LOOK", 1)
    clock = 0.0

    class Slow(Register):
        def is_blind(self, operation: Operation) -> bool:
            nonlocal clock
            clock += 1.0
            return super().is_blind(operation)

    def findings(time_s: float) -> list[type]:
        nonlocal clock
        clock = 0.0
        objects = keyed([*written("b", 6, seen=5), *written("a", 9, seen=8)])
        budget = Budget(time_s=time_s)
        if not workers:
            found = check(objects, Slow(), budget=budget, now=lambda: clock)
        else:
            with ThreadPoolExecutor(workers) as executor:
                found = check(objects, Slow(), budget=budget, now=lambda: clock, executor=executor)
        assert list(found.answers) == ["a", "b"]
        return [type(answer) for answer in found.answers.values()]

    assert findings(9.5) == [Unknown, Unknown]  # ten operations, then seven
    assert findings(10) == [Linearizable, Unknown]
    assert findings(16.5) == [Linearizable, Unknown]
    assert findings(17) == [Linearizable, Linearizable]


@pytest.mark.parametrize("workers", [0, 1])
def test_the_memory_is_for_each_object(workers: int) -> None:
    adds = [Operation(id=str(n), function="add", value=2**n, start_ns=n, outcome="info") for n in range(20)]
    last = Operation(id="r", function="read", result=2**20 + 5, start_ns=30, end_ns=31)
    fall = Operation(id="f", function="add", value=-1, start_ns=29, end_ns=29)
    objects = {"x": [*adds, fall, last]}
    budget = Budget(memory_mb=1)
    if not workers:
        found = check(objects, Counter(), budget=budget)
    else:
        with ThreadPoolExecutor(workers) as executor:
            found = check(objects, Counter(), budget=budget, executor=executor)
    assert found.unknown["x"].reason == "memory"
    assert found.outcome is Outcome.UNKNOWN


def test_outcomes() -> None:
    assert check({}, Register()).outcome is Outcome.UNKNOWN
    assert check({"a": written("a", 3, seen=2)}, Register()).outcome is Outcome.HOLDS
    ticks = iter(range(100_000))
    found = check({"d": written("d", 500, seen=499)}, Register(), budget=Budget(time_s=3), now=lambda: next(ticks))
    assert found.outcome is Outcome.UNKNOWN
    assert isinstance(found.unknown["d"], Unknown)
    good = Linearizable(())
    assert Findings(answers={"a": good, "b": found.unknown["d"]}).outcome is Outcome.UNKNOWN
    assert Findings(answers={"a": good}, skipped=("b",)).outcome is Outcome.UNKNOWN
    assert dict(Findings(answers={"a": good, "b": found.unknown["d"]}).unknown) == {"b": found.unknown["d"]}


def op(start_ns: int, end_ns: int | None, outcome: Any = "ok") -> Operation:
    return Operation(id="o", function="write", start_ns=start_ns, end_ns=end_ns, outcome=outcome)


@pytest.mark.parametrize(
    ("operations", "hard"),
    [
        ([], 0),
        ([op(0, None, "info"), op(1, None, "info")], 2),  # nothing to tell by
        ([op(5, 5)], 1),
        ([op(5, 6)], 2),
        ([op(10, 20), op(15, 25), op(30, 40)], 6),  # one at a time: thirty units within thirty
        ([op(10, 20), op(10, 20), op(10, 20)], 12),  # three
        ([op(10, 20), op(10, 20), op(10, 20), op(0, 90, "fail")], 16),  # what failed was there
        ([op(10, 20), op(10, 20), op(10, 20), op(0, None, "info")], 20),  # doubt counts as one under way
        ([op(10, 20), op(10, 20), op(10, 20), op(0, 90, "info")], 20),
    ],
)
def test_concurrency_and_doubt_are_hard(operations: list[Operation], hard: int) -> None:
    assert hardness(operations) == hard


def test_an_error_names_the_operation() -> None:
    with ThreadPoolExecutor(1) as executor, pytest.raises(BadHistoryError, match="operation a: ok, but has no end"):
        check({"x": [Operation(id="a", function="read", start_ns=1)]}, Register(), executor=executor)


def test_a_map_falls_apart() -> None:
    puts = [Operation(id=str(k), function="put", value=(k, 1), start_ns=1, end_ns=2) for k in ("1", 1)]
    gets = [Operation(id=f"{k!r}g", function="get", value=k, result=1, start_ns=3, end_ns=4) for k in ("1", 1)]
    parts = Map().parts([*puts, *gets])
    assert parts is not None
    assert set(parts.operations) == {'"1"', "1"}
    assert check(parts.operations, parts.model).outcome is Outcome.HOLDS
    gone = Operation(id="d", function="delete", value=1, start_ns=5, end_ns=6)
    late = Operation(id="late", function="get", value=1, result=1, start_ns=7, end_ns=8)
    again = Map().parts([*puts, gone, late])
    assert again is not None
    assert set(check(again.operations, again.model).violated) == {"1"}
    assert Map().parts([*puts, Operation(id="all", function="read", start_ns=1, end_ns=2)]) is None


@pytest.mark.parametrize("word", ["unseen", "(unseen)", "a"])
def test_no_word_that_is_answered_stands_for_a_text_that_was_put_there(word: str) -> None:
    put = Operation(id="p", function="append", value=("x", "a"), start_ns=1, end_ns=2)
    get = Operation(id="g", function="get", value="x", result=Symbol(word), start_ns=3, end_ns=4)
    parts = KeyValue().parts([put, get])
    assert parts is not None
    assert check(parts.operations, parts.model).outcome is Outcome.VIOLATED


def test_what_a_map_held_at_first_is_in_its_parts() -> None:
    get = Operation(id="g", function="get", value="k", result=7, start_ns=3, end_ns=4)
    for at_first, holds in ((7, True), (8, False)):
        parts = Map(FrozenMap({"k": at_first}.items())).parts([get])
        assert parts is not None
        assert (check(parts.operations, parts.model).outcome is Outcome.HOLDS) is holds

"""Many objects, each by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from actorproof.properties.linearizability.check import by_part, check, hardness, keyed, map_key
from actorproof.properties.linearizability.model import Map, Register
from actorproof.properties.linearizability.operation import BadHistoryError, Operation
from actorproof.properties.linearizability.search import Linearizable, Unknown
from actorproof.properties.verdict import Budget, Outcome


def written(key: str, count: int, *, seen: int | None = None) -> list[Operation]:
    writes = [Operation(id=f"{key}{n}", key=key, function="write", value=n, start_ns=n, end_ns=n) for n in range(count)]
    last = Operation(id=f"{key}r", key=key, function="read", start_ns=count, end_ns=count, result=seen)
    return [*writes, last]


MANY = [
    *written("a", 9, seen=8),
    *written("b", 2500, seen=0),
    *written("c", 5, seen=4),
    *written("d", 2200, seen=2199),
]


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
    with ThreadPoolExecutor(1) as executor:
        assert check(keyed(MANY), Register(), stop_at_first=True, executor=executor).outcome is Outcome.VIOLATED


def test_outcomes() -> None:
    assert check({}, Register()).outcome is Outcome.UNKNOWN
    assert check({"a": written("a", 3, seen=2)}, Register()).outcome is Outcome.HOLDS
    ticks = iter(range(100_000))
    found = check({"d": written("d", 500, seen=499)}, Register(), budget=Budget(time_s=3), now=lambda: next(ticks))
    assert found.outcome is Outcome.UNKNOWN
    assert isinstance(found.unknown["d"], Unknown)


def test_concurrency_and_doubt_are_hard() -> None:
    calm = [Operation(id=str(n), function="write", start_ns=2 * n, end_ns=2 * n + 1) for n in range(20)]
    busy = [Operation(id=str(n), function="write", start_ns=n // 10, end_ns=n // 10 + 40) for n in range(20)]
    doubt = [Operation(id=str(n), function="write", start_ns=n, outcome="info") for n in range(20)]
    assert hardness(calm) < hardness(busy)
    assert hardness(doubt) >= len(doubt)


def test_an_error_names_the_operation() -> None:
    with ThreadPoolExecutor(1) as executor, pytest.raises(BadHistoryError, match="operation a: ok, but has no end"):
        check({"x": [Operation(id="a", function="read", start_ns=1)]}, Register(), executor=executor)


def test_a_map_falls_apart() -> None:
    puts = [Operation(id=k, function="put", value=(k, 1), start_ns=1, end_ns=2) for k in "ab"]
    gets = [Operation(id=f"{k}g", function="get", value=k, result=1, start_ns=3, end_ns=4) for k in "ab"]
    parts = by_part([*puts, *gets], map_key)
    assert parts is not None
    assert all(isinstance(answer, Linearizable) for answer in check(parts, Map()).answers.values())
    assert len(parts) == 2
    assert by_part([*puts, Operation(id="all", function="read", start_ns=1, end_ns=2)], map_key) is None

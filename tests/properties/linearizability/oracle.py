"""A second opinion by brute force: every order of every choice of `info` operations, on models of its own."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import combinations, permutations
from typing import Any

from actorproof.properties.formats.values import FrozenMap
from actorproof.properties.linearizability.operation import Operation

Apply = Callable[[Any, Operation], tuple[Hashable, Any]]  # (state, operation) -> (its answer, the next state)


def register(state: Any, op: Operation) -> tuple[Hashable, Any]:
    if op.function == "write":
        return None, op.value
    if op.function == "cas":
        old, new = op.value  # type: ignore[misc]
        return (True, new) if state == old else (False, state)
    return state, state


def counter(state: Any, op: Operation) -> tuple[Hashable, Any]:
    return (state, state) if op.function == "read" else (state + op.value, state + op.value)


def ledger(state: Any, op: Operation) -> tuple[Hashable, Any]:
    if op.function == "append":
        return len(state) + 1, (*state, op.value)
    return (len(state) if op.function == "count" else state), state


def accounts(state: Any, op: Operation) -> tuple[Hashable, Any]:
    balances = dict(state)
    if op.function == "balance":
        return balances[op.value], state
    if op.function == "deposit":
        name, amount = op.value  # type: ignore[misc]
        balances[name] += amount
        return None, tuple(sorted(balances.items()))
    source, target, amount = op.value  # type: ignore[misc]
    if balances[source] < amount:
        return False, state
    balances[source] -= amount
    balances[target] += amount
    return True, tuple(sorted(balances.items()))


def mapping(state: Any, op: Operation) -> tuple[Hashable, Any]:
    pairs = dict(state)
    if op.function == "read":
        return FrozenMap(pairs.items()), state
    if op.function == "get":
        return pairs.get(op.value), state
    if op.function == "put":
        pairs.update([op.value])  # type: ignore[list-item]
    else:
        pairs.pop(op.value, None)
    return None, tuple(sorted(pairs.items()))


def fits(order: Sequence[Operation], apply: Apply, state: Any) -> bool:
    """Whether one order respects real time and every answer that is known."""
    for at, op in enumerate(order):
        if any(
            later.end_ns is not None and later.outcome == "ok" and later.end_ns < op.start_ns for later in order[at:]
        ):
            return False
        answer, state = apply(state, op)
        if op.outcome == "ok" and op.result is not None and op.result != answer:
            return False
        if op.outcome == "ok" and op.function in {"cas", "transfer"} and op.result is None and not answer:
            return False  # one that says nothing succeeded
        if op.outcome == "ok" and op.function in {"read", "get", "balance", "count"} and op.result != answer:
            return False
    return True


def linearizable(operations: Sequence[Operation], apply: Apply, state: Any) -> bool:
    sure = [op for op in operations if op.outcome == "ok" and op.end_ns is not None]
    unsure = [op for op in operations if op.outcome == "info" or (op.outcome == "ok" and op.end_ns is None)]
    return any(
        fits(order, apply, state)
        for count in range(len(unsure) + 1)
        for chosen in combinations(unsure, count)
        for order in permutations([*sure, *chosen])
    )

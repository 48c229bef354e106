"""A second opinion by brute force: every order of every choice of `info` operations, on models of its own."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, cast

from actorproof.properties.formats.values import FALSE, TRUE, FrozenMap
from actorproof.properties.linearizability.operation import Operation

Step = tuple[Hashable, Any]  # an answer, and the next state
Apply = Callable[[Any, Operation], Step | list[Step]]  # in a state: what an operation does, or may do
ILLEGAL = "can't be done now"
TELLING = frozenset({"read", "get", "balance", "count", "contains", "dequeue"})  # what is not answered is nothing


def register(state: Any, op: Operation) -> Step:
    if op.function == "write":
        return None, op.value
    if op.function == "cas":
        old, new = cast("tuple[Hashable, Hashable]", op.value)
        return (True, new) if state == old else (False, state)
    return state, state


def counter(state: Any, op: Operation) -> Step:
    return (state, state) if op.function == "read" else (state + op.value, state + op.value)


def ledger(state: Any, op: Operation) -> Step:
    if op.function == "append":
        return len(state) + 1, (*state, op.value)
    return (len(state) if op.function == "count" else state), state


def overdraft_accounts(state: Any, op: Operation) -> Step:
    return accounts(state, op, overdraft=True)


def accounts(state: Any, op: Operation, *, overdraft: bool = False) -> Step:
    balances = dict(state)
    if op.function == "balance":
        return balances[op.value], state
    if op.function == "deposit":
        name, amount = cast("tuple[str, int]", op.value)
        balances[name] += amount
        return None, tuple(sorted(balances.items()))
    source, target, amount = cast("tuple[str, str, int]", op.value)
    if balances[source] < amount and not overdraft:
        return False, state
    balances[source] -= amount
    balances[target] += amount
    return True, tuple(sorted(balances.items()))


def mapping(state: Any, op: Operation) -> Step:
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


def mutex(state: Any, op: Operation) -> Step:
    wanted = "free" if op.function == "acquire" else "held"
    return (None, "held" if wanted == "free" else "free") if state == wanted else (ILLEGAL, state)


def elements(state: Any, op: Operation) -> Step:
    match op.function:
        case "add":
            return None, state | {op.value}
        case "remove":
            return None, state - {op.value}
        case "contains":
            return TRUE if op.value in state else FALSE, state
    return state, state


def fifo(state: Any, op: Operation) -> Step:
    if op.function == "enqueue":
        return None, (*state, op.value)
    return (state[0] if state else None), state[1:]


def unordered(state: Any, op: Operation) -> Step | list[Step]:
    if op.function == "enqueue":
        return None, tuple(sorted((*state, op.value)))
    if not state:
        return None, state
    return [(each, (*state[:at], *state[at + 1 :])) for at, each in enumerate(state)]


def registers(state: Any, op: Operation) -> Step:
    held, told = dict(state), []
    for function, key, value in op.value:  # type: ignore[attr-defined]
        if function == "write":
            held[key] = value
        elif op.outcome == "ok" and value != held.get(key):
            return ILLEGAL, state
        told.append((function, key, held.get(key)))
    return tuple(told), tuple(sorted(held.items()))


def texts(state: Any, op: Operation) -> Step:
    pairs = dict(state)
    if op.function == "get":
        there = pairs.get(op.value)
        return op.result if not op.result and not there else there, state
    if op.function != "append":
        return mapping(state, op)
    key, text = cast("tuple[str, str]", op.value)
    return None, tuple(sorted({**pairs, key: pairs.get(key, "") + text}.items()))


def steps(apply: Apply, state: Any, op: Operation) -> list[Step]:
    """Everything that an operation may do in a state."""
    done = apply(state, op)
    return done if isinstance(done, list) else [done]


def fits(order: Sequence[Operation], apply: Apply, state: Any) -> bool:
    """Whether one order respects real time and every answer that is known."""
    states = {state}
    for at, op in enumerate(order):
        if any(
            later.end_ns is not None and later.outcome == "ok" and later.end_ns < op.start_ns for later in order[at:]
        ):
            return False
        states = _after(op, apply, states)
        if not states:
            return False
    return True


def _answered(op: Operation, answer: Hashable) -> bool:
    """Whether an operation can have been answered as it was."""
    if answer == ILLEGAL:
        return False
    if op.outcome != "ok" or op.function == "txn":
        return True
    if op.function in {"cas", "transfer"} and op.result is None:
        return bool(answer)  # one that says nothing succeeded
    return op.result == answer or (op.result is None and op.function not in TELLING)


def linearizable(operations: Sequence[Operation], apply: Apply, state: Any) -> bool:
    """Whether some order of the answered operations, and of some of the others, fits."""
    left = [op for op in operations if op.outcome != "fail"]
    return _some_order(left, apply, {state})


def _some_order(left: Sequence[Operation], apply: Apply, states: set[Any]) -> bool:
    sure = [op for op in left if op.outcome == "ok" and op.end_ns is not None]
    if not sure:
        return True
    first_end = min(op.end_ns for op in sure if op.end_ns is not None)
    for at, op in enumerate(left):
        if op.start_ns <= first_end:
            following = _after(op, apply, states)
            if following and _some_order([*left[:at], *left[at + 1 :]], apply, following):
                return True
    return False


def _after(op: Operation, apply: Apply, states: set[Any]) -> set[Any]:
    """The states that an operation may leave, if it was answered as it was."""
    return {following for state in states for answer, following in steps(apply, state, op) if _answered(op, answer)}

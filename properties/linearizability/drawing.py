"""Drawing: why no order fits, for somebody who has not seen the history.

Told are the operations that can't be placed, what they would have needed and what stood in the way. Drawn are these and
those of the placed ones that matter: one operation a line, its interval as a bar, time from left to right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from actorproof.properties.formats.values import shortened, spelled
from actorproof.properties.linearizability.answer import NotLinearizable
from actorproof.properties.linearizability.model import Model, State
from actorproof.properties.linearizability.operation import Operation

SHOWN = 6
COLUMN = 2
WIDTH = 120  # characters of one operation or state


def explanation(answer: NotLinearizable, model: Model) -> Iterator[str]:
    """The lines that tell why no order fits. `model` is the one that was searched with."""
    first, *others = answer.stuck
    states = _states(answer.order, model)
    fitted = next((at for at in range(len(states) - 1, -1, -1) if model.step(states[at], first)[0]), None)
    yield f"{first.id}: {_short(first)} fits nowhere"
    count = len(answer.order)
    before = (
        "the one operation before it fits, and leaves"
        if count == 1
        else f"the {count} operations before it fit, and leave"
    )
    yield f"{before} {shortened(spelled(answer.state), WIDTH)}" if count else "it comes first"
    source = _source(fitted, states)
    yield from _needed(first, answer.order, fitted, source, states)
    for other in others[:SHOWN]:
        possible = model.step(answer.state, other)[0]
        word = "possible, and does not help" if possible else "not possible there either"
        yield f"under way at its end: {other.id}: {_short(other)}: {word}"
    if len(others) > SHOWN:
        yield f"under way at its end: {len(others) - SHOWN} more"
    yield from _drawn(answer, fitted, source)


def _states(order: Sequence[Operation], model: Model) -> list[State]:
    """The states before the first operation, and after each."""
    states = [model.initial]
    for operation in order:
        states.append(model.step(states[-1], operation)[1])
    return states


def _source(fitted: int | None, states: Sequence[State]) -> int:
    """After how many operations the state first came that lasted until the one in which the operation fitted."""
    at = fitted or 0
    while at and states[at - 1] == states[at]:
        at -= 1
    return at


def _needed(
    first: Operation, order: Sequence[Operation], fitted: int | None, source: int, states: Sequence[State]
) -> Iterator[str]:
    """Where the operation would have fitted, and what stood in the way."""
    if not order:
        return
    if fitted is None:
        yield "nothing before it leaves what it would need"
        return
    there = "at the beginning" if source == 0 else f"after {order[source - 1].id}: {_short(order[source - 1])}"
    if fitted == len(order):  # it fits, but what it leaves does not
        yield f"it would fit {there}, but not with what must follow"
        return
    between = order[fitted]
    ended = (
        "ended before it began" if between.end_ns is not None and between.end_ns < first.start_ns else "came between"
    )
    yield (
        f"it would fit {there}, in the state {shortened(spelled(states[fitted]), WIDTH)}, but {between.id}:"
        f" {_short(between)} {ended}"
    )


def _drawn(answer: NotLinearizable, fitted: int | None, source: int) -> Iterator[str]:
    order, first = answer.order, answer.stuck[0]
    places = set(range(max(0, len(order) - SHOWN), len(order)))
    if fitted is not None:
        places |= {at for at in (source - 1, fitted) if 0 <= at < len(order)}
    placed = {order[at].id: at + 1 for at in places}
    shown = sorted((*(order[at] for at in places), *answer.stuck[:SHOWN]), key=lambda operation: operation.start_ns)
    for operation, bar in zip(shown, _bars(shown), strict=True):
        place = placed.get(operation.id)
        word = f"placed as number {place}" if place else "fits nowhere" if operation is first else "not placed"
        yield f"  {bar}  {operation.id}, process {operation.process}: {_short(operation)}: {word}"


def _short(operation: Operation) -> str:
    return shortened(str(operation), WIDTH)


def _bars(operations: Iterable[Operation]) -> list[str]:
    """A bar for each; columns are the starts and ends in their order. One without an end has an open bar."""
    shown = list(operations)
    known = {op.start_ns for op in shown} | {op.end_ns for op in shown if op.end_ns is not None}
    column = {instant: COLUMN * at for at, instant in enumerate(sorted(known))}
    width = COLUMN * len(column) + 1
    bars = []
    for operation in shown:
        start = column[operation.start_ns]
        if operation.end_ns is None:
            bar = "|" + "-" * (width - start - 2) + ">"
        else:
            bar = "|" + "-" * (column[operation.end_ns] - start - 1) + "|"
        bars.append((" " * start + bar).ljust(width))
    return bars

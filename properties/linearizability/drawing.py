"""Drawing: what can't be placed, as text: one operation a line, its interval as a bar, time from left to right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from actorproof.properties.formats.values import spelled
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.search import NotLinearizable

SHOWN = 6
COLUMN = 2


def explanation(answer: NotLinearizable) -> Iterator[str]:
    """The lines that tell why no order fits: the last operations that could be placed, and those that can't."""
    first, *others = answer.stuck
    count = len(answer.order)
    yield f"{first.id}: {first} fits nowhere"
    yield f"the {count} operations before it fit, and leave {spelled(answer.state)}" if count else "it comes first"
    if others:
        yield f"under way at its end, and not placed: {', '.join(f'{o.id}: {o}' for o in others[:SHOWN])}"
    last = answer.order[-SHOWN:]
    placed = {operation.id: place for place, operation in enumerate(last, start=count - len(last) + 1)}
    shown = sorted((*last, *answer.stuck[:SHOWN]), key=lambda operation: operation.start_ns)
    for operation, bar in zip(shown, _bars(shown), strict=True):
        place = placed.get(operation.id)
        word = f"placed as number {place}" if place else "fits nowhere" if operation is first else "not placed"
        yield f"  {bar}  {operation.id}, process {operation.process}: {operation}: {word}"


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

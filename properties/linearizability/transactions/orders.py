"""Orders: what the order of calls adds to what values say of transactions.

Real time is an order of many pairs. It is kept as a chain of instants, one an end: a transaction leads to the instant
of its end, each instant to the next one, and to the transactions that began after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from actorproof.properties.linearizability.transactions.dependencies import (
    PROCESS,
    REALTIME,
    Dependencies,
    Edge,
    Register,
)
from actorproof.properties.linearizability.transactions.txn import Txn

PART = 2048  # transactions of which it is known at once which ones come after which
Edges = dict[str, Sequence[Edge]]


def ordered(found: Dependencies, extra: str | None) -> Edges:
    """All edges, those of an order among them; of real time with instants, which are numbered behind transactions."""
    edges: Edges = dict(found.edges)
    if extra is None:
        return edges
    for kind, pairs in found.inferred(extra).items():
        edges[kind] = [*edges[kind], *pairs]
    if extra == PROCESS:
        edges[PROCESS] = _process_order(found.txns)
    else:
        edges[REALTIME] = _real_time(found.txns, range(len(found.txns)))
    return edges


def parts(found: Dependencies, edges: Edges, left_out: set[int]) -> Iterator[tuple[list[Register], Edges]]:
    """A long history in parts that overlap by half, of each its registers and edges, without some transactions.

    A chain from one part to another is not seen whole, so less follows than might.
    """
    half, count = PART // 2, len(found.txns)
    starts = range(0, max(1, count - half), half)
    kept: list[dict[str, list[Edge]]] = [{kind: [] for kind in edges} for _ in starts]
    for kind, pairs in edges.items():
        for before, after in pairs if kind != REALTIME else ():
            if before not in left_out and after not in left_out:
                low, high = (before, after) if before < after else (after, before)
                for at in range(max(0, high // half - 1), min(low // half, len(starts) - 1) + 1):
                    kept[at][kind].append((before, after))
    spans = [_span(register) for register in found.registers]
    for start, of_part in zip(starts, kept, strict=True):
        numbers = range(start, min(start + PART, count))
        if REALTIME in edges:
            of_part[REALTIME] = _real_time(found.txns, [n for n in numbers if n not in left_out])
        registers = [
            register
            for register, (low, high) in zip(found.registers, spans, strict=True)
            if low < start + PART and high >= start
        ]
        yield registers, dict(of_part)


def _span(register: Register) -> tuple[int, int]:
    numbers = [*register.writers, *(number for read in register.reads for number in read.readers)]
    return min(numbers), max(numbers)


def _process_order(txns: Sequence[Txn]) -> list[Edge]:
    by_process: dict[str, list[int]] = defaultdict(list)
    for number, txn in enumerate(txns):
        if txn.outcome == "ok":
            by_process[txn.process].append(number)
    return [pair for numbers in by_process.values() for pair in pairwise(numbers)]


def _real_time(txns: Sequence[Txn], numbers: Iterable[int]) -> list[Edge]:
    """The order in real time of some transactions."""
    marks: list[tuple[int, int, int]] = []
    for number in numbers:
        txn = txns[number]
        if txn.outcome != "fail":
            marks.append((txn.start, 1, number))
        if txn.outcome == "ok" and txn.end is not None:
            marks.append((txn.end, 0, number))
    edges: list[Edge] = []
    instant = len(txns) - 1
    for _, begins, number in sorted(marks):
        if begins:
            if instant >= len(txns):
                edges.append((instant, number))
            continue
        if instant >= len(txns):
            edges.append((instant, instant + 1))
        instant += 1
        edges.append((number, instant))
    return edges

"""Times: which of two writers of a register came first, by when they ran and what was read of them.

Each value is written once, so it never comes again. If transactions take effect in the order of time, or each client's
in its own, then

- whoever read a value came before every writer that began after the value's writer, or a reader of it, had ended (rw);
- who ended before a read began came before the writer of the value that was read, too (ww).

Such an edge holds only under that order, so it belongs to its cycles alone. Of edges that follow from others, by the
same order, only the nearest are made.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from actorproof.properties.linearizability.transactions.dependencies import RW, WW, Read
from actorproof.properties.linearizability.transactions.txn import Txn

LATE = 2**62  # the end of what has none


class Inferred(NamedTuple):
    """An edge, which follows from what `reader` read, and for `rw` from when `witness` had read or written it, too."""

    kind: str
    before: int
    after: int
    reader: int
    witness: int


def in_real_time(txns: Sequence[Txn], writers: Iterable[int], reads: Iterable[Read]) -> Iterator[Inferred]:
    """The edges that follow from the order in real time, for the writers of one key that took effect."""
    by_start = sorted(writers, key=lambda number: txns[number].start)
    starts = [txns[number].start for number in by_start]
    by_end = sorted((number for number in by_start if _end(txns[number]) < LATE), key=lambda n: _end(txns[n]))
    ends = [_end(txns[number]) for number in by_end]
    for read in reads:
        witness = min(_known(read), key=lambda number: _end(txns[number]))
        first_end = LATE
        for at in range(bisect_right(starts, _end(txns[witness])), len(starts)):
            if starts[at] > first_end:
                break  # it comes after the one that ended first
            first_end = min(first_end, _end(txns[by_start[at]]))
            for reader in read.readers:
                if _end(txns[reader]) > starts[at]:
                    yield Inferred(RW, reader, by_start[at], reader, witness)
        if read.writer is None:
            continue
        written = txns[read.writer]
        reader = max(read.readers, key=lambda number: txns[number].start)
        last_start = written.start
        for at in range(bisect_left(ends, txns[reader].start) - 1, -1, -1):
            number = by_end[at]
            if ends[at] < last_start:
                break  # it comes before the one that began last
            last_start = max(last_start, txns[number].start)
            if txns[number].start < _end(written):
                yield Inferred(WW, number, read.writer, reader, read.writer)


def in_process(txns: Sequence[Txn], writers: Iterable[int], reads: Iterable[Read]) -> Iterator[Inferred]:
    """The edges that follow from the order of each client's own calls, for the writers of one key that took effect."""
    by_process: dict[str, list[int]] = {}
    for number in sorted(writers, key=lambda number: txns[number].start):
        if txns[number].outcome == "ok":
            by_process.setdefault(txns[number].process, []).append(number)
    starts = {process: [txns[number].start for number in numbers] for process, numbers in by_process.items()}
    for read in reads:
        first: dict[str, int] = {}
        for number in sorted(_known(read), key=lambda number: txns[number].start):
            if txns[number].outcome == "ok":
                first.setdefault(txns[number].process, number)
        for process, witness in first.items():
            own = by_process.get(process, [])
            at = bisect_right(starts.get(process, ()), txns[witness].start)
            if at == len(own):
                continue
            for reader in read.readers:
                if txns[reader].process != process or txns[reader].start > txns[own[at]].start:
                    yield Inferred(RW, reader, own[at], reader, witness)
        if read.writer is None:
            continue
        for reader in read.readers:
            process = txns[reader].process
            if process in starts and process != txns[read.writer].process:
                at = bisect_left(starts[process], txns[reader].start)
                if at:
                    yield Inferred(WW, by_process[process][at - 1], read.writer, reader, read.writer)


def _known(read: Read) -> Sequence[int]:
    """Who had to do with a value."""
    return read.readers if read.writer is None else (read.writer, *read.readers)


def _end(txn: Txn) -> int:
    return LATE if txn.end is None or txn.outcome != "ok" else txn.end

"""Dependencies: which transactions came before which, and what was seen that no order explains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from actorproof.properties.linearizability.transactions.txn import Txn

WW, WR, RW = "ww", "wr", "rw"
PROCESS, REALTIME = "process", "realtime"
Edge = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something that no order explains, by the name that the field has for it.

    `transactions` are numbers of those that take part, in the order of a cycle if it is one; `lines` tell it.
    """

    name: str
    lines: tuple[str, ...]
    transactions: tuple[int, ...] = ()


@dataclass(slots=True)
class Dependencies:
    """What the values that transactions read and wrote say of their order.

    Attributes:
        txns: the transactions, by number.
        edges: by kind (write-write, write-read, read-write) pairs of which the first came before the second.
        anomalies: what needs no cycle.
        notes: what the reader should know.
        reads: how many reads were looked at.
        inferred: more edges by kind, which follow from an order of calls: that of each process, or of real time.
        tell: the sentence that says why there is an edge of a kind between two transactions.
    """

    txns: Sequence[Txn]
    tell: Callable[[str, int, int], str]
    edges: dict[str, list[Edge]] = field(default_factory=lambda: {WW: [], WR: [], RW: []})
    anomalies: list[Anomaly] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reads: int = 0
    inferred: Callable[[str], dict[str, list[Edge]]] = field(default=lambda _order: {})

    def add(self, kind: str, before: int, after: int) -> None:
        if before != after:
            self.edges[kind].append((before, after))

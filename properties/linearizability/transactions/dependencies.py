"""Dependencies: which transactions came before which, and what was seen that no order explains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from actorproof.properties.formats.values import Value
from actorproof.properties.linearizability.cycle import Cycle, Link
from actorproof.properties.linearizability.transactions.txn import Txn

WW, WR, RW = "ww", "wr", "rw"
PROCESS, REALTIME = "process", "realtime"
Edge = tuple[int, int]


class Read(NamedTuple):
    """A value of one key that was read: who wrote it, if anybody did, and who read it."""

    writer: int | None
    readers: Sequence[int]


class Register(NamedTuple):
    """A key whose order of values is not known: who wrote it and took effect, and what was read of it, nil excepted."""

    name: Value
    writers: Sequence[int]
    reads: Sequence[Read]


class Forced(NamedTuple):
    """An edge between two who had to do with a register, which follows from a chain of others, found in some turn.

    `third` is for `ww` a reader of what `after` wrote, to whom the chain leads from `before`; for `rw` it is who wrote
    what `before` had read, from where the chain leads to `after`.
    """

    kind: str
    before: int
    after: int
    name: Value
    third: int
    turn: int

    @property
    def chain(self) -> Edge:
        return (self.before, self.third) if self.kind == WW else (self.third, self.after)


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something that no order explains, by the name that the field has for it.

    `transactions` are numbers of those that take part, of a cycle in its order, and then those that force its edges;
    `sentence` tells it; `cycle` does, and is to be drawn, where it is one.
    """

    name: str
    sentence: str = ""
    transactions: tuple[int, ...] = ()
    cycle: Cycle | None = None


@dataclass(slots=True)
class Dependencies:
    """What the values that transactions read and wrote say of their order.

    Attributes:
        txns: the transactions, by number.
        edges: by kind (write-write, write-read, read-write) pairs of which the first came before the second.
        anomalies: what needs no cycle.
        notes: what the reader should know.
        reads: how many reads were looked at.
        registers: keys of whose values only some are known to come before others.
        tell_forced: says why one of `registers` has an edge that a chain forces.
        inferred: more edges by kind, which follow from an order of calls: that of each process, or of real time.
        tell: says why there is an edge of a kind between two transactions.
    """

    txns: Sequence[Txn]
    tell: Callable[[str, int, int], Link]
    edges: dict[str, list[Edge]] = field(default_factory=lambda: {WW: [], WR: [], RW: []})
    anomalies: list[Anomaly] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reads: int = 0
    registers: list[Register] = field(default_factory=list)
    inferred: Callable[[str], dict[str, list[Edge]]] = field(default=lambda _order: {})
    tell_forced: Callable[[Forced], Link] = field(default=lambda forced: Link(kind=forced.kind, sentence=""))

    def add(self, kind: str, before: int, after: int) -> None:
        if before != after:
            self.edges[kind].append((before, after))

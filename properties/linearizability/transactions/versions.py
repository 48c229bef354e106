"""Versions: which of two writers of a register came first, by what came before what.

Of two transactions that wrote a register one wrote over the other. Where a chain of transactions, each before the next
one, leads

- from a writer to a reader of what another one wrote, the writer came before that other one (ww), or it would have
  written over what was read;
- from a writer to another one, whoever read what the first one wrote came before the second (rw).

What follows is added to the chains, until nothing more follows. Chains of ``ww`` and ``wr`` alone leave no other
choice than a G-single-item, and so does what is made of them; chains with anti-dependencies leave none but a G2-item.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import rustworkx

from actorproof.properties.linearizability.transactions.dependencies import RW, WW, Edge, Forced, Register

Link = tuple[int, str, int]
"""A transaction, the kind of an edge that leaves it, and the transaction to which that leads."""


class Versions:
    """What follows from edges, by chains of some kinds of them; nodes from `count` on are no transactions.

    `forced` is all that follows; when chains form a cycle, what was known until then.
    """

    def __init__(
        self,
        registers: Sequence[Register],
        edges: Mapping[str, Iterable[Edge]],
        *,
        chained: frozenset[str],
        count: int,
    ) -> None:
        self.forced: list[Forced] = []
        self._registers = registers
        self._chained = chained
        self._count = count
        self._nodes: list[int] = []  # by their place here: their names
        self._places: dict[int, int] = {}
        self._next: list[list[int]] = []  # by place, each edge once
        self._edges: dict[Edge, tuple[str, int]] = {}  # between places: kind, and turn
        self._graph = rustworkx.PyDiGraph(multigraph=False)
        self._known: set[Edge] = set()  # anti-dependencies
        self._turn = 0
        for kind, pairs in edges.items():
            for before, after in pairs:
                self._take(kind, before, after)
        self._find()

    def is_cyclic(self) -> bool:
        """Whether chains form a cycle."""
        return not rustworkx.is_directed_acyclic_graph(self._graph)

    def chain(self, forced: Forced) -> list[Link]:
        """The shortest chain from which an edge follows."""
        begin, end = (self._places[node] for node in forced.chain)
        came: dict[int, int] = {}
        queue = deque([begin])
        while queue and end not in came:
            at = queue.popleft()
            for place in self._next[at]:
                if place not in came and self._edges[at, place][1] < forced.turn:
                    came[place] = at
                    queue.append(place)
        found: list[Link] = []
        at = last = end
        while at != begin:
            kind, at = self._edges[came[at], at][0], came[at]
            if self._nodes[at] < self._count:
                found.append((self._nodes[at], kind, self._nodes[last]))
                last = at
        return found[::-1]

    def _take(self, kind: str, before: int, after: int) -> None:
        if kind == RW:
            self._known.add((before, after))
        if kind in self._chained:
            edge = self._place(before), self._place(after)
            if edge not in self._edges:
                self._edges[edge] = (kind, self._turn)
                self._next[edge[0]].append(edge[1])
                self._graph.add_edge(*edge, None)

    def _place(self, node: int) -> int:
        place = self._places.setdefault(node, len(self._nodes))
        if place == len(self._nodes):
            self._nodes.append(node)
            self._next.append([])
            self._graph.add_node(None)
        return place

    def _find(self) -> None:
        new: list[Forced] | None = None
        while (new is None or any(each.kind in self._chained for each in new)) and not self.is_cyclic():
            self._turn += 1
            new = list(self._following())
            self.forced += new
            for each in new:
                self._take(each.kind, each.before, each.after)

    def _following(self) -> Iterator[Forced]:
        """What follows from the chains that there are, and was not known."""
        reach = self._reach()
        bits, later, earlier, known = reach.bits, reach.later, reach.earlier, self._known
        for name, of_writers, reads in self._registers:
            writers = reach.set_of(of_writers)
            for writer, readers in reads:
                if writer is None or writer not in bits:
                    continue
                over, under = later[writer] & writers, writers & ~(bits[writer] | earlier[writer])
                for reader in readers:
                    if reader == writer or reader not in bits:
                        continue
                    for node in reach.first(over & ~(later[reader] | bits[reader])) if over else ():
                        if (reader, node) not in known:
                            yield Forced(RW, reader, node, name, writer, self._turn)
                    for node in reach.last(earlier[reader] & under):
                        yield Forced(WW, node, writer, name, reader, self._turn)

    def _reach(self) -> _Reach:
        """What comes after and before each transaction, along the chains."""
        nodes, count, following = self._nodes, self._count, self._next
        order = list(rustworkx.topological_sort(self._graph))
        txns = [nodes[place] for place in order if nodes[place] < count]
        bits = {node: 1 << at for at, node in enumerate(txns)}
        own = [bits.get(node, 0) for node in nodes]
        later, earlier = [0] * len(nodes), [0] * len(nodes)
        for place in reversed(order):
            reached = 0
            for after in following[place]:
                reached |= later[after] | own[after]
            later[place] = reached
        for place in order:
            reached = earlier[place] | own[place]
            for after in following[place]:
                earlier[after] |= reached
        places = self._places
        return _Reach(
            txns, bits, {node: later[places[node]] for node in txns}, {node: earlier[places[node]] for node in txns}
        )


class _Reach(NamedTuple):
    """Which transactions come after each, and which before; sets of them are the bits of a number."""

    txns: Sequence[int]
    bits: Mapping[int, int]
    later: Mapping[int, int]
    earlier: Mapping[int, int]

    def set_of(self, nodes: Iterable[int]) -> int:
        found = 0
        for node in nodes:
            found |= self.bits.get(node, 0)
        return found

    def first(self, some: int) -> Iterator[int]:
        """Those of a set that come after none of it."""
        while some:
            low = some & -some
            node = self.txns[low.bit_length() - 1]
            yield node
            some &= ~(low | self.later[node])

    def last(self, some: int) -> Iterator[int]:
        """Those of a set that come before none of it."""
        while some:
            node = self.txns[some.bit_length() - 1]
            yield node
            some &= ~(self.bits[node] | self.earlier[node])

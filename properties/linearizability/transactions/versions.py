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

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain

import rustworkx

from actorproof.properties.formats.values import Value
from actorproof.properties.linearizability.transactions.dependencies import (
    RW,
    WW,
    Edge,
    Forced,
    Read,
    Register,
)

Link = tuple[int, str, int]
"""A transaction, the kind of an edge that leaves it, and the transaction to which that leads."""


class Versions:
    """What follows from edges, by chains of some kinds of them; nodes from `count` on are no transactions.

    `forced` is all that follows, in order; an edge that closes a cycle leads to no others. `is_cyclic` says whether
    chains form a cycle; with `until_cyclic` that is all that is looked for.
    """

    def __init__(
        self,
        registers: Sequence[Register],
        edges: Mapping[str, Sequence[Edge]],
        *,
        chained: frozenset[str],
        count: int,
        until_cyclic: bool = False,
    ) -> None:
        self.forced: list[Forced] = []
        self._registers = registers
        self._chained = chained
        self._count = count
        self._until_cyclic = until_cyclic
        self._edges = {kind: pairs for kind, pairs in edges.items() if kind in chained}
        self._known = {(RW, before, after) for before, after in edges[RW]}
        nodes = list(dict.fromkeys(chain.from_iterable(chain.from_iterable(self._edges.values()))))
        self._next: dict[int, list[int]] = {node: [] for node in nodes}
        self._previous: dict[int, list[int]] = {node: [] for node in nodes}
        for before, after in chain.from_iterable(self._edges.values()):
            self._next[before].append(after)
            self._previous[after].append(before)
        order = self._sorted(nodes)
        self.is_cyclic = order is None
        if order is not None:
            self._reach(order)
            self._find()

    def _sorted(self, nodes: Sequence[int]) -> list[int] | None:
        """Nodes so that each comes before all that it leads to; None when edges form a cycle."""
        place = {node: at for at, node in enumerate(nodes)}
        graph = rustworkx.PyDiGraph(multigraph=False)
        pairs = chain.from_iterable(self._edges.values())
        graph.extend_from_edge_list([(place[before], place[after]) for before, after in pairs])
        try:
            return [nodes[at] for at in rustworkx.topological_sort(graph)]
        except rustworkx.DAGHasCycle:
            return None

    def _reach(self, order: Sequence[int]) -> None:
        """What comes after and before each node along the chains, as sets of transactions: the bits of a number."""
        self._txns = [node for node in order if node < self._count]
        self._bits = bits = {node: 1 << at for at, node in enumerate(self._txns)}
        self._later: dict[int, int] = {}
        later = self._later
        self._earlier = earlier = dict.fromkeys(order, 0)
        for node in reversed(order):
            reached = 0
            for after in self._next[node]:
                reached |= later[after] | bits.get(after, 0)
            later[node] = reached
        for node in order:
            reached = earlier[node] | bits.get(node, 0)
            for after in self._next[node]:
                earlier[after] |= reached

    def _find(self) -> None:
        """Add what follows, read by read, and look again at reads by whom chains have become longer."""
        bits = self._bits
        reads: list[tuple[Value, int, Read]] = []
        of_node: dict[int, list[int]] = defaultdict(list)
        for name, writers, of_register in self._registers:
            written = sum(bits.get(node, 0) for node in writers)  # each once, so all their bits
            for read in of_register:
                if read.writer in bits:
                    for node in (read.writer, *read.readers):
                        of_node[node].append(len(reads))
                    reads.append((name, written, read))
        left = deque(range(len(reads)))
        waiting = [True] * len(reads)
        while left and not (self.is_cyclic and self._until_cyclic):
            at = left.popleft()
            waiting[at] = False
            for forced in list(self._following(*reads[at])):
                for node in self._take(forced):
                    for other in of_node.get(node, ()):
                        if not waiting[other]:
                            waiting[other] = True
                            left.append(other)

    def _following(self, name: Value, writers: int, read: Read) -> Iterator[Forced]:
        """What follows from a read and the chains that there are, and was not known."""
        bits, later, earlier = self._bits, self._later, self._earlier
        writer = read.writer
        assert writer is not None
        turn = len(self.forced) + 1
        over, under = later[writer] & writers, writers & ~(bits[writer] | earlier[writer])
        for reader in read.readers:
            if reader == writer or reader not in bits:
                continue
            for node in self._first(over & ~(later[reader] | bits[reader])):
                if (RW, reader, node) not in self._known:
                    yield Forced(RW, reader, node, name, writer, turn)
            for node in self._last(earlier[reader] & under):
                if (WW, node, writer) not in self._known:
                    yield Forced(WW, node, writer, name, reader, turn)

    def _first(self, some: int) -> Iterator[int]:
        """Those of a set that come after none of it."""
        left = some
        while left:
            node = self._txns[(left & -left).bit_length() - 1]
            if not self._earlier[node] & some:
                yield node
            left &= ~(self._bits[node] | self._later[node])

    def _last(self, some: int) -> Iterator[int]:
        """Those of a set that come before none of it."""
        left = some
        while left:
            node = self._txns[left.bit_length() - 1]
            if not self._later[node] & some:
                yield node
            left &= ~(self._bits[node] | self._earlier[node])

    def _take(self, forced: Forced) -> set[int]:
        """Add an edge; the nodes of which it makes chains longer."""
        kind, before, after = forced[:3]
        bits, later, earlier = self._bits, self._later, self._earlier
        if kind in self._chained and bits[after] & later[before]:
            return set()  # another one has led there in the meantime
        self.forced.append(forced)
        self._known.add((kind, before, after))
        if kind not in self._chained:
            return set()
        if bits[before] & later[after]:
            self.is_cyclic = True
            return set()
        self._next[before].append(after)
        self._previous[after].append(before)
        longer: set[int] = set()
        for begin, end, reach, back in (
            (before, after, later, self._previous),
            (after, before, earlier, self._next),
        ):
            new, stack = reach[end] | bits[end], [begin]
            while stack:
                node = stack.pop()
                if new & ~reach[node]:
                    reach[node] |= new
                    longer.add(node)
                    stack += back[node]
        return longer

    @cached_property
    def _kinds(self) -> dict[Edge, tuple[str, int]]:
        """The kind of each edge, and the turn in which it was found."""
        found: dict[Edge, tuple[str, int]] = {}
        for kind, pairs in self._edges.items():
            for edge in pairs:
                found.setdefault(edge, (kind, 0))
        for each in self.forced:
            found.setdefault((each.before, each.after), (each.kind, each.turn))
        return found

    def chain(self, forced: Forced) -> list[Link]:
        """The shortest chain from which an edge follows."""
        begin, end = forced.chain
        came: dict[int, int] = {}
        queue = deque([begin])
        while queue and end not in came:
            at = queue.popleft()
            for node in self._next[at]:
                if node not in came and self._kinds[at, node][1] < forced.turn:
                    came[node] = at
                    queue.append(node)
        found: list[Link] = []
        at = last = end
        while at != begin:
            kind, at = self._kinds[came[at], at][0], came[at]
            if at < self._count:
                found.append((at, kind, last))
                last = at
        return found[::-1]

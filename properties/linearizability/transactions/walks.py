"""Walks: whether a graph of transactions has a cycle of a kind, and a short one.

Which edges lie on such a cycle is found exactly, for all of them at once; the shortest cycle is then looked for from
some of these edges. In a graph where anti-dependencies are kept apart, every transaction stands twice: once as it was
reached by an anti-dependency (the complement of its number), from where no other one leads on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import inf

import rustworkx

from actorproof.properties.linearizability.transactions.dependencies import RW, WR, WW, Edge

TRIED = 300  # edges from which the shortest cycle is looked for
SMALLEST = 2
AT_ONCE = 2048  # transactions whose reach is followed in one pass
Step = tuple[int, str]
"""A transaction of a cycle, and the kind of the edge that leaves it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of cycle: it holds an edge `with_`, and else only those of `others`.

    `apart`: no two anti-dependencies follow each other.
    """

    name: str
    with_: str
    others: frozenset[str]
    apart: bool = False


KINDS = (
    Kind("G0", WW, frozenset({WW})),
    Kind("G1c", WR, frozenset({WW, WR})),
    Kind("G-single-item", RW, frozenset({WW, WR})),
    Kind("G-nonadjacent-item", RW, frozenset({WW, WR, RW}), apart=True),
    Kind("G2-item", RW, frozenset({WW, WR, RW})),
)
"""Every kind of cycle, the worst first."""
Edges = Mapping[str, Sequence[Edge]]


def shortest(edges: Edges, of: Kind, *, extra: str | None, instants: int) -> list[Step] | None:
    """A short cycle of a kind; None when there is none.

    There must be none of a worse kind. `extra` edges may take part in any. Nodes from `instants` on are no
    transactions, and don't count.
    """
    return _Graph(edges, of, extra).shortest(instants)


class _Graph:
    """The edges that a cycle of a kind may have, between nodes that are numbered anew."""

    def __init__(self, edges: Edges, of: Kind, extra: str | None) -> None:
        self._of = of
        self._extra = extra
        self._index: dict[int, int] = {}
        self._next: list[list[Step]] = []
        self._with: list[Edge] = []
        self._directed = rustworkx.PyDiGraph(multigraph=False)
        for kind, pairs in edges.items():
            for before, after in pairs:
                self._add(before, after, kind)
        pairs = [(before, after) for before, following in enumerate(self._next) for after, _ in following]
        self._directed.extend_from_edge_list(pairs)
        self._names = list(self._index)

    def _add(self, before: int, after: int, kind: str) -> None:
        of = self._of
        reached = ~after if of.apart and kind == RW else after
        if kind == of.with_:
            self._with.append((self._node(before), self._node(reached)))
        if kind not in of.others and kind != self._extra:
            return
        self._next[self._node(before)].append((self._node(reached), kind))
        if of.apart and kind != RW:
            self._next[self._node(~before)].append((self._node(after), kind))

    def _node(self, name: int) -> int:
        node = self._index.setdefault(name, len(self._next))
        if node == len(self._next):
            self._next.append([])
        return node

    def shortest(self, instants: int) -> list[Step] | None:
        """The shortest of the cycles that some of the edges `with_` lie on."""
        best: list[Step] | None = None
        closing = self._connected() if self._of.with_ in self._of.others else self._singles()
        for before, after in islice(closing, TRIED):
            path = self._path(after, before, instants, len(best) if best else None)
            if path is not None:
                best = [(self._names[before], self._of.with_), *path]
                if len(best) == SMALLEST:
                    break
        return best

    def _connected(self) -> Iterator[Edge]:
        """The edges `with_` inside the strongly connected components of this graph."""
        components = rustworkx.strongly_connected_components(self._directed)
        component = {node: number for number, nodes in enumerate(components) for node in nodes}
        return (edge for edge in self._with if component[edge[0]] == component[edge[1]])

    def _singles(self) -> Iterator[Edge]:
        """The edges `with_`, which this graph lacks, from whose end it leads to their beginning.

        It has no cycle, or there would be a worse one.
        """
        order = list(rustworkx.topological_sort(self._directed))
        heads = list(dict.fromkeys(after for _, after in self._with))
        for at in range(0, len(heads), AT_ONCE):
            bits = {head: 1 << number for number, head in enumerate(heads[at : at + AT_ONCE])}
            reach = [bits.get(node, 0) for node in range(len(self._next))]
            for node in order:
                if reach[node]:
                    for following, _ in self._next[node]:
                        reach[following] |= reach[node]
            yield from (edge for edge in self._with if reach[edge[0]] & bits.get(edge[1], 0))

    def _path(self, begin: int, end: int, instants: int, limit: int | None) -> list[Step] | None:
        """The transactions on the shortest way, each with the edge that leaves it; None if there are `limit` or more.

        Instants don't count.
        """
        names = self._names
        came: dict[int, Step] = {}
        distance = {begin: 0}
        queue = deque([begin])
        while queue:
            at = queue.popleft()
            if at == end:
                return self._walked(came, begin, end, instants)
            costs = names[at] < instants
            length = distance[at] + costs
            if limit is not None and length + 1 >= limit:
                continue
            for following, kind in self._next[at]:
                if length < distance.get(following, inf):
                    distance[following] = length
                    came[following] = (at, kind)
                    (queue.append if costs else queue.appendleft)(following)
        return None

    def _walked(self, came: Mapping[int, Step], begin: int, end: int, instants: int) -> list[Step]:
        steps: list[Step] = []
        at = end
        while at != begin:
            at, kind = came[at]
            name = self._names[at]
            if name < instants:
                steps.append((name if name >= 0 else ~name, kind))
        return steps[::-1]

"""Cycles: the anomalies that only several transactions together show, with the smallest cycle of each.

1. Where transactions form no cycle, some order explains what was read. Cycles are looked for in each strongly connected
   component by itself.
2. A cycle has the name of the worst kind that it is: writes alone (G0), writes and reads (G1c), one anti-dependency
   (G-single), several with other edges between them (G-nonadjacent), or side by side (G2-item).
3. Components that this explains are done. In what is left, the order of each client's own calls is added, then that of
   real time; such cycles have ``-process`` and ``-realtime`` in their names.

Real time is an order of many pairs. It is kept as a chain of instants, one an end: a transaction leads to the instant
of its end, each instant to the next one, and to the transactions that began after it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import rustworkx

from actorproof.properties.linearizability.transactions.dependencies import RW, WR, WW, Anomaly, Dependencies, Edge
from actorproof.properties.linearizability.transactions.txn import Txn

PROCESS, REALTIME = "process", "realtime"
TRIED = 300  # edges of a component from which a cycle is looked for: the smallest of so many is told
SHOWN = 3  # components of a kind
Neighbours = dict[int, list[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of cycle: it holds an edge `with_`, and else only those of `others`."""

    name: str
    with_: str
    others: frozenset[str]


KINDS = (
    Kind("G0", WW, frozenset({WW})),
    Kind("G1c", WR, frozenset({WW, WR})),
    Kind("G-single", RW, frozenset({WW, WR})),
    Kind("G2-item", RW, frozenset({WW, WR, RW})),
)
NONADJACENT = "G-nonadjacent"
CYCLES = ("G0", "G1c", "G-single", NONADJACENT, "G2-item")
NAMES = tuple(f"{name}{suffix}" for suffix in ("", "-process", "-realtime") for name in CYCLES)
"""Every name of a cycle, the worst first within each order."""


def cycles(found: Dependencies) -> list[Anomaly]:
    """The cycles of a history: of each component of transactions one, the smallest of its worst kind."""
    explained: set[int] = set()
    told: list[Anomaly] = []
    edges: dict[str, Sequence[Edge]] = dict(found.edges)
    for extra, make in ((None, None), (PROCESS, _process_order), (REALTIME, _real_time)):
        count = len(found.txns)
        if extra is not None and make is not None:
            edges = dict(found.edges)
            edges[extra], count = make(found.txns)
        for component in _components(edges, count):
            if not explained.isdisjoint(component):
                continue
            cycle = _worst(component, edges, extra, len(found.txns))
            if cycle is None:
                continue
            explained.update(component)
            told.append(_told(found, *cycle))
    return told


def _components(edges: dict[str, Sequence[Edge]], count: int) -> list[set[int]]:
    graph = rustworkx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(range(count))
    for pairs in edges.values():
        graph.extend_from_edge_list(list(pairs))
    return [set(each) for each in rustworkx.strongly_connected_components(graph) if len(each) > 1]


def _process_order(txns: Sequence[Txn]) -> tuple[list[Edge], int]:
    by_process: dict[str, list[int]] = defaultdict(list)
    for number, txn in enumerate(txns):
        if txn.outcome == "ok":
            by_process[txn.process].append(number)
    return [pair for numbers in by_process.values() for pair in pairwise(numbers)], len(txns)


def _real_time(txns: Sequence[Txn]) -> tuple[list[Edge], int]:
    """The edges of the order in real time, and the number of transactions and instants."""
    marks = [(txn.start, 1, number) for number, txn in enumerate(txns) if txn.outcome != "fail"]
    marks += [(txn.end, 0, number) for number, txn in enumerate(txns) if txn.outcome == "ok" and txn.end is not None]
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
    return edges, instant + 1


def _worst(
    component: set[int], edges: dict[str, Sequence[Edge]], extra: str | None, instants: int
) -> tuple[str, list[tuple[int, str]]] | None:
    """The smallest cycle of the worst kind within a component, and the name of that kind; None if there is none."""
    inside: Neighbours = defaultdict(list)
    starts: dict[str, list[Edge]] = defaultdict(list)
    for kind, pairs in edges.items():
        for before, after in pairs:
            if before in component and after in component:
                inside[before].append((after, kind))
                starts[kind].append((before, after))
    for of in KINDS:
        allowed = of.others | ({extra} if extra else set())
        best: list[tuple[int, str]] | None = None
        for before, after in starts[of.with_][:TRIED]:
            path = _path(inside, after, before, allowed, instants)
            if path is None:
                continue
            cycle = [(before, of.with_), *path]
            if best is None or len(cycle) < len(best):
                best = cycle
            if len(best) == 2:  # noqa: PLR2004 - none is smaller
                break
        if best is not None:
            name = of.name if of.name != KINDS[-1].name or _is_adjacent(best) else NONADJACENT
            return f"{name}-{extra}" if extra else name, best
    return None


def _is_adjacent(cycle: list[tuple[int, str]]) -> bool:
    """Whether two anti-dependencies follow each other."""
    return any(kind == RW == after for (_, kind), (_, after) in pairwise([*cycle, cycle[0]]))


def _path(
    inside: Neighbours, begin: int, end: int, allowed: frozenset[str] | set[str], instants: int
) -> list[tuple[int, str]] | None:
    """The transactions on the shortest way, each with the edge that leaves it; instants don't count."""
    came: dict[int, tuple[int, str]] = {}
    distance = {begin: 0}
    queue = deque([begin])
    while queue:
        at = queue.popleft()
        if at == end:
            return _walked(came, begin, end, instants)
        for following, kind in inside.get(at, ()):
            if kind not in allowed:
                continue
            costs = at < instants
            length = distance[at] + costs
            if length < distance.get(following, length + 1):
                distance[following] = length
                came[following] = (at, kind)
                (queue.append if costs else queue.appendleft)(following)
    return None


def _walked(came: dict[int, tuple[int, str]], begin: int, end: int, instants: int) -> list[tuple[int, str]]:
    steps: list[tuple[int, str]] = []
    at = end
    while at != begin:
        at, kind = came[at]
        if at < instants:
            steps.append((at, kind))
    return steps[::-1]


def _told(found: Dependencies, name: str, cycle: list[tuple[int, str]]) -> Anomaly:
    numbers = [number for number, _ in cycle]
    return Anomaly(name, tuple(_lines(found, cycle)), tuple(numbers))


def _lines(found: Dependencies, cycle: list[tuple[int, str]]) -> Iterator[str]:
    txns = found.txns
    for number, _ in cycle:
        yield f"{txns[number].name}, process {txns[number].process}: {txns[number]}"
    for (before, kind), (after, _) in pairwise([*cycle, cycle[0]]):
        yield f"- {_why(found, before, after, kind)} ({kind})"
    first, *rest = [txns[number].name for number, _ in cycle]
    yield f"so {first} came before {', before '.join(rest)}, and before itself"
    yield from drawn([txns[number].name for number, _ in cycle], [kind for _, kind in cycle])


def _why(found: Dependencies, before: int, after: int, kind: str) -> str:
    first, second = found.txns[before], found.txns[after]
    if kind == PROCESS:
        return f"{first.name} was an earlier call of process {first.process} than {second.name}"
    if kind == REALTIME:
        return f"{first.name} had ended before {second.name} began"
    return found.tell(kind, before, after)


def drawn(names: Iterable[str], kinds: Iterable[str]) -> Iterator[str]:
    """A cycle as a drawing in text."""
    parts = [f"[{name}] --{kind}--> " for name, kind in zip(names, kinds, strict=True)]
    row = "".join(parts)
    yield f"  {row}+"
    yield f"   ^{'-' * (len(row) - 2)}+"

"""Cycles: the anomalies that only several transactions together show, with the smallest cycle of each.

1. Where transactions form no cycle, some order explains what was read. Cycles are looked for in each strongly connected
   component by itself.
2. A component has the name of its worst cycle: of writes alone (G0), of writes and reads (G1c), one anti-dependency
   (G-single), several with other edges between any two (G-nonadjacent), or two side by side (G2-item).
3. Components that this explains are done. In what is left, the order of each client's own calls is added, then that of
   real time; such cycles have ``-process`` and ``-realtime`` in their names.

Real time is an order of many pairs. It is kept as a chain of instants, one an end: a transaction leads to the instant
of its end, each instant to the next one, and to the transactions that began after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import rustworkx

from actorproof.properties.linearizability.transactions.dependencies import (
    PROCESS,
    REALTIME,
    Anomaly,
    Dependencies,
    Edge,
)
from actorproof.properties.linearizability.transactions.txn import Txn
from actorproof.properties.linearizability.transactions.walks import KINDS, Step, shortest

NAMES = tuple(f"{kind.name}{suffix}" for suffix in ("", "-process", "-realtime") for kind in KINDS)
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
            for kind, pairs in found.inferred(extra).items():
                edges[kind] = [*edges[kind], *pairs]
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
) -> tuple[str, list[Step]] | None:
    """A short cycle of the worst kind within a component, and the name of that kind; None if there is none."""
    inside = {
        kind: [(before, after) for before, after in pairs if before in component and after in component]
        for kind, pairs in edges.items()
    }
    for of in KINDS:
        cycle = shortest(inside, of, extra=extra, instants=instants)
        if cycle is not None:
            return f"{of.name}-{extra}" if extra else of.name, cycle
    return None


def _told(found: Dependencies, name: str, cycle: Sequence[Step]) -> Anomaly:
    numbers = [number for number, _ in cycle]
    return Anomaly(name, tuple(_lines(found, cycle)), tuple(numbers))


def _lines(found: Dependencies, cycle: Sequence[Step]) -> Iterator[str]:
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

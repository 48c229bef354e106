"""Cycles: the anomalies that only several transactions together show, with the smallest cycle of each.

1. Where transactions form no cycle, some order explains what was read. Cycles are looked for in each strongly connected
   component by itself.
2. A component has the name of its worst cycle: of writes alone (G0), of writes and reads (G1c), one anti-dependency
   (G-single-item), several with other edges between any two (G-nonadjacent-item), or two side by side (G2-item): the
   names that Elle has for them, since predicates are not looked at.
3. Components that this explains are done. In what is left, what chains of transactions force is added (`versions`);
   such cycles are called by the best that can be, whichever way the values came.
4. Then the order of each client's own calls is added, then that of real time, and each time what these force; such
   cycles have ``-process`` and ``-realtime`` in their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import rustworkx

from actorproof.properties.linearizability.cycle import Cycle, Link, Member
from actorproof.properties.linearizability.transactions.dependencies import (
    PROCESS,
    REALTIME,
    RW,
    WR,
    WW,
    Anomaly,
    Dependencies,
    Edge,
    Forced,
)
from actorproof.properties.linearizability.transactions.orders import ordered, parts
from actorproof.properties.linearizability.transactions.txn import Txn
from actorproof.properties.linearizability.transactions.versions import Versions
from actorproof.properties.linearizability.transactions.walks import KINDS, Kind, Step, shortest

NAMES = tuple(f"{kind.name}{suffix}" for suffix in ("", "-process", "-realtime") for kind in KINDS)
"""Every name of a cycle, the worst first within each order."""
MOST_LINKS = 12  # that are told of what forces the edges of a cycle
Edges = dict[str, Sequence[Edge]]
Why = Mapping[tuple[str, int, int], tuple[Forced, Versions]]


@dataclass(frozen=True, slots=True)
class Level:
    """Edges whose chains force others, and the first of KINDS that a cycle of what they force is surely of."""

    chained: frozenset[str]
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """A graph to look for cycles in: its edges, and why it has those that were forced."""

    edges: Edges
    extra: str | None
    least: int = 0
    why: Why = field(default_factory=dict)


NAMES_OF_KINDS = [kind.name for kind in KINDS]
G1C = NAMES_OF_KINDS.index("G1c")
SINGLE = Level(frozenset({WW, WR, PROCESS, REALTIME}), NAMES_OF_KINDS.index("G-single-item"))
ANY = Level(frozenset({WW, WR, RW, PROCESS, REALTIME}), NAMES_OF_KINDS.index("G2-item"))


def cycles(found: Dependencies) -> list[Anomaly]:
    """The cycles of a history: of each component of transactions one, the smallest of its worst kind."""
    explained: set[int] = set()
    told: list[Anomaly] = []
    strongest = ordered(found, REALTIME)
    # What a weaker order forces, that of real time forces, too.
    forces = _is_cyclic(found, strongest)
    if not forces and not _components(strongest):
        return []
    for extra in (None, PROCESS, REALTIME):
        edges = strongest if extra == REALTIME else ordered(found, extra)
        # That a register holds what a transaction wrote behind what it read is promised by read-committed.
        least = G1C if found.registers and extra is None else 0
        told += _in_components(found, _Stage(edges=edges, extra=extra, least=least), explained)
        for level in (SINGLE, ANY) if forces else ():
            why = {
                (each.kind, each.before, each.after): (each, part)
                for part in _versions(found, edges, explained, level)
                for each in part.forced
            }
            stage = _Stage(edges=_with(edges, why), extra=extra, least=level.least, why=why)
            told += _in_components(found, stage, explained)
    return told


def _is_cyclic(found: Dependencies, edges: Edges) -> bool:
    """Whether chains of any edges, and what they force, form a cycle."""
    return bool(found.registers) and any(
        Versions(registers, of_part, chained=ANY.chained, count=len(found.txns), until_cyclic=True).is_cyclic
        for registers, of_part in parts(found, edges, set())
    )


def _versions(found: Dependencies, edges: Edges, explained: set[int], level: Level) -> Iterator[Versions]:
    for registers, of_part in parts(found, edges, explained):
        yield Versions(registers, of_part, chained=level.chained, count=len(found.txns))


def _with(edges: Edges, why: Why) -> Edges:
    more = {kind: [edge for of, *edge in why if of == kind] for kind in (WW, RW)}
    return {kind: [*pairs, *((a, b) for a, b in more.get(kind, ()))] for kind, pairs in edges.items()}


def _in_components(found: Dependencies, stage: _Stage, explained: set[int]) -> Iterator[Anomaly]:
    """A cycle of each component of which none was explained before."""
    for component in _components(stage.edges):
        if not explained.isdisjoint(component):
            continue
        worst = _worst(component, stage.edges, stage.extra, len(found.txns))
        if worst is None:
            continue
        explained.update(component)
        kind, cycle = worst
        of = max(kind, KINDS[stage.least], key=KINDS.index)
        name = f"{of.name}-{stage.extra}" if stage.extra else of.name
        yield _anomaly(found, name, cycle, stage.why)


def _components(edges: Edges) -> list[set[int]]:
    graph = rustworkx.PyDiGraph(multigraph=False)
    for pairs in edges.values():
        graph.extend_from_edge_list(list(pairs))
    return [set(each) for each in rustworkx.strongly_connected_components(graph) if len(each) > 1]


def _worst(component: set[int], edges: Edges, extra: str | None, instants: int) -> tuple[Kind, list[Step]] | None:
    """A short cycle of the worst kind within a component; None if there is none."""
    inside = {
        kind: [(before, after) for before, after in pairs if before in component and after in component]
        for kind, pairs in edges.items()
    }
    for of in KINDS:
        cycle = shortest(inside, of, extra=extra, instants=instants)
        if cycle is not None:
            return of, cycle
    return None


# ---- words


def _anomaly(found: Dependencies, name: str, steps: Sequence[Step], why: Why) -> Anomaly:
    links = [(before, kind, after) for (before, kind), (after, _) in pairwise([*steps, steps[0]])]
    reasons = _reasons(links, why)
    of_cycle = [number for number, _ in steps]
    of_reasons = dict.fromkeys(number for before, _, after in reasons for number in (before, after))
    forcing = [number for number in of_reasons if number not in of_cycle]
    cycle = Cycle(
        name=name,
        members=[_member(found.txns[number]) for number in of_cycle],
        links=[_link(found, *link, why) for link in links],
        forcing=[_member(found.txns[number]) for number in forcing],
        reasons=[_link(found, *link, why) for link in reasons],
    )
    return Anomaly(name, transactions=(*of_cycle, *forcing), cycle=cycle)


def _member(txn: Txn) -> Member:
    return Member(name=txn.name, process=txn.process, steps=str(txn))


def _reasons(links: Iterable[tuple[int, str, int]], why: Why) -> list[tuple[int, str, int]]:
    """The links of the chains that force some links of a cycle, and so on; the first ones, where there are many."""
    told = list(links)
    own = len(told)
    for before, kind, after in told:
        if (kind, before, after) in why:
            forced, versions = why[kind, before, after]
            told += [link for link in versions.chain(forced) if link not in told]
        if len(told) > own + MOST_LINKS:
            break
    return told[own : own + MOST_LINKS]


def _link(found: Dependencies, before: int, kind: str, after: int, why: Why) -> Link:
    first, second = found.txns[before], found.txns[after]
    if kind == PROCESS:
        sentence = f"{first.name} was an earlier call of process {first.process} than {second.name}"
        return Link(kind=kind, sentence=sentence)
    if kind == REALTIME:
        return Link(kind=kind, sentence=f"{first.name} had ended before {second.name} began")
    if (kind, before, after) in why:
        forced, _ = why[kind, before, after]
        return found.tell_forced(forced)
    return found.tell(kind, before, after)

"""Hits: which faults the state machine may draw on a topology, from the records of their kinds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.faults.kind import Drawn, FaultKind
from actorproof.harness.faults.registry import kinds
from actorproof.harness.history import fault_traits as traits
from actorproof.harness.workload.targets import PARTS, groups_of, links_of, shared_links

Hit = tuple[str, str]
"""The verb of a kind of fault, and a target."""
SCHEDULERS = "scheduler:all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What may be drawn. What stands more than once is drawn more often.

    Attributes:
        hosts: the names of those that run from the start.
        groups: the store, and groups of the control plane.
        on_hosts: what strikes a host, one half of it, or a worker of it.
        away: takes away what a reminder that falls due waits for.
    """

    hosts: tuple[str, ...]
    groups: tuple[str, ...]
    on_hosts: tuple[Hit, ...]
    on_groups: tuple[Hit, ...]
    on_links: tuple[Hit, ...]
    moves: tuple[Hit, ...]
    away: tuple[Hit, ...]

    def of(self, verbs: Collection[str]) -> Hits:
        """Only what the kinds of these verbs do; all of it when there are none."""

        def kept(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
            return tuple(hit for hit in hits if not verbs or hit[0] in verbs)

        return replace(
            self,
            on_hosts=kept(self.on_hosts),
            on_groups=kept(self.on_groups),
            on_links=kept(self.on_links),
            moves=kept(self.moves),
            away=kept(self.away),
        )


def hits_on(topology: Topology) -> Hits:
    """What may be drawn on a topology."""
    hosts, spares = topology.host_names[: topology.hosts], topology.host_names[topology.hosts :]
    links = [link for host in hosts for link in links_of(topology, host)] + [*shared_links(topology)]
    groups = groups_of(topology)
    # Schedulers twice: their faults show only while a reminder is due.
    twice = [*groups, *(group for group in groups if group == SCHEDULERS)]
    # More of what breaks a connection to an application: its turns that are under way show how the runtime takes that.
    broken = [(kind.verb, f"{host}>app") for kind in _kinds(Drawn.APP_LINKS) for host in hosts if links] * 2
    # As many joins as hosts that leave: what moves to a host that joins shows the most.
    joins = [(kind.verb, spare) for kind in _kinds(Drawn.SPARES) for spare in spares for _ in hosts]
    crashes = [kind for kind in _kinds(Drawn.HOSTS) if kind.has(traits.CRASHES)]
    return Hits(
        hosts=hosts,
        groups=groups,
        on_hosts=(
            *((kind.verb, host + part) for kind in _kinds(Drawn.HOSTS) for host in hosts for part in PARTS),
            *((kind.verb, host) for kind in _kinds(Drawn.WORKERS) for host in hosts if topology.workers),
        ),
        on_groups=tuple((kind.verb, group) for kind in _kinds(Drawn.CONTROL) for group in twice),
        on_links=(*((kind.verb, link) for kind in _kinds(Drawn.LINKS) for link in links), *broken),
        moves=(*joins, *((kind.verb, host) for kind in _kinds(Drawn.LEAVERS) for host in hosts)),
        away=(
            *((kind.verb, SCHEDULERS) for kind in _kinds(Drawn.CONTROL)),
            # The two halves of a host apart, too: only one of them is there when the reminder falls due.
            *((kind.verb, host + part) for kind in crashes for host in hosts for part in PARTS),
        ),
    )


def _kinds(drawn: Drawn) -> Iterator[FaultKind]:
    return (kind for kind in kinds().values() if drawn in kind.drawn)

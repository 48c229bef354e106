"""Targets: what a fault may be aimed at on a topology."""

from __future__ import annotations

from itertools import permutations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.faults.target import BOTH_WAYS, ONE_WAY

PARTS = ("", "/app", "/sidecar")


def groups_of(topology: Topology) -> tuple[str, ...]:
    """The store where it is a unit, and groups of replicas that decide who owns which actor and when reminders fire.

    A runtime's version that does without placement or schedulers has none of theirs: `Runtime.fit` says how many.
    """
    placement = ("placement:leader", "placement:all") if topology.placements else ()
    store = () if topology.store in {"files", "memory"} else ("store",)
    return (*store, *placement, *(("scheduler:all",) if topology.schedulers else ()))


def links_of(topology: Topology, host: str) -> tuple[str, ...]:
    """The links of one host that a fault may touch, besides the shared ones."""
    if not topology.proxied:
        return ()
    own = [f"client>{host}", f"{host}>app", f"{host}>store"]
    own += [f"{host}>placement-{n}" for n in range(topology.placements)]
    if topology.peers_proxied:
        own.append(f"peers>{host}")
    return tuple(own)


def shared_links(topology: Topology) -> tuple[str, ...]:
    """The links that all hosts share."""
    return tuple(f"hosts>scheduler-{n}" for n in range(topology.schedulers)) if topology.proxied else ()


def targets(topology: Topology) -> frozenset[str]:
    """Everything that a fault may be aimed at, pairs of machines too where links are not proxied."""
    lone = [f"placement-{n}" for n in range(topology.placements)]
    lone += [f"scheduler-{n}" for n in range(topology.schedulers)]
    places = [*topology.host_names, *lone, "store"]
    found = {f"{host}{part}" for host in topology.host_names for part in PARTS}
    found |= {*lone, *groups_of(topology), *shared_links(topology)}
    found |= {link for host in topology.host_names for link in links_of(topology, host)}
    if not topology.proxied:
        found |= {f"{a}{arrow}{b}" for a, b in permutations(places, 2) for arrow in (ONE_WAY, BOTH_WAYS)}
    return frozenset(found)

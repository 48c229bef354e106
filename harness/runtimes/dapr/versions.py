"""Versions: how versions of Dapr compare, and which trait each has, in one table.

Nothing else compares versions: command lines, views and checkers ask for a trait. (`harness.history.traits` is for
histories that were recorded before they said theirs.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import TopologyError
from actorproof.harness.history import traits as recorded

# Those that somebody ran Actorproof with, newest first. The Go modules beside this file build them.
TRIED = ("1.18.2", "1.16.0", "1.14.1", "1.12.0")

_FORM = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?")


class Trait(StrEnum):
    """What a version of Dapr can do or does. The value is its name in run.json and in a history."""

    ACTOR_RUNTIME_METADATA = "actor-runtime-metadata"
    ACTOR_STREAM = "actor-stream"
    CONTROL_LISTEN_ADDRESSES = "control-listen-addresses"
    DISSEMINATION_TIMEOUT = "dissemination-timeout"
    DRAIN_HONOURED = recorded.DRAIN_HONOURED
    ETCD_CLIENT_LISTEN_ADDRESS = "etcd-client-listen-address"
    INTERNAL_LISTEN_ADDRESS = "internal-listen-address"
    LEADER_METRIC = "leader-metric"
    LEADER_TABLE_ONLY = "leader-table-only"
    PLACEMENT_OPTIONAL = "placement-optional"
    POSTGRES_V2 = "postgres-v2"
    SCHEDULER = "scheduler"
    REMINDERS_IN_SCHEDULER = "reminders-in-scheduler"
    SCHEDULER_ETCD_FLAGS = "scheduler-etcd-flags"


# The first minor version that has a trait, its pre-releases included; none was ever taken back.
SINCE: Mapping[Trait, tuple[int, int]] = {
    Trait.ACTOR_RUNTIME_METADATA: (1, 13),  # /v1.0/metadata tells of the actor runtime
    Trait.CONTROL_LISTEN_ADDRESSES: (1, 14),  # placement can be told where to listen
    Trait.INTERNAL_LISTEN_ADDRESS: (1, 14),  # a sidecar can be told where to listen for its peers
    Trait.POSTGRES_V2: (1, 14),  # the second form of the PostgreSQL component
    Trait.SCHEDULER: (1, 14),  # there is a scheduler
    Trait.REMINDERS_IN_SCHEDULER: (1, 15),  # the scheduler keeps reminders; before, the store of the actors does
    Trait.LEADER_METRIC: (1, 16),  # placement has a metric that says who leads
    Trait.SCHEDULER_ETCD_FLAGS: (1, 16),  # --etcd-client-port and --etcd-initial-cluster, and a broadcast address
    Trait.DISSEMINATION_TIMEOUT: (1, 17),  # sidecars and placement take a time-out for a change of the table
    Trait.DRAIN_HONOURED: recorded.SINCE[recorded.DRAIN_HONOURED],  # drainOngoingCallTimeout is honoured
    Trait.LEADER_TABLE_ONLY: (1, 17),  # only the placement that leads shows a table
    Trait.ACTOR_STREAM: (1, 18),  # an application may open a stream that tells it of its actors' turns
    Trait.ETCD_CLIENT_LISTEN_ADDRESS: (1, 18),  # the scheduler's etcd can be told where to listen for clients
    Trait.PLACEMENT_OPTIONAL: (1, 19),  # the scheduler can do what placement does
}


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version by the rules of semantic versioning: a pre-release comes before its release."""

    numbers: tuple[int, int, int]
    # `before` says of which pre-release: numbers come before words, and compare as numbers.
    released: bool
    before: tuple[tuple[bool, int, str], ...]


def parse(text: str) -> Version:
    """``1.18.2`` or ``1.19.0-rc.1``. TopologyError for anything else."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise TopologyError(f"Dapr version {text} is no version: write it as in 1.18.2 or 1.19.0-rc.1")
    parts = found[4].split(".") if found[4] else []
    return Version(
        numbers=(int(found[1]), int(found[2]), int(found[3])),
        released=not parts,
        before=tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts),
    )


def is_version(text: str) -> bool:
    """Whether a text is a version; ``edge`` and the like are none."""
    return _FORM.fullmatch(text) is not None


def traits(version: str) -> frozenset[Trait]:
    """What a version has. TopologyError when the text is no version."""
    minor = parse(version).numbers[:2]
    return frozenset(trait for trait, since in SINCE.items() if minor >= since)


def untried(version: str) -> str | None:
    """One line about a version that nobody ran Actorproof with; None for the others."""
    if version in TRIED:
        return None
    return (
        f"Dapr {version} was never tried with Actorproof ({', '.join(TRIED)} were): it is run as its version number"
        " suggests, and no deviations are listed for it"
    )


def fit(topology: Topology, *, fixed: frozenset[str]) -> Topology:
    """The topology with no more than the version has; the fields that `fixed` names stay as they are."""
    has = traits(topology.version)
    if Trait.SCHEDULER not in has and "schedulers" not in fixed:
        topology = replace(topology, schedulers=0)
    if topology.subject == "sdk-stream" and Trait.ACTOR_STREAM not in has and "subject" not in fixed:
        topology = replace(topology, subject="sdk")
    if Trait.REMINDERS_IN_SCHEDULER in has and "reminder_partitions" not in fixed:
        topology = replace(topology, reminder_partitions=0)
    return replace(topology, peer_links=topology.peer_links and Trait.INTERNAL_LISTEN_ADDRESS in has)


def validate(topology: Topology) -> None:
    """Raise TopologyError if the version can't be run so."""
    has = traits(topology.version)
    if topology.streams and Trait.ACTOR_STREAM not in has:
        raise TopologyError(
            f"Dapr {topology.version} tells no application over a stream: choose 1.18 or later, or another subject"
        )
    if topology.reminder_partitions and Trait.REMINDERS_IN_SCHEDULER in has:
        raise TopologyError(
            f"Dapr {topology.version} keeps reminders in its scheduler, in no parts of the store: choose 0 reminder"
            " partitions, or a version before 1.15"
        )
    counts = {1, 3}
    if Trait.PLACEMENT_OPTIONAL in has and topology.schedulers:
        counts.add(0)
    if topology.placements not in counts:
        raise TopologyError(f"placements is {topology.placements}: choose 1 or 3 (raft needs an odd number)")
    if Trait.SCHEDULER in has and topology.schedulers not in {1, 3}:
        raise TopologyError(f"schedulers is {topology.schedulers}: choose 1 or 3 (etcd needs an odd number)")
    if Trait.SCHEDULER not in has and topology.schedulers != 0:
        raise TopologyError(f"Dapr {topology.version} has no scheduler: choose 0 schedulers")

"""Topology: pure data that says what a cluster consists of.

Durations are in seconds. `validate` raises TopologyError with one line that says what to change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from actorproof.harness.application.application import Application
from actorproof.harness.errors import TopologyError
from actorproof.harness.subjects.behaviour import Behaviour

MAX_HOSTS = 10
MAX_SPARE_HOSTS = 2
MAX_PARTITIONS = 100
DEFAULT_VERSION = "1.18.2"
StoreName = Literal["redis", "postgres", "files", "memory"]
# "files" is a folder on disk, "memory" that of the actors' own processes.
SubjectName = Literal["bare", "sdk", "sdk-repaired", "sdk-h2c", "sdk-stream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """What hosts declare for one actor type alone. Durations in seconds."""

    type: str
    idle_timeout_s: float

    def __post_init__(self) -> None:
        """TopologyError for a time-out that can't be."""
        if self.idle_timeout_s <= 0:
            raise TopologyError(
                f"idle_timeout_s of {self.type} is {self.idle_timeout_s}: choose a positive number of seconds"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """What runs.

    Attributes:
        hosts: application and sidecar pairs that run from the start, 1 to 10.
        spare_hosts: further hosts that a fault may add later.
        placements: placement replicas, 1 or 3 (0 where the version does without).
        schedulers: scheduler replicas, 1 or 3 (0 where the version has none).
        store: what keeps the actors' state.
        subject: ``bare`` (Dapr's application protocol without the SDK) or ``sdk`` (Dapr's Python SDK with FastAPI),
            or ``sdk-repaired`` (the same, whose host drops what a failed turn left in the SDK), or ``sdk-h2c`` (the
            same over HTTP/2 without TLS), or ``sdk-stream`` (the SDK's ActorGrpcHost, told over a gRPC stream).
        proxied: whether the links of the cluster go through Toxiproxy.
        peer_links: whether the runtime can have a proxy between its hosts.
        version: the runtime's version.
        idle_timeout_s, drain_timeout_s, drain_enabled: what hosts declare in ``/dapr/config``.
        dissemination_timeout_s: placement's, and where the version has it the sidecars'.
        reentrancy, max_stack_depth: what hosts declare likewise: whether a call may enter an actor that its own chain
            of calls holds, and how many turns of one chain an actor may have open at once.
        reentrancy_exceptions: actor types for which hosts declare the opposite of `reentrancy`, each by a setting of
            its own (``entitiesConfig``).
        entities: actor types for which hosts declare settings of their own (``entitiesConfig``, too).
        reminder_partitions: over how many keys of the store the reminders of a type are spread
            (``remindersStoragePartitions``), where the version keeps them there; 0 for all in one.
        breakage: name of a promise that the hosts break on purpose, or None (see harness/subjects/breakage.py).
        subject_module: where subjects of a user's own come from (see harness/subjects/own.py); empty for none.
        features: what the runtime only does when it is asked to, by the names that it has for it (``ActorStateTTL``).
        behaviours: how bare hosts answer some of their requests, other than by running a turn.
        workers: whether hosts run turns in processes of their own, which a fault can strike. The runtime says it.
        types: the actor types that hosts have, those that we ship when empty. The runtime says it.
        application: what hosts run instead of a subject: an application of a user's own, seen from outside.
    """

    hosts: int = 2
    spare_hosts: int = 1
    placements: int = 1
    schedulers: int = 1
    store: StoreName = "redis"
    subject: SubjectName = "bare"
    proxied: bool = True
    peer_links: bool = True
    version: str = DEFAULT_VERSION
    idle_timeout_s: float = 8.0
    drain_timeout_s: float = 4.0
    drain_enabled: bool = True
    dissemination_timeout_s: float = 8.0
    reentrancy: bool = False
    max_stack_depth: int = 32
    reentrancy_exceptions: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    reminder_partitions: int = 0
    breakage: str | None = None
    subject_module: str = ""
    behaviours: tuple[Behaviour, ...] = ()
    features: tuple[str, ...] = ()
    workers: bool = False
    types: tuple[str, ...] = ()
    application: Application | None = None

    @property
    def streams(self) -> bool:
        """Whether hosts hear of what their actors have to do over a gRPC stream that they open."""
        if self.application is not None:
            return self.application.protocol == "stream"
        return self.subject == "sdk-stream"

    @property
    def peers_proxied(self) -> bool:
        """Whether a fault can touch what flows from host to host."""
        return self.proxied and self.peer_links

    @property
    def host_names(self) -> tuple[str, ...]:
        """All hosts, spare ones last: host-1, host-2, ..."""
        return tuple(f"host-{n}" for n in range(1, self.hosts + self.spare_hosts + 1))

    def validate(self) -> None:
        """Raise TopologyError if no runtime could run this; what a runtime's version can't do, the runtime says."""
        checks = (
            (1 <= self.hosts <= MAX_HOSTS, f"hosts is {self.hosts}: choose 1 to {MAX_HOSTS}"),
            (
                0 <= self.spare_hosts <= MAX_SPARE_HOSTS,
                f"spare hosts is {self.spare_hosts}: choose 0 to {MAX_SPARE_HOSTS}",
            ),
            (
                0 <= self.reminder_partitions <= MAX_PARTITIONS,
                f"reminder partitions is {self.reminder_partitions}: choose 0 to {MAX_PARTITIONS}",
            ),
            (self.max_stack_depth >= 1, f"max_stack_depth is {self.max_stack_depth}: choose 1 or more"),
        )
        for good, message in checks:
            if not good:
                raise TopologyError(message)
        for name in ("idle_timeout_s", "drain_timeout_s", "dissemination_timeout_s"):
            if getattr(self, name) <= 0:
                raise TopologyError(f"{name} is {getattr(self, name)}: choose a positive number of seconds")

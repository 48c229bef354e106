"""Settings: what an application declares of its actors, as ``GET /dapr/config`` or a stream of events has it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec

_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|μs|ns)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}
# What Dapr takes where an application says nothing.
IDLE_S = 3600.0
DRAIN_S = 2.0
DEPTH = 32
# What Dapr's Java SDK (1.16.1) calls the setting, and what daprd reads.
DRAIN = ("drainBalancedActors", "drainRebalancedActors")


class Reentrancy(msgspec.Struct, frozen=True):
    """Whether actors may be called back while a turn of theirs is open."""

    enabled: bool = False
    maxStackDepth: int | None = None  # noqa: N815 - as Dapr spells it


class Entity(msgspec.Struct, frozen=True):
    """Settings of single types."""

    entities: tuple[str, ...] = ()
    actorIdleTimeout: str = ""  # noqa: N815
    drainOngoingCallTimeout: str = ""  # noqa: N815
    drainRebalancedActors: bool | None = None  # noqa: N815
    reentrancy: Reentrancy | None = None


class Config(msgspec.Struct, frozen=True):
    """The answer to ``GET /dapr/config``. Durations are texts as Go writes them."""

    entities: tuple[str, ...] = ()
    actorIdleTimeout: str = ""  # noqa: N815
    drainOngoingCallTimeout: str = ""  # noqa: N815
    drainRebalancedActors: bool | None = None  # noqa: N815
    drainBalancedActors: bool | None = None  # noqa: N815
    reentrancy: Reentrancy | None = None
    entitiesConfig: tuple[Entity, ...] | None = None  # noqa: N815


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an application declares of its actors. Durations in seconds.

    Attributes:
        unread: what it declares under a name that Dapr does not read, each with the name that it reads.
    """

    types: tuple[str, ...]
    idle_timeout_s: float = IDLE_S
    drain_timeout_s: float = DRAIN_S
    drain_enabled: bool = True
    reentrancy: bool = False
    max_stack_depth: int = DEPTH
    reentrancy_exceptions: tuple[str, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()


def read_settings(config: Config) -> Settings:
    """What is in force. Of idle time-outs and drain, those of the first type with settings of its own count for all.

    Such a type takes over neither the idle time-out nor the reentrancy that are declared for all types: what its own
    settings leave out is as Dapr has it by default (1.18.2, pkg/actors/actors.go).
    """
    entries = [each for each in config.entitiesConfig or () if set(each.entities) & set(config.entities)]
    own = entries[0] if entries else Entity()
    general = config.reentrancy or Reentrancy()
    opposite = [
        name
        for each in entries
        if (each.reentrancy or Reentrancy()).enabled != general.enabled
        for name in each.entities
    ]
    enabled = own.drainRebalancedActors if own.drainRebalancedActors is not None else config.drainRebalancedActors
    return Settings(
        types=config.entities,
        idle_timeout_s=_seconds(own.actorIdleTimeout if entries else config.actorIdleTimeout) or IDLE_S,
        drain_timeout_s=_seconds(own.drainOngoingCallTimeout) or _seconds(config.drainOngoingCallTimeout) or DRAIN_S,
        drain_enabled=True if enabled is None else enabled,
        reentrancy=general.enabled,
        max_stack_depth=general.maxStackDepth or DEPTH,
        reentrancy_exceptions=tuple(dict.fromkeys(opposite)),
        unread=() if config.drainBalancedActors is None or config.drainRebalancedActors is not None else (DRAIN,),
    )


def registered(message: bytes) -> Config:
    """What the first message of a stream of events (SubscribeActorEventsRequestAlpha1) registers.

    ValueError for what is no such message.
    """
    from dapr.proto.runtime.v1 import actors_pb2 as actors  # noqa: PLC0415 - takes time, which only a stream needs

    try:
        said = actors.SubscribeActorEventsRequestAlpha1.FromString(message).initial_request
    except Exception as error:  # the DecodeError of a library that is not ours to import
        raise ValueError(str(error)) from error
    return Config(
        entities=tuple(said.entities),
        entitiesConfig=tuple(
            Entity(
                entities=tuple(each.entities),
                actorIdleTimeout=_duration(each, "actor_idle_timeout"),
                drainOngoingCallTimeout=_duration(each, "drain_ongoing_call_timeout"),
                drainRebalancedActors=_drains(each),
                reentrancy=_reentrancy(each),
            )
            for each in said.entities_config
        ),
        actorIdleTimeout=_duration(said, "actor_idle_timeout"),
        drainOngoingCallTimeout=_duration(said, "drain_ongoing_call_timeout"),
        drainRebalancedActors=_drains(said),
        reentrancy=_reentrancy(said),
    )


def _duration(message: Any, field: str) -> str:
    return f"{getattr(message, field).ToNanoseconds()}ns" if message.HasField(field) else ""


def _drains(message: Any) -> bool | None:
    return message.drain_rebalanced_actors if message.HasField("drain_rebalanced_actors") else None


def _reentrancy(message: Any) -> Reentrancy | None:
    if not message.HasField("reentrancy"):
        return None
    said = message.reentrancy
    depth = said.max_stack_depth if said.HasField("max_stack_depth") else None
    return Reentrancy(enabled=said.enabled, maxStackDepth=depth)


def _seconds(text: str) -> float:
    """A duration of Go; 0 where it is none."""
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))

"""Faults as data: a verb on a target, or a toxic on a link. What injects and heals them is the nemesis."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from actorproof.harness.errors import UsageError


class Verb(StrEnum):
    """What is done to a target. The first group acts on units and hosts, the second on links."""

    KILL = "kill"
    TERMINATE = "terminate"
    PAUSE = "pause"
    RESTART = "restart"
    ADD = "add"
    REMOVE = "remove"

    CUT = "cut"
    RESET = "reset"
    SWALLOW = "swallow"
    STALL = "stall"
    DELAY = "delay"
    LIMIT = "limit"
    SLICE = "slice"


LINK_VERBS = frozenset({Verb.CUT, Verb.RESET, Verb.SWALLOW, Verb.STALL, Verb.DELAY, Verb.LIMIT, Verb.SLICE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One disturbance.

    Attributes:
        verb: what is done.
        target: a host (``host-2``), a unit (``host-2/app``, ``placement-0``, ``store``), a group
            (``placement:leader``, ``placement:all``, ``scheduler:all``), or a link (``host-2>store``).
        delay_ms, jitter_ms: of ``delay``. rate_kbps: of ``limit``. slice_bytes: of ``slice``.
    """

    verb: Verb
    target: str
    delay_ms: int = 200
    jitter_ms: int = 100
    rate_kbps: int = 4
    slice_bytes: int = 32

    def __post_init__(self) -> None:
        if (self.verb in LINK_VERBS) != (">" in self.target):
            raise UsageError(
                f"fault {self.verb} on {self.target}: {'a link (a>b)' if self.verb in LINK_VERBS else 'a unit or host'}"
                " is wanted"
            )
        for name in ("delay_ms", "jitter_ms", "rate_kbps", "slice_bytes"):
            if getattr(self, name) < 0:
                raise UsageError(f"fault {self.verb} on {self.target}: {name} is negative")

"""Faults as data: a verb on a target, or a toxic on a link. What injects and heals them is the nemesis."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.errors import UsageError
from actorproof.harness.faults.kind import LINK_VERBS, MACHINE_VERBS
from actorproof.harness.faults.verb import Verb

__all__ = ["BOTH_WAYS", "LINK_VERBS", "MACHINE_VERBS", "ONE_WAY", "Fault", "Verb", "pair"]


ONE_WAY = "->"
BOTH_WAYS = "<->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One disturbance.

    Attributes:
        verb: what is done.
        target: a host (``host-2``), a unit (``host-2/app``, ``placement-0``, ``store``), a group
            (``placement:leader``, ``placement:all``, ``scheduler:all``), a link (``host-2>store``), or for ``block`` a
            pair of machines, one way (``host-1->host-2``) or both (``host-1<->host-2``).
        delay_ms, jitter_ms: of ``delay``. rate_kbps: of ``limit``. slice_bytes: of ``slice``.
        memory_mb: what ``starve`` leaves to each unit beyond what it uses.
        cpu_percent: what ``throttle`` leaves to each unit, of one core.
    """

    verb: Verb
    target: str
    delay_ms: int = 200
    jitter_ms: int = 100
    rate_kbps: int = 4
    slice_bytes: int = 32
    memory_mb: int = 32
    cpu_percent: int = 5

    def __post_init__(self) -> None:
        if self.verb is Verb.BLOCK:
            wanted, fits = "a pair (a->b or a<->b)", pair(self.target) is not None
        elif self.verb in LINK_VERBS:
            wanted, fits = "a link (a>b)", ">" in self.target and ONE_WAY not in self.target
        elif self.verb in MACHINE_VERBS:
            wanted, fits = "a host or a lone unit", not {">", "/"} & set(self.target)
        else:
            wanted, fits = "a unit or host", ">" not in self.target
        if not fits:
            raise UsageError(f"fault {self.verb} on {self.target}: {wanted} is wanted")
        for name in ("memory_mb", "cpu_percent"):
            if getattr(self, name) <= 0:
                raise UsageError(f"fault {self.verb} on {self.target}: {name} has to be positive")
        for name in ("delay_ms", "jitter_ms", "rate_kbps", "slice_bytes"):
            if getattr(self, name) < 0:
                raise UsageError(f"fault {self.verb} on {self.target}: {name} is negative")


def pair(target: str) -> tuple[str, str, bool] | None:
    """The two machines of a pair and whether both ways are meant; None when it is none."""
    for arrow in (BOTH_WAYS, ONE_WAY):
        first, found, second = target.partition(arrow)
        if found and first and second and first != second and ">" not in first + second:
            return first, second, arrow == BOTH_WAYS
    return None

"""Growth: what the parts of a cluster take, and how fast it is, while it is filled with actors."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from actorproof.properties.verdict.quantile import quantile
from actorproof.properties.views.records import Operation
from actorproof.properties.views.timeline import Timeline

FILLER = "filler-"
"""What the clients that fill a cluster with actors are called by."""
WRITE = "write"
MOST_STEPS = 60
NUMBER = re.compile(r"-\d+")
NS, MS = 1e9, 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Steps of a cluster that is being filled, each by the number of actors at its end.

    Attributes:
        actors: how many had been written to and answered.
        resident_bytes: of each part of the cluster, all its units together, at the end of a step; None before the first
            look at it.
        per_s: activations a second within a step.
        p50_ms, p99_ms: how long the calls of a step took.
    """

    actors: tuple[int, ...]
    resident_bytes: Mapping[str, tuple[int | None, ...]]
    per_s: tuple[float, ...]
    p50_ms: tuple[float, ...]
    p99_ms: tuple[float, ...]


class Residents:
    """How much memory each unit of the cluster had resident, by the last look at it."""

    def __init__(self, timeline: Timeline) -> None:
        self._looks: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for look in timeline.memory:
            self._looks[look.unit].append((look.t_ns, look.resident_bytes))

    def before(self, t_ns: float) -> dict[str, int]:
        """Bytes by unit, in the last looks before an instant; without the units that nobody had looked at."""
        found = {unit: bisect_right(looks, (t_ns, 0)) for unit, looks in self._looks.items()}
        return {unit: self._looks[unit][at - 1][1] for unit, at in found.items() if at}


def by_part(units: Mapping[str, int]) -> Counter[str]:
    """What units of the same part come to together."""
    found: Counter[str] = Counter()
    for unit, size in units.items():
        found[NUMBER.sub("", unit)] += size
    return found


def growth(timeline: Timeline, *, most: int = MOST_STEPS) -> Growth | None:
    """How a cluster grew, in at most `most` steps of equally many actors; None where none was filled."""
    writes = [
        operation
        for operation in timeline.operations
        if operation.start.client.startswith(FILLER) and operation.start.name == WRITE and operation.outcome == "ok"
    ]
    if not writes:
        return None
    writes.sort(key=lambda write: write.end_ns)
    size = -(-len(writes) // most)
    steps = [writes[at : at + size] for at in range(0, len(writes), size)]
    residents = Residents(timeline)
    seen = [by_part(residents.before(step[-1].end_ns)) for step in steps]
    parts = sorted({part for each in seen for part in each})
    took = [[(write.end_ns - write.start_ns) / MS for write in step] for step in steps]
    return Growth(
        actors=tuple(min((at + 1) * size, len(writes)) for at in range(len(steps))),
        resident_bytes={part: tuple(each.get(part) for each in seen) for part in parts},
        per_s=tuple(_per_s(step) for step in steps),
        p50_ms=tuple(quantile(times, 0.5) for times in took),
        p99_ms=tuple(quantile(times, 0.99) for times in took),
    )


def _per_s(step: Sequence[Operation]) -> float:
    """Answers a second; stages have pauses between them, which do not count."""
    paused_ns = sum(max(later.start_ns - write.end_ns, 0) for write, later in pairwise(step))
    length_ns = step[-1].end_ns - min(write.start_ns for write in step) - paused_ns
    return len(step) * NS / length_ns if length_ns > 0 else 0.0

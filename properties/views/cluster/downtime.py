"""Downtime: when part of a cluster was down or disturbed, as the checks of state and time need to know it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from actorproof.harness.history import events as ev
from actorproof.properties.views.cluster.outage import merged, touches
from actorproof.properties.views.records import FAR_FUTURE_NS, FaultSpan, Life, host_of
from actorproof.properties.views.timeline import Timeline

Kind = Literal["host_kill", "scheduler_kill", "store_restart", "total_restart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Downtime:
    """One outage, from the instant that a unit died until its fault was healed. `hosts` are those that it took down."""

    kind: Kind
    start_ns: int
    end_ns: int
    hosts: frozenset[str] = frozenset()


def downtimes(timeline: Timeline) -> list[Downtime]:
    """Every outage of the kinds that evidence is counted by; only faults that took effect, in order of start.

    A host kill is a SIGKILL of its application, its sidecar or both; a stop of everything is any time without a single
    living application or sidecar that ended before the run did, and in which the store was down for a while, too.
    """
    hosts_gone = merged([*_none_alive(timeline.lives, "app"), *_none_alive(timeline.lives, "sidecar")])
    found = [
        Downtime(kind="total_restart", start_ns=start, end_ns=end)
        for start, end in hosts_gone
        if any(gone < end and start < back for gone, back in _none_alive(timeline.lives, "store"))
    ]
    for fault in timeline.faults:
        if fault.took is None:
            continue
        end_ns = healed_by(timeline, fault)
        units = fault.start.units
        hosts = frozenset(host_of(unit) for unit in units if "/" in unit)
        if fault.start.has("crashes") and hosts:
            start_ns = _death(timeline, fault, "/")
            found.append(Downtime(kind="host_kill", start_ns=start_ns, end_ns=end_ns, hosts=hosts))
        if fault.start.has("stops") and any(unit.startswith("scheduler") for unit in units):
            start_ns = _death(timeline, fault, "scheduler")
            found.append(Downtime(kind="scheduler_kill", start_ns=start_ns, end_ns=end_ns))
        if fault.start.has("stops") and any(unit.startswith("store") for unit in units):
            start_ns = _death(timeline, fault, "store")
            found.append(Downtime(kind="store_restart", start_ns=start_ns, end_ns=end_ns))
    return sorted(found, key=lambda downtime: downtime.start_ns)


def healed_by(timeline: Timeline, fault: FaultSpan) -> int:
    """When a fault was over: its own heal, or the phase that says that all are."""
    healed_ns = timeline.phases.get("healed", FAR_FUTURE_NS)
    return min(fault.healed_ns, healed_ns if healed_ns >= fault.start.t_ns else FAR_FUTURE_NS)


class Calm:
    """Answers by when a cluster must have done what was due, given what disturbed it.

    A fault, and a unit that died by itself, disturbs from its start until `wake_ns` after it was healed.
    """

    def __init__(self, timeline: Timeline, *, wake_ns: int) -> None:
        spans = [(fault.start.t_ns, healed_by(timeline, fault) + wake_ns) for fault in timeline.faults]
        for lives in timeline.lives_by_unit.values():
            for index, life in enumerate(lives):
                if not life.expected:
                    back = lives[index + 1].ready_ns if index + 1 < len(lives) else None
                    spans.append((life.ended_ns, (FAR_FUTURE_NS if back is None else back) + wake_ns))
        self._spans = merged(spans)
        self._starts = [start for start, _ in self._spans]

    def disturbed(self, start_ns: int, end_ns: int) -> bool:
        """Whether a disturbance or its wake touches [start_ns, end_ns]."""
        return touches(self._spans, start_ns, end_ns)

    def deadline(self, due_ns: int, within_ns: int) -> int:
        """`within_ns` after `due_ns`; later when a disturbance touches that time: then the end of its wake."""
        deadline_ns = due_ns + within_ns
        at = bisect_right(self._starts, deadline_ns) - 1
        return max(deadline_ns, self._spans[at][1]) if at >= 0 else deadline_ns


def _death(timeline: Timeline, fault: FaultSpan, name: str) -> int:
    """The first death, during a fault, of a unit that it touched and whose name has `name` in it."""
    deaths = [
        life.ended_ns
        for unit in fault.start.units
        if name in unit
        for life in timeline.lives_of(unit)
        if fault.start.t_ns <= life.ended_ns <= fault.healed_ns
    ]
    return min(deaths, default=fault.start.t_ns)


def _none_alive(lives: Iterable[Life], name: str) -> list[tuple[int, int]]:
    """The times, between two of life, when no unit of that name, or half of a host, was alive."""
    alive = merged((life.started_ns, life.ended_ns) for life in lives if name in {life.unit, ev.half(life.unit)})
    return [(end_ns, start_ns) for (_, end_ns), (start_ns, _) in pairwise(alive)]

"""Silence: what kept an actor from answering while nobody had touched it, or long after its application was gone.

- ``application gone`` and ``still in the table``: a fault ended an application alone, its sidecar lived on, and each
  table that was seen until then still had the host, so that calls went on to it;
- ``table changed`` and ``everybody silent``: the table changed about when an actor fell silent, and no turn of any
  actor ended in the middle half of its silence, on any host.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

from actorproof.harness.history import events as ev
from actorproof.properties.causes.drained import CHANGE_NS, changed
from actorproof.properties.causes.link import Link, of_fault
from actorproof.properties.causes.steps import Steps
from actorproof.properties.views.records import FaultSpan, Operation, Turn, host_of, ref
from actorproof.properties.views.timeline import Timeline

NS = 1_000_000_000
SILENT_NS = 3 * NS
"""A shorter silence may be a busy machine's doing."""
EDGE = 0.25
"""The share of a silence before its middle half, and after it."""


class Silences:
    """Answers for one history."""

    def __init__(self, timeline: Timeline, steps: Steps) -> None:
        self._timeline = timeline
        self._steps = steps

    def links(self, turns: Sequence[Turn], operations: Sequence[Operation]) -> tuple[Link, ...]:
        """What is proved of the turns and calls that a violation names; nothing where a call of them was answered."""
        if not operations or any(operation.outcome == "ok" for operation in operations):
            return ()
        return tuple(self._everybody(turns)) or tuple(self._kept(operations[-1]))

    def _kept(self, last: Operation) -> Iterator[Link]:
        by_ns = last.start_ns
        fault = next((f for f in reversed(self._timeline.faults) if f.took and f.start.t_ns <= by_ns), None)
        host = None if fault is None else self._application_of(fault)
        if fault is None or host is None or by_ns < fault.start.t_ns + CHANGE_NS:
            return
        seen = [t for t in self._timeline.tables if t.leader and t.t_ns <= by_ns]
        late = [t for t in seen if t.t_ns >= fault.start.t_ns]
        sidecar = self._timeline.life_at(f"{host}/sidecar", fault.start.t_ns)
        lives_on = sidecar is not None and by_ns < sidecar.ended_ns and fault.healed_ns > by_ns
        if not seen or not lives_on or any(host not in table.hosts for table in (seen[-1], *late)):
            return
        yield replace(of_fault(fault), kind="application gone")
        yield Link(
            kind="still in the table",
            anchor=f"{fault.start.fault} table {seen[-1].version}",
            said=f"{host} was still in table {seen[-1].version} after {(by_ns - fault.start.t_ns) / NS:.1f} s, and its"
            " sidecar lived: calls went to it, and nobody answered",
            at_ns=by_ns,
            events=(ref(last.start, "asked again"),),
        )

    def _application_of(self, fault: FaultSpan) -> str | None:
        """The host whose application, and nothing else, a fault ended; None when it ended anything else."""
        ended = [ev.half(unit) for unit in fault.start.units] if fault.start.has("stops") else []
        return host_of(fault.start.units[0]) if ended == ["app"] else None

    def _everybody(self, turns: Sequence[Turn]) -> Iterator[Link]:
        for before, after in pairwise(sorted(turns, key=lambda turn: turn.start_ns)):
            length_ns = after.end_ns - before.end_ns
            edge_ns = round(length_ns * EDGE)
            from_ns, to_ns = before.end_ns + edge_ns, after.end_ns - edge_ns
            change = self._steps.drains.moving(before.end_ns, from_ns)
            if length_ns < SILENT_NS or before.actor != after.actor or change is None:
                continue
            if bisect_left(self._ends_ns, from_ns) < bisect_left(self._ends_ns, to_ns):
                continue
            yield changed(change)
            yield Link(
                kind="everybody silent",
                anchor=f"table {change.table.version}",
                said=f"no actor on any host answered, while {before.actor} was silent for {length_ns / NS:.1f} s",
                at_ns=before.end_ns,
                events=(ref(before.start, "answers"), ref(after.start, "answers again")),
            )
            return

    @cached_property
    def _ends_ns(self) -> list[int]:
        """When turns completed, in order."""
        return sorted(turn.end_ns for turn in self._timeline.turns if turn.ended == "completed")

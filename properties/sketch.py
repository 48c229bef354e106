"""Sketch: the few events and bars that show two turns of one actor meeting."""

from __future__ import annotations

from collections.abc import Iterable

from actorproof.properties.excuse import possible_end_ns
from actorproof.properties.timeline import FaultSpan, Life, Operation, Timeline, Turn, ref
from actorproof.properties.verdict import EventRef, Span

MARGIN_NS = 1_000_000_000


def fault_near(timeline: Timeline, t_ns: int, *, wake_s: float) -> FaultSpan | None:
    """The fault that `Timeline.trigger_at` names."""
    wake_ns = round(wake_s * 1e9)
    near = [f for f in timeline.faults if f.took and f.start.t_ns <= t_ns <= f.healed_ns + wake_ns]
    return near[-1] if near else None


def meeting(
    timeline: Timeline, turns: Iterable[Turn], *, at_ns: int, wake_s: float
) -> tuple[tuple[EventRef, ...], tuple[Span, ...]]:
    """Events and bars of some turns that meet at `at_ns`: they, their operations, the fault, and pauses of their hosts.

    A bar is clipped to the run's end; a pause or fault that is far from the turns is clipped to a second around them.
    """
    shown = list(turns)
    events: list[EventRef] = []
    spans: list[Span] = []
    ends = [min(possible_end_ns(timeline, turn), timeline.last_ns) for turn in shown]
    from_ns = min(turn.start_ns for turn in shown) - MARGIN_NS
    to_ns = max(ends) + MARGIN_NS
    operations: dict[str, Operation] = {}
    for turn, end_ns in zip(shown, ends, strict=True):
        events.append(ref(turn.start, f"turn begins on {turn.host}"))
        if turn.end is not None:
            events.append(ref(turn.end, f"turn ends on {turn.host}"))
        spans.append(Span(lane=turn.process, label=turn.id, start_ns=turn.start_ns, end_ns=end_ns))
        operation = timeline.operation(turn.start.op) if turn.start.op else None
        if operation is not None:
            operations[operation.id] = operation
    for operation in operations.values():
        end_ns = min(operation.end_ns, timeline.last_ns)
        label = f"{operation.start.name}: {operation.outcome}"
        spans.append(Span(lane=operation.start.client, label=label, start_ns=operation.start_ns, end_ns=end_ns))
        if operation.end is not None and operation.outcome != "ok":
            events.append(ref(operation.end, f"its caller: {operation.end.reason or operation.outcome}"))
    fault = fault_near(timeline, at_ns, wake_s=wake_s)
    if fault is not None:
        events.append(ref(fault.start, fault.kind))
        start_ns, end_ns = max(fault.start.t_ns, from_ns), min(fault.healed_ns, to_ns)
        if start_ns < end_ns:
            spans.append(Span(lane="fault", label=fault.kind, start_ns=start_ns, end_ns=end_ns))
    spans += _pauses(timeline, sorted({turn.host for turn in shown}), from_ns, to_ns)
    return tuple(sorted(set(events), key=lambda event: (event.t_ns, event.seq))), tuple(spans)


def _pauses(timeline: Timeline, hosts: Iterable[str], from_ns: int, to_ns: int) -> list[Span]:
    """When the units of hosts were stopped or gone, within a window."""
    spans: list[Span] = []
    for unit in (f"{host}/{part}" for host in hosts for part in ("app", "sidecar")):
        for life in timeline.lives_by_unit.get(unit, []):
            for label, start_ns, end_ns in _absences(timeline, life):
                if start_ns < to_ns and from_ns < end_ns:
                    clipped = (max(start_ns, from_ns), min(end_ns, to_ns))
                    spans.append(Span(lane=unit, label=label, start_ns=clipped[0], end_ns=clipped[1]))
    return spans


def _absences(timeline: Timeline, life: Life) -> Iterable[tuple[str, int, int]]:
    for start_ns, end_ns in life.paused:
        yield "stopped", start_ns, min(end_ns, life.ended_ns)
    later = [other.started_ns for other in timeline.lives_by_unit[life.unit] if other.incarnation > life.incarnation]
    yield "gone", life.ended_ns, min(later, default=timeline.last_ns)

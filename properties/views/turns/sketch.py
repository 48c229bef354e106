"""Sketch: the few events and bars that show turns of one actor meeting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from actorproof.properties.verdict.findings import EventRef, Span
from actorproof.properties.views.records import FAR_FUTURE_NS, FaultSpan, Operation, Turn, ref
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.excuse import possible_end_ns

MARGIN_NS = 1_000_000_000


class Sketch:
    """Draws meetings of one history. `wake_s` is how long after its heal a fault still counts as the trigger."""

    def __init__(self, timeline: Timeline, *, wake_s: float) -> None:
        self._timeline = timeline
        self._wake_ns = round(wake_s * 1e9)
        self._faults = [fault for fault in timeline.faults if fault.took is not None]
        self._absences = cache(self._absences_of)
        self._kind = cache(lambda fault: fault.kind)

    def trigger(self, t_ns: int) -> str:
        """As `Timeline.trigger_at`: the kind of the latest fault in whose wake an instant lies, or ``none``."""
        fault = self._fault_near(t_ns)
        return "none" if fault is None else self._kind(fault)

    def meeting(self, turns: Iterable[Turn], *, at_ns: int) -> tuple[tuple[EventRef, ...], tuple[Span, ...]]:
        """Events and bars of some turns that meet at `at_ns`: they, their operations, the fault, their hosts' pauses.

        A bar is clipped to the run's end; a pause or a fault to a second around the turns.
        """
        shown = list(turns)
        events: list[EventRef] = []
        spans: list[Span] = []
        ends = [self._clipped(possible_end_ns(self._timeline, turn)) for turn in shown]
        operations: dict[str, Operation] = {}
        for turn, end_ns in zip(shown, ends, strict=True):
            events.append(ref(turn.start, f"turn begins on {turn.host}"))
            if turn.end is not None:
                events.append(ref(turn.end, f"turn ends on {turn.host}"))
            spans.append(Span(lane=turn.process, label=turn.id, start_ns=turn.start_ns, end_ns=end_ns))
            operation = self._timeline.call_of(turn)
            if operation is not None:
                operations[operation.id] = operation
        for operation in operations.values():
            end_ns = self._clipped(operation.end_ns)
            label = f"{operation.start.name}: {operation.outcome}"
            spans.append(Span(lane=operation.start.client, label=label, start_ns=operation.start_ns, end_ns=end_ns))
            if operation.end is not None and operation.outcome != "ok":
                events.append(ref(operation.end, f"its caller: {operation.end.reason or operation.outcome}"))
        from_ns = min(turn.start_ns for turn in shown) - MARGIN_NS
        to_ns = max(ends) + MARGIN_NS
        fault = self._fault_near(at_ns)
        around: list[tuple[str, str, int, int]] = []
        if fault is not None:
            kind = self._kind(fault)
            events.append(ref(fault.start, kind))
            around.append(("fault", kind, fault.start.t_ns, fault.healed_ns))
        for host in sorted({turn.host for turn in shown}):
            around += self._absences(host)
        for lane, label, start_ns, end_ns in around:
            clipped = max(start_ns, from_ns), min(end_ns, to_ns)
            if clipped[0] < clipped[1]:
                spans.append(Span(lane=lane, label=label, start_ns=clipped[0], end_ns=clipped[1]))
        return tuple(events), tuple(spans)

    def _fault_near(self, t_ns: int) -> FaultSpan | None:
        near = [f for f in self._faults if f.start.t_ns <= t_ns <= f.healed_ns + self._wake_ns]
        return near[-1] if near else None

    def _clipped(self, t_ns: int) -> int:
        return min(t_ns, self._timeline.last_ns)

    def _absences_of(self, host: str) -> list[tuple[str, str, int, int]]:
        """When a host's application and sidecar were stopped or gone."""
        return [each for unit in (f"{host}/app", f"{host}/sidecar") for each in self._unit_absences(unit)]

    def _unit_absences(self, unit: str) -> Iterator[tuple[str, str, int, int]]:
        lives = self._timeline.lives_of(unit)
        for at, life in enumerate(lives):
            for start_ns, end_ns in life.paused:
                yield life.unit, "stopped", start_ns, min(end_ns, life.ended_ns)
            if life.ended_ns < FAR_FUTURE_NS:
                back_ns = lives[at + 1].started_ns if at + 1 < len(lives) else FAR_FUTURE_NS
                yield life.unit, "gone", life.ended_ns, back_ns

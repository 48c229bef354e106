"""Trace: a run as Chrome trace events, which Perfetto opens: faults above, then clients, then a lane an actor and host.

A track can show a span only inside or beside another one. What overlaps otherwise, as two turns of one actor must not,
gets a lane of its own below.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from actorproof.properties.views.timeline import Timeline
from actorproof.reports.report import Report

US_PER_NS = 1e-3
STEPS = "step-"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """One span or, with `end_ns` None, one instant on a lane of a group."""

    group: str
    lane: str
    name: str
    start_ns: int
    end_ns: int | None
    args: dict[str, str] = field(default_factory=dict)


def render(parts: Sequence[tuple[str, Timeline]], report: Report) -> bytes:
    """The trace as JSON. `parts` are the scenarios with their histories."""
    zero_ns = min((timeline.first_ns for _, timeline in parts), default=0)
    spans = [span for name, timeline in parts for span in _part(f"{name}: " if len(parts) > 1 else "", timeline)]
    several = len(parts) > 1
    for verdict in report.verdict.guarantees:
        for violation in verdict.violations:
            part = report.part_of(violation)
            spans.append(
                _Span(
                    group=f"{part.name}: cluster" if part and several else "cluster",
                    lane=f"violations of {verdict.guarantee}",
                    name=violation.anomaly,
                    start_ns=violation.at_ns,
                    end_ns=None,
                    args={"actor": violation.actor, "summary": violation.summary},
                )
            )
    return json.dumps({"displayTimeUnit": "ms", "traceEvents": list(_events(spans, zero_ns))}).encode()


def _part(prefix: str, timeline: Timeline) -> Iterator[_Span]:
    yield from _cluster(f"{prefix}cluster", timeline)
    yield from _clients(f"{prefix}clients", timeline)
    yield from _hosts(prefix, timeline)


def _cluster(group: str, timeline: Timeline) -> Iterator[_Span]:
    for fault in timeline.faults:
        yield _Span(
            group=group,
            lane="faults",
            name=f"{fault.start.verb} {fault.start.target}",
            start_ns=fault.start.t_ns,
            end_ns=min(fault.healed_ns, timeline.last_ns),
            args={"fault": fault.start.fault, "evidence": "; ".join(fault.took.evidence) if fault.took else "none"},
        )
    for table in timeline.tables:
        yield _Span(
            group=group,
            lane=f"table of {table.placement}",
            name=f"version {table.version}",
            start_ns=table.t_ns,
            end_ns=None,
            args={"hosts": " ".join(table.hosts)},
        )


def _clients(group: str, timeline: Timeline) -> Iterator[_Span]:
    """Operations, but for those of turns; the many callers of single steps share their lanes."""
    for operation in timeline.operations:
        start = operation.start
        if timeline.turn(start.client) is not None:
            continue
        yield _Span(
            group=group,
            lane="steps" if start.client.startswith(STEPS) else start.client,
            name=f"{start.name} {start.actor}",
            start_ns=start.t_ns,
            end_ns=min(operation.end_ns, timeline.last_ns),
            args={"op": start.op, "action": start.action, "via": start.via, "outcome": operation.outcome},
        )


def _hosts(prefix: str, timeline: Timeline) -> Iterator[_Span]:
    """Turns, and inside them what they asked for."""
    for turn in timeline.turns:
        group, lane = prefix + turn.host, turn.actor
        end_ns = min(turn.end_ns, timeline.last_ns)
        args = {"turn": turn.id, "cause": turn.start.cause, "op": turn.start.op or "", "ended": turn.ended}
        name = f"{turn.start.name} ({turn.start.cause})"
        yield _Span(group=group, lane=lane, name=name, start_ns=turn.start_ns, end_ns=end_ns, args=args)
        for save in turn.saves:
            saved_ns = min(save.end.t_ns if save.end else end_ns, end_ns)
            yield _Span(group=group, lane=lane, name="save", start_ns=save.start.t_ns, end_ns=saved_ns)
        for call in turn.runtime_calls:
            asked_ns = min(call.end.t_ns if call.end else end_ns, end_ns)
            name = f"{call.start.what} {call.start.name}"
            yield _Span(group=group, lane=lane, name=name, start_ns=call.start.t_ns, end_ns=asked_ns)
    for operation in timeline.operations:
        if (calling := timeline.turn(operation.start.client)) is not None:
            yield _Span(
                group=prefix + calling.host,
                lane=calling.actor,
                name=f"calls {operation.start.name} {operation.start.actor}",
                start_ns=operation.start_ns,
                end_ns=min(operation.end_ns, calling.end_ns, timeline.last_ns),
                args={"op": operation.id, "outcome": operation.outcome},
            )


def _events(spans: Sequence[_Span], zero_ns: int) -> Iterator[dict[str, object]]:
    groups: dict[str, dict[str, list[_Span]]] = defaultdict(lambda: defaultdict(list))
    for span in spans:
        groups[span.group][span.lane].append(span)
    thread = 0
    for number, (group, lanes) in enumerate(groups.items(), start=1):
        yield _meta("process_name", number, 0, {"name": group})
        yield _meta("process_sort_index", number, 0, {"sort_index": number})
        for lane, members in lanes.items():
            for copy, track in enumerate(_tracks(members)):
                thread += 1
                yield _meta("thread_name", number, thread, {"name": lane if copy == 0 else f"{lane} ({copy + 1})"})
                yield _meta("thread_sort_index", number, thread, {"sort_index": thread})
                for span in track:
                    yield _event(span, zero_ns, number, thread)


def _meta(name: str, process: int, thread: int, args: dict[str, object]) -> dict[str, object]:
    return {"ph": "M", "name": name, "pid": process, "tid": thread, "args": args}


def _event(span: _Span, zero_ns: int, process: int, thread: int) -> dict[str, object]:
    common: dict[str, object] = {
        "name": span.name,
        "cat": span.group,
        "pid": process,
        "tid": thread,
        "ts": (span.start_ns - zero_ns) * US_PER_NS,
        "args": span.args,
    }
    if span.end_ns is None:
        return common | {"ph": "i", "s": "t"}
    return common | {"ph": "X", "dur": max(span.end_ns - span.start_ns, 0) * US_PER_NS}


def _tracks(spans: Sequence[_Span]) -> list[list[_Span]]:
    """The spans on as few tracks as come of it, so that on each two are beside or inside each other."""
    tracks: list[list[_Span]] = []
    open_until: list[list[int]] = []
    for span in sorted(spans, key=lambda span: (span.start_ns, -(span.end_ns or span.start_ns))):
        end_ns = span.end_ns if span.end_ns is not None else span.start_ns
        for track, ends in zip(tracks, open_until, strict=True):
            while ends and ends[-1] <= span.start_ns:
                ends.pop()
            if not ends or end_ns <= ends[-1]:
                track.append(span)
                ends.append(end_ns)
                break
        else:
            tracks.append([span])
            open_until.append([end_ns])
    return tracks

"""Frames: the events of a history as pandas tables, for reports. Times are seconds from the history's first event.

Nothing is judged here and nothing is left out: an operation that never ended has NaN as its end and its latency.
A text that is missing is an empty text, so that every column has one type.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pandas as pd

from actorproof.harness.history import events as ev

NS_PER_S: Final = 1e9

OPERATIONS: Final[Mapping[str, str]] = {
    "op": "object",
    "client": "object",
    "via": "object",
    "actor": "object",
    "action": "object",
    "name": "object",
    "start_s": "float64",
    "end_s": "float64",
    "latency_s": "float64",
    "outcome": "object",
    "status": "float64",
    "turn": "object",
    "reason": "object",
    "probe": "bool",
}
TURNS: Final[Mapping[str, str]] = {
    "turn": "object",
    "actor": "object",
    "process": "object",
    "host": "object",
    "instance": "int64",
    "cause": "object",
    "name": "object",
    "op": "object",
    "start_s": "float64",
    "end_s": "float64",
    "duration_s": "float64",
    "ended": "object",
}
FAULTS: Final[Mapping[str, str]] = {
    "fault": "object",
    "verb": "object",
    "target": "object",
    "start_s": "float64",
    "took_s": "float64",
    "healed_s": "float64",
    "evidence": "object",
    "missed": "object",
}
THROUGHPUT: Final[Mapping[str, str]] = {"second": "int64", "ok": "int64", "fail": "int64", "info": "int64"}


def origin_ns(events: Sequence[ev.Event]) -> int:
    """The instant that all frames count from: the first event's, 0 for none."""
    return events[0].t_ns if events else 0


def operations(events: Sequence[ev.Event]) -> pd.DataFrame:
    """One row an operation, in order of invocation; columns as in OPERATIONS.

    `probe` marks the calls that ask whether an actor answers. One that never ended is `info`.
    """
    zero = origin_ns(events)
    ends = {e.op: e for e in events if isinstance(e, ev.Completed)}
    rows: list[tuple[object, ...]] = []
    for event in events:
        if not isinstance(event, ev.Invoked):
            continue
        end = ends.get(event.op)
        start_s = (event.t_ns - zero) / NS_PER_S
        end_s = (end.t_ns - zero) / NS_PER_S if end else math.nan
        rows.append(
            (
                event.op,
                event.client,
                event.via,
                event.actor,
                event.action,
                event.name,
                start_s,
                end_s,
                end_s - start_s,
                end.outcome if end else "info",
                math.nan if end is None or end.status is None else float(end.status),
                (end.turn if end else None) or "",
                end.reason if end else "",
                event.client.startswith("probe-"),
            )
        )
    return _frame(rows, OPERATIONS)


def turns(events: Sequence[ev.Event]) -> pd.DataFrame:
    """One row a turn, in order of start; columns as in TURNS. `ended` is ``completed``, ``failed`` or empty."""
    zero = origin_ns(events)
    ends = {e.turn: e for e in events if isinstance(e, ev.TurnEnded)}
    rows: list[tuple[object, ...]] = []
    for event in events:
        if not isinstance(event, ev.TurnStarted):
            continue
        end = ends.get(event.turn)
        start_s = (event.t_ns - zero) / NS_PER_S
        end_s = (end.t_ns - zero) / NS_PER_S if end else math.nan
        rows.append(
            (
                event.turn,
                event.actor,
                event.process,
                event.process.partition("/")[0],
                event.instance,
                event.cause,
                event.name,
                event.op or "",
                start_s,
                end_s,
                end_s - start_s,
                "" if end is None else "completed" if end.completed else "failed",
            )
        )
    return _frame(rows, TURNS)


def faults(events: Sequence[ev.Event]) -> pd.DataFrame:
    """One row a fault, in order of injection; columns as in FAULTS.

    `took_s` and `healed_s` are NaN for a fault that did not take effect or was never healed; `evidence` joins its
    proof with semicolons; `missed` says why it did not take effect.
    """
    zero = origin_ns(events)
    took = {e.fault: e for e in events if isinstance(e, ev.FaultTook)}
    missed = {e.fault: e.reason for e in events if isinstance(e, ev.FaultMissed)}
    healed = {e.fault: e.t_ns for e in events if isinstance(e, ev.FaultHealed)}
    rows: list[tuple[object, ...]] = []
    for event in events:
        if not isinstance(event, ev.FaultStarted):
            continue
        proof = took.get(event.fault)
        rows.append(
            (
                event.fault,
                event.verb,
                event.target,
                (event.t_ns - zero) / NS_PER_S,
                (proof.t_ns - zero) / NS_PER_S if proof else math.nan,
                (healed[event.fault] - zero) / NS_PER_S if event.fault in healed else math.nan,
                "; ".join(proof.evidence) if proof else "",
                missed.get(event.fault, ""),
            )
        )
    return _frame(rows, FAULTS)


def throughput(events: Sequence[ev.Event]) -> pd.DataFrame:
    """Operations that ended in each second of the history, by outcome; a row for every second, empty ones too."""
    zero = origin_ns(events)
    counts: dict[str, dict[int, int]] = {"ok": {}, "fail": {}, "info": {}}
    last = -1
    for event in events:
        if isinstance(event, ev.Completed):
            last = int((event.t_ns - zero) // 1_000_000_000)
            of_outcome = counts[event.outcome]
            of_outcome[last] = of_outcome.get(last, 0) + 1
    seconds = range(last + 1)
    rows = [(second, *(counts[outcome].get(second, 0) for outcome in ("ok", "fail", "info"))) for second in seconds]
    return _frame(rows, THROUGHPUT)


def _frame(rows: Iterable[tuple[object, ...]], columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame.from_records(list(rows), columns=list(columns)).astype(dict(columns))

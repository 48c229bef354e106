"""Frames: a run as pandas tables, for questions of one's own. Their columns are said in `columns`.

Nothing is left out but the canary's actors, which break their promises on purpose.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

import pandas as pd

from actorproof.properties.views.records import FAR_FUTURE_NS, host_of
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.turn_time import PARTS, turn_times
from actorproof.reports.frames.columns import COLUMNS
from actorproof.reports.report import Report
from actorproof.reports.told import told

Row = tuple[object, ...]
NS_PER_S = 1e9
NO_HOLD = re.compile(r'"hold_s":\s*0(\.0+)?\s*[,}]')


class Frames:
    """A run as pandas frames; each is made when it is first asked for.

    `columns` documents all of them: frame, column, type, unit, meaning. `violations` and `causes` have the run judged
    again, which takes its time with long ones.
    """

    def __init__(self, parts: Sequence[tuple[str, Timeline]], judged: Callable[[], Report]) -> None:
        self._parts = [(name, timeline.halves[0]) for name, timeline in parts]
        self._judged = judged

    @cached_property
    def report(self) -> Report:
        """The run as it was judged."""
        return self._judged()

    @cached_property
    def columns(self) -> pd.DataFrame:
        """One row a column of any frame, with its unit and its meaning."""
        rows = [(frame, c.name, c.type, c.unit, c.meaning) for frame, columns in COLUMNS.items() for c in columns]
        return pd.DataFrame.from_records(rows, columns=["frame", "column", "type", "unit", "meaning"])

    @cached_property
    def operations(self) -> pd.DataFrame:
        """One row an operation, in order of invocation. One that never ended is `info`."""
        return self._frame("operations", _operations)

    @cached_property
    def turns(self) -> pd.DataFrame:
        """One row a turn, in order of start, and where its time went."""
        return self._frame("turns", _turns)

    @cached_property
    def runtime_calls(self) -> pd.DataFrame:
        """One row a request of a turn to its sidecar, but for saves and calls to actors."""
        return self._frame("runtime_calls", _runtime_calls)

    @cached_property
    def saves(self) -> pd.DataFrame:
        """One row a state transaction, in order of start."""
        return self._frame("saves", _saves)

    @cached_property
    def faults(self) -> pd.DataFrame:
        """One row a fault, in order of injection."""
        return self._frame("faults", _faults)

    @cached_property
    def tables(self) -> pd.DataFrame:
        """One row a change of a placement replica's table, as it was seen."""
        return self._frame("tables", _tables)

    @cached_property
    def violations(self) -> pd.DataFrame:
        """One row a violation, those of listed deviations too, by guarantee and in order of time."""
        return _made("violations", _violations(self.report))

    @cached_property
    def causes(self) -> pd.DataFrame:
        """One row a cause, what is open first."""
        return _made("causes", _causes(self.report))

    def by_name(self) -> dict[str, pd.DataFrame]:
        """Every frame by its name, and their `columns`."""
        return {name: getattr(self, name) for name in (*COLUMNS, "columns")}

    @property
    def parts(self) -> Sequence[tuple[str, Timeline]]:
        """The scenarios with their histories, without the canary's actors."""
        return self._parts

    def _frame(self, name: str, rows: Callable[[Timeline], Iterable[Row]]) -> pd.DataFrame:
        return _made(name, ((part, *row) for part, timeline in self._parts for row in rows(timeline)))


def _made(name: str, rows: Iterable[Row]) -> pd.DataFrame:
    columns = COLUMNS[name]
    frame = pd.DataFrame.from_records(list(rows), columns=[column.name for column in columns])
    return frame.astype({column.name: column.type for column in columns})


def _since(timeline: Timeline, t_ns: int | None) -> float:
    """Seconds from a history's first event; NaN for what never was."""
    return math.nan if t_ns is None or t_ns >= FAR_FUTURE_NS else (t_ns - timeline.first_ns) / NS_PER_S


def _operations(timeline: Timeline) -> Iterator[Row]:
    for operation in timeline.operations:
        start, end = operation.start, operation.end
        start_s, end_s = _since(timeline, start.t_ns), _since(timeline, operation.end_ns)
        yield (
            *(start.op, start.client, start.via, start.actor, start.action, start.name),
            *(start_s, end_s, end_s - start_s, operation.outcome),
            math.nan if end is None or end.status is None else float(end.status),
            (end.turn if end else None) or "",
            end.reason if end else "",
            start.client.startswith("probe-"),
            '"hold_s"' in start.args and not NO_HOLD.search(start.args),
        )


def _turns(timeline: Timeline) -> Iterator[Row]:
    times = {time.turn.id: time.parts for time in turn_times(timeline)}
    for turn in timeline.turns:
        start = turn.start
        start_s, end_s = _since(timeline, start.t_ns), _since(timeline, turn.end_ns)
        spent = times.get(turn.id)
        yield (
            *(turn.id, turn.actor, turn.process, turn.host, start.instance, start.cause, start.name, start.op or ""),
            *(start_s, end_s, end_s - start_s, turn.ended),
            *(math.nan if spent is None else spent[part] / NS_PER_S for part in PARTS),
        )


def _runtime_calls(timeline: Timeline) -> Iterator[Row]:
    for turn in timeline.turns:
        for call in turn.runtime_calls:
            start, end = call.start, call.end
            start_s, end_s = _since(timeline, start.t_ns), _since(timeline, end.t_ns if end else None)
            yield (
                *(start.call, start.turn, start.actor, turn.host, start.what, start.name),
                *(start_s, end_s, end_s - start_s, bool(end and end.ok), end.reason if end else ""),
            )


def _saves(timeline: Timeline) -> Iterator[Row]:
    for save in timeline.saves:
        start, end = save.start, save.end
        start_s, end_s = _since(timeline, start.t_ns), _since(timeline, end.t_ns if end else None)
        yield (
            *(save.id, save.turn, save.actor, host_of(start.process), start_s, end_s, end_s - start_s),
            *(save.acknowledged, end.reason if end else "", start.writes),
        )


def _faults(timeline: Timeline) -> Iterator[Row]:
    for fault in timeline.faults:
        took = fault.took
        yield (
            *(fault.start.fault, fault.kind, fault.start.verb, fault.start.target),
            _since(timeline, fault.start.t_ns),
            _since(timeline, took.t_ns if took else None),
            _since(timeline, fault.healed_ns),
            "; ".join(took.evidence) if took else "",
        )


def _tables(timeline: Timeline) -> Iterator[Row]:
    for table in timeline.tables:
        yield (
            _since(timeline, table.t_ns),
            *(table.placement, table.leader, table.version, " ".join(table.hosts)),
        )


def _violations(report: Report) -> Iterator[Row]:
    causes = {(each.guarantee, each.violation): cause.id for cause in told(report) for each in cause.cause.traced}
    for verdict in report.verdict.guarantees:
        listed = verdict.accepted
        for violation in verdict.violations:
            part = report.part_of(violation)
            yield (
                *(part.name if part else "", verdict.guarantee, violation.anomaly, violation.actor),
                report.at_s(violation) if part else math.nan,
                *(violation.trigger, causes.get((verdict.guarantee, violation), "unexplained")),
                *(listed.get(violation, ""), violation.summary),
            )


def _causes(report: Report) -> Iterator[Row]:
    for each in told(report):
        triggers = ", ".join(f"{trigger} {count}" for trigger, count in each.cause.triggers.items())
        upstream = each.cause.mechanism.upstream if each.cause.mechanism else ""
        yield each.id, each.title, each.count, len(each.open), each.cause.incidents, each.lost, triggers, upstream

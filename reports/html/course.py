"""Course: what happened over the time of one part of a run, as the numbers behind its curves and lanes.

The page's script draws them with uPlot (bundled, see templates/uplot): latency, throughput, where the time of turns
went, which host ran which actor, and the faults, all on one time axis that zooms. All times are in seconds from the
part's first event.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec
import pandas as pd

from actorproof.properties.views.records import FaultSpan
from actorproof.properties.views.turns.turn_time import PARTS
from actorproof.reports.frames.frames import Frames
from actorproof.reports.html.series import MS_PER_S, Series, counted, series
from actorproof.reports.words import amount

MOST_ACTORS = 24
MOST_ROWS = 12
TABLE_ROWS = 10
MOST_KINDS = 6


class Band(msgspec.Struct, frozen=True, array_like=True):
    """A fault; `row` is the line that it is drawn in, `took` whether it took effect."""

    start_s: float
    end_s: float
    verb: str
    target: str
    took: bool
    row: int


class Stay(msgspec.Struct, frozen=True, array_like=True):
    """An actor's turns on one host, one after the other; `host` is the host's place in the list of hosts."""

    start_s: float
    end_s: float
    host: int


class Owned(msgspec.Struct, frozen=True, array_like=True):
    """Where one actor ran."""

    actor: str
    stays: tuple[Stay, ...]


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one part; each list has a value an interval of `bin_s`, None where there is none.

    Attributes:
        time_ms: for each of `parts`, the mean time of a turn that ended in the interval and of the operation that it
            answered, in ms; they add up to the whole.
        breaches_s: when violations happened that no deviation lists.
        known_s: the beginnings of the intervals in which others happened.
    """

    bin_s: float
    length_s: float
    p50_ms: tuple[float | None, ...]
    p99_ms: tuple[float | None, ...]
    ok: tuple[float, ...]
    info: tuple[float, ...]
    fail: tuple[float, ...]
    parts: tuple[str, ...]
    time_ms: tuple[tuple[float | None, ...], ...]
    hosts: tuple[str, ...]
    owned: tuple[Owned, ...]
    faults: tuple[Band, ...]
    breaches_s: tuple[float, ...]
    known_s: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One part of the time of all turns of a run's part, in per cent of their sum."""

    part: str
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One line of the curves as a table."""

    at: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseView:
    """The numbers, and what is told of them without a drawing."""

    course: Course
    turns: int
    shares: tuple[Share, ...]
    table: tuple[TableRow, ...]
    more_actors: int

    @property
    def data(self) -> str:
        """The numbers as JSON."""
        return msgspec.json.encode(self.course).decode()


def course_of(
    frames: Frames, *, part: str, length_s: float, bins: int, stays: int, bands: int, breaches: int
) -> CourseView:
    """The course of one part in at most `bins` intervals, with the first of what there is too much of.

    That are at most `stays` stretches of actors on hosts, `bands` faults, and `breaches` violations that are new.

    It is made from the same frames that `actorproof.load` gives, those of this part alone.
    """
    found = series(counted(frames), length_s=length_s, most=bins)
    turns, times, shares = _times(frames.turns, found)
    hosts, owned, more = _owned(frames.turns, found, stays)
    violations = frames.violations[frames.violations["part"] == part]
    new = violations["deviation"] == ""
    course = Course(
        bin_s=found.bin_s,
        length_s=round(found.length_s, 3),
        p50_ms=_short(found.p50_ms),
        p99_ms=_short(found.p99_ms),
        ok=_known(found.ok),
        info=_known(found.info),
        fail=_known(found.fail),
        parts=PARTS if turns else (),
        time_ms=times if turns else (),
        hosts=hosts,
        owned=owned,
        faults=tuple(_bands(frames.faults[:bands], found.length_s)),
        breaches_s=tuple(round(at, 3) for at in sorted(violations[new]["at_s"])[:breaches]),
        known_s=tuple(at * found.bin_s for at in sorted(set(found.at(violations[~new]["at_s"]).tolist()))),
    )
    return CourseView(course=course, turns=turns, shares=shares, table=tuple(_table(found)), more_actors=more)


def _three(value: float) -> float:
    return float(f"{value:.3g}")


def _short(values: Sequence[float | None]) -> tuple[float | None, ...]:
    return tuple(None if value is None else _three(value) for value in values)


def _known(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(_three(value) for value in values)


def _times(turns: pd.DataFrame, found: Series) -> tuple[int, tuple[tuple[float | None, ...], ...], tuple[Share, ...]]:
    """How many turns have a known time, the mean ms of each part in each interval, and each part's share of all."""
    columns = [f"{part.replace(' ', '_')}_s" for part in PARTS]
    known = turns.dropna(subset=columns)
    spent = known[columns]
    means = spent.groupby(found.at(known["end_s"])).mean().reindex(pd.RangeIndex(found.bins)) * MS_PER_S
    sums = spent.sum()
    whole = float(sums.sum()) or 1.0
    times = tuple(
        tuple(None if math.isnan(value) else _three(value) for value in means[column].tolist()) for column in columns
    )
    shares = tuple(
        Share(part=part, percent=100 * float(sums[column]) / whole) for part, column in zip(PARTS, columns, strict=True)
    )
    return len(known), times, shares


def _owned(turns: pd.DataFrame, found: Series, most: int) -> tuple[tuple[str, ...], tuple[Owned, ...], int]:
    """The hosts, where the actors ran that moved most, and how many actors are left out."""
    hosts = sorted(turns["host"].unique(), key=lambda name: (len(name), name))
    place = {host: index for index, host in enumerate(hosts)}
    ends = turns["end_s"].fillna(found.length_s).clip(upper=found.length_s)
    all_stays: dict[str, list[Stay]] = defaultdict(list)
    for actor, host, start_s, end_s in zip(turns["actor"], turns["host"], turns["start_s"], ends, strict=True):
        before = all_stays[actor]
        stay = Stay(round(start_s, 2), round(end_s, 2), place[host])
        if before and before[-1].host == stay.host:
            last = before.pop()
            stay = Stay(last.start_s, max(last.end_s, stay.end_s), stay.host)
        before.append(stay)
    ranked = sorted(all_stays, key=lambda actor: (-len(all_stays[actor]), actor))
    shown: list[Owned] = []
    room = most
    for actor in ranked[:MOST_ACTORS]:
        kept = tuple(all_stays[actor][: max(room, 0)])
        room -= len(kept)
        if kept:
            shown.append(Owned(actor, kept))
    return tuple(hosts), tuple(sorted(shown, key=lambda each: each.actor)), len(ranked) - len(shown)


def _bands(faults: pd.DataFrame, length_s: float) -> Iterator[Band]:
    """Faults in as few rows as keep those of one time apart; what finds no row of its own stands in the last one."""
    ends: list[float] = []
    healed = faults["healed_s"].fillna(length_s)
    for start_s, end_s, verb, target, took in zip(
        faults["start_s"], healed, faults["verb"], faults["target"], faults["took_s"].notna(), strict=True
    ):
        row = next((index for index, end in enumerate(ends) if end <= start_s), len(ends))
        row = min(row, MOST_ROWS - 1)
        if row == len(ends):
            ends.append(end_s)
        else:
            ends[row] = max(ends[row], end_s)
        yield Band(start_s=round(start_s, 3), end_s=round(end_s, 3), verb=verb, target=target, took=took, row=row)


def _table(found: Series) -> Iterator[TableRow]:
    """The curves in at most TABLE_ROWS lines, for those who can't see them: the worst of latency, the sum of counts."""
    step = max(math.ceil(found.bins / TABLE_ROWS), 1)
    # What is left of less than a second stands in the last line, and not in one of its own.
    starts = [at for at in range(0, found.bins, step) if not at or at * found.bin_s + 1 <= found.length_s]
    for start, end in pairwise([*starts, found.bins]):
        part = slice(start, end)
        seen = [value for value in found.p99_ms[part] if value is not None]
        middle = [value for value in found.p50_ms[part] if value is not None]
        counts = (round(sum(values[part]) * found.bin_s) for values in (found.ok, found.info, found.fail))
        yield TableRow(
            at=f"{start * found.bin_s:g} to {min(end * found.bin_s, found.length_s):.0f} s",
            cells=(
                *(f"{count:,}" for count in counts),
                amount(max(middle), "ms") if middle else "none",
                amount(max(seen), "ms") if seen else "none",
            ),
        )


def fault_counts(faults: Sequence[FaultSpan]) -> str:
    """How often each kind of fault struck: ``kill host 3x, cut host>store 2x``."""
    counts = Counter(span.kind for span in faults).most_common()
    rest = sum(count for _, count in counts[MOST_KINDS:])
    said = [f"{kind} {count}x" for kind, count in counts[:MOST_KINDS]]
    return ", ".join([*said, f"{rest} of other kinds"] if rest else said)

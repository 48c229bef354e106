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
from itertools import groupby

import msgspec

from actorproof.properties.views.timeline import CANARY, FAR_FUTURE_NS, FaultSpan, Timeline
from actorproof.properties.views.turns.turn_time import PARTS, turn_times
from actorproof.reports.html.series import Series, series
from actorproof.reports.words import amount

S = 1e9
MOST_ACTORS = 24
MOST_ROWS = 12
TABLE_ROWS = 10


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


def course_of(timeline: Timeline, *, bins: int, stays: int, bands: int, breaches_s: Sequence[float]) -> CourseView:
    """The course of one part in at most `bins` intervals, `stays` stretches of actors on hosts and `bands` faults."""
    found = series(timeline, most=bins)
    turns, times, shares = _times(timeline, found)
    hosts, owned, more = _owned(timeline, found, stays)
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
        faults=tuple(_bands(timeline.faults[:bands], timeline.first_ns, found.length_s)),
        breaches_s=tuple(round(at, 3) for at in breaches_s),
    )
    return CourseView(course=course, turns=turns, shares=shares, table=tuple(_table(found)), more_actors=more)


def _three(value: float) -> float:
    return float(f"{value:.3g}")


def _short(values: Sequence[float | None]) -> tuple[float | None, ...]:
    return tuple(None if value is None else _three(value) for value in values)


def _known(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(_three(value) for value in values)


def _times(timeline: Timeline, found: Series) -> tuple[int, tuple[tuple[float | None, ...], ...], tuple[Share, ...]]:
    """How many turns there are, the mean ms of each part in each interval, and each part's share of all."""
    counts = [0] * found.bins
    sums = {part: [0] * found.bins for part in PARTS}
    for each in turn_times(timeline):
        if each.turn.actor.startswith(CANARY):
            continue
        at = min(int((each.turn.end_ns - timeline.first_ns) / S / found.bin_s), found.bins - 1)
        counts[at] += 1
        for part, length_ns in each.parts.items():
            sums[part][at] += length_ns
    whole = sum(map(sum, sums.values())) or 1
    means = tuple(
        tuple(_three(total / count / 1e6) if count else None for total, count in zip(sums[part], counts, strict=True))
        for part in PARTS
    )
    shares = tuple(Share(part=part, percent=100 * sum(sums[part]) / whole) for part in PARTS)
    return sum(counts), means, shares


def _owned(timeline: Timeline, found: Series, most: int) -> tuple[tuple[str, ...], tuple[Owned, ...], int]:
    """The hosts, where the actors ran that moved most, and how many actors are left out."""
    hosts = sorted({turn.host for turn in timeline.turns}, key=lambda name: (len(name), name))
    place = {host: index for index, host in enumerate(hosts)}
    all_stays: dict[str, list[Stay]] = defaultdict(list)
    for actor, turns in timeline.turns_by_actor.items():
        if actor.startswith(CANARY):
            continue
        for host, members in groupby(turns, key=lambda turn: turn.host):
            run = list(members)
            start_s = (run[0].start_ns - timeline.first_ns) / S
            end_s = min((max(turn.end_ns for turn in run) - timeline.first_ns) / S, found.length_s)
            all_stays[actor].append(Stay(round(start_s, 2), round(end_s, 2), place[host]))
    ranked = sorted(all_stays, key=lambda actor: (-len(all_stays[actor]), actor))
    shown: list[Owned] = []
    room = most
    for actor in ranked[:MOST_ACTORS]:
        stays = tuple(all_stays[actor][: max(room, 0)])
        room -= len(stays)
        if stays:
            shown.append(Owned(actor, stays))
    return tuple(hosts), tuple(sorted(shown, key=lambda each: each.actor)), len(ranked) - len(shown)


def _bands(faults: Sequence[FaultSpan], first_ns: int, length_s: float) -> Iterator[Band]:
    """Faults in as few rows as keep those of one time apart; what finds no row of its own stands in the last one."""
    ends: list[float] = []
    for span in faults:
        start_s = (span.start.t_ns - first_ns) / S
        end_s = length_s if span.healed_ns == FAR_FUTURE_NS else (span.healed_ns - first_ns) / S
        row = next((index for index, end in enumerate(ends) if end <= start_s), len(ends))
        row = min(row, MOST_ROWS - 1)
        if row == len(ends):
            ends.append(end_s)
        else:
            ends[row] = max(ends[row], end_s)
        yield Band(
            start_s=round(start_s, 3),
            end_s=round(end_s, 3),
            verb=span.start.verb,
            target=span.start.target,
            took=span.took is not None,
            row=row,
        )


def _table(found: Series) -> Iterator[TableRow]:
    """The curves in at most TABLE_ROWS lines, for those who can't see them: the worst of latency, the sum of counts."""
    step = max(math.ceil(found.bins / TABLE_ROWS), 1)
    for start in range(0, found.bins, step):
        part = slice(start, start + step)
        seen = [value for value in found.p99_ms[part] if value is not None]
        middle = [value for value in found.p50_ms[part] if value is not None]
        counts = (round(sum(values[part]) * found.bin_s) for values in (found.ok, found.info, found.fail))
        yield TableRow(
            at=f"{start * found.bin_s:g} to {min((start + step) * found.bin_s, found.length_s):.0f} s",
            cells=(
                *(f"{count:,}" for count in counts),
                amount(max(middle), "ms") if middle else "none",
                amount(max(seen), "ms") if seen else "none",
            ),
        )


def fault_counts(faults: Sequence[FaultSpan]) -> str:
    """How often each kind of fault struck: ``kill host 3, cut host>store 2``."""
    counts = Counter(span.kind for span in faults)
    return ", ".join(f"{kind} {count}" for kind, count in counts.most_common(6))

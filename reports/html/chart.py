"""Chart: latency, throughput and faults of a run over one time axis; and the time to recover per fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from actorproof.harness.faults.registry import kinds
from actorproof.properties.views.timeline import FAR_FUTURE_NS, FaultSpan
from actorproof.reports.html.series import Series
from actorproof.reports.html.svg import Scale, element, fit, number, picture, text, title
from actorproof.reports.report import Recovered
from actorproof.reports.words import amount

WIDTH = 960.0
LEFT, RIGHT = 64.0, 16.0
LATENCY_TOP, LATENCY_HEIGHT = 36.0, 150.0
RATE_TOP, RATE_HEIGHT = 222.0, 110.0
FAULTS_TOP, FAULT_HEIGHT = 362.0, 15.0
MOST_ROWS = 14
FEWEST_MS, MOST_MS = 1.0, 10.0
LONG_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A fault on the time axis, in seconds from the part's first event."""

    verb: str
    target: str
    start_s: float
    end_s: float
    took: bool


def bands(faults: Sequence[FaultSpan], *, first_ns: int, length_s: float) -> list[Band]:
    """Faults as bands; one that was never healed lasts to the end."""
    return [
        Band(
            verb=span.start.verb,
            target=span.start.target,
            start_s=(span.start.t_ns - first_ns) / 1e9,
            end_s=length_s if span.healed_ns == FAR_FUTURE_NS else (span.healed_ns - first_ns) / 1e9,
            took=span.took is not None,
        )
        for span in faults
    ]


def colour(verb: str) -> str:
    """The class of a verb's colour in the style sheet."""
    return f"v-{verb}" if verb in kinds() else "v-other"


def course(found: Series, faults: Sequence[Band], *, breaches_s: Sequence[float]) -> Markup:
    """The whole figure: quantiles of latency, stacked throughput, and faults row by row, breaches marked above."""
    rows = pack(faults)
    height = FAULTS_TOP + FAULT_HEIGHT * max(len(rows), 1) + 34
    x = Scale(low=0.0, high=found.length_s, start=LEFT, end=WIDTH - RIGHT)
    bottom = FAULTS_TOP + FAULT_HEIGHT * max(len(rows), 1) + 4
    content = [
        *(_shade(band, x, bottom) for band in faults),
        *_latency(found, x),
        *_throughput(found, x),
        *_rows(rows, x),
        *_time_axis(x, bottom),
        *(_breach(at_s, x) for at_s in breaches_s),
        element("line", class_="cursor", x1=0, x2=0, y1=LATENCY_TOP, y2=bottom, visibility="hidden"),
    ]
    label = f"Latency, throughput and {len(faults)} faults over {amount(found.length_s)} seconds"
    return element("div", picture(WIDTH, height, *content, label=label), class_="course", data_series=_readout(found))


def _readout(found: Series) -> str:
    """The numbers behind the curves, for the pointer's read-out."""

    def short(values: Sequence[float | None]) -> list[float | None]:
        return [None if value is None else float(f"{value:.3g}") for value in values]

    return json.dumps(
        {
            "bin": found.bin_s,
            "length": round(found.length_s, 3),
            "left": LEFT,
            "right": WIDTH - RIGHT,
            "width": WIDTH,
            "p50": short(found.p50_ms),
            "p99": short(found.p99_ms),
            "ok": short(found.ok),
            "fail": short(found.fail),
            "info": short(found.info),
        },
        separators=(",", ":"),
    )


def _shade(band: Band, x: Scale, bottom: float) -> Markup:
    left = x.at(band.start_s)
    return element(
        "rect",
        class_=f"shade {colour(band.verb)}",
        x=left,
        y=LATENCY_TOP,
        width=max(x.at(band.end_s) - left, 1.0),
        height=bottom - LATENCY_TOP,
    )


def _breach(at_s: float, x: Scale) -> Markup:
    at = x.at(at_s)
    points = f"{number(at - 4)},{number(LATENCY_TOP - 9)} {number(at + 4)},{number(LATENCY_TOP - 9)} "
    return element(
        "polygon",
        title(f"violation at {at_s:.2f} s"),
        class_="breach",
        points=f"{points}{number(at)},{number(LATENCY_TOP - 1)}",
    )


def _latency(found: Series, x: Scale) -> list[Markup]:
    known = [value for value in (*found.p50_ms, *found.p99_ms) if value]
    low = min([FEWEST_MS, *known])
    y = Scale(
        low=max(low, 0.01),
        high=max([MOST_MS, *known]) * 1.2,
        start=LATENCY_TOP + LATENCY_HEIGHT,
        end=LATENCY_TOP,
        logarithmic=True,
    )
    content = [text(LEFT - 56, LATENCY_TOP - 22, "latency of answered calls", kind="heading")]
    for value in y.ticks():
        said = f"{amount(value)} ms" if value < 1000 else f"{amount(value / 1000)} s"  # noqa: PLR2004 - ms in a second
        content += _grid(y.at(value), said, x)
    for kind, values in (("p99", found.p99_ms), ("p50", found.p50_ms)):
        content.append(_line(kind, values, found, x, y.at))
    content += [
        *_key(WIDTH - 216, LATENCY_TOP - 22, "p50", "half of them (p50)"),
        *_key(WIDTH - 84, LATENCY_TOP - 22, "p99", "99 % (p99)"),
    ]
    return content


def _line(kind: str, values: Sequence[float | None], found: Series, x: Scale, y: Callable[[float], float]) -> Markup:
    """One curve, broken where nothing is known; a lone point is drawn as a short stroke."""
    drawn: list[str] = []
    for known, group in groupby(enumerate(values), key=lambda pair: pair[1] is not None):
        if not known:
            continue
        points = [
            (x.at(min((index + 0.5) * found.bin_s, found.length_s)), y(value))
            for index, value in group
            if value is not None
        ]
        if len(points) == 1:
            points = [(points[0][0] - 1.5, points[0][1]), (points[0][0] + 1.5, points[0][1])]
        drawn.append("M" + "L".join(f"{number(a)} {number(b)}" for a, b in points))
    return element("path", class_=f"curve {kind}", d="".join(drawn) or "M0 0")


def _throughput(found: Series, x: Scale) -> list[Markup]:
    totals = [sum(column) for column in zip(found.ok, found.fail, found.info, strict=True)]
    y = Scale(low=0.0, high=max([1.0, *totals]) * 1.1, start=RATE_TOP + RATE_HEIGHT, end=RATE_TOP)
    content = [text(LEFT - 56, RATE_TOP - 10, "operations per second", kind="heading")]
    for value in y.ticks(4):
        content += _grid(y.at(value), amount(value), x)
    base = [0.0] * found.bins
    edges = [x.at(min(index * found.bin_s, found.length_s)) for index in range(found.bins + 1)]
    for kind, values in (("ok", found.ok), ("info", found.info), ("fail", found.fail)):
        top = [low + value for low, value in zip(base, values, strict=True)]
        if any(values):
            content.append(_area(kind, base, top, edges, y))
        base = top
    content += [
        *_key(WIDTH - 216, RATE_TOP - 10, "ok", "ok"),
        *_key(WIDTH - 160, RATE_TOP - 10, "info", "info"),
        *_key(WIDTH - 90, RATE_TOP - 10, "fail", "fail"),
    ]
    return content


def _area(kind: str, base: Sequence[float], top: Sequence[float], edges: Sequence[float], y: Scale) -> Markup:
    """Steps, since a count belongs to its whole interval; `edges` are the intervals' coordinates."""
    there = [
        f"{number(at)} {number(y.at(value))}"
        for index, value in enumerate(top)
        for at in (edges[index], edges[index + 1])
    ]
    back = [
        f"{number(at)} {number(y.at(base[index]))}"
        for index in reversed(range(len(base)))
        for at in (edges[index + 1], edges[index])
    ]
    return element("path", class_=f"area {kind}", d=f"M{'L'.join(there + back)}Z")


def pack(faults: Sequence[Band]) -> list[list[Band]]:
    """Faults in rows such that no two of one row touch; what finds no row stays in the last one."""
    rows: list[list[Band]] = []
    for band in sorted(faults, key=lambda each: each.start_s):
        free = next((row for row in rows if row[-1].end_s < band.start_s), None)
        if free is not None:
            free.append(band)
        elif len(rows) < MOST_ROWS:
            rows.append([band])
        else:
            rows[-1].append(band)
    return rows


def _rows(rows: Sequence[Sequence[Band]], x: Scale) -> list[Markup]:
    content = [text(LEFT - 56, FAULTS_TOP - 8, "faults", kind="heading")]
    if not rows:
        content.append(text(LEFT, FAULTS_TOP + 11, "none in this run", kind="quiet"))
    for index, row in enumerate(rows):
        y = FAULTS_TOP + index * FAULT_HEIGHT
        for place, band in enumerate(row):
            left = x.at(band.start_s)
            width = max(x.at(band.end_s) - left, 2.0)
            said = f"{band.verb} {band.target}"
            state = "" if band.took else ", no effect shown"
            content.append(
                element(
                    "rect",
                    title(f"{said}: {band.start_s:.1f} s to {band.end_s:.1f} s{state}"),
                    class_=f"fault {colour(band.verb)}{'' if band.took else ' idle'}",
                    x=left,
                    y=y + 1,
                    width=width,
                    height=FAULT_HEIGHT - 3,
                    rx=2,
                )
            )
            room = (x.at(row[place + 1].start_s) if place + 1 < len(row) else x.end) - left - width - 8
            inside, beside = (fit(said, space, per_character=5.3) for space in (width - 6, room))
            if inside == said or len(inside) >= len(beside):
                content.append(text(left + 4, y + 10.5, inside, kind="small within"))
            else:
                content.append(text(left + width + 3, y + 10.5, beside, kind="small"))
    return content


def _time_axis(x: Scale, bottom: float) -> list[Markup]:
    content = [element("line", class_="axis", x1=x.start, x2=x.end, y1=bottom, y2=bottom)]
    minutes = x.high > LONG_S
    shown = Scale(low=0.0, high=x.high / 60, start=x.start, end=x.end) if minutes else x
    for value in shown.ticks(10):
        at = shown.at(value)
        content += [
            element("line", class_="axis", x1=at, x2=at, y1=bottom, y2=bottom + 4),
            text(at, bottom + 16, f"{amount(value)} {'min' if minutes else 's'}", kind="tick", anchor="middle"),
        ]
    return content


def _grid(y: float, said: str, x: Scale) -> list[Markup]:
    return [
        element("line", class_="grid", x1=x.start, x2=x.end, y1=y, y2=y),
        text(x.start - 6, y + 3.5, said, kind="tick", anchor="end"),
    ]


def _key(x: float, y: float, kind: str, said: str) -> list[Markup]:
    return [
        element("rect", class_=f"key {kind}", x=x, y=y - 8, width=10, height=8, rx=1),
        text(x + 14, y, said, kind="tick"),
    ]


def recovery(found: Sequence[Recovered]) -> Markup:
    """A row for each kind of fault, a dot for each fault at its seconds; a short bar stands at the kind's budget."""
    kinds = sorted({each.kind for each in found})
    name_width, row_height, top = 250.0, 20.0, 8.0
    known = [each.seconds for each in found if each.seconds is not None]
    budgets = [each.budget_s for each in found if each.budget_s is not None]
    x = Scale(low=0.0, high=max([1.0, *known, *budgets]) * 1.08, start=name_width, end=WIDTH - 70)
    bottom = top + row_height * len(kinds)
    content: list[Markup] = []
    for value in x.ticks(8):
        at = x.at(value)
        content += [
            element("line", class_="grid", x1=at, x2=at, y1=top, y2=bottom),
            text(at, bottom + 15, f"{amount(value)} s", kind="tick", anchor="middle"),
        ]
    for index, kind in enumerate(kinds):
        y = top + row_height * (index + 0.5)
        verb = kind.partition(" ")[0]
        content.append(text(name_width - 10, y + 4, fit(kind, name_width - 14), kind="name", anchor="end"))
        row = [each for each in found if each.kind == kind]
        budget = max((each.budget_s for each in row if each.budget_s is not None), default=None)
        if budget is not None:
            at = x.at(budget)
            mark = title(f"budget {amount(budget, 's')}")
            content.append(element("line", mark, class_="budget", x1=at, x2=at, y1=y - 8, y2=y + 8))
        for each in row:
            if each.seconds is None:
                content.append(
                    element("text", title(f"{each.fault}: never"), "✗ never", class_="never", x=WIDTH - 64, y=y + 4)
                )
                continue
            told = title(f"{each.fault}: {amount(each.seconds, 's')}")
            content.append(element("circle", told, class_=f"dot {colour(verb)}", cx=x.at(each.seconds), cy=y, r=4.5))
    return picture(WIDTH, bottom + 22, *content, label="Time to recover per fault, in seconds after its heal")

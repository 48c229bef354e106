"""Drawing: one violation as a small timeline of just the events that matter.

A lane for each process, client or fault; bars for spans; numbered marks for events, which the page lists below. Where
the breach is an overlap of turns, the overlap is hatched. A fault that began long before is cut at the edge, so that
milliseconds stay visible beside minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from markupsafe import Markup

from actorproof.harness.faults.fault import Verb
from actorproof.properties.timeline import FAR_FUTURE_NS
from actorproof.properties.verdict import EventRef, Span, Violation
from actorproof.reports.html.chart import colour
from actorproof.reports.html.svg import Scale, element, fit, number, picture, text, title
from actorproof.reports.standing import plain

WIDTH = 960.0
NAMES = 190.0
ROW = 26.0
TOP = 10.0
MOST_LANES, MOST_SPANS, MOST_EVENTS = 12, 40, 20
OVERLAPPING = frozenset({"turns", "activation", "drain"})
VERBS = frozenset(verb.value for verb in Verb)
MS, S = 1e6, 1e9
LONG_NS = 10 * S


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the drawing: a lane, or a second line of it where its spans overlap."""

    lane: str
    spans: tuple[Span, ...]
    first: bool


def verb_of(span: Span) -> str:
    """The verb of a fault's span, from its lane or label; empty for a span that is not a fault."""
    for words in (span.lane.split(), span.label.split()):
        for word in words[:2]:
            if word in VERBS and (span.lane.startswith("fault") or words[0] == word):
                return word
    return "other" if span.lane.startswith("fault") else ""


def draw(violation: Violation, *, guarantee: str) -> Markup:
    """The drawing of one violation; empty when it names neither spans nor events."""
    spans = violation.spans[:MOST_SPANS]
    events = violation.events[:MOST_EVENTS]
    if not spans and not events:
        return Markup("")
    low, high = window(spans, events)
    rows = rows_of(spans, events)
    bottom = TOP + ROW * len(rows)
    x = Scale(low=low, high=high, start=NAMES, end=WIDTH - 16)
    origin = min([e.t_ns for e in events] or [s.start_ns for s in spans])
    content = [*_axis(x, bottom, origin)]
    for index, row in enumerate(rows):
        y = TOP + ROW * index
        if row.first:
            content.append(element("line", class_="grid", x1=0, x2=WIDTH, y1=y, y2=y))
            named = fit(plain(row.lane), NAMES - 10, per_character=6.6)
            content.append(element("text", title(plain(row.lane)), named, class_="name", x=2, y=y + 17))
        content += [_bar(span, x, y) for span in row.spans]
    if guarantee in OVERLAPPING:
        content += _overlaps(rows, x)
    content += _marks(events, rows, x)
    return picture(WIDTH, bottom + 24, *content, label=plain(violation.summary))


def window(spans: Sequence[Span], events: Sequence[EventRef]) -> tuple[float, float]:
    """The stretch of time to draw: all events and all spans but faults, with a little room at both ends."""
    bars = [span for span in spans if not verb_of(span)] or list(spans)
    instants = [float(e.t_ns) for e in events]
    instants += [float(t) for span in bars for t in (span.start_ns, span.end_ns) if t < FAR_FUTURE_NS]
    low, high = min(instants), max(instants)
    if any(span.end_ns >= FAR_FUTURE_NS for span in bars):
        high += 0.25 * max(high - low, MS)
    room = 0.04 * max(high - low, MS)
    return low - room, high + room


def rows_of(spans: Sequence[Span], events: Sequence[EventRef]) -> list[Row]:
    """Lanes in order of their first span, faults last; a process that only has events gets a lane too."""
    lanes: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda s: (bool(verb_of(s)), s.start_ns)):
        lanes.setdefault(span.lane, []).append(span)
    for event in events:
        lanes.setdefault(event.process, [])
    rows: list[Row] = []
    for lane, members in list(lanes.items())[:MOST_LANES]:
        lines: list[list[Span]] = []
        for span in members:
            line = next((each for each in lines if each[-1].end_ns <= span.start_ns), None)
            if line is None:
                lines.append([span])
            else:
                line.append(span)
        rows += [Row(lane, tuple(line), index == 0) for index, line in enumerate(lines or [[]])]
    return rows


def _bar(span: Span, x: Scale, y: float) -> Markup:
    verb = verb_of(span)
    left, right = x.at(span.start_ns), x.at(span.end_ns)
    width = max(right - left, 3.0)
    length = "no end" if span.end_ns >= FAR_FUTURE_NS else _length(span.end_ns - span.start_ns)
    said = plain(span.label)
    kind = f"fault {colour(verb)}" if verb else "turn" if "#" in span.lane else "span"
    content = [
        element(
            "rect", title(f"{said}: {length}"), class_=f"bar {kind}", x=left, y=y + 4, width=width, height=ROW - 8, rx=2
        )
    ]
    if span.end_ns > x.high:
        content.append(_edge(right, y, 1))
    if span.start_ns < x.low:
        content.append(_edge(left, y, -1))
    full = f"{said} · {length}"
    inside = fit(full, width - 12)
    beside = fit(full, x.end - right - 10)
    if inside == full or len(inside) >= len(beside):
        content.append(text(left + 6, y + 17, inside, kind=f"label {'on-fault' if verb else 'on-bar'}"))
    elif beside:
        content.append(text(left + width + 5, y + 17, beside, kind="label"))
    return Markup("").join(content)


def _edge(at: float, y: float, way: int) -> Markup:
    """An arrow head: it goes on beyond the drawing."""
    points = (
        f"{number(at)},{number(y + 6)} {number(at + 7 * way)},{number(y + ROW / 2)} {number(at)},{number(y + ROW - 6)}"
    )
    return element("polygon", class_="edge", points=points)


def _overlaps(rows: Sequence[Row], x: Scale) -> list[Markup]:
    placed = [(index, span) for index, row in enumerate(rows) for span in row.spans if "#" in row.lane]
    content = []
    for (one, a), (other, b) in combinations(placed, 2):
        start, end = max(a.start_ns, b.start_ns), min(a.end_ns, b.end_ns)
        if start >= end:
            continue
        upper, lower = sorted((one, other))
        left = x.at(start)
        content.append(
            element(
                "rect",
                title(f"overlap: {_length(end - start)}" if end < FAR_FUTURE_NS else "overlap without end"),
                class_="overlap",
                x=left,
                y=TOP + ROW * upper + 1,
                width=max(x.at(end) - left, 3.0),
                height=ROW * (lower - upper + 1) - 2,
            )
        )
    return content


def _marks(events: Sequence[EventRef], rows: Sequence[Row], x: Scale) -> list[Markup]:
    """Numbered marks at the upper edge of their lane; marks too close to each other are moved apart downwards."""
    first = {row.lane: index for index, row in reversed(list(enumerate(rows)))}
    content = []
    last: dict[str, tuple[float, int]] = {}
    for place, event in enumerate(events, 1):
        if event.process not in first:
            continue
        at = x.at(event.t_ns)
        near, level = last.get(event.process, (-100.0, 0))
        level = (level + 1) % 2 if at - near < 15 else 0  # noqa: PLR2004 - a mark is 14 wide
        last[event.process] = (at, level)
        y = TOP + ROW * first[event.process]
        centre = y + 4 + level * (ROW - 8)
        told = title(plain(f"{event.process} event {event.seq}: {event.label}"))
        content += [
            element("line", class_="mark", x1=at, x2=at, y1=y + 2, y2=y + ROW - 2),
            element("circle", told, class_="mark", cx=at, cy=centre, r=6.5),
            text(at, centre + 3.2, str(place), kind="mark", anchor="middle"),
        ]
    return content


def _axis(x: Scale, bottom: float, origin: int) -> list[Markup]:
    unit, name = (S, "s") if x.high - x.low > LONG_NS else (MS, "ms")
    shown = Scale(low=(x.low - origin) / unit, high=(x.high - origin) / unit, start=x.start, end=x.end)
    content = [element("line", class_="axis", x1=x.start, x2=x.end, y1=bottom, y2=bottom)]
    for value in shown.ticks(8):
        at = shown.at(value)
        content += [
            element("line", class_="grid", x1=at, x2=at, y1=TOP, y2=bottom),
            text(at, bottom + 15, f"{value:+,.10g} {name}" if value else f"0 {name}", kind="tick", anchor="middle"),
        ]
    return content


def _length(duration_ns: float) -> str:
    if duration_ns >= S:
        return f"{duration_ns / S:.3g} s"
    return f"{duration_ns / MS:.3g} ms"

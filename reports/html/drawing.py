"""Drawing: one violation as a small timeline of just the events that matter.

A lane for each process, client or fault; bars for spans; numbered marks for events, which the page lists below. Where
the breach is an overlap of turns, the overlap is hatched. A fault that began long before is cut at the edge, so that
milliseconds stay visible beside minutes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from markupsafe import Markup

from actorproof.harness.faults.registry import kinds
from actorproof.harness.history import fault_traits as traits
from actorproof.harness.history.fault_traits import FaultTrait
from actorproof.properties.verdict.findings import EventRef, Span, Violation
from actorproof.properties.views.timeline import FAR_FUTURE_NS
from actorproof.reports.html.chart import colour
from actorproof.reports.html.svg import Scale, element, fit, number, picture, text, title
from actorproof.reports.words import amount, plain

WIDTH = 960.0
NAMES = 190.0
ROW = 26.0
TOP = 10.0
MOST_LANES, MOST_SPANS, MOST_EVENTS = 12, 40, 20
# What a unit that was struck is called in a drawing, and the trait of the fault whose colour it has.
EFFECTS: Mapping[str, FaultTrait] = {"stopped": traits.PAUSES, "gone": traits.CRASHES}
MS, S = 1e6, 1e9
LONG_NS = 10 * S


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the drawing: a lane, or a second line of it where its spans overlap."""

    lane: str
    spans: tuple[Span, ...]
    first: bool


def verb_of(span: Span) -> str:
    """The verb of a fault's span; empty for a span that is not a fault.

    A fault has the lane ``fault``, with its verb in the label, or its verb and target as the lane. A unit that was
    stopped or gone shows in the colour of what did it.
    """
    if span.label in EFFECTS and "/" in span.lane and "#" not in span.lane:
        return next((kind.verb for kind in kinds().values() if kind.has(EFFECTS[span.label])), "other")
    if span.lane.startswith("fault"):
        return next((word for word in span.label.split() if word in kinds()), "other")
    first, _, target = span.lane.partition(" ")
    return first if target and first in kinds() else ""


def draw(violation: Violation, *, overlapping: bool = False) -> Markup:
    """The drawing of one violation; empty when it names neither spans nor events. `overlapping` spans are hatched."""
    spans = violation.spans[:MOST_SPANS]
    events = violation.events[:MOST_EVENTS]
    if not spans and not events:
        return Markup("")
    low, high = window(spans, events)
    rows = rows_of(spans, events)
    bottom = TOP + ROW * len(rows)
    x = Scale(low=low, high=high, start=NAMES, end=WIDTH - 16)
    content = [*_axis(x, bottom, origin_ns(spans, events))]
    for index, row in enumerate(rows):
        y = TOP + ROW * index
        if row.first:
            content.append(element("line", class_="grid", x1=0, x2=WIDTH, y1=y, y2=y))
            named = fit(plain(row.lane), NAMES - 10, per_character=6.6)
            content.append(element("text", title(plain(row.lane)), named, class_="name", x=2, y=y + 17))
        content += [_bar(span, x, y) for span in row.spans]
    if overlapping:
        content += _overlaps(rows, x)
    for index, row in enumerate(rows):
        content += _labels(row, x, TOP + ROW * index)
    content += _marks(events, rows, x)
    return picture(WIDTH, bottom + 24, *content, label=plain(violation.summary))


def window(spans: Sequence[Span], events: Sequence[EventRef]) -> tuple[float, float]:
    """The stretch of time to draw: all spans but faults, and what comes after them, with a little room around.

    What began before, such as a fault, is cut at the left edge; so is at the right a fault that goes on.
    """
    bars = [span for span in spans if not verb_of(span)] or list(spans)
    lanes = {span.lane for span in bars}
    instants = [float(e.t_ns) for e in events if e.process in lanes or not lanes]
    instants += [float(t) for span in bars for t in (span.start_ns, span.end_ns) if t < FAR_FUTURE_NS]
    low, high = min(instants), max(instants)
    later = [float(e.t_ns) for e in events if e.t_ns > low]
    later += [float(span.end_ns) for span in spans if verb_of(span) and high < span.start_ns < FAR_FUTURE_NS]
    high = max([high, *(t for t in later if t < FAR_FUTURE_NS)])
    if any(span.end_ns >= FAR_FUTURE_NS for span in bars):
        high += 0.25 * max(high - low, MS)
    room = 0.04 * max(high - low, MS)
    return low - room, high + room


def origin_ns(spans: Sequence[Span], events: Sequence[EventRef]) -> int:
    """The instant that the drawing counts from: the first event that it shows, else its first span's start."""
    low, high = window(spans, events)
    shown = [e.t_ns for e in events if low <= e.t_ns <= high]
    return min(shown or [span.start_ns for span in spans] or [e.t_ns for e in events])


def offsets(violation: Violation) -> list[str]:
    """When each event happened, counted as in the drawing: ``+38 ms``, ``-9.02 s``."""
    spans, events = violation.spans[:MOST_SPANS], violation.events[:MOST_EVENTS]
    if not events:
        return []
    origin = origin_ns(spans, events)
    return [_offset(event.t_ns - origin) for event in events]


def _offset(duration_ns: int) -> str:
    if not duration_ns:
        return "0 ms"
    return f"{'-' if duration_ns < 0 else '+'}{_length(abs(duration_ns))}"


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
    said = f"{plain(span.label)}: {_length_of(span)}"
    kind = f"fault {colour(verb)}" if verb else "turn" if "#" in span.lane else "span"
    content = [element("rect", title(said), class_=f"bar {kind}", x=left, y=y + 4, width=width, height=ROW - 8, rx=2)]
    if span.end_ns > x.high:
        content.append(_edge(right, y, 1))
    if span.start_ns < x.low:
        content.append(_edge(left, y, -1))
    return Markup("").join(content)


def _labels(row: Row, x: Scale, y: float) -> list[Markup]:
    """Each span's name and length: within its bar, or to the right or left of it, where there is most room."""
    content = []
    edges = [(x.at(span.start_ns), max(x.at(span.end_ns), x.at(span.start_ns) + 3)) for span in row.spans]
    for place, span in enumerate(row.spans):
        left, right = edges[place]
        said = f"{plain(span.label)} · {_length_of(span)}"
        after = (edges[place + 1][0] if place + 1 < len(edges) else WIDTH) - right
        before = left - (edges[place - 1][1] if place else x.start)
        inside, behind, ahead = (fit(said, room - 18) for room in (right - left, after, before))
        if inside == said or len(inside) >= max(len(behind), len(ahead)):
            content.append(text(left + 10, y + 17, inside, kind="label on-fault" if verb_of(span) else "label"))
        elif len(behind) >= len(ahead):
            content.append(text(right + 10, y + 17, behind, kind="label"))
        else:
            content.append(text(left - 10, y + 17, ahead, kind="label", anchor="end"))
    return content


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


def _length_of(span: Span) -> str:
    return "no end" if span.end_ns >= FAR_FUTURE_NS else _length(span.end_ns - span.start_ns)


def _length(duration_ns: float) -> str:
    return amount(duration_ns / S, "s") if duration_ns >= S else amount(duration_ns / MS, "ms")

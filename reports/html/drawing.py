"""Drawing: a violation, or the way to it, as lanes over time.

A lane for each process, client or fault, with its name and its spans' names above or beside it; numbered marks for
events, which the page lists below. What ran at the same time is hatched. Where that is too narrow in the whole, a
second scale shows the milliseconds around it. One drawing tells its times in one unit. All is laid out in per cent of
the width, and all text wraps: it fits any width.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from markupsafe import Markup

from actorproof.harness.faults.registry import kinds
from actorproof.harness.history import fault_traits as traits
from actorproof.harness.history.fault_traits import FaultTrait
from actorproof.properties.causes.cause import Traced
from actorproof.properties.causes.link import Link
from actorproof.properties.verdict.findings import EventRef, Span, Violation
from actorproof.properties.views.records import FAR_FUTURE_NS, Turn
from actorproof.properties.views.timeline import Timeline
from actorproof.reports.html.element import Scale, element
from actorproof.reports.words import amount, plain

MOST_LANES, MOST_SPANS, MOST_EVENTS = 10, 30, 20
# What a unit that was struck is called in a drawing, and the trait of the fault whose colour it has.
EFFECTS: Mapping[str, FaultTrait] = {"stopped": traits.PAUSES, "gone": traits.CRASHES}
MS, S = 1e6, 1e9
LONG_NS = S
"""Times of which one is as far from zero as this are told in seconds, shorter ones in milliseconds."""
WIDE_ENOUGH = 15.0
"""An overlap of so many per cent of the whole needs no second scale."""
CROWDED = 5.0
"""Marks nearer than so many per cent stand one below the other."""
MOST_TICKS = 6
ROOM = 0.04
"""Left around what is drawn, as a share of it."""
OWN_PROCESS = "harness"
FAULT = "fault"
STEP = "step "
"""A link that lasted has a lane of its own, which begins so and ends with its number."""
PART = re.compile(rf"({FAULT}|store|table|(host|placement|scheduler)-\d+(>.*)?)")
"""Lanes of one word that are no clients: parts of the cluster, links from one to another."""
EDGE = 9.0
"""Labels of an axis within so many per cent of its ends stand beside their tick, and not over it."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """What ran at the same time, and in which lanes."""

    start_ns: int
    end_ns: int
    lanes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Unit:
    """What times that stand together are told in."""

    ns: float
    symbol: str

    def of(self, duration_ns: float) -> str:
        """A length in this unit, to a tenth of a millisecond at the least: ``38 ms``, ``0.038 s``."""
        return amount(round(duration_ns / self.ns, 4), self.symbol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A numbered event."""

    lane: str
    t_ns: int
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is drawn: spans, marks in the order of their numbers, what ran at the same time, and all of it in words.

    Times count from `from_ns`, which `zero` names; without it, from what `origin_ns` finds.
    """

    spans: tuple[Span, ...]
    marks: tuple[Mark, ...]
    overlap: Overlap | None
    said: str
    from_ns: int | None = None
    zero: str = "0 is event 1"


SECONDS, MILLISECONDS = Unit(S, "s"), Unit(MS, "ms")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the drawing: a lane, or a second line of it where its spans overlap."""

    lane: str
    spans: tuple[Span, ...]
    first: bool


def colour(verb: str) -> str:
    """The class of a verb's colour in the style sheet."""
    return f"v-{verb}" if verb in kinds() else "v-other"


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


# ---- what is drawn


def draw(violation: Violation, *, overlapping: bool = False) -> Markup:
    """The drawing of one violation; empty when it names neither spans nor events. `overlapping` spans are hatched."""
    spans = violation.spans[:MOST_SPANS]
    events = violation.events[:MOST_EVENTS]
    marks = tuple(Mark(lane=_who(e.process), t_ns=e.t_ns, said=f"{e.process} event {e.seq}: {e.label}") for e in events)
    return drawn(
        Picture(
            spans=spans,
            marks=marks,
            overlap=_overlap(spans) if overlapping else None,
            said=plain(violation.summary),
        )
    )


def draw_way(traced: Traced, timeline: Timeline) -> Markup:
    """The drawing of what led to a violation: a number for each link, and the turns, calls and faults they speak of."""
    turns = [turn for link in traced.links if link.kind == "ran at the same time" for turn in _turns(link, timeline)]
    spans = {turn.id: _turn_span(turn) for turn in turns}
    lanes = [_lane(number, link) for number, link in enumerate(traced.links, 1)]
    drawn_links = [(link, _link_span(lane, link, timeline)) for lane, link in zip(lanes, traced.links, strict=True)]
    spans |= {f"{link.kind} {link.anchor}": span for link, span in drawn_links if span is not None}
    if not turns:
        spans |= {f"{s.lane} {s.start_ns} {s.label}": s for s in traced.violation.spans[:MOST_SPANS]}
    marks = tuple(
        Mark(lane=lane, t_ns=link.at_ns, said=link.said) for lane, link in zip(lanes, traced.links, strict=True)
    )
    return drawn(
        Picture(
            spans=tuple(spans.values()),
            marks=marks,
            overlap=_overlap([_turn_span(turn) for turn in turns[:2]]),
            said=plain("; ".join(link.said for link in traced.links) or traced.violation.summary),
            from_ns=way_from_ns(traced),
            zero="0 is where what step 1 tells of begins",
        )
    )


def way_from_ns(traced: Traced) -> int:
    """What steps, drawing and log lines of the way to a violation count from: where the first link began."""
    if not traced.links:
        return traced.violation.at_ns
    first = traced.links[0]
    return min([first.at_ns, *(event.t_ns for event in first.events if _lasted(first))])


def _turns(link: Link, timeline: Timeline) -> list[Turn]:
    return [turn for id_ in link.anchor.split(" ") if (turn := timeline.turn(id_)) is not None]


def _turn_span(turn: Turn) -> Span:
    return Span(
        lane=turn.process,
        label=f"turn {turn.id.partition(':')[2] or turn.id}",
        start_ns=turn.start_ns,
        end_ns=turn.end_ns,
    )


def _lasted(link: Link) -> bool:
    """Whether a link's events are the beginning and the end of something in one process, such as a call of a turn."""
    same = {event.process for event in link.events}
    return link.kind not in {"fault", "ran at the same time"} and len(link.events) > 1 and len(same) == 1


def _link_span(lane: str, link: Link, timeline: Timeline) -> Span | None:
    """A fault's span, or that of a link that lasted."""
    if link.kind == "fault":
        fault = next((each for each in timeline.faults if each.start.fault == link.anchor), None)
        if fault is None:
            return None
        end_ns = min(fault.healed_ns, timeline.last_ns)
        return Span(lane=FAULT, label=link.said, start_ns=fault.start.t_ns, end_ns=end_ns)
    if not _lasted(link):
        return None
    first, last = link.events[0], link.events[-1]
    return Span(lane=lane, label=link.kind, start_ns=first.t_ns, end_ns=last.t_ns)


def _lane(number: int, link: Link) -> str:
    """Where the link with that number is drawn: with the faults, by itself, or with the process that it is about."""
    if link.kind == "fault":
        return FAULT
    if _lasted(link):
        return f"{STEP}{number}"
    return _who(link.events[0].process if link.events else link.anchor.partition(" ")[0])


def _who(process: str) -> str:
    return "clients and cluster" if process == OWN_PROCESS else process


def _overlap(spans: Sequence[Span]) -> Overlap | None:
    """The first two turns that ran at the same time."""
    turns = sorted((span for span in spans if "#" in span.lane), key=lambda span: span.start_ns)
    for a, b in combinations(turns, 2):
        start, end = max(a.start_ns, b.start_ns), min(a.end_ns, b.end_ns)
        if start < end:
            return Overlap(start, end, frozenset({a.lane, b.lane}))
    return None


# ---- the whole, and the part that matters


def drawn(picture: Picture) -> Markup:
    """The picture on one scale, or two; empty when there is nothing to draw."""
    if not picture.spans and not picture.marks:
        return Markup("")
    low, high = window(picture.spans, picture.marks)
    if picture.from_ns is not None and high - low >= low - picture.from_ns > 0:
        # What everything counts from is shown where it was, and not at the edge, unless that is far away.
        low = picture.from_ns - ROOM * (high - picture.from_ns)
    origin = origin_ns(picture.spans, picture.marks) if picture.from_ns is None else picture.from_ns
    whole = Scale(low=low, high=high)
    unit = unit_of([low - origin, high - origin])
    said = f"The whole, {unit.of(high - low)}"
    overlap = picture.overlap
    if overlap is None:
        scales = [_on(picture, whole, origin, unit, f"{said}; {picture.zero}")]
    else:
        start, end = overlap.start_ns, min(overlap.end_ns, round(high))
        both = unit.of(end - start)
        said = f"{said}; {both} of it at the same time (hatched); {picture.zero}"
        scales = [_on(picture, whole, origin, unit, said)]
        if whole.at(end) - whole.at(start) < WIDE_ENOUGH:
            close = Scale(low=2 * start - end, high=2 * end - start)
            said = f"What ran at the same time, {both}"
            scales.append(_on(picture, close, origin, unit, said, all_rows=False))
    return element("div", *scales, class_="drawing", role="img", aria_label=picture.said)


def window(spans: Sequence[Span], marks: Sequence[Mark]) -> tuple[float, float]:
    """The stretch of time to draw: all spans but faults, and what comes after them, with a little room around.

    What began before, such as a fault, is cut at the left edge; so is at the right a fault that goes on.
    """
    bars = [span for span in spans if not verb_of(span)] or list(spans)
    lanes = {span.lane for span in bars}
    instants = [float(m.t_ns) for m in marks if m.lane in lanes or not lanes]
    instants += [float(t) for span in bars for t in (span.start_ns, span.end_ns) if t < FAR_FUTURE_NS]
    low, high = min(instants), max(instants)
    later = [float(m.t_ns) for m in marks if m.t_ns > low]
    later += [float(span.end_ns) for span in spans if verb_of(span) and high < span.start_ns < FAR_FUTURE_NS]
    high = max([high, *(t for t in later if t < FAR_FUTURE_NS)])
    if any(span.end_ns >= FAR_FUTURE_NS for span in bars):
        high += 0.25 * max(high - low, MS)
    room = ROOM * max(high - low, MS)
    return low - room, high + room


def origin_ns(spans: Sequence[Span], marks: Sequence[Mark]) -> int:
    """The instant that the drawing counts from: the first mark that it shows, else its first span's start."""
    low, high = window(spans, marks)
    shown = [m.t_ns for m in marks if low <= m.t_ns <= high]
    return min(shown or [span.start_ns for span in spans] or [m.t_ns for m in marks])


def offsets(events: Sequence[EventRef], spans: Sequence[Span]) -> list[str]:
    """When each event happened, counted as in the drawing: ``+38 ms``, or where any is far off ``+0.038 s``."""
    marks = [Mark(lane=_who(e.process), t_ns=e.t_ns, said=e.label) for e in events]
    if not marks:
        return []
    origin = origin_ns(spans, marks)
    return offsets_of([mark.t_ns - origin for mark in marks])


def offsets_of(durations_ns: Sequence[int]) -> list[str]:
    """Instants against another one, with their signs, all in one unit: seconds to the millisecond, or milliseconds."""
    unit = unit_of(durations_ns)
    return [_offset(each, unit) for each in durations_ns]


def _offset(duration_ns: int, unit: Unit) -> str:
    if not duration_ns:
        return f"0 {unit.symbol}"
    sign = "-" if duration_ns < 0 else "+"
    if unit is SECONDS:
        return f"{sign}{abs(duration_ns) / S:.3f} {unit.symbol}"
    return f"{sign}{unit.of(abs(duration_ns))}"


def unit_of(durations_ns: Sequence[float]) -> Unit:
    """What these are told in: the unit of the longest one."""
    return SECONDS if max(map(abs, durations_ns), default=0) >= LONG_NS else MILLISECONDS


def rows_of(spans: Sequence[Span], marks: Sequence[Mark]) -> list[Row]:
    """Lanes in order of their first span, faults last; who only has events gets a lane too."""
    lanes: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda s: (bool(verb_of(s)), s.start_ns)):
        lanes.setdefault(span.lane, []).append(span)
    for mark in marks:
        lanes.setdefault(mark.lane, [])
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


# ---- one scale


def _on(picture: Picture, x: Scale, origin: int, unit: Unit, said: str, *, all_rows: bool = True) -> Markup:
    """One scale; without `all_rows`, only the lanes in which something stands."""
    rows = rows_of(picture.spans, picture.marks)
    lines = [_row(row, picture, x, unit) for row in rows if all_rows or _seen(row, picture, x)]
    return element("div", element("p", said, class_="scale"), *lines, _axis(x, origin, unit), class_="scaled")


def _seen(row: Row, picture: Picture, x: Scale) -> bool:
    marks = [mark for mark in picture.marks if mark.lane == row.lane and x.low <= mark.t_ns <= x.high]
    return bool(marks) or any(span.end_ns >= x.low and span.start_ns <= x.high for span in row.spans)


def _row(row: Row, picture: Picture, x: Scale, unit: Unit) -> Markup:
    content = [_bar(span, x, unit) for span in row.spans if span.end_ns >= x.low and span.start_ns <= x.high]
    overlap = picture.overlap
    if overlap is not None and row.lane in overlap.lanes:
        content.append(element("i", class_="overlap", style=x.place(overlap.start_ns, overlap.end_ns)))
    if row.first:
        content += _marks(row, picture.marks, x)
    named = [element("b", plain(_named(row.lane)))] if row.first else []
    told = "; ".join(f"{_labelled(span)} · {_length_of(span, unit)}" for span in row.spans)
    who = element("div", *named, *([" ", told] if told else []), class_="who")
    return element("div", who, element("div", *content, class_="track"), class_="lane")


def _named(lane: str) -> str:
    """A lane as people read it: what is neither a part of the cluster nor an actor is a client."""
    return lane if "/" in lane or " " in lane or PART.fullmatch(lane) else f"client {lane}"


def _labelled(span: Span) -> str:
    """A span's label; a turn's without the process whose lane it stands in."""
    process, colon, number = span.label.rpartition(":")
    return plain(f"turn {number}" if colon and process == span.lane else span.label)


def _bar(span: Span, x: Scale, unit: Unit) -> Markup:
    verb = verb_of(span)
    kind = f"fault {colour(verb)}" if verb else "turn" if "#" in span.lane else "span"
    cut = f"{' from-before' if span.start_ns < x.low else ''}{' goes-on' if span.end_ns > x.high else ''}"
    told = f"{_labelled(span)}: {_length_of(span, unit)}"
    return element("i", class_=f"bar {kind}{cut}", style=x.place(span.start_ns, span.end_ns), title=told)


def _marks(row: Row, marks: Sequence[Mark], x: Scale) -> list[Markup]:
    """Numbered marks of a lane; those too close to each other stand one below the other.

    What came before stands at the edge: a fault that is cut there too, or what has nothing but events.
    """
    cut = not row.spans or (row.lane == FAULT and row.spans[0].start_ns < x.low)
    content = []
    last, level = -100.0, 0
    for number, mark in enumerate(marks, 1):
        if mark.lane != row.lane or mark.t_ns > x.high or (mark.t_ns < x.low and not cut):
            continue
        before = mark.t_ns < x.low
        at = x.at(mark.t_ns)
        level = (level + 1) % 2 if at - last < CROWDED else 0
        last = at
        content.append(
            element(
                "b",
                str(number),
                class_=f"mark l{level}{' before' if before else ''}",
                style=x.place(mark.t_ns),
                title=plain(f"{'before: ' if before else ''}{mark.said}"),
            )
        )
    return content


def _axis(x: Scale, origin: int, unit: Unit) -> Markup:
    name = unit.symbol
    shown = Scale(low=(x.low - origin) / unit.ns, high=(x.high - origin) / unit.ns)
    ticks = [
        element("span", f"{value:+,.10g} {name}" if value else f"0 {name}", **_at(shown.at(value)))
        for value in shown.ticks(MOST_TICKS, edge=2)
    ]
    return element("div", element("div", class_="who"), element("div", *ticks, class_="track axis"), class_="lane")


def _at(percent: float) -> dict[str, str]:
    """Where a label of an axis stands."""
    side = "begins" if percent < EDGE else "ends" if percent > 100 - EDGE else ""
    return {"class_": side, "style": f"left:{percent:.2f}%"} if side else {"style": f"left:{percent:.2f}%"}


def _length_of(span: Span, unit: Unit) -> str:
    return "no end" if span.end_ns >= FAR_FUTURE_NS else unit.of(span.end_ns - span.start_ns)

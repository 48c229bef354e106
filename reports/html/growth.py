"""Growth: curves of what a cluster takes, and how fast it is, against the number of actors in it.

Lines are drawn as SVG that stretches with the page; ticks and names are text around it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from actorproof.properties.views.growth import Growth
from actorproof.reports.html.element import Scale, element
from actorproof.reports.words import amount

MIB = 2**20
COLOURS = tuple(f"var(--h{number})" for number in range(8))
Line = Sequence[float | None]


def growth(found: Growth) -> Markup:
    """Three drawings, one below the other: memory of each part, activations a second, and latency."""
    memory = {
        part: [None if size is None else size / MIB for size in sizes]
        for part, sizes in sorted(found.resident_bytes.items(), key=lambda each: -(each[1][-1] or 0))
    }
    drawings = (
        ("resident memory, MiB", memory, "MiB"),
        ("activations a second", {"activations": list(found.per_s)}, "/s"),
        ("latency of activating calls, ms", {"p50": list(found.p50_ms), "p99": list(found.p99_ms)}, "ms"),
    )
    return element("div", *(_drawing(found.actors, *each) for each in drawings if each[1]), class_="growth")


def _drawing(actors: Sequence[int], title: str, lines: Mapping[str, Line], unit: str) -> Markup:
    x = Scale(low=0.0, high=float(actors[-1]))
    y = Scale(low=0.0, high=max((value for line in lines.values() for value in line if value), default=1.0) * 1.05)
    colours = dict(zip(lines, COLOURS * (1 + len(lines) // len(COLOURS)), strict=False))
    drawn = [_line(actors, line, x, y, colours[name]) for name, line in lines.items()]
    svg = element("svg", *drawn, viewBox="0 0 100 100", preserveAspectRatio="none", aria_hidden="true")
    up = [element("span", amount(value), style=f"bottom:{y.at(value):.2f}%") for value in y.ticks(4)]
    along = [element("span", f"{value:,.0f}", style=f"left:{x.at(value):.2f}%") for value in x.ticks(5)]
    ends = {name: next((value for value in reversed(line) if value is not None), 0.0) for name, line in lines.items()}
    key = [
        element("li", element("i", class_="swatch", style=f"background:{colours[name]}"), f"{name} {amount(end, unit)}")
        for name, end in ends.items()
    ]
    said = f"{title} against actors; at {actors[-1]:,}: {', '.join(f'{n} {amount(v, unit)}' for n, v in ends.items())}"
    plot = element("div", svg, element("div", *up, class_="up"), element("div", *along, class_="along"), class_="plot")
    return element(
        "div",
        element("h5", title),
        element("div", plot, role="img", aria_label=said),
        element("ul", *key, class_="key"),
    )


def _line(actors: Sequence[int], line: Line, x: Scale, y: Scale, colour: str) -> Markup:
    points = " ".join(
        f"{x.at(count):.2f},{100 - y.at(value):.2f}"
        for count, value in zip(actors, line, strict=True)
        if value is not None
    )
    return element("polyline", points=points, vector_effect="non-scaling-stroke", style=f"stroke:{colour}")

"""Comparing: two groups of runs as one page, each rate drawn with its interval on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from actorproof.properties.verdict.comparison import Line, Rate, Standing
from actorproof.reports.comparison import SIGNS, Compared, answer, figure, needed

WORD: dict[Standing, str] = {
    "new": "violated",
    "worse": "violated",
    "only B": "unknown",
    "only A": "unknown",
    "same": "holds",
    "better": "holds",
    "gone": "holds",
}
"""Whose colour of the report a standing has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateView:
    """One rate: its text, and the styles that put its interval and its point on the scale."""

    said: str
    violations: int
    span: str
    point: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One line, with what it looks like."""

    line: Line
    sign: str
    word: str
    a: RateView
    b: RateView


def comparison_page(compared: Compared) -> str:
    """The text of the page."""
    from actorproof.reports.html.templating import templates  # noqa: PLC0415 - takes a while to load

    comparison = compared.comparison
    code = compared.exit_code
    return (
        templates()
        .get_template("comparison.html")
        .render(
            answer=answer(compared),
            overall={0: "holds", 1: "violated"}.get(code, "unknown"),
            sign={0: "✓", 1: "✗"}.get(code, "?"),
            titles=compared.titles,
            a=compared.a,
            b=compared.b,
            comparison=comparison,
            groups=(
                ("Guarantees", _views([line for line in comparison.lines if line.kind == "guarantee"])),
                ("Causes", _views([line for line in comparison.lines if line.kind == "cause"])),
            ),
            performance=[
                (SIGNS[each.standing], WORD[each.standing], each, figure(each.a), figure(each.b))
                for each in comparison.performance
            ],
            needed=needed(comparison),
        )
    )


def _views(lines: Sequence[Line]) -> list[LineView]:
    return [
        LineView(line=line, sign=SIGNS[line.standing], word=WORD[line.standing], a=_view(line.a), b=_view(line.b))
        for line in lines
    ]


def _view(rate: Rate) -> RateView:
    low, high = rate.interval.low, rate.interval.high
    share = rate.count / rate.of if rate.of else 0.0
    return RateView(
        said=f"{rate.count:,} of {rate.of:,} ({100 * low:.0f} to {100 * high:.0f} %)",
        violations=rate.violations,
        span=f"left:{100 * low:.2f}%;width:{100 * (high - low):.2f}%",
        point=f"left:{100 * share:.2f}%",
    )

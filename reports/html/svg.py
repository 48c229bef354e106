"""Svg: elements as escaped text, and scales with round ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

OPEN = Markup("<{0}{1}>{2}</{0}>")
ATTRIBUTE = Markup(' {}="{}"')
TEN = 10.0


def number(value: float) -> str:
    """A coordinate with at most one decimal; more would only make the file larger."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def element(name: str, *content: str | Markup, **attributes: str | float) -> Markup:
    """One element. Text is escaped, Markup is not; `class_` stands for class and ``a_b`` for a-b; numbers are short."""
    written = Markup("").join(
        ATTRIBUTE.format(key.rstrip("_").replace("_", "-"), value if isinstance(value, str) else number(value))
        for key, value in attributes.items()
    )
    return OPEN.format(name, written, Markup("").join(content))


def picture(width: float, height: float, *content: Markup, label: str) -> Markup:
    """A whole inline image that scales with its container; `label` is read to those who can't see it."""
    return element(
        "svg",
        *content,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_label=label,
        style=f"min-width:{number(width * 0.6)}px",
    )


def text(x: float, y: float, said: str, *, kind: str = "", anchor: str = "start") -> Markup:
    """Text whose baseline is at `y`; `kind` is its class in the style sheet."""
    return element("text", said, x=x, y=y, class_=kind, text_anchor=anchor)


def title(said: str) -> Markup:
    """What a pointer resting on the element is told."""
    return element("title", said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Maps values of [low, high] to coordinates of [start, end]; values outside are put on the edge."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def at(self, value: float) -> float:
        low, high, value = self.low, self.high, min(max(value, self.low), self.high)
        if self.logarithmic:
            low, high, value = math.log(low), math.log(high), math.log(value)
        share = (value - low) / (high - low) if high > low else 0.0
        return self.start + share * (self.end - self.start)

    def ticks(self, wanted: int = 6) -> list[float]:
        """Round values: powers of ten on a logarithmic scale, else steps of 1, 2 or 5 times a power of ten."""
        if self.logarithmic:
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            return [TEN**power for power in range(first, last + 1)]
        return round_steps(self.low, self.high, wanted)


def round_steps(low: float, high: float, wanted: int) -> list[float]:
    """About `wanted` round values within [low, high]."""
    if high <= low:
        return [low]
    rough = (high - low) / max(wanted, 1)
    power = TEN ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def fit(said: str, width: float, *, per_character: float = 6.2) -> str:
    """Text cut to what `width` can show; empty when not even a few characters fit."""
    room = int(width / per_character)
    if len(said) <= room:
        return said
    return f"{said[: room - 1]}…" if room >= 4 else ""  # noqa: PLR2004 - three characters say nothing

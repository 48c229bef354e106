"""Element: HTML elements as escaped text, and scales with round ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

OPEN = Markup("<{0}{1}>{2}</{0}>")
ATTRIBUTE = Markup(' {}="{}"')
TEN = 10.0


def element(name: str, *content: str | Markup, **attributes: str) -> Markup:
    """One element. Text is escaped, Markup is not; `class_` stands for class and ``a_b`` for a-b."""
    written = Markup("").join(
        ATTRIBUTE.format(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items()
    )
    return OPEN.format(name, written, Markup("").join(content))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Maps values of [low, high] to per cent of a width; values outside are put on the edge."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """0 to 100."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0
        return 100 * min(max(share, 0.0), 1.0)

    def place(self, start: float, end: float | None = None) -> str:
        """The style that puts an element at a value, or from one to another."""
        left = f"left:{self.at(start):.2f}%"
        return left if end is None else f"{left};width:{self.at(end) - self.at(start):.2f}%"

    def ticks(self, wanted: int, *, edge: float = 8) -> list[float]:
        """About `wanted` round values, none within `edge` per cent of an end, where its text would run over it."""
        rough = (self.high - self.low) / max(wanted, 1)
        if rough <= 0:
            return [self.low]
        power = TEN ** math.floor(math.log10(rough))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        found = [index * step for index in range(first, last + 1)]
        return [value for value in found if edge <= self.at(value) <= 100 - edge]

"""Comparison: two groups of runs against each other, as text for a terminal and as summary.md."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from actorproof.plural import some
from actorproof.properties.verdict.comparison import Comparison, Gate, Line, Performance, Rate, Standing

WIDTH = 80
MOST_LINES = 40
NAME = 35
SIDE = 17
SIGNS: dict[Standing, str] = {
    "new": "✗ new",
    "worse": "✗ worse",
    "only B": "? only B",
    "same": "= same",
    "only A": "? only A",
    "better": "✓ better",
    "gone": "✓ gone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One group of runs, as it is introduced: `releases` as people write them, `drivers` each with the store it had."""

    name: str
    path: str
    runs: int
    releases: tuple[str, ...]
    drivers: tuple[str, ...]

    def __str__(self) -> str:
        of = f"{some(self.runs, 'run')} of {', '.join(self.releases)}"
        return f"{self.name}  {of} ({', '.join(self.drivers)}): {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """All that a comparison is told from; `titles` say in a few words what each known cause is."""

    a: Side
    b: Side
    comparison: Comparison
    gates: AbstractSet[Gate]
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        return self.comparison.exit_code(self.gates)


def said(rate: Rate) -> str:
    """A rate in a few characters: ``3/12 5%-57%``."""
    return f"{rate.count}/{rate.of} {rate.interval.low:.0%}-{rate.interval.high:.0%}"


def figure(value: float) -> str:
    """A figure of the calls with three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits


def answer(compared: Compared) -> str:
    """What it comes to, in one sentence."""
    comparison = compared.comparison
    met, opened = comparison.met(compared.gates), comparison.open(compared.gates)
    if met:
        return f"{len(met)} {'is' if len(met) == 1 else 'are'} new or worse in B: {_few([x.name for x in met])}."
    if not comparison.scenarios:
        return "too little evidence to tell: A and B have no scenario in common."
    if not comparison.tellable:
        return "too little evidence to tell: with so few runs not even the largest difference would be one."
    if opened:
        return f"too little evidence to tell: only B showed {_few([x.name for x in opened])}, which may be chance."
    return "B is the same as A, or better."


def needed(comparison: Comparison) -> str:
    """How many runs it takes to see a rate double."""
    found = sorted(((line.runs, line) for line in comparison.lines if line.runs), key=lambda each: each[0])
    if not found:
        return ""
    (most, rarest), (least, commonest) = found[-1], found[0]
    text = f"To see {commonest.name} double with 90 % power takes {some(least, 'run')} of each"
    return text + (f"; {rarest.name}, {most:,}." if rarest is not commonest else ".")


def text(compared: Compared) -> str:
    """The comparison on at most MOST_LINES lines of at most WIDTH columns."""
    comparison = compared.comparison
    head = [*_folded(str(compared.a)), *_folded(str(compared.b))]
    if comparison.scenarios:
        runs = "{} against {} runs of ".format(*comparison.runs)
        head += _folded(f"compared: {runs}{_few(comparison.scenarios)}")
    if comparison.left_out:
        head += _folded(f"not compared, since only one has it: {_few(comparison.left_out)}")
    table = [
        "",
        f"{'':9}{'in so many runs (95 %)':{NAME + 1}}{'A':{SIDE}}B",
        *_rows([line for line in comparison.lines if line.kind == "guarantee"]),
        *_rows([line for line in comparison.lines if line.kind == "cause"]),
    ]
    foot = [f"{SIGNS[each.standing]:9}{_performance(each):{NAME + 1}}{figure(each.a):{SIDE}}{figure(each.b)}"
            for each in comparison.performance]  # fmt: skip
    foot += ["", *_folded(needed(comparison)), *_folded(answer(compared))]
    room = MOST_LINES - len(head) - len(foot)
    if len(table) > room:
        table = [*table[: room - 1], f"{'':9}and {some(len(table) - room + 1, 'more line')}, see the page"]
    return "\n".join([*head, *table, *foot])


def _few(names: Sequence[str]) -> str:
    most = 6
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _performance(each: Performance) -> str:
    return f"{each.name} ({each.unit})"


def _rows(lines: Sequence[Line]) -> list[str]:
    found: list[str] = []
    for line in lines:
        name = line.name
        if len(name) > NAME:  # no name is cut: it can be copied
            found.append(f"{'':9}{name}")
            name = ""
        found.append(f"{SIGNS[line.standing]:9}{name:{NAME + 1}}{said(line.a):{SIDE}}{said(line.b)}")
    return found


def _folded(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH, subsequent_indent="   ", break_on_hyphens=False) if line else []


def summary(compared: Compared) -> str:
    """The comparison as Markdown."""
    comparison = compared.comparison
    lines = [f"**{answer(compared)}**", "", f"- {compared.a}", f"- {compared.b}"]
    lines.append(
        "- compared: {} against {} runs of {}".format(*comparison.runs, ", ".join(comparison.scenarios) or "-")
    )
    if comparison.left_out:
        lines.append(f"- not compared, since only one has it: {', '.join(comparison.left_out)}")
    lines += [
        "",
        "| standing | what | A | B | chance | runs to see it double |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for line in comparison.lines:
        double = f"{line.runs:,}" if line.runs else "-"
        a, b = (f"{said(rate)}, {some(rate.violations, 'violation')}" for rate in (line.a, line.b))
        name = line.name.replace("|", "\\|")
        lines.append(f"| {line.standing} | {line.kind} {name} | {a} | {b} | {line.chance:.2g} | {double} |")
    for each in comparison.performance:
        lines.append(f"| {each.standing} | {_performance(each)} | {figure(each.a)} | {figure(each.b)} |  |  |")
    return "\n".join([*lines, "", needed(comparison), ""])

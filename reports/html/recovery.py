"""Recovery: a lane for each kind of fault, a dot for each fault at the seconds that actors took to answer again."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from actorproof.plural import some
from actorproof.reports.html.drawing import colour
from actorproof.reports.html.element import Scale, element
from actorproof.reports.report import Recovered
from actorproof.reports.words import amount

MOST_KINDS = 14


def recovery(found: Sequence[Recovered]) -> Markup:
    """The figure; a bar stands at the kind's budget. Kinds beyond MOST_KINDS, those seen least, are only counted."""
    known = [each.seconds for each in found if each.seconds is not None]
    budgets = [each.budget_s for each in found if each.budget_s is not None]
    x = Scale(low=0.0, high=max([1.0, *known, *budgets]) * 1.08)
    counts = {kind: sum(each.kind == kind for each in found) for kind in sorted({each.kind for each in found})}
    kinds = sorted(sorted(counts, key=lambda kind: -counts[kind])[:MOST_KINDS])
    lanes = [_lane(kind, [each for each in found if each.kind == kind], x) for kind in kinds]
    ticks = [element("span", f"{amount(value)} s", style=f"left:{x.at(value):.2f}%") for value in x.ticks(5)]
    axis = element("div", element("div", class_="who"), element("div", *ticks, class_="track axis"), class_="lane")
    label = "Time to recover per fault, in seconds after its heal"
    left = len(counts) - len(kinds)
    more = (
        [element("p", f"and {some(left, 'more kind')} of faults, all in verdicts.json", class_="quiet")] if left else []
    )
    return element("div", *lanes, axis, *more, class_="drawing scaled", role="img", aria_label=label)


def _lane(kind: str, found: Sequence[Recovered], x: Scale) -> Markup:
    seconds = [each.seconds for each in found if each.seconds is not None]
    never = len(found) - len(seconds)
    budget_s = max((each.budget_s for each in found if each.budget_s is not None), default=None)
    said = [f"longest {amount(max(seconds), 's')}"] if seconds else []
    said += [f"{never} never"] if never else []
    said += [f"budget {amount(budget_s, 's')}"] if budget_s is not None else []
    content = [] if budget_s is None else [element("i", class_="budget", style=x.place(budget_s))]
    verb = kind.partition(" ")[0]
    content += [
        element(
            "i", class_=f"dot {colour(verb)}", style=x.place(each.seconds), title=f"{each.fault}: {each.seconds:.3g} s"
        )
        for each in found
        if each.seconds is not None
    ]
    who = element("div", element("b", kind), " ", ", ".join(said), class_=f"who{' bad' if never else ''}")
    return element("div", who, element("div", *content, class_="track"), class_="lane")

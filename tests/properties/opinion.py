"""Second opinions: for each guarantee a naive implementation, written from its sentences alone, and random histories.

A folder's module ``opinion`` holds its OPINION; test_opinions.py finds it there, and holds the check to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from hypothesis.strategies import SearchStrategy

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.verdict import Verdict
from actorproof.properties.views.timeline import Timeline
from tests.properties.builder import History
from tests.properties.terms import free, verdict_on

Shown = AbstractSet[Any] | Counter[Any]


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What a check has to agree with.

    Attributes:
        histories: random ones, in which much happens.
        shown: what a verdict says, as far as the naive implementation has a word in it.
        naive: what that says of the same events.
        calm: histories of which answers may be forgotten, where that is not so of all.
        weakened: histories that are weakened, where those are others: of what the naive implementation can't tell.
        same: what no weaker history may show anew of one thing that is shown; a constant where a history that is broken
            already may show more, None for what it may.
        examples: how many histories are tried.
        is_of_cases: whether it has a word in the cases of the folder, too.
        widens: whether an operation that may have been sent earlier is a weaker one.
    """

    guarantee: str
    histories: SearchStrategy[History]
    shown: Callable[[Verdict, list[ev.Event]], Shown]
    naive: Callable[[list[ev.Event]], Shown]
    calm: SearchStrategy[History] | None = None
    weakened: SearchStrategy[History] | None = None
    same: Callable[[Any], object] = lambda each: each
    examples: int = 200
    is_of_cases: bool = True
    widens: bool = True
    limits: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.guarantee

    def of(self, events: list[ev.Event], *, numbered: bool = True) -> Shown:
        """What the check shows of a history."""
        verdict = verdict_on(Timeline(events, numbered=numbered), free(self.guarantee, **self.limits))
        return self.shown(verdict, events)

    def kept(self, events: list[ev.Event], *, numbered: bool = True) -> Counter[object]:
        """What no weaker history may show anew."""
        shown = self.of(events, numbered=numbered)
        if isinstance(shown, Counter):
            return shown
        return Counter({self.same(each) for each in shown} - {None})


def opinions() -> list[Opinion]:
    """All of them, by folder."""
    here = Path(__file__).parent
    names = sorted(path.parent.name for path in here.glob("*/opinion.py"))
    return [import_module(f"tests.properties.{name}.opinion").OPINION for name in names]


def actors(verdict: Verdict, _: list[ev.Event]) -> set[tuple[str, str]]:
    """Class and actor of each violation."""
    return {(violation.anomaly, violation.actor) for violation in verdict.violations}


def by_fault(verdict: Verdict, events: list[ev.Event]) -> set[tuple[str, str, str]]:
    """Class, actor and fault of each violation, which its first event names."""
    faults = {(event.process, event.seq): event.fault for event in events if isinstance(event, ev.FaultStarted)}
    return {(v.anomaly, v.actor, faults[v.events[0].process, v.events[0].seq]) for v in verdict.violations}


def classes(verdict: Verdict, _: list[ev.Event]) -> Counter[str]:
    """How often each class was found."""
    return Counter(verdict.classes)

"""No weaker history is worse than the whole one: every checker, on every case that stands in a folder.

A checker that is new is held to it as soon as it has cases. The random histories of its own tests go further.
"""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.registry import guarantees
from actorproof.properties.views.timeline import Timeline
from tests.properties.case import cases
from tests.properties.terms import free, verdict_on
from tests.properties.weaker import leave_out, unsure, widened

SEEDS = range(4)
OFTEN = 7  # so many lines of one kind are all left out in turn, of more every seventh
TIMED = frozenset({"parallelism", "readers"})
checkers = pytest.mark.parametrize("guarantee", sorted(name for name in guarantees() if free(name).classes))


def broken(guarantee: str, events: list[ev.Event], *, numbered: bool = True) -> set[str]:
    """The actors that a checker finds broken; without numbers gaps are not seen, so that nothing is whole."""
    verdict = verdict_on(Timeline(events, numbered=numbered), free(guarantee))
    return {violation.actor for violation in verdict.violations}


def lines_of(events: list[ev.Event]) -> list[int]:
    """Every line, but of what a long case says again and again only every so many."""
    seen: dict[str, int] = defaultdict(int)
    chosen = []
    for at, event in enumerate(events):
        seen[type(event).__name__] += 1
        if seen[type(event).__name__] <= OFTEN or at % OFTEN == 0:
            chosen.append(at)
    return chosen


@checkers
def test_leaving_out_any_one_line(guarantee: str) -> None:
    for case in cases(guarantee):
        events = case.events()
        before = broken(guarantee, events)
        assert broken(guarantee, events, numbered=False) <= before, case
        for out in lines_of(events):
            part = leave_out(events, out.__eq__)
            if len(part) == len(events):
                continue  # a line that has to stay
            assert broken(guarantee, part) <= before, (case, events[out])
            assert broken(guarantee, part, numbered=False) <= before, (case, events[out])


@checkers
def test_leaving_out_many_lines(guarantee: str) -> None:
    for case in cases(guarantee):
        events = case.events()
        before = broken(guarantee, events)
        for seed in SEEDS:
            rng = random.Random(seed)
            part = leave_out(events, lambda _, rng=rng: rng.random() < 0.3)  # type: ignore[misc]
            assert broken(guarantee, part) <= before, (case, seed)
            assert broken(guarantee, part, numbered=False) <= before, (case, seed)


@checkers
def test_widening_operations(guarantee: str) -> None:
    if guarantee in TIMED:
        pytest.skip("it times calls: one that was sent earlier did wait longer")
    for case in cases(guarantee):
        events = case.events()
        before = broken(guarantee, events)
        for seed in SEEDS:
            assert broken(guarantee, widened(events, random.Random(seed))) <= before, (case, seed)


@checkers
def test_turning_ok_into_info(guarantee: str) -> None:
    for case in cases(guarantee):
        events = case.events()
        before = broken(guarantee, events)
        for seed in SEEDS:
            assert broken(guarantee, unsure(events, random.Random(seed))) <= before, (case, seed)

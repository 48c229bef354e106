"""No weaker history is worse than the whole one: every checker, on every case that stands in a folder.

A checker that is new is held to it as soon as it has cases. The random histories of its own tests go further.
"""

from __future__ import annotations

import random

import msgspec
import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.registry import guarantees
from actorproof.properties.views.timeline import Timeline
from tests.properties.terms import free, verdict_on
from tests.properties.test_cases import BAD, CASES, GOOD
from tests.properties.weaker import leave_out, unsure, widened

SEEDS = range(4)
checkers = pytest.mark.parametrize("guarantee", sorted(name for name in guarantees() if free(name).classes))


def cases(guarantee: str) -> list[tuple[str, list[ev.Event]]]:
    return [
        (
            f"{path.parent.name}/{path.stem}",
            [msgspec.json.decode(line, type=ev.AnyEvent) for line in path.read_bytes().splitlines()],
        )
        for path in (*GOOD, *BAD)
        if path.parent.parent.name == guarantee
    ]


def broken(guarantee: str, events: list[ev.Event], *, numbered: bool = True) -> set[str]:
    """The actors that a checker finds broken; without numbers gaps are not seen, so that nothing is whole."""
    verdict = verdict_on(Timeline(events, numbered=numbered), free(guarantee))
    return {violation.actor for violation in verdict.violations}


@checkers
def test_there_are_good_and_bad_cases(guarantee: str) -> None:
    for folder in ("good", "bad"):
        assert any((CASES / guarantee / folder).glob("*.jsonl"))


@checkers
def test_leaving_out_any_one_line(guarantee: str) -> None:
    for name, events in cases(guarantee):
        before = broken(guarantee, events)
        for out in range(len(events)):
            part = leave_out(events, out.__eq__)
            assert broken(guarantee, part) <= before, (name, events[out])
            assert broken(guarantee, part, numbered=False) <= before, (name, events[out])


@checkers
def test_leaving_out_many_lines(guarantee: str) -> None:
    for name, events in cases(guarantee):
        before = broken(guarantee, events)
        for seed in SEEDS:
            rng = random.Random(seed)
            part = leave_out(events, lambda _, rng=rng: rng.random() < 0.3)  # type: ignore[misc]
            assert broken(guarantee, part) <= before, (name, seed)
            assert broken(guarantee, part, numbered=False) <= before, (name, seed)


@checkers
def test_widening_operations(guarantee: str) -> None:
    for name, events in cases(guarantee):
        before = broken(guarantee, events)
        for seed in SEEDS:
            assert broken(guarantee, widened(events, random.Random(seed))) <= before, (name, seed)


@checkers
def test_turning_ok_into_info(guarantee: str) -> None:
    for name, events in cases(guarantee):
        before = broken(guarantee, events)
        for seed in SEEDS:
            assert broken(guarantee, unsure(events, random.Random(seed))) <= before, (name, seed)

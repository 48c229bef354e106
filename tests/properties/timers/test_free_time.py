from __future__ import annotations

import pytest

from actorproof.properties.guarantees.ticks.timers.free_time import FreeTime

SPANS = [[], [(3, 5)], [(7, 9), (3, 5)], [(2, 4), (3, 7), (9, 10)], [(0, 2), (2, 3), (6, 6), (8, 11)]]


def counted(spans: list[tuple[int, int]], start: int, end: int) -> int:
    """Free instants, one by one."""
    return sum(not any(a <= at < b for a, b in spans) for at in range(start, end))


@pytest.mark.parametrize("spans", SPANS)
def test_time_between_two_instants_agrees_with_counting(spans: list[tuple[int, int]]) -> None:
    free = FreeTime(spans)
    for start in range(13):
        for end in range(start, 13):
            assert free.between(start, end) == counted(spans, start, end)
            assert free.between(end, start) == -free.between(start, end)


@pytest.mark.parametrize("spans", SPANS)
def test_time_that_is_needed_agrees_with_counting(spans: list[tuple[int, int]]) -> None:
    free = FreeTime(spans)
    for start in range(13):
        for needed in range(1, 8):
            first = next(end for end in range(start, 99) if counted(spans, start, end) == needed)
            assert free.after(start, needed) == first

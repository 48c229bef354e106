"""Missed ticks decided the slow way: by trying every way to give turns to ticks."""

from __future__ import annotations

from functools import cache

S = 1_000_000_000


def deadline(due_ns: int, faults: list[tuple[int, int]], budget_ns: int) -> int:
    """By when a tick is to be served: the budget after due, or after the heal of whatever touches that time."""
    end_ns = due_ns + budget_ns
    changed = True
    while changed:
        changed = False
        for start_ns, healed_ns in faults:
            if start_ns <= end_ns and healed_ns + budget_ns > end_ns and healed_ns + budget_ns >= due_ns:
                end_ns = healed_ns + budget_ns
                changed = True
    return end_ns


def fewest_missed(ticks: list[tuple[int, int, bool]], turns: list[int], *, rounding_ns: int) -> int:
    """`ticks` are (earliest due, deadline, wanted); `turns` the starts of completed ones. The first tick takes any."""

    @cache
    def best(at: int, free: frozenset[int]) -> int:
        if at == len(turns):
            return sum(ticks[k][2] for k in free)
        found = best(at + 1, free)
        for k in free:
            earliest_ns, deadline_ns, _ = ticks[k]
            if (k == 0 or earliest_ns - rounding_ns <= turns[at]) and turns[at] <= deadline_ns:
                found = min(found, best(at + 1, free - {k}))
        return found

    return best(0, frozenset(range(len(ticks))))

"""Overwritten: answers that no order explains, told without a search, where every change is a plain write.

A read sees the state that some write left, or the first one. That write began before the read ended, and no other write
lies wholly between the two: one that began after it had ended, and ended before the read began. Where there is no such
write, the read fits nowhere, whatever else happens. One that has no end may take effect at any later time, so nothing
lies after it. Compare the zones of Gibbons and Korach, "Testing Shared Memories" (1997).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

State = Hashable


def first_overwritten(
    events: Sequence[int],
    *,
    born: Sequence[int],
    dies: Sequence[int],
    blind: Sequence[bool],
    after: Sequence[State],
    needs: Sequence[Hashable],
    anything: Hashable,
    initial: State,
) -> int | None:
    """Where in the events the first read ends that fits nowhere; None when each may fit.

    Events are numbers of operations at their starts, and complements of them at their ends; `born` and `dies` are the
    places of both. `after` is the state that a blind operation leaves, `needs` the only one in which another is legal,
    or `anything`.
    """
    newest = -1  # where the latest write began that has ended
    over: dict[int, int] = {}  # that, when each read began
    latest: dict[State, int] = {initial: -1}  # by state, where the last write of it ends
    for place, event in enumerate(events):
        number = event if event >= 0 else ~event
        if blind[number]:
            if event >= 0:
                latest[after[number]] = max(dies[number], latest.get(after[number], -1))
            else:
                newest = max(newest, born[number])
        elif needs[number] is not anything:
            if event >= 0:
                over[number] = newest
            else:
                began = over.pop(number)
                ended = latest.get(needs[number])
                if ended is None or ended < began:
                    return place
    return None

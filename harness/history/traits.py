"""Traits: how the versions of a runtime differ, in words. Checkers read the words and compare no versions.

    drain-honoured   an actor that moves waits for a call under way until the drain time-out runs out; one that reaches
                     the dissemination time-out is cut to 0.8 of that, 2 s at least
    readers-beside-writers
                     a call that only reads its actor runs beside other turns of it
    slots-N          a host works on N calls at once; one that waits for another turn of its actor is one of them
    state-in-memory  an actor's state is the memory of its process, and nothing keeps it
    sidecars-hand-over
                     what stands before a host hands calls over and decides nothing: its end tells nobody anything

A run writes its runtime's traits into its history. Histories that were recorded before that are of Dapr, or simulate
it, and their traits follow from the version that they name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

DRAIN_HONOURED = "drain-honoured"
READERS_BESIDE_WRITERS = "readers-beside-writers"
SIDECARS_HAND_OVER = "sidecars-hand-over"
SLOTS = "slots-"
STATE_IN_MEMORY = "state-in-memory"
ON_REQUEST = frozenset({READERS_BESIDE_WRITERS})
"""What a simulated runtime does when a topology names it among its features."""
SINCE: Mapping[str, tuple[int, int]] = {DRAIN_HONOURED: (1, 17)}


def traits_of(version: str) -> tuple[str, ...]:
    """The traits of a version of Dapr, in order of their names; none where the version is no number."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is None:
        return ()
    return tuple(sorted(trait for trait, since in SINCE.items() if (int(numbers[1]), int(numbers[2])) >= since))


def slots_of(traits: Iterable[str]) -> int | None:
    """How many calls a host works on at once; None where nothing limits that."""
    return next((int(trait.removeprefix(SLOTS)) for trait in traits if trait.startswith(SLOTS)), None)

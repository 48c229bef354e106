"""Extent: how much the state machine draws, as data."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.errors import UsageError
from actorproof.harness.faults.registry import kind

# More faults at once than this leave nothing that could be judged.
MAX_FAULTS = 2
PAUSES_S = (0.2, 1.0, 3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """How much is drawn at the most: examples, and steps in each. A run's duration usually ends it sooner.

    UsageError when it makes no sense.

    Attributes:
        max_faults: how many faults may be in place at once; 0 for none at all.
        pauses_s: what may pass between two steps.
        verbs: the kinds of faults that may be drawn; every one when empty.
        odd_ids: whether a fifth of the actors have ids as users send them, some of which a runtime refuses.
    """

    examples: int = 30
    steps: int = 10
    max_faults: int = MAX_FAULTS
    pauses_s: tuple[float, ...] = PAUSES_S
    verbs: tuple[str, ...] = ()
    odd_ids: bool = False

    def __post_init__(self) -> None:
        if min(self.examples, self.steps) < 1:
            raise UsageError("draw: examples and steps: choose 1 or more")
        if self.max_faults < 0:
            raise UsageError(f"draw: max_faults is {self.max_faults}: choose 0 or more")
        if not self.pauses_s or min(self.pauses_s) < 0:
            raise UsageError("draw: pauses_s: choose at least one pause, each of 0 s or more")
        for verb in self.verbs:
            kind(verb)


DRAWINGS = {
    "quick": Drawing(examples=30, steps=10),
    "standard": Drawing(examples=300, steps=12, odd_ids=True),
    "soak": Drawing(examples=1000, steps=20, odd_ids=True),
}

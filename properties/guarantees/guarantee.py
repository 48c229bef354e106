"""Guarantee: one promise as an object. Its module registers it by holding it under the name GUARANTEE.

What is said of it, and its numbers, stand in the table of that id in the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from actorproof.properties.verdict.findings import Budget, Findings, Terms
from actorproof.properties.views.timeline import Timeline

Check = Callable[[Timeline, Terms], Findings]
Search = Callable[[Timeline, Terms, Budget], Findings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """How one guarantee is decided and shown. It has either a `check` or a `search`.

    Attributes:
        id: its table in the catalogue.
        check: finds its violations in one history.
        search: the same, where that may take long and has to end when a budget is used up.
        from_any_history: whether any history with calls can decide it, whatever its scenario was made for.
        overlapping: whether its violations are of things that ran at the same time, which a drawing hatches.
        canary: whether the canary breaks it in every run, so that a check that is blind shows.
    """

    id: str
    check: Check | None = None
    search: Search | None = None
    from_any_history: bool = False
    overlapping: bool = False
    canary: bool = False

    def __post_init__(self) -> None:
        if (self.check is None) is (self.search is None):
            raise ValueError(f"guarantee {self.id} needs either a check or a search")

    def findings(self, timeline: Timeline, terms: Terms, budget: Budget) -> Findings:
        """What is found in one history; `budget` is what a search may use."""
        if self.check is not None:
            return self.check(timeline, terms)
        assert self.search is not None
        return self.search(timeline, terms, budget)

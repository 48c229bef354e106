"""Classes: what the class of a violation is called for readers.

A checker calls *unexplained* what its own guarantee gives no reason for. Where links over all guarantees lead to a
cause all the same, readers are not told that nothing explains it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from actorproof.properties.causes.cause import UNEXPLAINED, Cause
from actorproof.properties.verdict.findings import Violation

EXPLAINED = "explained by its cause"


class Classes:
    """The names of classes in one run, whose causes these are."""

    def __init__(self, causes: Iterable[Cause]) -> None:
        traced = (each for cause in causes if cause.mechanism is not None for each in cause.traced)
        self._explained = {each.violation for each in traced if each.violation.anomaly == UNEXPLAINED}

    def of(self, violation: Violation) -> str:
        """The name of a violation's class."""
        return EXPLAINED if violation in self._explained else violation.anomaly

    def counts(self, violations: Iterable[Violation]) -> Counter[str]:
        """How many violations there are of each class."""
        return Counter(map(self.of, violations))

"""Outcome: the lattice that verdicts are joined in, and how each of its members is shown.

``violated > error > unknown > deviates > clean > holds > figure``: an aggregate is its worst member, so nothing masks a
violation.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Outcome(IntEnum):
    """The lattice; a larger member is worse.

    ``figure``: there is nothing to judge, no class and no threshold. ``clean``: nothing is wrong in a scenario that
    was run by itself and covers what it owes, which is too little for a guarantee to hold. ``deviates``: it holds, but
    for listed deviations.
    """

    FIGURE = 0
    HOLDS = 1
    CLEAN = 2
    DEVIATES = 3
    UNKNOWN = 4
    ERROR = 5
    VIOLATED = 6

    @property
    def word(self) -> str:
        """The outcome as it is shown to people."""
        return self.name.lower()

    @property
    def sign(self) -> str:
        """One character, so that colour is never the only carrier."""
        return "#✓○≈?!✗"[self]

    @property
    def holds(self) -> bool:
        """Whether nothing is open: it holds, is clean, breaks only as listed, or is a figure."""
        return self <= Outcome.DEVIATES

    @property
    def plain(self) -> str:
        """The outcome for programs: ``holds``, ``clean``, ``unknown``, ``error`` or ``violated``."""
        return self.word if self is Outcome.CLEAN or not self.holds else Outcome.HOLDS.word

    @property
    def exit_code(self) -> int:
        """0 holds, is clean or breaks only as listed, 1 violated, 2 unknown, 3 error."""
        return {Outcome.VIOLATED: 1, Outcome.UNKNOWN: 2, Outcome.ERROR: 3}.get(self, 0)


def join(outcomes: Iterable[Outcome]) -> Outcome:
    """The worst of several outcomes; figures are none, and without any it is `unknown`, since nothing was tested."""
    return max((outcome for outcome in outcomes if outcome is not Outcome.FIGURE), default=Outcome.UNKNOWN)

"""Damage: what a violation costs whoever relies on the promise. It decides which cause is told first.

The one rule: a cause is told by the worst that any of its violations did. First those that leave wrong state, then
those that leave actors silent, then all others (two turns at the same time, late, early, out of order), each by how
often it came. Which class of violation does what stands in `catalogue.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Damage(StrEnum):
    """What is worse than a promise that is broken and no more, the worst first."""

    STATE = "state"
    """What was acknowledged is lost or overwritten, or an answer comes from state that never was."""
    SILENCE = "silence"
    """An actor answers nobody, or what is due never comes."""


def worst(damages: Iterable[Damage | None]) -> Damage | None:
    """The worst of them; None where there is none."""
    found = set(damages)
    return next((each for each in Damage if each in found), None)

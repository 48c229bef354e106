"""Kept: what a failed turn left behind in its instance, and a later turn of it saved."""

from __future__ import annotations

from collections.abc import Sequence

from actorproof.properties.views.records import Turn
from actorproof.properties.views.state.ledger import writes_of


def kept_from(turn: Turn, of_actor: Sequence[Turn]) -> Turn | None:
    """The failed turn of the same instance whose change a turn saved: what it writes names that turn."""
    written = [value for save in turn.saves for _, value in writes_of(save)]
    return next(
        (
            other
            for other in of_actor
            if other.ended == "failed"
            and other.instance == turn.instance
            and other.end_ns < turn.start_ns
            and any(f'"{other.id}"' in value for value in written if value is not None)
        ),
        None,
    )

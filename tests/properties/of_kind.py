"""The events of one kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from actorproof.harness.history import events as ev

Kind = TypeVar("Kind", bound=ev.Event)


def of(events: Iterable[ev.Event], kind: type[Kind]) -> list[Kind]:
    """In the order in which they stand there."""
    return [event for event in events if isinstance(event, kind)]

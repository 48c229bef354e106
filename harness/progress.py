"""Progress: what a run tells about itself while it goes on. Reports implement it for terminals and for CI."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives what happens; never raises."""

    def phase(self, text: str) -> None:
        """A new stage begins."""

    def tick(self, *, operations: int, faults: int, note: str = "") -> None:
        """Where the counters stand now."""


class Silent:
    """Says nothing."""

    def phase(self, text: str) -> None:
        """Say nothing."""

    def tick(self, *, operations: int, faults: int, note: str = "") -> None:
        """Say nothing."""

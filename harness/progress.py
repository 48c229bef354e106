"""Progress: what a run tells about itself while it goes on. Reports implement it for terminals and for CI."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Progress(Protocol):
    """Receives what happens; never raises."""

    def recording(self, folder: Path) -> None:
        """The journals of a run begin to stand in a folder."""

    def phase(self, text: str) -> None:
        """A new stage begins."""

    def tick(self, *, operations: int, faults: int, note: str = "") -> None:
        """Where the counters stand now."""


class Silent:
    """Says nothing."""

    def recording(self, folder: Path) -> None:
        """Say nothing."""

    def phase(self, text: str) -> None:
        """Say nothing."""

    def tick(self, *, operations: int, faults: int, note: str = "") -> None:
        """Say nothing."""

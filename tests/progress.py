"""A progress for tests."""

from __future__ import annotations


class Told:
    """A progress that keeps what it was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def recording(self, _folder: object) -> None: ...

    def phase(self, text: str) -> None:
        self.lines.append(text)

    def tick(self, **_: object) -> None: ...

"""Lease: until when a host may serve actors. Its sidecar and its application each have one, and stop by themselves."""

from __future__ import annotations

from actorproof.harness.simulation.loop import VirtualLoop


class Lease:
    """It is over unless it was granted, and again when its time has come."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.until_ns = 0
        self._loop = loop

    @property
    def granted(self) -> bool:
        """Whether it was ever granted in this session."""
        return bool(self.until_ns)

    @property
    def over(self) -> bool:
        """Whether the host must not serve actors any more."""
        return self._loop.now_ns >= self.until_ns

    @property
    def left_s(self) -> float:
        """How long it lasts; 0 or less when its time has come."""
        return (self.until_ns - self._loop.now_ns) / 1e9

    def end(self) -> None:
        """The session is over."""
        self.until_ns = 0

"""Timers: what an actor asks of its sidecar to be called again later, for as long as it is active.

A timer is registered and unregistered by the actor itself, in a turn, through its own sidecar. Its callback is a turn
with cause timer.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from actorproof.harness.errors import UsageError
from actorproof.harness.subjects.witness import Mark, Witness
from actorproof.harness.times import Times

CALLBACK = "tick"
"""The callback of every timer: a method that hosts of every kind have."""


class TimerError(Exception):
    """A registration or unregistration was not acknowledged: it may or may not have taken effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerRequest(Times):
    """A timer as its actor registers it; it carries nothing when `data` is unset."""

    name: str
    callback: str = CALLBACK
    data: Any = msgspec.UNSET

    @classmethod
    def of(cls, args: Mapping[str, Any]) -> TimerRequest:
        """Read a call's arguments; ValueError when they are no timer."""
        try:
            return msgspec.convert(dict(args), cls)
        except (msgspec.ValidationError, UsageError) as error:
            raise ValueError(f"this is no timer: {error}") from error

    def body(self) -> bytes:
        """The registration as the sidecar's API takes it."""
        fields: dict[str, object] = {**self.written(wall_ns=time.time_ns()), "callback": self.callback}
        if self.data is not msgspec.UNSET:
            fields["data"] = self.data
        return msgspec.json.encode(fields)


class TimerAccess(Protocol):
    """One actor's timers for the length of one turn."""

    async def register(self, request: TimerRequest) -> None:
        """Register a timer; returns when acknowledged, else TimerError."""

    async def unregister(self, name: str) -> None:
        """Unregister a timer; returns when acknowledged, else TimerError."""


class WitnessedTimers:
    """TimerAccess of one turn, each request witnessed."""

    __slots__ = ("_mark", "_timers", "_witness")

    def __init__(self, timers: TimerAccess, witness: Witness, mark: Mark) -> None:
        self._timers = timers
        self._witness = witness
        self._mark = mark

    async def register(self, request: TimerRequest) -> None:
        with self._witness.runtime_call(self._mark, "register-timer", request.name):
            await self._timers.register(request)

    async def unregister(self, name: str) -> None:
        with self._witness.runtime_call(self._mark, "unregister-timer", name):
            await self._timers.unregister(name)

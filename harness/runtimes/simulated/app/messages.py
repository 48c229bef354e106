"""Messages: what a sidecar and its application ask of each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from actorproof.harness.history.events import Cause
from actorproof.harness.ports import Reply
from actorproof.harness.subjects.engine import Answer
from actorproof.harness.subjects.timers import TimerRequest
from actorproof.harness.subjects.witness import Writes


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRequest:
    """One turn as the sidecar asks for it; `key` names it between the two."""

    session: int
    key: int
    type_: str
    id_: str
    cause: Cause
    name: str
    body: bytes
    chain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnReply:
    """What became of a turn.

    Attributes:
        answer: None when it was not begun.
        aborted: it was taken back.
        cut: a broken host closed the connection instead of answering.
    """

    answer: Answer | None
    aborted: bool = False
    cut: bool = False


class SidecarApi(Protocol):
    """What the application asks of its sidecar. None stands for an error."""

    async def get_state(self, actor: str, key: str) -> tuple[bool, str | None]: ...

    async def commit_state(self, actor: str, writes: Writes) -> bool: ...

    async def register_timer(self, actor: str, request: TimerRequest) -> bool: ...

    async def unregister_timer(self, actor: str, name: str) -> bool: ...

    async def call(self, actor: str, method: str, body: bytes, *, chain: str | None = None) -> Reply: ...

"""Calls: what is on its way to an actor, and what its owner says."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.history.events import Cause

PATIENCE_S = 10.0
OK = 200
ERROR = 500
NO_CONTENT = 204


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, reminder or timer on its way to an actor. It must not begin after `until_ns`."""

    actor: str
    cause: Cause
    name: str
    body: bytes
    chain: str | None = None
    until_ns: int


@dataclass(frozen=True, slots=True)
class Served:
    """What an owner says: a whole answer, or why there is none. `again` says that nothing was begun or all undone."""

    status: int
    body: bytes = b""
    again: bool = False


ELSEWHERE = Served(ERROR, b'{"error":"the actor is not here"}', again=True)
UNAVAILABLE = Served(ERROR, b'{"error":"the actor is not available"}', again=True)
CUT_OFF = Served(ERROR, b'{"error":"the connection to the actor broke"}')
TOO_DEEP = Served(ERROR, b'{"error":"maximum stack depth exceeded"}')

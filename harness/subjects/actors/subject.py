"""Subject: an actor's behaviour; Turn: what one turn of it may use.

A subject reads its state in its first turn and keeps a cache, as ordinary actor code does. The cache changes only
after a save was acknowledged; when a turn fails the host calls `forget`, so the next turn reads again.
Nothing here serialises turns: that is the runtime's promise, and it is what is tested.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec

from actorproof.harness.subjects.timers import TimerAccess
from actorproof.harness.subjects.witness import Mark, Witness, Writes

Args = Mapping[str, Any]
Method = Callable[[Any, "Turn", Args], Awaitable[object]]
MethodT = TypeVar("MethodT", bound=Method)


_MARKED = "__actor_method__"


def method(function: MethodT) -> MethodT:
    """Mark a method of a subject as one that can be called."""
    setattr(function, _MARKED, True)
    return function


class SubjectError(Exception):
    """A turn that can't be done as asked; it fails and answers 500."""


class StateError(Exception):
    """The state could not be read, or a save was not acknowledged: it may or may not have been stored."""


class StateAccess(Protocol):
    """One actor's state for the length of one turn. Values are JSON texts."""

    async def get(self, key: str) -> str | None:
        """The value as it is stored, None when there is none; StateError when that can't be known."""

    async def commit(self, writes: Writes) -> None:
        """Store all writes in one transaction; returns when acknowledged, else StateError."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: its mark in the journal, the actor's state and timers, and how long it is to be held (seconds)."""

    mark: Mark
    state: StateAccess
    timers: TimerAccess
    witness: Witness
    hold_s: float = 0.0

    @property
    def id(self) -> str:
        return self.mark.turn

    async def hold(self) -> None:
        """Be a slow turn, if asked to: called between read and save."""
        if self.hold_s > 0:
            await asyncio.sleep(self.hold_s)

    async def load(self, key: str) -> Any:
        """The decoded value of a key, None when there is none."""
        text = await self.state.get(key)
        return None if text is None else msgspec.json.decode(text)

    async def save(self, values: Mapping[str, Mapping[str, object]]) -> None:
        """Store all values in one transaction, each with this turn's id."""
        await self.state.commit([(key, value_text({**value, "turn": self.id})) for key, value in values.items()])


class Subject:
    """One instance of an actor in memory. `METHODS` has what can be called, by name."""

    __slots__ = ()
    METHODS: ClassVar[Mapping[str, Method]]

    def __init_subclass__(cls) -> None:
        cls.METHODS = {name: value for name, value in vars(cls).items() if hasattr(value, _MARKED)}

    def forget(self) -> None:
        """Drop the cache."""

    async def tick(self, turn: Turn, args: Args) -> None:  # noqa: ARG002 - for subjects that want it
        """A reminder or timer fired; `args` are of its payload. The turn itself is the record."""
        await turn.hold()


def value_text(value: Mapping[str, object]) -> str:
    """A value in normal form: keys sorted, no spaces.

    The sidecar decodes a value and encodes it again with its keys in any order (seen in 1.18.2 with Redis), so texts
    out of the store compare with ours only after they were brought into this form too.
    """
    return msgspec.json.encode(value, order="sorted").decode()


def number(args: Args, name: str) -> int:
    """A whole number among the arguments; SubjectError when it is none."""
    value = args.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise SubjectError(f"argument {name} is {value!r}: a whole number is wanted")
    return value


def text(args: Args, name: str) -> str:
    """A text among the arguments; SubjectError when it is none."""
    value = args.get(name)
    if not isinstance(value, str):
        raise SubjectError(f"argument {name} is {value!r}: a text is wanted")
    return value

"""Subject: an actor's behaviour; Turn: what one turn of it may use.

A subject reads its state in its first turn and keeps a cache, as ordinary actor code does. The cache changes only
after a save was acknowledged; when a turn fails the host calls `forget`, so the next turn reads again.
Nothing here serialises turns: that is the runtime's promise, and it is what is tested.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, ClassVar, Protocol, TypeVar, get_args

import msgspec

from actorproof.harness.errors import UsageError
from actorproof.harness.history.declared import DeclaredMethod, DeclaredType, Effect
from actorproof.harness.subjects.timers import TimerAccess
from actorproof.harness.subjects.witness import Mark, Witness, Writes

Args = Mapping[str, Any]
Method = Callable[[Any, "Turn", Args], Awaitable[object]]
MethodT = TypeVar("MethodT", bound=Method)


_MARKED = "__actor_method__"
OK = 200


def method(effect: Effect, *, function: str = "", takes: tuple[str, ...] = ()) -> Callable[[MethodT], MethodT]:
    """Declare a method of a subject as one that can be called, and what a call of it can do with the actor's state.

    `function` and `takes` say what it is to the subject's model (see `DeclaredMethod`). UsageError without an effect.
    """
    if effect not in get_args(Effect):
        raise UsageError(_undeclared(getattr(effect, "__qualname__", f"with effect {effect!r}")))

    def mark(body: MethodT) -> MethodT:
        declared = DeclaredMethod(name=body.__name__, effect=effect, function=function, takes=takes)
        setattr(body, _MARKED, declared)
        return body

    return mark


def _undeclared(name: str) -> str:
    effects = ", ".join(f'@method("{effect}")' for effect in get_args(Effect))
    return f"method {name} declares no effect: write one of {effects} above it, or begin its name with _"


class SubjectError(Exception):
    """A turn that can't be done as asked; it fails and answers 500."""


class StateError(Exception):
    """The state could not be read, or a save was not acknowledged: it may or may not have been stored."""


class CallError(Exception):
    """A call to another actor broke off: it may or may not have taken effect."""


class Peers(Protocol):
    """How an actor calls actors: through its own sidecar."""

    async def invoke(self, actor: str, method: str, body: bytes, *, chain: str | None) -> tuple[int, bytes]:
        """HTTP status and body of the answer; CallError when it broke off. `chain` goes on as the reentrancy id."""


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """What a turn knows after a call: the decoded result, None unless it was answered with one, and else why not."""

    result: object
    reason: str


class _PeerReply(msgspec.Struct, frozen=True):
    turn: str
    result: msgspec.Raw = msgspec.Raw(b"null")


_peer_reply = msgspec.json.Decoder(_PeerReply)


class StateAccess(Protocol):
    """One actor's state for the length of one turn. Values are JSON texts."""

    async def get(self, key: str) -> str | None:
        """The value as it is stored, None when there is none; StateError when that can't be known."""

    async def stage(self, writes: Writes) -> None:
        """Set writes aside for the save at the turn's end, where a host saves then; elsewhere nothing."""

    async def commit(self, writes: Writes, *, ttl_s: int | None = None) -> None:
        """Store all writes in one transaction, for `ttl_s` seconds; returns when acknowledged, else StateError."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: its mark, the actor's state, timers and way to others, and how long it is to be held (seconds)."""

    mark: Mark
    state: StateAccess
    timers: TimerAccess
    witness: Witness
    peers: Peers
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

    async def save(self, values: Mapping[str, Mapping[str, object]], *, ttl_s: int | None = None) -> None:
        """Store all values in one transaction, each with this turn's id, and for `ttl_s` seconds if that is given."""
        await self.state.commit(self._writes(values), ttl_s=ttl_s)

    async def stage(self, values: Mapping[str, Mapping[str, object]]) -> None:
        """Change values as a turn does that is to save them at its end, and may fail before that."""
        await self.state.stage(self._writes(values))

    def _writes(self, values: Mapping[str, Mapping[str, object]]) -> Writes:
        return [(key, value_text({**value, "turn": self.id})) for key, value in values.items()]

    async def call(self, actor: str, method: str, args: Args, *, patience_s: float) -> PeerAnswer:
        """Call a method of an actor as an operation of this turn, and give up on it after `patience_s`."""
        op = self.witness.call_started(self.mark, actor=actor, name=method, args=args, give_up_s=patience_s)
        body = msgspec.json.encode({"op": op, "args": args})
        try:
            async with asyncio.timeout(patience_s):
                status, answer = await self.peers.invoke(actor, method, body, chain=self.mark.chain)
        except TimeoutError:
            self.witness.call_ended(op, outcome="info", reason="gave-up")
            return PeerAnswer(None, "gave-up")
        except CallError as error:
            self.witness.call_ended(op, outcome="info", reason=f"cut-off: {error}")
            return PeerAnswer(None, "cut-off")
        except Exception as error:  # the turn itself is over: its call ends with it
            self.witness.call_ended(op, outcome="info", reason=f"cut-off: {type(error).__name__}")
            raise
        if status != OK:
            reason = f"status-{status} {answer[:160].decode(errors='replace')}".strip()
            self.witness.call_ended(op, outcome="info", status=status, reason=reason)
            return PeerAnswer(None, reason)
        try:
            reply = _peer_reply.decode(answer)
        except msgspec.MsgspecError:
            self.witness.call_ended(op, outcome="info", status=status, reason="unreadable reply")
            return PeerAnswer(None, "unreadable reply")
        self.witness.call_ended(op, outcome="ok", status=status, turn=reply.turn, result=bytes(reply.result).decode())
        return PeerAnswer(msgspec.json.decode(reply.result), "")


class Subject:
    """One instance of an actor in memory. `METHODS` has what can be called, by name.

    `MODEL` names the model that its calls are held to for linearizability (properties/linearizability/models); empty
    where it has none. UsageError for a class with a public coroutine that declares no effect.
    """

    __slots__ = ()
    METHODS: ClassVar[Mapping[str, Method]]
    MODEL: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        bases = reversed(cls.__mro__)
        cls.METHODS = {name: each for base in bases for name, each in vars(base).items() if hasattr(each, _MARKED)}
        for name, value in vars(cls).items():
            if iscoroutinefunction(value) and not name.startswith("_") and name not in {*cls.METHODS, "tick"}:
                raise UsageError(_undeclared(f"{cls.__name__}.{name}"))

    @classmethod
    def declaration(cls) -> DeclaredType:
        """What it says of itself to whoever judges it."""
        methods = tuple(getattr(function, _MARKED) for function in cls.METHODS.values())
        return DeclaredType(name=cls.__name__, methods=methods, model=cls.MODEL)

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

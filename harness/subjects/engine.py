"""Engine: runs turns of subjects for a host, and has the witness record them.

It never serialises turns, and it never refuses a turn that the runtime should not have sent.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from actorproof.harness.history.events import Cause
from actorproof.harness.subjects.actors import SUBJECTS
from actorproof.harness.subjects.actors.subject import Args, Method, Peers, StateAccess, Subject, SubjectError, Turn
from actorproof.harness.subjects.behaviour import Behaviour
from actorproof.harness.subjects.breakage import Breakage
from actorproof.harness.subjects.instructed import USUAL, Instructed, Unsaved, prelude
from actorproof.harness.subjects.timers import TimerAccess, WitnessedTimers
from actorproof.harness.subjects.witness import Mark, Witness

StateOf = Callable[[str, Mark], StateAccess]
"""Makes the state access of one turn from the actor (``Type/id``) and the turn's mark."""
TimersOf = Callable[[str], TimerAccess]
"""Makes the timer access of an actor's turns."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the host replies: an HTTP status and a JSON body; `cancels` asks for no more of a reminder or timer."""

    status: int
    body: bytes
    cancels: bool = False


class CallBody(msgspec.Struct, frozen=True):
    """The body of a call."""

    op: str | None = None
    args: dict[str, Any] = {}


class FiringBody(msgspec.Struct, frozen=True):
    """The body of a reminder or timer; the rest of its fields is not needed."""

    data: msgspec.Raw = msgspec.Raw(b"null")
    callback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the body of a turn's request says.

    Attributes:
        op: the operation that a call belongs to.
        args: of a call; of a firing, its payload when it says how the turn is to go.
        data: JSON text of a firing's payload.
        callback: what a timer is to call.
    """

    op: str | None = None
    args: Args = field(default_factory=dict)
    data: str = "null"
    callback: str | None = None


class Completed(msgspec.Struct, frozen=True):
    """The reply of a completed turn."""

    turn: str
    instance: int
    process: str
    result: msgspec.Raw


_ARGUMENTS = (b"hold_s", b"fail_every", b"saves")  # what a payload can ask of its turn
_decode_call = msgspec.json.Decoder(CallBody).decode
_decode_firing = msgspec.json.Decoder(FiringBody).decode
_encode = msgspec.json.Encoder().encode


class Engine:
    """Holds the instances of one process.

    `state_of` and `timers_of` serve each turn, `peers` is its way to other actors; `breakage` breaks promises, and
    `behaviours` say how to answer. `types` are the subjects that it knows.
    """

    def __init__(
        self,
        *,
        witness: Witness,
        state_of: StateOf,
        timers_of: TimersOf,
        peers: Peers,
        breakage: Breakage,
        behaviours: Sequence[Behaviour] = (),
        types: Mapping[str, type[Subject]] = SUBJECTS,
    ) -> None:
        self._types = types
        self._witness = witness
        self._state_of = state_of
        self._timers_of = timers_of
        self._peers = breakage.peers(peers)
        self._breakage = breakage
        self._instructed = Instructed(behaviours)
        self._subjects: dict[str, Subject] = {}

    async def turn(
        self,
        *,
        type_: str,
        id_: str,
        cause: Cause,
        name: str,
        body: bytes,
        chain: str | None,
        cut: Callable[[], None],
        op: str | None = None,
    ) -> Answer:
        """Run one turn and return its answer. `cut` breaks the caller's connection, for broken hosts.

        `op` is the operation of a call that a header names: its body is an argument, whatever it is.
        """
        make = self._types.get(type_)
        if make is None:
            return Answer(404, _encode({"error": f"no actor type {type_}"}))
        function = make.METHODS.get(name) if cause == "call" else None
        if function is None and cause == "call":
            return Answer(404, _encode({"error": f"{type_} has no method {name}"}))
        try:
            asked = read_body(cause, body, op)
        except msgspec.DecodeError as error:
            return Answer(400, _encode({"error": f"body is not understood: {error}"}))
        actor = f"{type_}/{id_}"
        if self._breakage.refuses(actor, cause):
            return Answer(self._breakage.refusal_status, _encode({"error": "broken on purpose"}))
        mark = self._witness.begin(
            actor=actor,
            cause=cause,
            name=name,
            op=asked.op,
            chain=chain,
            data=asked.data,
            callback=asked.callback,
        )
        subject = self._subjects.get(actor)
        if subject is None:
            subject = self._subjects[actor] = make()
        behaviour = self._instructed.next(actor, cause, name)
        state = self._breakage.state(self._state_of(actor, mark), mark)
        if behaviour.manner == "fail-save":
            state = Unsaved(state)
        timers = WitnessedTimers(self._timers_of(actor), self._witness, mark)
        turn = Turn(mark, state, timers, self._witness, self._peers, hold_of(asked.args))
        self._breakage.opened(mark)
        try:
            return await self._run(subject, turn, function, asked.args, behaviour)
        finally:
            self._breakage.closed(mark, cut)

    def deactivate(self, type_: str, id_: str) -> None:
        """A DELETE arrived. Turns that still run keep the instance that they began with."""
        actor = f"{type_}/{id_}"
        number = self._witness.deactivated(actor)
        if number is not None:
            self._subjects.pop(actor, None)
            self._breakage.deactivated(actor, number)

    async def answer_delete(self, type_: str, id_: str) -> Answer:
        """The answer to a DELETE whose instance is gone; it is witnessed where it is not the usual one, at once."""
        actor = f"{type_}/{id_}"
        instance = self._witness.ended(actor)
        behaviour = self._instructed.next(actor, "deactivate")
        answer = Answer(200, b"{}")
        try:
            await prelude(behaviour)
        except SubjectError as error:
            answer = Answer(500, _encode({"error": str(error)}))
        if behaviour is not USUAL and instance is not None:
            self._witness.delete_answered(actor, instance, answer.status)
        return answer

    async def _run(
        self, subject: Subject, turn: Turn, function: Method | None, args: Args, behaviour: Behaviour
    ) -> Answer:
        try:
            await prelude(behaviour)
            if function is None:
                await subject.tick(turn, args)
                result = b"null"
            else:
                result = _encode(await function(subject, turn, args))
        except Exception as error:  # noqa: BLE001  whatever user code raises fails its turn
            self._undo(subject)
            self._breakage.failed()
            self._witness.end(turn.mark, completed=False)
            return Answer(500, failure_body(turn.mark, error))
        cancels = behaviour.manner == "cancel"
        self._witness.end(turn.mark, completed=True, result=result.decode(), cancels=cancels)
        return Answer(200, success_body(turn.mark, self._witness.process, result), cancels)

    def _undo(self, subject: Subject) -> None:
        """Take back what a failed turn changed in memory."""
        subject.forget()


def read_body(cause: Cause, body: bytes, op: str | None = None) -> Asked:
    """What a call or firing asks for; msgspec.DecodeError when the body is none. `op` as of `Engine.turn`."""
    if cause == "call" and op is not None:
        return Asked(op=op, args={"body": b64encode(body).decode()})
    if cause == "call":
        call = _decode_call(body) if body else CallBody()
        return Asked(op=call.op, args=call.args)
    firing = _decode_firing(body) if body else FiringBody()
    data = bytes(firing.data)
    args = msgspec.json.decode(data) if any(word in data for word in _ARGUMENTS) else {}
    return Asked(
        args=args if isinstance(args, dict) else {},
        data=data.decode(),
        callback=firing.callback if cause == "timer" else None,
    )


def hold_of(args: Args) -> float:
    """How long the turn is to be held, in seconds."""
    hold_s = args.get("hold_s", 0)
    return float(hold_s) if isinstance(hold_s, int | float) else 0.0


def success_body(mark: Mark, process: str, result: bytes) -> bytes:
    """The reply of a completed turn; `result` is JSON."""
    return _encode(Completed(mark.turn, mark.instance, process, msgspec.Raw(result)))


def failure_body(mark: Mark, error: object) -> bytes:
    """The reply of a failed turn."""
    return _encode({"turn": mark.turn, "error": f"{type(error).__name__}: {error}"})

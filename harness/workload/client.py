"""Client: one logical caller, whose operations are journaled and never overlap.

An outcome is `ok` only with the whole result in hand, `fail` only when the connection was refused before
a byte was sent, `info` for everything else. No client ever retries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from actorproof.harness.application.invariant import Invariants, broken
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import CutOffError, RefusedError, Reply
from actorproof.harness.request import OPERATION_HEADER, Call, Register, Request, Requests, Schedule, Unregister

OK: Final = 200
_encoder = msgspec.json.Encoder()


class _CallReply(msgspec.Struct, frozen=True):
    turn: str
    result: msgspec.Raw = msgspec.Raw(b"null")


_call_reply = msgspec.json.Decoder(_CallReply)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client knows after an operation.

    Attributes:
        refused: whether the runtime refuses the request for what it is, so that it would refuse it again.
    """

    outcome: ev.Outcome
    status: int | None
    turn: str | None
    result: str
    reason: str
    refused: bool = False


class Client:
    """A caller with a name of its own; await one operation before the next."""

    def __init__(self, name: str, *, requests: Requests, journal: Journal) -> None:
        self.name = name
        self._requests = requests
        self._journal = journal
        self._count = 0

    async def call(
        self,
        actor: str,
        method: str,
        args: object,
        *,
        via: str,
        timeout_s: float,
        gives_up: bool = False,
        body: bytes | msgspec.Raw | None = None,
    ) -> Answer:
        """Call a method of an actor through host `via`; `args` are what JSON can say, or JSON itself as `msgspec.Raw`.

        `gives_up` marks a caller that means to leave early, after `timeout_s`, closing its connection. With `body` that
        is what is sent, as it is, and a header names the operation; in the history it is an argument, in base64 unless
        it is JSON (msgspec.Raw).
        """
        op = self._next()
        encoded = _encoder.encode(args if body is None else {"body": body})
        self._journal.write(
            ev.Invoked,
            op=op,
            client=self.name,
            via=via,
            actor=actor,
            action="call",
            name=method,
            args=encoded.decode() or "null",
            give_up_s=timeout_s if gives_up else None,
        )
        request = self._request(op, actor, method, encoded=encoded, body=body)
        late = "gave-up" if gives_up else "deadline"
        answer = await self._send(request, via=via, timeout_s=timeout_s, late=late)
        answer = self._complete(op, self._read_call(answer) if isinstance(answer, Reply) else answer)
        self._look_at(op, actor, method, answer)
        return answer

    async def register_reminder(
        self, actor: str, name: str, schedule: Schedule, *, via: str, timeout_s: float
    ) -> Answer:
        """Register a reminder; answered `ok` when the runtime acknowledged it."""
        return await self._manage("register-reminder", actor, name, schedule, via=via, timeout_s=timeout_s)

    async def unregister_reminder(self, actor: str, name: str, *, via: str, timeout_s: float) -> Answer:
        """Unregister a reminder."""
        return await self._manage("unregister-reminder", actor, name, None, via=via, timeout_s=timeout_s)

    async def _manage(
        self, action: ev.Action, actor: str, name: str, schedule: Schedule | None, *, via: str, timeout_s: float
    ) -> Answer:
        op = self._next()
        self._journal.write(
            ev.Invoked,
            op=op,
            client=self.name,
            via=via,
            actor=actor,
            action=action,
            name=name,
            args=schedule.args() if schedule else "{}",
        )
        request = (
            Register(actor=actor, name=name, schedule=schedule) if schedule else Unregister(actor=actor, name=name)
        )
        answer = await self._send(request, via=via, timeout_s=timeout_s, late="deadline")
        if isinstance(answer, Reply):
            good = OK <= answer.status < OK + 100
            answer = Answer("ok", answer.status, None, "null", "") if good else self._failed(answer)
        return self._complete(op, answer)

    async def _send(self, request: Request, *, via: str, timeout_s: float, late: str) -> Reply | Answer:
        try:
            return await self._requests.send(request, via=via, timeout_s=timeout_s)
        except RefusedError:
            return Answer("fail", None, None, "null", "refused")
        except CutOffError as error:
            return Answer("info", None, None, "null", f"cut-off: {error}")
        except TimeoutError:
            return Answer("info", None, None, "null", late)

    def _complete(self, op: str, answer: Answer) -> Answer:
        self._journal.write(
            ev.Completed,
            op=op,
            outcome=answer.outcome,
            status=answer.status,
            turn=answer.turn,
            result=answer.result,
            reason=answer.reason,
        )
        return answer

    def _request(self, op: str, actor: str, method: str, *, encoded: bytes, body: bytes | msgspec.Raw | None) -> Call:
        if body is None:
            return Call(actor=actor, method=method, body=b'{"op":"%b","args":%b}' % (op.encode(), encoded))
        return Call(actor=actor, method=method, body=bytes(body), headers=((OPERATION_HEADER, op),))

    def _look_at(self, op: str, actor: str, method: str, answer: Answer) -> None:
        """Tell what else an answer shows; nothing here."""

    def _read_call(self, reply: Reply) -> Answer:
        if reply.status != OK or reply.failed:
            return self._failed(reply)
        try:
            read = _call_reply.decode(reply.body)
        except msgspec.MsgspecError:
            return Answer("info", reply.status, None, "null", "unreadable reply")
        return Answer("ok", OK, read.turn, bytes(read.result).decode(), "")

    def _failed(self, reply: Reply) -> Answer:
        refused = self._requests.refuses(reply)
        return Answer("info", reply.status, None, "null", _status(reply), refused=refused)

    def _next(self) -> str:
        self._count += 1
        return f"{self.name}.{self._count}"


class PlainClient(Client):
    """A caller of any application: the body is the arguments, a header names the operation, and no answer its turn.

    An answer that breaks an invariant of its method is told in the history.
    """

    def __init__(self, name: str, *, requests: Requests, journal: Journal, invariants: Invariants) -> None:
        super().__init__(name, requests=requests, journal=journal)
        self._invariants = invariants

    def _look_at(self, op: str, actor: str, method: str, answer: Answer) -> None:
        if answer.outcome == "ok" and (why := broken(self._invariants, actor, method, answer.result)) is not None:
            self._journal.write(ev.InvariantBroken, op=op, reason=why)

    def _request(self, op: str, actor: str, method: str, *, encoded: bytes, body: bytes | msgspec.Raw | None) -> Call:
        headers = (("Content-Type", "application/json"), (OPERATION_HEADER, op))
        return Call(actor=actor, method=method, body=encoded if body is None else bytes(body), headers=headers)

    def _read_call(self, reply: Reply) -> Answer:
        if reply.status != OK or reply.failed:
            return self._failed(reply)
        return Answer("ok", OK, None, _as_json(reply.body), "")


def _as_json(body: bytes) -> str:
    """An answer as JSON text: as it is, or as a string; null for what is empty or no text."""
    try:
        msgspec.json.decode(body)
        return body.decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return _encoder.encode(body.decode()).decode() if body else "null"
    except UnicodeDecodeError:
        return "null"


def _status(reply: Reply) -> str:
    text: Any = reply.body[:160].decode(errors="replace")
    return f"status-{reply.status} {text}".strip()

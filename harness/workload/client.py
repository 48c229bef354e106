"""Client: one logical caller, whose operations are journaled and never overlap.

Outcomes follow DESIGN.md: `ok` only with the whole result in hand, `fail` only when the connection was refused before
a byte was sent, `info` for everything else. No client ever retries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import CutOffError, RefusedError, Reply
from actorproof.harness.request import Call, Register, Request, Requests, Schedule, Unregister

OK: Final = 200
REFUSALS: Final = range(400, 500)
# Refusals that a later attempt may not meet: time-out, conflict, too early, too many.
PASSING: Final = frozenset({408, 409, 425, 429})
Args = Mapping[str, object]
_encoder = msgspec.json.Encoder()


class _CallReply(msgspec.Struct, frozen=True):
    turn: str
    result: msgspec.Raw = msgspec.Raw(b"null")


_call_reply = msgspec.json.Decoder(_CallReply)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client knows after an operation."""

    outcome: ev.Outcome
    status: int | None
    turn: str | None
    result: str
    reason: str

    @property
    def refused(self) -> bool:
        """Whether the runtime refuses the request for what it is, so that it would refuse it again."""
        return self.status in REFUSALS and self.status not in PASSING


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
        args: Args,
        *,
        via: str,
        timeout_s: float,
        gives_up: bool = False,
    ) -> Answer:
        """Call a method of an actor through host `via`.

        `gives_up` marks a caller that means to leave early, after `timeout_s`, closing its connection.
        """
        op = self._next()
        encoded = _encoder.encode(args)
        self._journal.write(
            ev.Invoked,
            op=op,
            client=self.name,
            via=via,
            actor=actor,
            action="call",
            name=method,
            args=encoded.decode(),
            give_up_s=timeout_s if gives_up else None,
        )
        body = b'{"op":"%b","args":%b}' % (op.encode(), encoded)
        request = Call(actor=actor, method=method, body=body)
        late = "gave-up" if gives_up else "deadline"
        answer = await self._send(request, via=via, timeout_s=timeout_s, late=late)
        return self._complete(op, _read_call(answer) if isinstance(answer, Reply) else answer)

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
            answer = Answer("ok" if good else "info", answer.status, None, "null", "" if good else _status(answer))
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

    def _next(self) -> str:
        self._count += 1
        return f"{self.name}.{self._count}"


def _read_call(reply: Reply) -> Answer:
    if reply.status != OK:
        return Answer("info", reply.status, None, "null", _status(reply))
    try:
        read = _call_reply.decode(reply.body)
    except msgspec.MsgspecError:
        return Answer("info", reply.status, None, "null", "unreadable reply")
    return Answer("ok", OK, read.turn, bytes(read.result).decode(), "")


def _status(reply: Reply) -> str:
    text: Any = reply.body[:160].decode(errors="replace")
    return f"status-{reply.status} {text}".strip()

"""Client: one logical caller, whose operations are journaled and never overlap.

Outcomes follow DESIGN.md: `ok` only with the whole result in hand, `fail` only when the connection was refused before
a byte was sent, `info` for everything else. No client ever retries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import msgspec

from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import CutOffError, RefusedError, Reply, Transport

OK: Final = 200
Args = Mapping[str, object]
_encoder = msgspec.json.Encoder()


class _CallReply(msgspec.Struct, frozen=True):
    turn: str
    result: msgspec.Raw = msgspec.Raw(b"null")


_call_reply = msgspec.json.Decoder(_CallReply)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a reminder or timer is to fire, as a client asks for it. Durations in seconds."""

    due_s: float
    period_s: float | None = None
    repetitions: int | None = None
    ttl_s: float | None = None
    data: str = "tick"

    def body(self) -> bytes:
        """The registration as the sidecar's API takes it: Go durations, or R<n>/PT<s>S for counted repetitions."""
        fields: dict[str, str] = {"dueTime": f"{self.due_s:g}s", "data": self.data}
        if self.period_s is not None:
            counted = self.repetitions is not None
            fields["period"] = f"R{self.repetitions}/PT{self.period_s:g}S" if counted else f"{self.period_s:g}s"
        if self.ttl_s is not None:
            fields["ttl"] = f"{self.ttl_s:g}s"
        return _encoder.encode(fields)

    def args(self) -> str:
        """The registration as the history keeps it."""
        fields = {
            "due_s": self.due_s,
            "period_s": self.period_s,
            "repetitions": self.repetitions,
            "ttl_s": self.ttl_s,
            "data": self.data,
        }
        return _encoder.encode(fields).decode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client knows after an operation."""

    outcome: ev.Outcome
    status: int | None
    turn: str | None
    result: str
    reason: str


class Client:
    """A caller with a name of its own; await one operation before the next."""

    def __init__(self, name: str, *, transport: Transport, journal: Journal) -> None:
        self.name = name
        self._transport = transport
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
        """Call a method of an actor through the sidecar of host `via`.

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
        answer = await self._send(
            via=via,
            method="POST",
            path=f"{actor_path(actor)}/method/{method}",
            body=body,
            timeout_s=timeout_s,
            late="gave-up" if gives_up else "deadline",
        )
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
        answer = await self._send(
            via=via,
            method="POST" if schedule else "DELETE",
            path=f"{actor_path(actor)}/reminders/{quote(name, safe='')}",
            body=schedule.body() if schedule else b"",
            timeout_s=timeout_s,
            late="deadline",
        )
        if isinstance(answer, Reply):
            good = OK <= answer.status < OK + 100
            answer = Answer("ok" if good else "info", answer.status, None, "null", "" if good else _status(answer))
        return self._complete(op, answer)

    async def _send(
        self, *, via: str, method: str, path: str, body: bytes, timeout_s: float, late: str
    ) -> Reply | Answer:
        try:
            return await self._transport.request(host=via, method=method, path=path, body=body, timeout_s=timeout_s)
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


def actor_path(actor: str) -> str:
    """The API path of ``Type/id``."""
    kind, _, id_ = actor.partition("/")
    return f"/v1.0/actors/{kind}/{quote(id_, safe='')}"


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

"""Api: how calls and registrations are written for the HTTP API of a sidecar."""

from __future__ import annotations

from typing import Final

from actorproof.harness.ports import Reply
from actorproof.harness.request import Call, Register, Request, Unregister, Wire, segments

CLIENT_ERRORS: Final = range(400, 500)
SERVER_ERROR: Final = 500
# Refusals that a later attempt may not meet: time-out, conflict, too early, too many.
PASSING: Final = frozenset({408, 409, 425, 429})
EXISTS: Final = b"ERR_ACTOR_REMINDER_ALREADY_EXISTS"
# What 1.18.2 answers with 500 although it is the request that it can't do: ids and names that a job can't have or a
# path can't carry, times that it can't read, and bodies over what its parts send each other. Each was measured.
CAN_NOT_BE: Final = (
    b"job name is invalid",
    b"job failed validation",
    b"unsupported period format",
    b"unsupported duration format",
    b"ResourceExhausted",
    b"invalid URL escape",
)


class HttpApi:
    """Implements `actorproof.harness.request.Api`. POST, since libraries repeat PUT and DELETE by themselves."""

    def wire(self, request: Request) -> Wire:
        """See the port."""
        match request:
            case Call(actor=actor, method=method, body=body, headers=headers):
                path = f"{_path(actor)}/method/{segments(method)}"
                return Wire(method="POST", path=path, body=body, headers=headers)
            case Register(actor=actor, name=name, schedule=schedule):
                return Wire(method="POST", path=_reminder(actor, name), body=schedule.body())
            case Unregister(actor=actor, name=name):
                return Wire(method="DELETE", path=_reminder(actor, name))

    def refuses(self, reply: Reply) -> bool:
        """See the port. The application's own 4xx come as 500, and are none of these."""
        if reply.status == SERVER_ERROR:
            return any(words in reply.body for words in CAN_NOT_BE)
        return reply.status in CLIENT_ERRORS and (reply.status not in PASSING or EXISTS in reply.body)


def _path(actor: str) -> str:
    return f"/v1.0/actors/{segments(*actor.split('/', 1))}"


def _reminder(actor: str, name: str) -> str:
    return f"{_path(actor)}/reminders/{segments(name)}"

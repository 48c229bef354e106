"""Api: how calls are written for the drivers of a Ray cluster. They take nothing but calls."""

from __future__ import annotations

from typing import Final

from actorproof.harness.ports import Reply
from actorproof.harness.request import Call, Register, Request, Unregister, Wire, segments

REFUSED: Final = (400, 404, 501)


class DriverApi:
    """Implements `actorproof.harness.request.Api`. Reminders have a path that no driver answers."""

    def wire(self, request: Request) -> Wire:
        """See the port."""
        match request:
            case Call(actor=actor, method=method, body=body, headers=headers):
                path = f"/call/{segments(*actor.split('/', 1), method)}"
                return Wire(method="POST", path=path, body=body, headers=headers)
            case Register(actor=actor, name=name, schedule=schedule):
                return Wire(method="POST", path=_reminder(actor, name), body=schedule.body())
            case Unregister(actor=actor, name=name):
                return Wire(method="DELETE", path=_reminder(actor, name))

    def refuses(self, reply: Reply) -> bool:
        """See the port."""
        return reply.status in REFUSED


def _reminder(actor: str, name: str) -> str:
    return f"/reminder/{segments(*actor.split('/', 1), name)}"

"""Api: how calls and registrations are written for the HTTP API of a sidecar."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from actorproof.harness.request import Call, Register, Request, Schedule, Unregister, Wire


class HttpApi:
    """Implements `actorproof.harness.request.Api`. POST, since libraries repeat PUT and DELETE by themselves."""

    def wire(self, request: Request) -> Wire:
        """See the port."""
        match request:
            case Call(actor=actor, method=method, body=body):
                return Wire(method="POST", path=f"{actor_path(actor)}/method/{segment(method)}", body=body)
            case Register(actor=actor, name=name, schedule=schedule):
                return Wire(method="POST", path=_reminder(actor, name), body=registration(schedule))
            case Unregister(actor=actor, name=name):
                return Wire(method="DELETE", path=_reminder(actor, name))


def actor_path(actor: str) -> str:
    """The API path of ``Type/id``."""
    kind, _, id_ = actor.partition("/")
    return f"/v1.0/actors/{segment(kind)}/{segment(id_)}"


def segment(text: str) -> str:
    """One segment of a path. Dots are encoded where they would stand for another folder."""
    return text.replace(".", "%2E") if text in {".", ".."} else quote(text, safe="")


def registration(schedule: Schedule) -> bytes:
    """The body of a registration: Go durations, or R<n>/PT<s>S for counted repetitions."""
    fields: dict[str, str] = {"dueTime": f"{schedule.due_s:g}s", "data": schedule.data}
    if schedule.period_s is not None:
        counted = schedule.repetitions is not None
        fields["period"] = f"R{schedule.repetitions}/PT{schedule.period_s:g}S" if counted else f"{schedule.period_s:g}s"
    if schedule.ttl_s is not None:
        fields["ttl"] = f"{schedule.ttl_s:g}s"
    return msgspec.json.encode(fields)


def _reminder(actor: str, name: str) -> str:
    return f"{actor_path(actor)}/reminders/{segment(name)}"

"""SimTransport: carries clients' requests to the simulated sidecars, by the paths and bodies of Dapr's HTTP API."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from urllib.parse import unquote

import msgspec

from actorproof.harness.errors import UsageError
from actorproof.harness.ports import Headers, Reply
from actorproof.harness.request import OPERATION_HEADER
from actorproof.harness.runtimes.simulated.jobs import Registration
from actorproof.harness.runtimes.simulated.sidecar.sidecar import Sidecar
from actorproof.harness.simulation.network import Link, Network, Port

_S_NS = 1_000_000_000
_COUNTED = re.compile(r"R(\d+)/PT([\d.]+)S")
_SECONDS = re.compile(r"(?:([\d.]+)s|PT([\d.]+)S)")
BAD_REQUEST = 400


class _RegistrationBody(msgspec.Struct, frozen=True):
    """The body of a registration, as Dapr's API takes it."""

    dueTime: str  # noqa: N815 - as the API spells it
    data: msgspec.Raw = msgspec.Raw(b"null")
    period: str | None = None
    ttl: str | None = None
    overwrite: bool = True


class SimTransport:
    """Implements `actorproof.harness.ports.Transport`."""

    def __init__(self, sidecars: Mapping[str, tuple[Port[Sidecar], Link]], *, network: Network) -> None:
        self._sidecars = sidecars
        self._network = network

    @property
    def addresses(self) -> Mapping[str, str]:
        """See `actorproof.harness.ports.Transport`: nobody else can ask a simulated sidecar."""
        return {}

    async def request(
        self,
        *,
        host: str,
        method: str,
        path: str,
        body: bytes,
        timeout_s: float,
        headers: Headers = (),
    ) -> Reply:
        """See `actorproof.harness.ports.Transport`."""
        port, link = self._sidecars[host]
        _, _, _, type_, id_, what, name = path.split("/")
        actor, name = f"{type_}/{unquote(id_)}", unquote(name)
        async with asyncio.timeout(timeout_s):
            match what, method:
                case "method", _:
                    body = _with_operation(body, dict(headers).get(OPERATION_HEADER))
                    return await self._network.request(port, lambda s: s.call(actor, name, body), link=link)
                case "reminders", "DELETE":
                    return await self._network.request(port, lambda s: s.unregister_reminder(actor, name), link=link)
                case "reminders", _:
                    try:
                        registration = _registration(body)
                    except UsageError as error:
                        return Reply(BAD_REQUEST, str(error).encode())
                    return await self._network.request(
                        port, lambda s: s.register_reminder(actor, name, registration), link=link
                    )
                case _:
                    raise UsageError(f"the simulated sidecar has no {method} {path}: see its transport")

    async def close(self) -> None:
        """There is nothing to close."""


def _with_operation(body: bytes, op: str | None) -> bytes:
    """A call's body; the simulation carries no headers, so one that is not ours is wrapped."""
    return body if op is None else msgspec.json.encode({"op": op, "args": {"body": body}})


def _registration(body: bytes) -> Registration:
    """UsageError for what the simulated runtime refuses: it knows no instants, and has always one reminder a name."""
    asked = msgspec.json.decode(body, type=_RegistrationBody)
    if not asked.overwrite:
        raise UsageError("the simulated runtime always overwrites: leave overwrite out")
    repetitions: int | None = None
    period = asked.period
    period_ns: int | None = None
    if period is not None:
        if counted := _COUNTED.fullmatch(period):
            repetitions, period_ns = int(counted[1]), round(float(counted[2]) * _S_NS)
        else:
            period_ns = _duration_ns(period)
    if period_ns == 0:
        raise UsageError("a period of zero never ends: leave it out for a reminder that fires once")
    return Registration(
        due_ns=_duration_ns(asked.dueTime),
        period_ns=period_ns,
        repetitions=repetitions,
        ttl_ns=None if asked.ttl is None else _duration_ns(asked.ttl),
        data=bytes(asked.data).decode(),
    )


def _duration_ns(text: str) -> int:
    found = _SECONDS.fullmatch(text)
    if found is None:
        raise UsageError(f"duration {text} is not understood: seconds are wanted, such as 1.5s or PT1.5S")
    return round(float(found[1] or found[2]) * _S_NS)

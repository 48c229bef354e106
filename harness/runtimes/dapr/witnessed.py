"""The host application where it is a user's own: run by a witness that stands between it and its sidecar, both ways."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from actorproof.harness.application.application import Application
from actorproof.harness.application.environment import environment, on_this_machine
from actorproof.harness.cluster import ask
from actorproof.harness.cluster.blueprint import INCARNATION, Address, UnitSpec
from actorproof.harness.history.journal import journal_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a host's witness listens and whom it reaches.

    Attributes:
        listen: where the sidecar reaches the application.
        app: where the application listens.
        http, grpc: where the application reaches its sidecar.
        sidecar_http, sidecar_grpc: the sidecar.
    """

    listen: Address
    app: Address
    http: Address
    grpc: Address
    sidecar_http: Address
    sidecar_grpc: Address


def unit(
    application: Application, *, host: str, witness: Path, places: Places, raw: Path, scratch: Path, initial: bool
) -> UnitSpec:
    """The application of a host with its witness, which journals to a file of its own for each incarnation.

    SDKs wait for their sidecar, so the sidecar is started beside it; the witness listens when the application does.
    """

    async def ready() -> str | None:
        if application.protocol == "stream":
            listens = await ask.accepts(places.listen)
        else:
            listens = await ask.get(places.listen, "/healthz") is not None
        return None if listens else f"the application does not listen on {places.app}"

    process = f"{host}/app#{INCARNATION}"
    told = environment(application, port=places.app.port, http=places.http, grpc=places.grpc)
    return UnitSpec(
        name=f"{host}/app",
        role="app",
        argv=(
            str(witness),
            *("--process", process),
            *("--journal", str(raw / journal_name(process))),
            *("--listen", str(places.listen)),
            *("--app", str(places.app)),
            *("--out", f"{places.http}={places.sidecar_http}"),
            *("--out", f"{places.grpc}={places.sidecar_grpc}"),
            # In a container signals go to its first process alone.
            *(("--forward",) if application.image else ()),
            "--",
            *application.argv(places.app.port),
        ),
        env=tuple((told if application.image else on_this_machine(told, scratch=scratch)).items()),
        cwd=Path(application.workdir or application.cwd),
        listens=(places.listen, places.app, places.http, places.grpc),
        ready=ready,
        ready_timeout_s=application.ready_timeout_s,
        initial=initial,
        awaited=False,
    )

"""Witnessed: an application behind a witness, without a cluster."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from actorproof.harness.application.environment import on_this_machine
from actorproof.harness.cluster.supervision import Child
from actorproof.harness.drivers.process.supervisor import Supervisor
from actorproof.harness.scratch import scratch_folder
from tests.application.rig import witness_program

HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where an application listens and its witness does; `out` is LISTEN and TO of what the application dials."""

    app: int
    inbound: int
    out: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Witnessed:
    """A witness that runs, and where what it and its application say is kept."""

    witness: Child
    said: Path


@contextlib.asynccontextmanager
async def witnessed(
    command: Sequence[str], ports: Ports, *, told: Mapping[str, str], cwd: Path, program: Path | None = None
) -> AsyncIterator[Witnessed]:
    """Run an application behind a witness, `program` or ours. A guardian ends both with this process at the latest."""
    with scratch_folder() as folder:
        (folder / "run").write_text("a benchmark")
        said = folder / "said.log"
        started: list[Child] = []
        supervisor = await Supervisor.begin(scratch=folder)
        try:
            await supervisor.spawn(
                unit="witness",
                kind="witness",
                incarnation=1,
                argv=[
                    *(str(program or witness_program()), "--process", "host-1/app#1"),
                    *("--journal", str(folder / "host-1_app_1.jsonl")),
                    *("--listen", f"{HOST}:{ports.inbound}", "--app", f"{HOST}:{ports.app}"),
                    *(word for listen, to in ports.out for word in ("--out", f"{HOST}:{listen}={HOST}:{to}")),
                    *("--", *command),
                ],
                env=on_this_machine(told, scratch=folder),
                cwd=cwd,
                log=said,
                started=started.append,
            )
            yield Witnessed(witness=started[0], said=said)
        finally:
            await supervisor.close()

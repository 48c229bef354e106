"""ScriptLoad: runs a user's own load until it is stopped, as `actorproof.harness.workload.traffic.Traffic` runs ours.

It calls $DAPR_HTTP_ENDPOINT, which deals its requests out to the hosts, or one of $ACTORPROOF_HOSTS. One that ends by
itself is begun again, so that there is a load as long as there are faults. Of ours only probes are left, where a call
is known that reads: they show when actors answer again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from actorproof.harness.application.application import Application
from actorproof.harness.application.environment import on_this_machine
from actorproof.harness.application.last_words import last_words
from actorproof.harness.cluster.supervision import Child
from actorproof.harness.drivers.process.supervisor import Supervisor
from actorproof.harness.errors import ApplicationError, ClusterError
from actorproof.harness.ports import Clock
from actorproof.harness.scratch import scratch_folder
from actorproof.harness.workload.own_load import OwnTraffic
from actorproof.harness.workload.script.client_link import ClientLink

ANSWERED_S = 40.0
PAUSE_S = 0.5
GRACE_S = 5.0
POLL_S = 0.05
NAME = "load"


class ScriptLoad:
    """Runs the load of an application, and `probes` beside it. Its output goes to ``load.log`` of the folder `logs`."""

    ledgers: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    def __init__(
        self, application: Application, *, probes: OwnTraffic, link: ClientLink, logs: Path, clock: Clock
    ) -> None:
        self.load = probes.load
        self.probed = probes.probed
        self.probe_answered_ns = probes.probe_answered_ns
        self._probes = probes
        self._application = application
        self._link = link
        self._log = logs / f"{NAME}.log"
        self._clock = clock
        self._stack = AsyncExitStack()
        self._supervisor: Supervisor
        self._env: dict[str, str] = {}
        self._children: list[Child] = []
        self._running: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def operations(self) -> int:
        """Calls so far, those of the probes among them."""
        return self._link.operations + self._probes.operations

    @property
    def answered(self) -> int:
        """Of them those that were answered well."""
        return self._link.answered + self._probes.answered

    async def begin(self) -> None:
        """Start it, and wait until one of its calls is answered.

        ApplicationError, with what was said last, when none is, or it ends without any: then nothing can be judged.
        """
        anywhere, hosts = await self._link.open()
        self._stack.push_async_callback(self._link.close)
        told = {
            **dict(self._application.env),
            "DAPR_HTTP_ENDPOINT": anywhere,
            "DAPR_HTTP_PORT": anywhere.rpartition(":")[2],
            "ACTORPROOF_HOSTS": " ".join(hosts.values()),
        }
        self._log.parent.mkdir(parents=True, exist_ok=True)
        scratch = self._stack.enter_context(scratch_folder())
        self._env = on_this_machine(told, scratch=scratch)
        self._supervisor = await Supervisor.begin(scratch=scratch)
        self._stack.push_async_callback(self._supervisor.close)
        self._running = asyncio.create_task(self._again_and_again())
        deadline_ns = self._clock.now_ns() + int(ANSWERED_S * 1e9)
        while not self._link.answered:
            if self._running.done():
                self._running.result()
            if self._children and self._children[0].exited.done() and not self._link.operations:
                code = self._children[0].exited.result()
                raise ApplicationError(
                    f"the load ended with code {code} and called no method of an actor: have it call"
                    f" $DAPR_HTTP_ENDPOINT/v1.0/actors/TYPE/ID/method/METHOD; {last_words(self._log)}"
                )
            if self._clock.now_ns() > deadline_ns:
                raise ApplicationError(f"{self._unanswered()}; {last_words(self._log)}")
            await self._clock.sleep(POLL_S)

    def start(self) -> None:
        """Start the probes; the load runs since it was begun."""
        self._probes.start()

    async def stop(self) -> None:
        """End it, and wait until what it had called has ended."""
        self._stopping = True
        for child in self._children:
            if not child.exited.done():
                await self._supervisor.send_signal(child, "SIGTERM")
                await asyncio.wait({child.exited}, timeout=GRACE_S)
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
        await self._stack.aclose()

    async def stop_probes(self) -> None:
        """Let every probe finish."""
        await self._probes.stop_probes()

    async def _again_and_again(self) -> None:
        while not self._stopping:
            before = len(self._children)
            try:
                await self._supervisor.spawn(
                    unit=NAME,
                    kind=NAME,
                    incarnation=before + 1,
                    argv=self._application.load,
                    env=self._env,
                    cwd=Path(self._application.cwd),
                    log=self._log,
                    started=self._children.append,
                )
            except ClusterError as error:
                raise ApplicationError(f"the load can't be run: {error}") from error
            await asyncio.wait({self._children[before].exited})
            await self._clock.sleep(PAUSE_S)

    def _unanswered(self) -> str:
        refused: Sequence[tuple[str, str]] = list(self._link.refused.items())
        if not refused:
            return f"the load called no method of an actor within {ANSWERED_S:g} s: have it call $DAPR_HTTP_ENDPOINT"
        name, reason = refused[0]
        return f"the application answers no call of the load: {name} says {reason}"

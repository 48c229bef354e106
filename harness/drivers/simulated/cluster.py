"""SimCluster: the Cluster port over simulated processes and links."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from actorproof.harness.cluster.port import Ending, Exchange, Toxic, UnitState, UnitStatus
from actorproof.harness.errors import ActorproofError, ClusterError
from actorproof.harness.history.events import UnitExited, UnitReady, UnitSignalled, UnitStarted
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import CutOffError, RefusedError
from actorproof.harness.simulation.loop import VirtualLoop
from actorproof.harness.simulation.network import Link, Network
from actorproof.harness.simulation.process import Process
from actorproof.harness.simulation.unit import UnitPlan

SignalName = Literal["SIGKILL", "SIGTERM", "SIGSTOP", "SIGCONT"]
SIGKILLED = -9
# How long a process takes from its start until its program runs, and to go when it is signalled.
BOOT_S = (0.05, 0.15)
REAP_S = 0.002
DOWN_GRACE_S = 1.0
FIRST_PID = 1000


@dataclass(slots=True, kw_only=True, eq=False)
class _Unit:
    plan: UnitPlan
    process: Process | None = None
    incarnation: int = 0
    told_ready: bool = False
    asked_to_end: bool = False
    exit_told: asyncio.Event


class SimCluster:
    """Implements `actorproof.harness.cluster.port.Cluster`. `changed` is called whenever a unit's status changes."""

    def __init__(
        self,
        *,
        units: Sequence[UnitPlan],
        links: Mapping[str, Link],
        network: Network,
        loop: VirtualLoop,
        journal: Journal,
        rng: random.Random,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._units = {plan.name: _Unit(plan=plan, exit_told=asyncio.Event()) for plan in units}
        self._links = links
        self._network = network
        self._loop = loop
        self._journal = journal
        self._rng = rng
        self._changed = changed
        self._pids = FIRST_PID
        self._is_down = False

    # ---- the port

    async def up(self) -> None:
        """Start every initial unit, wave by wave, each until it is ready."""
        self._check()
        plans = [unit.plan for unit in self._units.values() if unit.plan.initial]
        for wave in sorted({plan.wave for plan in plans}):
            await _together(self.start(plan.name) for plan in plans if plan.wave == wave)

    async def start(self, unit: str, *, wait_ready: bool = True) -> None:
        """Start a unit that is absent or exited, in its next incarnation."""
        self._check()
        entry = self._entry(unit)
        if entry.process is not None and not entry.exit_told.is_set():
            raise ClusterError(f"{unit} runs already: kill or terminate it first")
        entry.incarnation += 1
        entry.told_ready = entry.asked_to_end = False
        entry.exit_told.clear()
        self._pids += 1
        entry.process = process = Process(
            f"{unit}#{entry.incarnation}", pid=self._pids, loop=self._loop, failed=self._network.failed
        )
        self._journal.write(UnitStarted, unit=unit, incarnation=entry.incarnation, pid=process.pid)
        process.exited.add_done_callback(lambda done: self._loop.outside(REAP_S, self._reap, entry, done.result()))
        process.spawn(self._run(entry, process, entry.incarnation, boot_s=self._rng.uniform(*BOOT_S)))
        self._changed()
        if wait_ready:
            await self.ready(unit)

    async def ready(self, unit: str) -> None:
        """Wait until a running unit is ready; ClusterError when it exits or takes too long."""
        entry = self._entry(unit)
        process = self._living(unit)
        deadline_ns = self._loop.now_ns + round(entry.plan.ready_timeout_s * 1e9)
        while not process.ready or process.paused:
            if process.dead:
                await entry.exit_told.wait()
                raise ClusterError(f"{unit} exited with code {process.exited.result()} before it was ready")
            if self._loop.now_ns > deadline_ns:
                raise ClusterError(f"{unit} is not ready within {entry.plan.ready_timeout_s:g} s of virtual time")
            await asyncio.sleep(0.01)
        if not entry.told_ready:
            entry.told_ready = True
            self._journal.write(UnitReady, unit=unit, incarnation=entry.incarnation)

    async def kill(self, unit: str) -> None:
        """SIGKILL, and wait until the process is reaped."""
        process = self._living(unit)
        self._signal(unit, "SIGKILL")
        self._entry(unit).asked_to_end = True
        process.end(SIGKILLED)
        await self._entry(unit).exit_told.wait()

    async def terminate(self, unit: str) -> None:
        """SIGTERM; when the unit's grace has run out, kill; wait until the process is reaped."""
        await self._terminate(unit, grace_s=self._entry(unit).plan.grace_s)

    async def pause(self, unit: str) -> None:
        """SIGSTOP."""
        process = self._living(unit)
        if process.paused:
            raise ClusterError(f"{unit} is paused already: resume it first")
        self._signal(unit, "SIGSTOP")
        process.paused = True
        self._changed()
        await asyncio.sleep(REAP_S)

    async def resume(self, unit: str) -> None:
        """SIGCONT."""
        process = self._living(unit)
        if not process.paused:
            raise ClusterError(f"{unit} is not paused: there is nothing to resume")
        self._signal(unit, "SIGCONT")
        process.resume()
        self._changed()
        await asyncio.sleep(REAP_S)

    def resident_bytes(self, unit: str) -> int | None:  # noqa: ARG002 - no unit has a process of its own
        """None: nothing runs outside the harness."""
        return None

    def state(self, unit: str) -> UnitState:
        entry = self._entry(unit)
        process = entry.process
        if process is None:
            return UnitState(name=unit, status=UnitStatus.ABSENT, incarnation=0, pid=None)
        if entry.exit_told.is_set():
            return UnitState(name=unit, status=UnitStatus.EXITED, incarnation=entry.incarnation, pid=None)
        status = UnitStatus.PAUSED if process.paused else UnitStatus.RUNNING
        return UnitState(name=unit, status=status, incarnation=entry.incarnation, pid=process.pid)

    def units(self) -> tuple[str, ...]:
        """All units, spare ones included."""
        return tuple(self._units)

    def initial(self, unit: str) -> bool:
        """Whether `up` starts a unit."""
        return self._entry(unit).plan.initial

    def awaited(self, unit: str) -> bool:  # noqa: ARG002 - all are
        """Whether what stands before a unit may start only when it is ready."""
        return True

    def links(self) -> tuple[str, ...]:
        """All links that a fault may touch."""
        return tuple(name for name, link in self._links.items() if link.listed)

    async def cut(self, link: str) -> None:
        """Close the link's connections and refuse new ones, until `mend`."""
        self._link(link).cut()

    async def mend(self, link: str) -> None:
        """Take every toxic off a link and let connections through again."""
        self._link(link).mend()

    async def add_toxic(self, link: str, toxic: Toxic) -> None:
        self._link(link).add(toxic)

    async def remove_toxic(self, link: str, name: str) -> None:
        self._link(link).remove(name)

    async def exchange(self, link: str, *, timeout_s: float) -> Exchange:
        """Send about 2 KB through the link and have them sent back. It never fails."""
        way = self._link(link)
        started_ns = self._loop.now_ns
        ending: Ending = "answered"
        received = 0
        try:
            async with asyncio.timeout(timeout_s):
                received = await self._network.echo(self._entry(way.server).plan.port, way)
        except TimeoutError:
            ending = "silent"
        except RefusedError:
            ending = "refused"
        except CutOffError as error:
            ending = "reset" if str(error) == "reset" else "closed"
        return Exchange(ending=ending, received=received, took_ms=(self._loop.now_ns - started_ns) / 1e6)

    async def down(self) -> None:
        """Stop everything. Again, it does nothing."""
        if self._is_down:
            return
        self._is_down = True
        alive = [name for name, unit in self._units.items() if unit.process is not None and not unit.process.dead]
        await _together(self._terminate(name, grace_s=DOWN_GRACE_S) for name in alive)

    # ---- inside

    async def _run(self, entry: _Unit, process: Process, incarnation: int, *, boot_s: float) -> None:
        try:
            await asyncio.sleep(boot_s)
            program = entry.plan.make(process, incarnation)
            entry.plan.port.occupy(process, program)
            code = await program.main()
        except Exception as error:  # noqa: BLE001 - a program's fault is the simulation's: it is told of
            self._network.failed(error)
            code = 1
        process.end(code)

    async def _terminate(self, unit: str, *, grace_s: float) -> None:
        process = self._living(unit)
        entry = self._entry(unit)
        self._signal(unit, "SIGTERM")
        entry.asked_to_end = True
        process.stopping.set()
        try:
            async with asyncio.timeout(grace_s):
                await entry.exit_told.wait()
        except TimeoutError:
            if not process.dead:
                self._signal(unit, "SIGKILL")
                process.end(SIGKILLED)
            await entry.exit_told.wait()

    def _reap(self, entry: _Unit, code: int) -> None:
        """A process that has ended is known to have a moment later."""
        self._journal.write(
            UnitExited, unit=entry.plan.name, incarnation=entry.incarnation, code=code, expected=entry.asked_to_end
        )
        entry.exit_told.set()
        self._changed()

    def _signal(self, unit: str, signal: SignalName) -> None:
        self._journal.write(UnitSignalled, unit=unit, incarnation=self._entry(unit).incarnation, signal=signal)

    def _entry(self, unit: str) -> _Unit:
        if unit not in self._units:
            raise ClusterError(f"there is no unit {unit}: choose one of {', '.join(self._units)}")
        return self._units[unit]

    def _living(self, unit: str) -> Process:
        entry = self._entry(unit)
        if entry.process is None or entry.process.dead:
            raise ClusterError(f"{unit} does not run: start it first")
        return entry.process

    def _link(self, link: str) -> Link:
        if link not in self._links or not self._links[link].listed:
            raise ClusterError(
                f"there is no link {link}: choose one of {', '.join(self.links()) or 'none, nothing is proxied'}"
            )
        return self._links[link]

    def _check(self) -> None:
        if self._is_down:
            raise ClusterError("the cluster is down: make a new one")


async def _together(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do everything at once, all of it, and raise the first failure."""
    results = await asyncio.gather(*work, return_exceptions=True)
    failures = [result for result in results if isinstance(result, BaseException)]
    if failures:
        known = [failure for failure in failures if isinstance(failure, ActorproofError)]
        raise (known or failures)[0]

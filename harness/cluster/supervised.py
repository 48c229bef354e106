"""SupervisedCluster: the life of units and links over whatever starts them, processes or containers.

A driver brings a `Supervision`: it starts, signals and watches units, and ends them when this process ends.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from actorproof.harness.cluster.blueprint import INCARNATION, Blueprint, UnitSpec
from actorproof.harness.cluster.links import Links
from actorproof.harness.cluster.memory import resident_bytes
from actorproof.harness.cluster.port import Exchange, Toxic, UnitState, UnitStatus
from actorproof.harness.cluster.supervision import SIGKILLED, Child, SignalName, Supervision
from actorproof.harness.errors import ActorproofError, ClusterError, PortTakenError
from actorproof.harness.history.events import UnitExited, UnitReady, UnitSignalled, UnitStarted
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock

T = TypeVar("T")

READY_POLL_S = 0.05
PROBE_S = 2.0
PORT_WAIT_S = 1.0
REAP_S = 10.0
STOP_S = 5.0
DOWN_GRACE_S = 1.0
_LOG_LINES = 8


@dataclass(slots=True, kw_only=True, eq=False)
class _Life:
    """One incarnation of a unit that has, or had, a process."""

    incarnation: int
    child: Child
    log: Path
    paused: bool = False
    told_ready: bool = False
    asked: set[SignalName] = field(default_factory=set)
    opening: asyncio.Task[None] = field(init=False)
    watching: asyncio.Task[None] = field(init=False)

    @property
    def over(self) -> bool:
        return self.child.exited.done()


@dataclass(slots=True, kw_only=True, eq=False)
class _Unit:
    """A unit with its latest incarnation; `starting` while a process of it is being made."""

    spec: UnitSpec
    life: _Life | None = None
    starting: bool = False


class SupervisedCluster:
    """Implements `actorproof.harness.cluster.port.Cluster` over a `Supervision`, begun with the first unit.

    Units log to ``<run_dir>/logs/<unit>.<incarnation>.log``. `scratch` is removed at the end, whatever ends the run.
    """

    def __init__(
        self,
        *,
        blueprint: Blueprint,
        journal: Journal,
        run_dir: Path,
        scratch: Path,
        clock: Clock,
        supervise: Callable[[], Coroutine[Any, Any, Supervision]],
    ) -> None:
        self._waves = blueprint.waves
        self._units = {name: _Unit(spec=spec) for name, spec in blueprint.units.items()}
        self._links = Links(blueprint.links, api=blueprint.proxy_api, clock=clock)
        self._journal = journal
        self._logs = run_dir / "logs"
        self._scratch = scratch
        self._clock = clock
        self._supervise = supervise
        self._supervising: asyncio.Task[Supervision] | None = None
        self._going_down: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self._lives: list[_Life] = []

    # ---- the port

    async def up(self) -> None:
        """Start the proxy and every initial unit, wave by wave, each until it is ready.

        ClusterError names a unit that ends meanwhile, and not the one that waits for it in vain.
        """
        self._check()
        waves = [[spec.name for spec in wave if spec.initial and spec.role != "proxy"] for wave in self._waves]
        waves = [wave for wave in waves if wave]
        proxies = [spec.name for wave in self._waves for spec in wave if spec.role == "proxy"]
        # The proxy starts beside the first wave, whose links wait for it.
        up: list[str] = []
        for wave in [[*proxies, *(waves[0] if waves else [])], *waves[1:]]:
            await self._unless_one_ends(up, _together(self.start(name) for name in wave))
            up += wave

    async def _unless_one_ends(self, units: Sequence[str], work: Coroutine[Any, Any, None]) -> None:
        """Do some work. ClusterError as soon as one of some units ends meanwhile."""
        lives = {unit: life for unit in units if (life := self._units[unit].life) is not None}
        task = asyncio.create_task(work)
        awaited: set[asyncio.Future[Any]] = {task, *(life.child.exited for life in lives.values())}
        try:
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            for unit, life in lives.items():
                if life.over and not task.done():
                    self._check()
                    raise ClusterError(f"{unit} {_ending(life)} soon after it was ready; {_log_end(life.log)}")
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def start(self, unit: str, *, wait_ready: bool = True) -> None:
        """Start a unit that is absent or exited, in its next incarnation.

        PortTakenError when somebody else listens where it should.
        """
        self._check()
        entry = self._entry(unit)
        if entry.starting or (entry.life is not None and not entry.life.over):
            raise ClusterError(f"{unit} runs already: kill or terminate it first")
        entry.starting = True
        # Goes on when the caller is cancelled: a process must not come to be without being known.
        await asyncio.shield(_background(self._spawn(entry)))
        if wait_ready:
            await self.ready(unit)

    async def ready(self, unit: str) -> None:
        """Wait until a running unit answers and its links are open; ClusterError when it exits or takes too long."""
        life = self._living(unit)
        spec = self._units[unit].spec
        deadline = self._clock.now_ns() + int(spec.ready_timeout_s * 1e9)
        reason: str | None = "it was never asked"
        while True:
            try:
                reason = await asyncio.wait_for(spec.ready(), min(PROBE_S, spec.ready_timeout_s))
            except TimeoutError:
                reason = "no answer"
            except OSError as error:
                reason = str(error)
            if reason is None and not life.opening.done():
                reason = "a link to it is not open yet"
            if life.over:
                self._check()
                raise ClusterError(f"{unit} {_ending(life)} before it was ready; {_log_end(life.log)}")
            if reason is None:
                break
            if self._clock.now_ns() > deadline:
                raise ClusterError(
                    f"{unit} is not ready after {spec.ready_timeout_s:g} s: {reason}; {_log_end(life.log)}"
                )
            await self._clock.sleep(READY_POLL_S)
        await asyncio.shield(life.opening)
        if not life.told_ready:
            life.told_ready = True
            self._journal.write(UnitReady, unit=unit, incarnation=life.incarnation)

    async def kill(self, unit: str) -> None:
        """SIGKILL, and wait until the process is reaped and its links are closed. Works on a paused unit too."""
        await self._kill(unit, self._living(unit))

    async def terminate(self, unit: str) -> None:
        """SIGTERM; when the unit's grace has run out, kill; wait until the process is reaped.

        A paused unit takes no notice of SIGTERM, so it is killed after its grace.
        """
        await self._terminate(unit, self._living(unit), grace_s=self._units[unit].spec.grace_s)

    async def pause(self, unit: str) -> None:
        """SIGSTOP, and wait until every thread of the unit's process group is stopped."""
        life = self._living(unit)
        if life.paused:
            raise ClusterError(f"{unit} is paused already: resume it first")
        life.paused = True
        await self._signal(unit, life, "SIGSTOP")
        await self._until(unit, life, partial(self._stands_still, life), "stand still")

    async def resume(self, unit: str) -> None:
        """SIGCONT, and wait until no thread of the unit's process group is stopped."""
        life = self._living(unit)
        if not life.paused:
            raise ClusterError(f"{unit} is not paused: there is nothing to resume")
        await self._signal(unit, life, "SIGCONT")
        await self._until(unit, life, partial(self._runs, life), "run again")
        life.paused = False

    def state(self, unit: str) -> UnitState:
        """A unit as it is now."""
        life = self._entry(unit).life
        if life is None:
            return UnitState(name=unit, status=UnitStatus.ABSENT, incarnation=0, pid=None)
        if life.over:
            return UnitState(name=unit, status=UnitStatus.EXITED, incarnation=life.incarnation, pid=None)
        status = UnitStatus.PAUSED if life.paused else UnitStatus.RUNNING
        return UnitState(name=unit, status=status, incarnation=life.incarnation, pid=life.child.pid)

    def resident_bytes(self, unit: str) -> int | None:
        """Of the unit's process and its children, as the kernel has it; None when it does not run."""
        pid = self.state(unit).pid
        return None if pid is None else resident_bytes(pid)

    def units(self) -> tuple[str, ...]:
        """All units of the blueprint."""
        return tuple(self._units)

    def initial(self, unit: str) -> bool:
        """Whether `up` starts a unit."""
        return self._entry(unit).spec.initial

    def awaited(self, unit: str) -> bool:
        """Whether what stands before a unit may start only when it is ready."""
        return self._entry(unit).spec.awaited

    def links(self) -> tuple[str, ...]:
        """All links of the blueprint."""
        return tuple(self._links.specs)

    async def cut(self, link: str) -> None:
        """Close the link's connections and refuse new ones, until `mend`; restarts of its server don't mend it."""
        self._check()
        await self._links.cut(link)

    async def mend(self, link: str) -> None:
        """Take every toxic off a link and enable it again when its server listens."""
        self._check()
        await self._links.mend(link)

    async def add_toxic(self, link: str, toxic: Toxic) -> None:
        self._check()
        await self._links.add_toxic(link, toxic)

    async def remove_toxic(self, link: str, name: str) -> None:
        self._check()
        await self._links.remove_toxic(link, name)

    async def exchange(self, link: str, *, timeout_s: float) -> Exchange:
        """Send about 2 KB through the link that make its server answer, and say what became of it. It never fails."""
        return await self._links.exchange(link, timeout_s=timeout_s)

    async def down(self) -> None:
        """Stop everything, kill what does not stop within a second, remove the scratch folder. Never fails.

        Works at any stage and any number of times; goes on to its end when the caller is cancelled.
        """
        if self._going_down is None:
            self._going_down = asyncio.create_task(self._down())
        await asyncio.shield(self._going_down)

    # ---- starting

    async def _spawn(self, entry: _Unit) -> None:
        spec = entry.spec
        number = 1 if entry.life is None else entry.life.incarnation + 1
        log = self._logs / f"{spec.name.replace('/', '_')}.{number}.log"

        def fill(text: str) -> str:
            return text.replace(INCARNATION, str(number))

        try:
            supervisor = await self._supervisor()
            await self._wait_free(spec, supervisor)
            spec.cwd.mkdir(parents=True, exist_ok=True)
            self._logs.mkdir(parents=True, exist_ok=True)
            await supervisor.spawn(
                unit=spec.name,
                kind=spec.program or spec.role,
                incarnation=number,
                argv=[fill(text) for text in spec.argv],
                env={name: fill(value) for name, value in spec.env},
                cwd=spec.cwd,
                log=log,
                started=partial(self._started, entry, number, log),
            )
        except OSError as error:
            raise ClusterError(f"{spec.name} can't be started: {error}; see to its folders") from error
        finally:
            entry.starting = False

    def _started(self, entry: _Unit, number: int, log: Path, child: Child) -> None:
        """Called by the supervisor as soon as the process exists."""
        spec = entry.spec
        opening = self._links.proxy_started() if spec.role == "proxy" else self._links.server_started(spec.name)
        life = _Life(incarnation=number, child=child, log=log)
        life.opening = _background(opening)
        life.watching = _background(self._watch(spec, life))
        life.watching.add_done_callback(self._watched)
        entry.life = life
        self._lives.append(life)
        try:
            self._journal.write(UnitStarted, unit=spec.name, incarnation=number, pid=child.pid)
        except ActorproofError as error:
            self._failure = self._failure or error

    async def _wait_free(self, spec: UnitSpec, supervisor: Supervision) -> None:
        """Wait a moment for what an earlier incarnation left behind."""
        deadline = self._clock.now_ns() + int(PORT_WAIT_S * 1e9)
        for address in spec.listens:
            while not await supervisor.vacant(address):
                if self._clock.now_ns() > deadline:
                    raise PortTakenError(
                        f"{spec.name} needs {address}, where another process listens: stop that process"
                        " (`actorproof doctor` lists what earlier runs left behind) and run again"
                    )
                await self._clock.sleep(READY_POLL_S)

    async def _supervisor(self) -> Supervision:
        if self._supervising is None:
            if self._going_down is not None:
                raise ClusterError("the cluster is down: bring up a new one")
            self._scratch.mkdir(parents=True, exist_ok=True)
            self._supervising = _background(self._supervise())
        return await asyncio.shield(self._supervising)

    # ---- ending

    async def _watch(self, spec: UnitSpec, life: _Life) -> None:
        """See one incarnation to its end."""
        code = await asyncio.shield(life.child.exited)
        life.opening.cancel()
        # A process that ended with another code than SIGKILL's was not ended by our SIGKILL.
        expected = "SIGTERM" in life.asked or ("SIGKILL" in life.asked and code == SIGKILLED)
        try:
            self._journal.write(UnitExited, unit=spec.name, incarnation=life.incarnation, code=code, expected=expected)
        finally:
            if spec.role == "proxy":
                self._links.proxy_ended()
            else:
                await self._links.server_ended(spec.name)

    def _watched(self, watching: asyncio.Task[None]) -> None:
        """What nobody may have awaited stops the next verb."""
        if not watching.cancelled() and watching.exception() is not None:
            self._failure = self._failure or watching.exception()

    async def _kill(self, unit: str, life: _Life) -> None:
        await self._signal(unit, life, "SIGKILL")
        if not await _within(life.watching, REAP_S):
            raise ClusterError(
                f"{unit} (pid {life.child.pid}) is not gone {REAP_S:g} s after SIGKILL: see what holds it"
            )

    async def _terminate(self, unit: str, life: _Life, *, grace_s: float) -> None:
        await self._signal(unit, life, "SIGTERM")
        if not await _within(life.watching, grace_s):
            await self._kill(unit, life)

    async def _down(self) -> None:
        self._links.close()
        for wave in reversed(self._waves):
            await asyncio.gather(*(self._stop(spec) for spec in wave), return_exceptions=True)
        if self._supervising is not None:
            supervisor = (await asyncio.gather(self._supervising, return_exceptions=True))[0]
            if not isinstance(supervisor, BaseException):
                await supervisor.close()
        tasks = [task for life in self._lives for task in (life.opening, life.watching)]
        for life in self._lives:
            life.opening.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(shutil.rmtree, self._scratch, ignore_errors=True)

    async def _stop(self, spec: UnitSpec) -> None:
        life = self._units[spec.name].life
        if life is None or life.over:
            return
        if spec.role in {"app", "sidecar"} and not life.paused:
            await self._terminate(spec.name, life, grace_s=min(spec.grace_s, DOWN_GRACE_S))
        else:
            await self._kill(spec.name, life)

    # ---- signals

    async def _signal(self, unit: str, life: _Life, name: SignalName) -> None:
        supervisor = await self._supervisor()
        life.asked.add(name)
        self._journal.write(UnitSignalled, unit=unit, incarnation=life.incarnation, signal=name)
        await supervisor.send_signal(life.child, name)

    async def _stands_still(self, life: _Life) -> bool:
        return await (await self._supervisor()).stands_still(life.child)

    async def _runs(self, life: _Life) -> bool:
        return await (await self._supervisor()).runs(life.child)

    async def _until(self, unit: str, life: _Life, condition: Callable[[], Awaitable[bool]], what: str) -> None:
        deadline = self._clock.now_ns() + int(STOP_S * 1e9)
        while not await condition():
            if life.over:
                raise ClusterError(f"{unit} {_ending(life)} before it could {what}; {_log_end(life.log)}")
            if self._clock.now_ns() > deadline:
                raise ClusterError(f"{unit} (pid {life.child.pid}) does not {what} within {STOP_S:g} s: kill it")
            await self._clock.sleep(0.002)

    # ---- what went wrong

    def _entry(self, unit: str) -> _Unit:
        if unit not in self._units:
            raise ClusterError(f"there is no unit {unit}: choose one of {', '.join(self._units)}")
        return self._units[unit]

    def _living(self, unit: str) -> _Life:
        self._check()
        life = self._entry(unit).life
        if life is None or life.over:
            raise ClusterError(f"{unit} does not run{'' if life is None else f': it {_ending(life)}'}; start it first")
        return life

    def _check(self) -> None:
        """Raise what went wrong behind the caller's back; nothing can be trusted after it."""
        if self._failure is not None:
            raise self._failure
        if self._going_down is not None:
            raise ClusterError("the cluster is down: bring up a new one")
        begun = self._supervising
        if begun is not None and begun.done() and begun.exception() is None:
            failure = begun.result().failure
            if failure is not None:
                raise ClusterError(failure)


def _background(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task whose exception somebody may await, and nobody must."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


async def _together(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run all; when one fails, cancel the others and raise what it raised."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _within(task: asyncio.Task[None], timeout_s: float) -> bool:
    """Whether a task ends in time; raises what it raised. The task goes on in any case."""
    done, _ = await asyncio.wait({task}, timeout=timeout_s)
    if done:
        task.result()
    return bool(done)


def _ending(life: _Life) -> str:
    code = life.child.exited.result()
    return f"exited with code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"


def _log_end(log: Path) -> str:
    """The last lines of a unit's log, on one line."""
    try:
        with log.open(encoding="utf-8", errors="replace") as file:
            lines = [line.strip() for line in deque(file, maxlen=_LOG_LINES)]
    except OSError:
        lines = []
    return f"{log} ends: {' | '.join(lines)}" if lines else f"{log} is empty"

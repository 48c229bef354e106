"""ContainerSupervisor: units as containers, each in the network of its place.

A place is a host, or any other unit by itself. As a pod's, its network belongs to a sandbox container that does
nothing: units join it, so that one can end and come back while the others, the address and the ports stay.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp
import requests
from docker.errors import APIError, DockerException, NotFound  # type: ignore[import-untyped]  # the library has no types
from docker.types import EndpointConfig, LogConfig  # type: ignore[import-untyped]  # as above
from testcontainers.core.container import DockerContainer

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.cluster.supervision import SIGKILLED, Child, SignalName
from actorproof.harness.drivers.docker.engine import explain, sandbox_ended
from actorproof.harness.drivers.docker.furnishing import Furnishing
from actorproof.harness.drivers.docker.ground import LABEL, Ground
from actorproof.harness.drivers.docker.streams import Streams
from actorproof.harness.errors import EngineError

T = TypeVar("T")

WORKERS = 8
READY_S = 10.0
LOG_S = 2.0
_SIGNALLED = 128
# Nobody sends it: the engine thaws a container that gets its stop signal, and SIGTERM has to wait like SIGSTOP's.
_NO_STOP_SIGNAL = "SIGURG"


@dataclass(frozen=True, slots=True)
class ContainerChild(Child):
    """A unit's container: `pid` is its first process's, `place` where it runs."""

    container: Any
    place: str


class ContainerSupervisor:
    """Implements `actorproof.harness.cluster.supervision.Supervision`; make it with `ContainerSupervisor.begin`."""

    def __init__(self, ground: Ground, *, furnishings: Mapping[str, Furnishing], sandbox: str) -> None:
        self._ground = ground
        self._furnishings = furnishings
        self._sandbox_image = sandbox
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="engine")
        self._streams = Streams(ground.engine)
        self._children: dict[str, ContainerChild] = {}
        self._ended: dict[str, int] = {}
        self._asked: dict[str, set[SignalName]] = {}
        self._watched: dict[int, str] = {}
        self._sandboxes: dict[str, asyncio.Task[Any]] = {}
        self._places: dict[str, str] = {}
        self._logs: dict[str, asyncio.Task[None]] = {}
        self._made: list[DockerContainer] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self._failure: str | None = None
        self._listening: asyncio.Task[None]

    @classmethod
    async def begin(cls, ground: Ground, *, furnishings: Mapping[str, Furnishing], sandbox: str) -> Self:
        """Listen to the engine; `sandbox` is the image of the containers that own the networks."""
        self = cls(ground, furnishings=furnishings, sandbox=sandbox)
        ready = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(ready))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({waiting, self._listening}, timeout=READY_S, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not ready.is_set():
            await self.close()
            raise EngineError(self._failure or "the engine does not tell its events: see its log")
        return self

    @property
    def failure(self) -> str | None:
        return self._failure or self._ground.failure

    async def vacant(self, address: Address) -> bool:  # noqa: ARG002 nobody else has addresses on the run's network
        """Whether a unit could listen there: only the run's own units have addresses on its network."""
        return True

    async def spawn(
        self,
        *,
        unit: str,
        kind: str,
        incarnation: int,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        log: Path,
        started: Callable[[Child], None],
    ) -> None:
        """Start a unit's container; ClusterError when the engine refuses."""
        if self.failure is not None:
            raise EngineError(self.failure)
        place = unit.partition("/")[0]
        sandbox = await self.sandbox(place)
        furnishing = self._furnishings[kind]
        folders = {**({cwd: True} if furnishing.cwd_is_shared else {}), **furnishing.shared}
        container = await self._start(
            unit,
            sandbox,
            DockerContainer(furnishing.image, docker_client_kw=self._client_kw)
            .with_name(f"{self._ground.network}-{unit.replace('/', '-')}-{incarnation}")
            .with_command(list(argv[1:]))
            .with_kwargs(
                entrypoint=[argv[0]],
                network_mode=f"container:{sandbox.id}",
                labels={
                    **self._ground.labels,
                    "actorproof.unit": unit,
                    "actorproof.incarnation": str(incarnation),
                },
                user=f"{os.getuid()}:{os.getgid()}",
                working_dir=str(cwd),
                stop_signal=_NO_STOP_SIGNAL,
                **self._common,
            ),
            {"LANG": "C.UTF-8", "HOME": "/tmp", **furnishing.env, **env},  # noqa: S108 inside the container
            folders,
        )
        child = ContainerChild(
            container.attrs["State"]["Pid"], asyncio.get_running_loop().create_future(), container, place
        )
        self._children[container.id] = child
        self._logs[container.id] = asyncio.create_task(self._log(container.id, log))
        self._watch(child)
        started(child)
        if container.id in self._ended:
            self._end(container.id, self._ended[container.id])

    async def send_signal(self, child: Child, name: SignalName) -> None:
        """Pause and go on by the engine's freezer; other signals go to the container's first process."""
        assert isinstance(child, ContainerChild)
        container = child.container
        self._asked.setdefault(container.id, set()).add(name)
        match name:
            case "SIGSTOP":
                verb = container.pause
            case "SIGCONT":
                verb = container.unpause
            case _:
                verb = partial(container.kill, signal=name)
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, verb)
        except NotFound:
            return
        except APIError as error:
            # An engine that answered late was asked twice: what was wanted is so already.
            if not child.exited.done() and not await self._over(child) and not await self._is_so(child, name):
                raise explain(error, f"send {name} to {container.name}") from error
        except (DockerException, requests.RequestException) as error:
            raise explain(error, f"send {name} to {container.name}") from error

    async def _is_so(self, child: Child, name: SignalName) -> bool:
        """Whether a container is frozen, or not, as the signal would have it."""
        match name:
            case "SIGSTOP":
                return await self.stands_still(child)
            case "SIGCONT":
                return await self.runs(child)
            case _:
                return False

    async def stands_still(self, child: Child) -> bool:
        """Whether the engine has frozen the container."""
        return bool((await self._state(child)).get("Paused"))

    async def runs(self, child: Child) -> bool:
        """Whether it is not frozen."""
        return not (await self._state(child)).get("Paused")

    async def close(self) -> None:
        """Have everything removed."""
        self._closing = True
        await asyncio.to_thread(self._ground.close)
        for fd in list(self._watched):
            self._unwatch(fd)
        logs = set(self._logs.values())
        if logs:
            await asyncio.wait(logs, timeout=LOG_S)
        for task in (*logs, *self._tasks, self._listening):
            task.cancel()
        await asyncio.gather(*logs, *self._tasks, self._listening, return_exceptions=True)
        await self._streams.close()
        self._pool.shutdown(wait=False)
        for made in self._made:
            made.get_docker_client().client.close()
        for child in self._children.values():
            if not child.exited.done():
                child.exited.set_result(SIGKILLED)

    async def sandbox(self, place: str) -> Any:
        """The container that owns a place's network, made on first demand."""
        if place not in self._sandboxes:
            self._sandboxes[place] = asyncio.create_task(self._make_sandbox(place))
        return await asyncio.shield(self._sandboxes[place])

    def containers(self, place: str) -> list[Any]:
        """The containers of the units that run at a place."""
        return [
            child.container for child in self._children.values() if child.place == place and not child.exited.done()
        ]

    async def call(self, doing: str, work: Callable[..., T], *args: Any) -> T:
        """Do something blocking off the loop; EngineError when the engine refuses. `doing` completes "can't"."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *args)
        except (DockerException, requests.RequestException) as error:
            raise explain(error, doing) from error

    # ---- inside

    @property
    def _client_kw(self) -> dict[str, Any]:
        return {"version": self._ground.engine.api}

    @property
    def _common(self) -> dict[str, Any]:
        # An init process, so that signals mean to a program what they mean on any machine, and orphans are reaped.
        return {"init": True, "log_config": LogConfig(type=LogConfig.types.JSON)}

    async def _start(
        self, unit: str, sandbox: Any, made: DockerContainer, env: Mapping[str, str], folders: Mapping[Path, bool]
    ) -> Any:
        """Start a unit's container. Without its sandbox the engine refuses it in several words: look at that first."""
        try:
            return await self.call(f"start {unit}", self._run, made, env, folders)
        except EngineError as refused:
            await self.call(f"look at the network of {unit}", sandbox.reload)
            if sandbox.attrs["State"]["Running"]:
                raise
            raise sandbox_ended(unit.partition("/")[0]) from refused

    async def _make_sandbox(self, place: str) -> Any:
        name = self._ground.network
        endpoint = EndpointConfig(self._ground.engine.api, ipv4_address=self._ground.addresses.ip(place))
        made = await self.call(
            f"make the network of {place}",
            self._run,
            DockerContainer(self._sandbox_image, docker_client_kw=self._client_kw)
            .with_name(f"{name}-{place}")
            .with_command(["infinity"])
            .with_kwargs(
                entrypoint=["sleep"],
                network=name,
                networking_config={name: endpoint},
                labels={**self._ground.labels, "actorproof.place": place},
                cap_add=["NET_ADMIN"],
                # While its network is disconnected, a unit of it can start all the same.
                sysctls={"net.ipv4.ip_nonlocal_bind": "1"},
                **self._common,
            ),
            {},
            {},
        )
        self._places[made.id] = place
        if made.id in self._ended:
            self._end(made.id, self._ended[made.id])
        return made

    def _run(self, made: DockerContainer, env: Mapping[str, str], folders: Mapping[Path, bool]) -> Any:
        """Blocking: create and start."""
        self._made.append(made)
        for name, value in env.items():
            made.with_env(name, value)
        for folder, writable in folders.items():
            made.with_volume_mapping(str(folder), str(folder), "rw" if writable else "ro")
        made.start()
        container = made.get_wrapped_container()
        container.reload()
        return container

    async def _state(self, child: Child) -> dict[str, Any]:
        assert isinstance(child, ContainerChild)
        await self.call(f"look at {child.container.name}", child.container.reload)
        state: dict[str, Any] = child.container.attrs["State"]
        return state

    async def _over(self, child: Child) -> bool:
        with contextlib.suppress(EngineError):
            return not (await self._state(child)).get("Running")
        return False

    async def _listen(self, ready: asyncio.Event) -> None:
        try:
            await self._streams.deaths(f"{LABEL}={self._ground.run}", ready=ready, told=self._end)
        except (aiohttp.ClientError, OSError, EngineError) as error:
            self._failure = f"the engine has gone away ({error}): see its log, and start the run again"
        else:
            self._failure = "the engine has gone away: see its log, and start the run again"
        if self._closing:
            self._failure = None

    def _watch(self, child: ContainerChild) -> None:
        """See a killed unit's end at once, where its process can be seen from here.

        The engine tells of it a tenth of a second later, in which a store may seem to live.
        """
        with contextlib.suppress(OSError, AttributeError):
            fd = os.pidfd_open(child.pid)
            if child.container.id not in Path(f"/proc/{child.pid}/cgroup").read_text(encoding="utf-8"):
                os.close(fd)
                return
            self._watched[fd] = child.container.id
            asyncio.get_running_loop().add_reader(fd, self._gone, fd, child)

    def _unwatch(self, fd: int) -> None:
        asyncio.get_running_loop().remove_reader(fd)
        del self._watched[fd]
        os.close(fd)

    def _gone(self, fd: int, child: ContainerChild) -> None:
        self._unwatch(fd)
        # Any other end has a code that only the engine knows.
        if "SIGKILL" in self._asked.get(child.container.id, ()) and not child.exited.done():
            child.exited.set_result(SIGKILLED)

    def _end(self, container: str, code: int) -> None:
        """A container has ended."""
        self._ended[container] = code
        if container in self._places and not self._closing:
            self._failure = self._failure or str(sandbox_ended(self._places[container]))
        child = self._children.get(container)
        if child is None or child.exited.done():
            return
        task = asyncio.create_task(self._tell(child, container, code))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, child: ContainerChild, container: str, code: int) -> None:
        log = self._logs.get(container)
        if container not in self._asked and log is not None:
            # It ended by itself: whoever hears of it will want to read why.
            await asyncio.wait({log}, timeout=LOG_S)
        if not child.exited.done():
            child.exited.set_result(_exit_code(code))

    async def _log(self, container: str, into: Path) -> None:
        with contextlib.suppress(aiohttp.ClientError, OSError):
            await self._streams.log(container, into=into)


def _exit_code(code: int) -> int:
    """The engine's 128 + N for an end by signal N, as Python counts it."""
    number = code - _SIGNALLED
    return -number if number in {int(each) for each in signal.Signals} else code

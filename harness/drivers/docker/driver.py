"""DockerDriver: a runtime's programs in containers of this machine's Docker engine, with an address for every host."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
import sysconfig
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from docker.utils import parse_repository_tag  # type: ignore[import-untyped]  # the library has no types

import actorproof
from actorproof.harness import interruption
from actorproof.harness.application.application import Application
from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster import proxy_unit as toxiproxy
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.drivers.docker import reaper, ryuk
from actorproof.harness.drivers.docker.cluster import DockerCluster
from actorproof.harness.drivers.docker.engine import Engine
from actorproof.harness.drivers.docker.furnishing import Furnishing
from actorproof.harness.drivers.docker.ground import Ground
from actorproof.harness.drivers.docker.ryuk import Ryuk
from actorproof.harness.drivers.port import Site
from actorproof.harness.errors import EngineError
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.history.info import ProgramInfo
from actorproof.harness.history.journal import Journal
from actorproof.harness.provision.images import Images
from actorproof.harness.provision.program import Program, Programs
from actorproof.harness.runtimes.port import Deployable
from actorproof.harness.scratch import scratch_folder

T = TypeVar("T")


class DockerDriver:
    """Implements `actorproof.harness.drivers.port.Driver` with the given images of an engine.

    `pulled` are references of those that were pulled for it. Ryuk begins to watch over this process, where it can.
    """

    name = "docker"
    has_machines = True
    overlaps = True
    origin = None

    def __init__(
        self,
        engine: Engine,
        images: Images,
        *,
        runtime: Deployable,
        pulled: tuple[str, ...] = (),
        witness: Program | None = None,
    ) -> None:
        self.clock = SystemClock()
        self.engine = engine
        self.pulled = pulled
        self._reapers = _reapers(ryuk.watch(engine))
        self._images = images
        self._witness = witness
        self._runtime = runtime

    @property
    def runtime(self) -> str:
        """The runtime's name."""
        return self._runtime.name

    @property
    def programs(self) -> tuple[ProgramInfo, ...]:
        """Every image: its program, which image it is, and the image's digest; then what clears up after a run."""
        images = (*(image.program for image in self._images.found.values()), *filter(None, (self._witness,)))
        return (
            *(
                ProgramInfo(
                    name=p.name, version=p.version, origin=p.origin, path=str(p.path), sha256=p.sha256, said=p.said
                )
                for p in images
            ),
            *self._reapers,
        )

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something to its end in this machine's time, which containers share."""
        return interruption.run(work)

    @asynccontextmanager
    async def site(self, topology: Topology, *, folder: RunFolder, journal: Journal) -> AsyncIterator[Site]:
        """A network, a scratch folder, and a cluster that is not up yet; nothing of it stays.

        EngineError when the engine refuses.
        """
        async with contextlib.AsyncExitStack() as stack:
            scratch = stack.enter_context(scratch_folder())
            # Beside other runs, which must not stand still meanwhile.
            opening = asyncio.ensure_future(
                asyncio.to_thread(Ground.open, self.engine, scratch=scratch, proxy=toxiproxy.NAME)
            )
            try:
                ground = await asyncio.shield(opening)
            except asyncio.CancelledError:
                (await opening).close()
                raise
            stack.callback(ground.close)
            library = await asyncio.to_thread(_library, scratch)
            deployed = self._runtime.deploy(
                topology=topology,
                programs=self._programs(),
                addresses=ground.addresses,
                scratch=scratch,
                run_dir=folder.path,
                python=self._images["python"].kind.program,
            )
            cluster = DockerCluster(
                blueprint=deployed.blueprint,
                journal=journal,
                run_dir=folder.path,
                scratch=scratch,
                clock=self.clock,
                ground=ground,
                furnishings=self._furnishings(
                    scratch=scratch, raw=folder.raw, library=library, application=topology.application
                ),
                sandbox=self._images["sandbox"].id,
            )
            stack.push_async_callback(cluster.down)
            view = await stack.enter_async_context(deployed.view(journal, self.clock))
            transport = deployed.transport()
            stack.push_async_callback(transport.close)
            commits = deployed.commits(journal, self.clock)
            yield Site(cluster=cluster, transport=transport, view=view, commits=commits, machines=cluster.machines)
        # Only here, where nothing else went wrong: it must not hide why a run broke off.
        if ground.left:
            raise EngineError(
                "the engine kept something of this run: see the engine's log; `actorproof doctor` says how to remove it"
            )

    def _programs(self) -> Programs:
        """What a plan runs: programs in images, and the witness of this machine, which needs no library of an image."""
        programs = self._images.programs
        return replace(programs, found={**programs.found, **({"witness": self._witness} if self._witness else {})})

    def _furnishings(
        self, *, scratch: Path, raw: Path, library: Path, application: Application | None
    ) -> dict[str, Furnishing]:
        """What each kind of container gets to see: its own files, and for applications the harness's libraries."""
        packages = {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}
        app = Furnishing(
            image=self._images["python"].id,
            shared={scratch: True, raw: True} | dict.fromkeys(packages, False),
            env={
                "PYTHONPATH": ":".join(map(str, (library, *sorted(packages)))),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )
        if application is not None and self._witness is not None:
            shared = {scratch: True, raw: True, self._witness.path: False}
            app = Furnishing(image=application.image, shared=shared, cwd_is_shared=False)
        images = {**self._runtime.images, "proxy": "toxiproxy", "store": self._images.store}
        return {
            "app": app,
            **{
                kind: Furnishing(image=self._images[name].id, shared={scratch: True})
                for kind, name in images.items()
                if name in self._images.found
            },
        }


def _reapers(found: Ryuk) -> tuple[ProgramInfo, ...]:
    """The harness's own, and Ryuk where it watches."""
    script = Path(reaper.__file__)
    own = ProgramInfo(
        name="reaper",
        version=actorproof.__version__,
        origin=f"the harness's own; no Ryuk beside it: {found.absence}" if found.absence else "the harness's own",
        path=str(script),
        sha256=hashlib.sha256(script.read_bytes()).hexdigest(),
    )
    if found.id is None:
        return (own,)
    return own, ProgramInfo(
        name="ryuk",
        version=parse_repository_tag(found.reference)[1] or "latest",
        origin=f"image {found.reference}, beside the harness's own reaper",
        path="",
        sha256=found.id.removeprefix("sha256:"),
    )


def _library(scratch: Path) -> Path:
    """A copy of this package for containers: in a checkout it is links to folders beside it."""
    package = Path(actorproof.__file__).parent
    library = scratch / "lib"
    target = library / package.name
    target.mkdir(parents=True)
    shutil.copy2(package / "__init__.py", target)
    # With what is compiled of it already: every application would compile it anew.
    shutil.copytree(package / "harness", target / "harness", ignore=shutil.ignore_patterns("modules", "*.log"))
    return library

"""Images: what the docker driver's containers are made of: published ones, or equivalents made on this machine.

Each image is the first of: the one that an option or an environment variable names; the published one, when the
engine has it; the one that was made here. What is missing is pulled, given a `Puller`. `provide` does so, too, and
where no image registry answers it makes an equivalent from Debian's packages and the programs that `actorproof setup`
built. What is made here is named ``actorproof-local/...``, so that nobody takes it for a published image. A program
stands at the same place in both.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import requests
from docker.errors import BuildError, DockerException, ImageNotFound  # type: ignore[import-untyped]  # has no types

from actorproof.harness.cache_folder import default_folder
from actorproof.harness.cluster.topology import StoreName
from actorproof.harness.drivers.docker import ryuk
from actorproof.harness.drivers.docker.engine import Engine, explain
from actorproof.harness.errors import EngineError, ProvisionError, UsageError
from actorproof.harness.provision import command
from actorproof.harness.provision.program import PREFIX, Kind, Program, Programs
from actorproof.harness.provision.programs import TOXIPROXY_VERSION
from actorproof.harness.provision.pull import Puller
from actorproof.harness.runtimes.registry import DEFAULT, deployable
from actorproof.harness.scratch import scratch_folder

# Debian's release, whose packages local images are made of, and the Python in it.
RELEASE = "bookworm"
RELEASE_PYTHON = (3, 11)
BASE = f"{PREFIX}debian:{RELEASE}"
PACKAGES = ("python3", "redis-server", "iptables")
# Its own image, since it is as large again. A container's user may be one that the image does not know (nss-wrapper).
POSTGRES_VERSION = "15"
POSTGRES_PACKAGES = (f"postgresql-{POSTGRES_VERSION}", "libnss-wrapper")
POSTGRES_BIN = f"/usr/lib/postgresql/{POSTGRES_VERSION}/bin"
# Left out of local images: nobody reads it there.
UNREAD = ("var/cache/apt/", "var/lib/apt/lists/", "usr/share/doc/", "usr/share/man/", "usr/share/locale/", "dev/")
NAMED = "named by "
DIGEST_LABEL = "actorproof.sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image that the engine has.

    Attributes:
        reference: its name. `id`: what it is, whatever the name comes to mean later.
        origin: ``published``, ``made on this machine``, or the option or variable that named it.
        version, said: of its program and by its own word, once it was asked.
    """

    kind: Kind
    reference: str
    id: str
    origin: str
    version: str = ""
    said: str = ""

    @property
    def program(self) -> Program:
        """Its program, with a path inside the image."""
        return Program(
            name=self.kind.name,
            version=self.version
            or (self.reference == self.kind.local and self.kind.local_version)
            or self.kind.version,
            path=Path(self.kind.program),
            origin=f"image {self.reference}, {self.origin}",
            sha256=self.id.removeprefix("sha256:"),
            said=self.said,
        )

    @property
    def named(self) -> bool:
        """Whether the user named it."""
        return self.origin.startswith(NAMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """All images of one runtime version, with one `store`."""

    version: str
    found: Mapping[str, Image]
    store: StoreName = "redis"

    def __getitem__(self, name: str) -> Image:
        return self.found[name]

    @property
    def programs(self) -> Programs:
        """Their programs, as a plan wants them."""
        named = {"redis": "redis-server"}
        found = {named.get(name, name): image.program for name, image in self.found.items()}
        return Programs(version=self.version, found=found)


STORES: Mapping[StoreName, Kind] = {
    "redis": Kind(name="redis", published="redis:7", local=f"{PREFIX}redis:7", program="redis-server", version="7"),
    "postgres": Kind(
        name="postgres",
        published="postgres:16",
        local=f"{PREFIX}postgres:{POSTGRES_VERSION}",
        program="postgres",
        version="16",
        local_version=POSTGRES_VERSION,
    ),
}


def kinds(version: str, *, store: StoreName = "redis", runtime: str = DEFAULT) -> tuple[Kind, ...]:
    """The images that a cluster of a runtime version with a store needs, the runtime's own first."""
    python = ".".join(map(str, sys.version_info[:2]))
    return (
        *deployable(runtime).kinds(version),
        STORES[store],
        Kind(
            name="toxiproxy",
            published=f"ghcr.io/shopify/toxiproxy:{TOXIPROXY_VERSION}",
            local=f"{PREFIX}toxiproxy:{TOXIPROXY_VERSION}",
            program="/toxiproxy",
            version=TOXIPROXY_VERSION,
        ),
        # Applications run on the harness's own libraries, so it has to be the harness's own Python.
        Kind(
            name="python",
            published=f"python:{python}-slim",
            local=f"{PREFIX}python:{python}",
            program="python3",
            version=python,
        ),
        Kind(
            name="sandbox",
            published="nicolaka/netshoot:v0.13",
            local=f"{PREFIX}sandbox:{RELEASE}",
            program="sleep",
            version=RELEASE,
        ),
    )


def parse(
    choices: tuple[str, ...], *, version: str, store: StoreName = "redis", runtime: str = DEFAULT
) -> dict[str, str]:
    """The images that ``NAME=REFERENCE`` options name. UsageError for a name that no image has."""
    names = [kind.name for kind in kinds(version, store=store, runtime=runtime)]
    chosen = {}
    for choice in choices:
        name, equals, reference = choice.partition("=")
        if not equals or not reference or name not in names:
            raise UsageError(f"image {choice} is not NAME=REFERENCE: choose NAME from {', '.join(names)}")
        chosen[name] = reference
    return chosen


def find(
    engine: Engine,
    *,
    version: str,
    chosen: Mapping[str, str],
    store: StoreName = "redis",
    runtime: str = DEFAULT,
    puller: Puller | None = None,
) -> tuple[Images, tuple[Kind, ...]]:
    """The images that the engine has, and the kinds that are missing. EngineError when a named image is missing."""
    found: dict[str, Image] = {}
    missing: list[Kind] = []
    for kind in kinds(version, store=store, runtime=runtime):
        image = _named(engine, kind, chosen, puller) or _usual(engine, kind)
        if image is None and puller is not None and puller.pull(kind.published, name=kind.name):
            image = _usual(engine, kind)
        if image is None:
            missing.append(kind)
        else:
            found[kind.name] = image
    return Images(version=version, found=found, store=store), tuple(missing)


def require(
    engine: Engine,
    *,
    version: str,
    chosen: Mapping[str, str],
    store: StoreName = "redis",
    runtime: str = DEFAULT,
    puller: Puller | None = None,
) -> Images:
    """All images; ProvisionError that names what is missing."""
    images, missing = find(engine, version=version, chosen=chosen, store=store, runtime=runtime, puller=puller)
    if missing:
        names = ", ".join(kind.published for kind in missing)
        with_store = "" if store == "redis" else f" --store {store}"
        raise ProvisionError(
            f"the engine lacks {len(missing)} images ({names}){_refusals(puller, 'them')}: run `actorproof setup"
            f" --images --dapr {version}{with_store}`, which pulls or makes them, or choose --driver process"
        )
    return images


def provide(
    engine: Engine,
    *,
    version: str,
    chosen: Mapping[str, str],
    programs: Callable[[], Programs],
    progress: Callable[[str], None],
    store: StoreName = "redis",
    runtime: str = DEFAULT,
) -> Images:
    """Pull what is missing, and make what can't be pulled of `programs`. ProvisionError when that can't be."""
    puller = Puller(engine, progress=progress)
    _, missing = find(engine, version=version, chosen=chosen, store=store, runtime=runtime, puller=puller)
    if missing:
        for kind in missing:
            progress(f"{kind.name}: {puller.refusals.get(kind.published, 'not pulled')}; {kind.local} is made instead")
        _Maker(engine, progress).make(list(missing), programs)
    pull_ryuk(engine, puller, progress=progress)
    return require(engine, version=version, chosen=chosen, store=store, runtime=runtime)


def pull_ryuk(engine: Engine, puller: Puller, *, progress: Callable[[str], None]) -> None:
    """Get the image of Testcontainers' reaper, unless it is there or switched off; the harness's own will do, too."""
    reference = ryuk.reference()
    if not ryuk.OFF and _id(engine, reference) is None and not puller.pull(reference, name="ryuk"):
        progress(f"ryuk: {puller.refusals.get(reference, 'not pulled')}; the harness's own reaper does without")


def _named(engine: Engine, kind: Kind, chosen: Mapping[str, str], puller: Puller | None) -> Image | None:
    for source, reference in (
        ("option --image", chosen.get(kind.name)),
        (kind.variable, os.environ.get(kind.variable)),
    ):
        if reference:
            id_ = _id(engine, reference)
            if id_ is None and puller is not None and puller.pull(reference, name=kind.name):
                id_ = _id(engine, reference)
            if id_ is None:
                raise EngineError(
                    f"the image {reference} that {source} names for {kind.name} is missing{_refusals(puller, 'it')}:"
                    " pull or build it, or leave the name out"
                )
            return Image(kind=kind, reference=reference, id=id_, origin=f"{NAMED}{source}")
    return None


def _usual(engine: Engine, kind: Kind) -> Image | None:
    for reference, origin in ((kind.published, "published"), (kind.local, "made on this machine")):
        if (id_ := _id(engine, reference)) is not None:
            return Image(kind=kind, reference=reference, id=id_, origin=origin)
    return None


def _refusals(puller: Puller | None, what: str) -> str:
    """Why what is missing could not be pulled, each reason once."""
    if puller is None or not puller.refusals:
        return ""
    return f" and can't pull {what} ({', '.join(dict.fromkeys(puller.refusals.values()))})"


def _id(engine: Engine, reference: str) -> str | None:
    try:
        return str(engine.client.images.get(reference).id)
    except ImageNotFound:
        return None
    except (DockerException, requests.RequestException) as error:
        raise explain(error, f"look for the image {reference}") from error


class _Maker:
    """Makes local images."""

    def __init__(self, engine: Engine, progress: Callable[[str], None]) -> None:
        self._engine = engine
        self._progress = progress

    def make(self, wanted: list[Kind], programs: Callable[[], Programs]) -> None:
        """Make each; the base first."""
        for kind in wanted:
            if kind.name == "python" and sys.version_info[:2] != RELEASE_PYTHON:
                raise ProvisionError(
                    f"an image with Python {kind.version} can't be made of Debian {RELEASE}'s packages: pull"
                    f" {kind.published}, set {kind.variable}, or run Actorproof on Python"
                    f" {'.'.join(map(str, RELEASE_PYTHON))}"
                )
        if _id(self._engine, BASE) is None and any(kind.name != "postgres" for kind in wanted):
            self._make_base(BASE, PACKAGES)
        made: Programs | None = None
        for kind in wanted:
            if kind.name == "postgres":
                self._make_base(kind.local, POSTGRES_PACKAGES)
            elif kind.name in {"redis", "python", "sandbox"}:
                repository, _, tag = kind.local.partition(":")
                self._engine.client.images.get(BASE).tag(repository, tag)
            else:
                made = made or programs()
                program = next(each for each in made.all if each.name == kind.name)
                self._make_one(kind, program)

    def _make_one(self, kind: Kind, program: Program) -> None:
        """The base and one program."""
        self._progress(f"{kind.name}: making {kind.local} of {program.path.name} {program.version}")
        # An executable of Go loads the C library: the one that it was built with is this machine's own.
        text = f'FROM {BASE}\nCOPY program {kind.program}\nENTRYPOINT ["{kind.program}"]\n'
        with tempfile.TemporaryFile() as context:
            with tarfile.open(fileobj=context, mode="w") as archive:
                info = tarfile.TarInfo("Dockerfile")
                info.size = len(text)
                archive.addfile(info, io.BytesIO(text.encode()))
                archive.add(program.path, arcname="program", filter=_executable)
            context.seek(0)
            try:
                self._engine.client.images.build(
                    fileobj=context,
                    custom_context=True,
                    tag=kind.local,
                    rm=True,
                    labels={DIGEST_LABEL: program.sha256},
                )
            except (BuildError, DockerException, requests.RequestException) as error:
                raise explain(error, f"make the image {kind.local}") from error

    def _make_base(self, reference: str, packages: tuple[str, ...]) -> None:
        """A Debian of few packages, by debootstrap."""
        bootstrap = shutil.which("debootstrap")
        if bootstrap is None or os.geteuid() != 0:
            lacking = "debootstrap, which this machine lacks" if bootstrap is None else "root"
            raise ProvisionError(
                f"images can't be pulled, and to make them needs {lacking}: `apt-get install debootstrap` and run"
                " `actorproof setup --images` as root, or choose --driver process"
            )
        self._progress(f"{reference}: a Debian with {', '.join(packages)}, about a minute")
        log = default_folder() / "logs" / "debootstrap.log"
        with scratch_folder() as folder:
            root = folder / "root"
            status = command.run(
                [bootstrap, "--variant=minbase", f"--include={','.join(packages)}", RELEASE, str(root)],
                cwd=folder,
                env=os.environ,
                log=log,
                label=reference,
                progress=self._progress,
            )
            if status != 0:
                raise ProvisionError(f"a Debian can't be made: {command.tail(log, lines=1)} (log: {log})")
            for program in ("postgres", "initdb"):  # where published images have them, too: on PATH
                if (root / POSTGRES_BIN[1:] / program).exists():
                    (root / "usr/local/bin" / program).symlink_to(f"{POSTGRES_BIN}/{program}")
            file = folder / "root.tar"
            with tarfile.open(file, mode="w") as archive:
                archive.add(root, arcname=".", filter=_read)
            repository, _, tag = reference.partition(":")
            try:
                self._engine.client.api.import_image_from_file(str(file), repository=repository, tag=tag)
            except (DockerException, requests.RequestException) as error:
                raise explain(error, f"import the image {reference}") from error


def _read(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """What goes into the base image."""
    name = info.name.removeprefix("./")
    return None if name.startswith(UNREAD) else info


def _executable(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.mode = 0o755
    info.uid = info.gid = 0
    return info

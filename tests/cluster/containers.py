"""Small clusters of containers for tests; skips where there is no engine or no image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.blueprint import Blueprint, LinkSpec, Protocol, UnitSpec
from actorproof.harness.cluster.topology import DEFAULT_VERSION, StoreName
from actorproof.harness.drivers.docker.cluster import DockerCluster
from actorproof.harness.drivers.docker.engine import Engine
from actorproof.harness.drivers.docker.furnishing import Furnishing
from actorproof.harness.drivers.docker.ground import Ground
from actorproof.harness.errors import ActorproofError
from actorproof.harness.history.journal import Journal
from actorproof.harness.provision.images import Images, require
from actorproof.harness.stores import postgres

from .blueprints import proxy, server
from .contract import Rig

PROXY = "toxiproxy"


@cache
def _looked(store: StoreName) -> Images | str:
    """The images that this machine's engine has, or why there are none to be used."""
    try:
        engine = Engine.connect()
    except ActorproofError as error:
        return str(error)
    try:
        return require(engine, version=DEFAULT_VERSION, chosen={}, store=store)
    except ActorproofError as error:
        return str(error)
    finally:
        engine.close()


def images(store: StoreName = "redis") -> Images:
    """The images; skips the test, with the reason, where there is no engine or an image is missing."""
    found = _looked(store)
    if isinstance(found, str):
        pytest.skip(found)
    return found


@contextmanager
def engine() -> Iterator[Engine]:
    """This machine's engine; skips the test where there is none."""
    images()
    found = Engine.connect()
    try:
        yield found
    finally:
        found.close()


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """A run's ground in this machine's engine."""
    with engine() as found:
        opened = Ground.open(found, scratch=folder / "scratch", proxy=PROXY)
        try:
            yield opened
        finally:
            opened.close()


def cluster(blueprint: Blueprint, folder: Path, ground: Ground, *, store: str | None = None) -> DockerCluster:
    """A cluster over a blueprint, with its journal in folder/raw/harness.jsonl; `store` is the image of a store."""
    clock = SystemClock()
    journal = Journal.open(folder / "raw" / "harness.jsonl", process="harness", clock=clock)
    found = images()
    furnishings: dict[str, Furnishing] = {
        "app": Furnishing(image=found["python"].id),
        "proxy": Furnishing(image=found["toxiproxy"].id),
    }
    if store is not None:
        furnishings["store"] = Furnishing(image=store)
    return DockerCluster(
        blueprint=blueprint,
        journal=journal,
        run_dir=folder,
        scratch=folder / "scratch",
        clock=clock,
        ground=ground,
        furnishings=furnishings,
        sandbox=found["sandbox"].id,
    )


def rig(folder: Path, ground: Ground, *, proxied: bool, with_postgres: bool = False) -> Rig:
    """What the contract wants; its server can be PostgreSQL instead of an echo."""
    addresses = ground.addresses
    at, api = addresses.at("store"), addresses.proxy()

    def unit(name: str, *options: str, initial: bool = True) -> UnitSpec:
        return server(
            name, addresses.at(name.partition("/")[0]), *options, folder=folder, initial=initial, python="python3"
        )

    image: str | None = None
    store = server("store", at, folder=folder, python="python3")
    if with_postgres:
        found = images("postgres")["postgres"]
        image = found.id
        store = postgres.unit(program=Path(found.kind.program), cwd=folder / "store", listen=at)
    hosts = (
        unit("host-1/app", "stubborn"),
        unit("host-2/app", initial=False),
        unit("host-3/app", "broken", initial=False),
    )
    waves: list[tuple[UnitSpec, ...]] = [(store,), hosts]
    links: tuple[LinkSpec, ...] = ()
    if proxied:
        waves.insert(0, (proxy(Path(images()["toxiproxy"].kind.program), api, folder=folder),))
        spoken: Protocol = "postgres" if with_postgres else "http"
        links = (LinkSpec(name="host-1>store", listen=addresses.proxy(), upstream=at, server="store", protocol=spoken),)
    return Rig(
        cluster=cluster(
            Blueprint(waves=tuple(waves), links=links, proxy_api=api if proxied else None), folder, ground, store=image
        ),
        server="store",
        stubborn="host-1/app",
        spare="host-2/app",
        broken="host-3/app",
        link="host-1>store" if proxied else None,
        journal=folder / "raw" / "harness.jsonl",
    )

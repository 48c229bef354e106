"""A journal, and real stores with the command lines of a cluster's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.history.journal import Journal

from .postgres_server import Server, running_server
from .redis_server import Store
from .support import opened

T = TypeVar("T")


@pytest.fixture
def slot() -> Iterator[Slot]:
    with Slot.acquire() as held:
        yield held


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Journal]:
    with opened(tmp_path) as journal:
        yield journal


@contextmanager
def entered(runner: asyncio.Runner, context: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """What is there while a test runs, on the test's loop."""
    found = runner.run(context.__aenter__())
    try:
        yield found
    finally:
        runner.run(context.__aexit__(None, None, None))


@pytest.fixture
def server(runner: asyncio.Runner) -> Iterator[Server]:
    """PostgreSQL."""
    with entered(runner, running_server()) as found:
        yield found


@asynccontextmanager
async def running_store(folder: Path, slot: Slot) -> AsyncIterator[Store]:
    store = Store(folder, Address(ip="127.0.0.1", port=slot.port()))
    await store.start()
    try:
        yield store
    finally:
        store.kill()


@pytest.fixture
def store(runner: asyncio.Runner, slot: Slot, tmp_path: Path) -> Iterator[Store]:
    """Redis."""
    with entered(runner, running_store(tmp_path, slot)) as found:
        yield found

"""What holds for all tests."""

from __future__ import annotations

import asyncio
import inspect
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from actorproof import called
from actorproof.harness.drivers.process.slot import Slot

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
"""A busy machine draws slowly: how long an example takes says nothing of the rule that a test states."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A test may be a coroutine; it runs on the loop of `runner` where a fixture has begun something there."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    given = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    runner: Any = pyfuncitem.funcargs.get("runner", asyncio)
    runner.run(pyfuncitem.obj(**given))
    return True


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """The loop of a test that is a coroutine, for its fixtures."""
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(autouse=True)
def _driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name the command line takes what the machine has; a test means one driver."""
    monkeypatch.setenv("ACTORPROOF_DRIVER", "process")


@pytest.fixture(autouse=True)
def _no_width_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest-xdist gives its workers one, as a shell may; a test means the width of a log."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(autouse=True, scope="session")
def _the_command_has_its_plain_name() -> Iterator[None]:
    """How it is typed depends on where it is installed and what is active; `test_called` is about that."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(called, "called", lambda: called.NAME)
        yield


@pytest.fixture
def slot() -> Iterator[Slot]:
    """Ports for programs that a test starts: nobody else may take one before its program does."""
    with Slot.acquire() as held:
        yield held


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short path: a Unix socket's has 107 characters at most."""
    with tempfile.TemporaryDirectory(prefix="ap-") as folder:
        yield Path(folder)

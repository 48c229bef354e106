"""An image registry of a test's own, on the loopback of a second engine."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from .second_engine import SecondEngine

UP_S = 30.0
ADDRESS = "127.0.0.1:5000"
CONFIG = """
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {root}}}}}
http: {{addr: "{address}"}}
"""
# Debian's name for it, and that of its own releases.
PROGRAMS = ("docker-registry", "registry")


@contextmanager
def registry(second: SecondEngine, folder: Path) -> Iterator[str]:
    """Serve one at the address that it yields; skips the test where its program is missing."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("there is no image registry to run here: apt-get install docker-registry")
    config = folder / "registry.yml"
    config.write_text(CONFIG.format(root=folder / "registry", address=ADDRESS))
    with (
        (folder / "registry.log").open("wb") as log,
        _inside(second, program, "serve", str(config), log=log) as process,
    ):
        try:
            deadline_s = time.monotonic() + UP_S
            while _inside(second, "bash", "-c", f": >/dev/tcp/{ADDRESS.replace(':', '/')}").wait() != 0:
                assert process.poll() is None, (folder / "registry.log").read_text()
                assert time.monotonic() < deadline_s
                time.sleep(0.1)
            yield ADDRESS
        finally:
            process.kill()


@contextmanager
def silent_registry(second: SecondEngine) -> Iterator[str]:
    """An address where connections are taken and nothing is ever said."""
    script = "import socket, time; s = socket.create_server(('127.0.0.1', 5001)); print(flush=True); time.sleep(600)"
    with _inside(second, "python3", "-c", script, log=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield "127.0.0.1:5001"
        finally:
            process.kill()


def _inside(second: SecondEngine, *command: str, log: int | IO[bytes] = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Start something in the engine's network."""
    within = ["nsenter", f"--net=/proc/{second.pid}/ns/net", *command]
    return subprocess.Popen(within, stdout=log, stderr=subprocess.DEVNULL if log == subprocess.PIPE else log)

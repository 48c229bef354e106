"""A Docker engine of a test's own, with its own data, socket and network, which a test may break."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from actorproof.harness.cluster.topology import DEFAULT_VERSION
from actorproof.harness.drivers.docker.engine import Engine
from actorproof.harness.errors import EngineError
from actorproof.harness.provision.images import kinds

UP_S = 60.0
END_S = 30.0
NEEDED = ("dockerd", "containerd", "unshare", "mount")
# The engine's own network, so that it touches no bridge or packet filter of the machine's; its own mounts, so that none
# of them outlives it.
SCRIPT = """
set -e
"$PYTHON" -c "$LOOPBACK_UP"
[ -z "$SIZE" ] || mount -t tmpfs -o size="$SIZE" tmpfs "$ROOT/data"
exec dockerd --data-root "$ROOT/data" --exec-root "$ROOT/exec" --pidfile "$ROOT/pid" --host "unix://$ROOT/e.sock"
"""
# Minimal systems have no ip command: SIOCSIFFLAGS with IFF_UP and IFF_RUNNING.
LOOPBACK_UP = """
import fcntl, socket, struct
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8914, struct.pack("16sh14x", b"lo", 0x41))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondEngine:
    """One that answers at `host`. `data` is where this process sees its files."""

    pid: int
    host: str
    data: Path

    def fill(self) -> None:
        """Use up the room for its data."""
        with (self.data / "ballast").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 16))

    def import_image(self, found: Engine, reference: str) -> None:
        """Have an image of that name: it holds one file, and nothing can run in it."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            info = tarfile.TarInfo("name")
            info.size = len(reference)
            tar.addfile(info, io.BytesIO(reference.encode()))
        repository, _, tag = reference.rpartition(":")
        found.client.api.import_image_from_data(archive.getvalue(), repository=repository, tag=tag)

    def import_all(self, found: Engine) -> None:
        """Have images by the names of those that are made here."""
        for kind in kinds(DEFAULT_VERSION):
            self.import_image(found, kind.local)


@contextmanager
def second_engine(folder: Path, *, size: str = "") -> Iterator[SecondEngine]:
    """Start one under `folder`, whose path has to be short; its data get `size` in memory, where that is given.

    Skips the test where none can be started.
    """
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    if lacking or os.geteuid() != 0:
        pytest.skip(f"a second Docker engine needs {', '.join(lacking) or 'root'}")
    (folder / "data").mkdir()
    host, log = f"unix://{folder}/e.sock", folder / "dockerd.log"
    env = os.environ | {"ROOT": str(folder), "SIZE": size, "PYTHON": sys.executable, "LOOPBACK_UP": LOOPBACK_UP}
    with (
        log.open("wb") as file,
        subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", SCRIPT], stdout=file, stderr=file, env=env
        ) as process,
    ):
        try:
            _await(process, host, log)
            yield SecondEngine(
                pid=process.pid, host=host, data=Path(f"/proc/{process.pid}/root") / str(folder / "data").lstrip("/")
            )
        finally:
            _end(process, folder)


def _await(process: subprocess.Popen[bytes], host: str, log: Path) -> None:
    deadline_s = time.monotonic() + UP_S
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", host)
        while True:
            with suppress(EngineError):
                Engine.connect().close()
                return
            if process.poll() is not None or time.monotonic() > deadline_s:
                last = log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
                pytest.skip(f"a second Docker engine does not come up here: {last}")
            time.sleep(0.1)


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        # It leaves its containerd behind then.
        with suppress(OSError, ValueError):
            os.kill(int((folder / "exec/containerd/containerd.pid").read_text()), signal.SIGKILL)

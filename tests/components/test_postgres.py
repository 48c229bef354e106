"""PostgreSQL as a store: nothing of a server that is killed stays in the machine's memory."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from pathlib import Path

import pytest

from .postgres_server import Server, running_server, send
from .support import until


def segment(server: Server) -> str:
    """The id of the segment of System V that a server has."""
    return (server.cwd / "data/postmaster.pid").read_text().splitlines()[6].split()[1]


def segments() -> dict[str, str]:
    """The segments of this process's namespace by their ids, and what is said of each."""
    said = subprocess.run(["ipcs", "-m"], capture_output=True, text=True, check=True).stdout.splitlines()
    return {line.split()[1]: line for line in said if line.startswith("0x")}


@pytest.mark.parametrize("apart", [True, False], ids=["in a namespace of its own", "where none can be made"])
async def test_a_server_that_is_killed_leaves_no_shared_memory(
    *, apart: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not apart:
        refuses = tmp_path / "unshare"
        refuses.write_text("#!/bin/sh\nexit 1\n", "utf-8")
        refuses.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    async with running_server() as server:
        assert server.process is not None
        # A segment that is to be removed has no key of its own any more.
        await until(lambda: segments().get(segment(server), "0x00000000").startswith("0x00000000"))
        mine, pids = segment(server), server.pids
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                send(pid, number)
        await asyncio.to_thread(server.process.wait)
        await until(lambda: mine not in segments())

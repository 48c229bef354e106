"""However the harness ends, no process and no scratch folder of its cluster outlives it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from actorproof.harness.drivers.process.guardian import is_alive
from actorproof.harness.history.events import UnitSignalled
from actorproof.harness.history.merge import read_journal
from actorproof.harness.provision.leftovers import leftovers
from tests.signals import default_signals
from tests.waiting import until

HARNESS = """
import asyncio, json, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from blueprints import Blueprint, Slot, cluster, local, server
folder = Path(sys.argv[1])
async def main():
    with Slot.acquire() as slot:
        units = [
            server("plain", local(slot), folder=folder),
            server("paused", local(slot), "stubborn", folder=folder),
            server("forking", local(slot), "forks", "stubborn", folder=folder),
            server("away", local(slot), "forks", "away", folder=folder),
        ]
        it = cluster(Blueprint(waves=(tuple(units),), links=(), proxy_api=None), folder)
        await it.up()
        await it.pause("paused")
        print(json.dumps([it.state(unit.name).pid for unit in units]), flush=True)
        await asyncio.sleep(3600)
asyncio.run(main())
"""


@contextmanager
def harness(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """A harness process that holds a cluster, and the pids of everything that the cluster consists of."""
    here = str(Path(__file__).parent)
    with subprocess.Popen(
        [sys.executable, "-c", HARNESS, str(folder), here],
        stdout=subprocess.PIPE,
        preexec_fn=default_signals,  # noqa: PLW1509 - it takes no lock
    ) as process:
        try:
            assert process.stdout is not None
            pids = json.loads(process.stdout.readline())
            children = [folder / name / "child.pid" for name in ("forking", "away")]
            until(lambda: all(path.exists() and path.read_text() for path in children))
            pids += [int(path.read_text()) for path in children]
            pids.append(json.loads((folder / "scratch" / "owner.json").read_text())["guardian"])
            yield process, pids
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_nothing_outlives_the_harness(tmp_path: Path, number: signal.Signals) -> None:
    with harness(tmp_path) as (process, pids):
        assert all(is_alive(pid) for pid in pids)
        process.send_signal(number)
        until(lambda: not any(is_alive(pid) for pid in pids))
        assert not (tmp_path / "scratch").exists()
    events = read_journal(tmp_path / "raw" / "harness.jsonl")
    assert [event.seq for event in events] == list(range(len(events)))
    assert any(isinstance(event, UnitSignalled) and event.signal == "SIGSTOP" for event in events)


def test_nothing_outlives_the_harness_when_others_hold_its_descriptors(tmp_path: Path) -> None:
    with harness(tmp_path) as (process, pids):
        descriptors = Path(f"/proc/{process.pid}/fd")
        pidfd = os.pidfd_open(process.pid)
        copies = []
        for fd in descriptors.iterdir():
            if str(fd.readlink()).startswith("socket:"):
                copy = _copy(pidfd, int(fd.name))
                if copy is None:
                    pytest.skip("this machine does not let a process copy another's descriptors")
                copies.append(copy)
        assert copies
        process.kill()
        until(lambda: not any(is_alive(pid) for pid in pids))
        for copy in (*copies, pidfd):
            os.close(copy)


def _copy(pidfd: int, fd: int) -> int | None:
    import ctypes  # noqa: PLC0415

    copied = ctypes.CDLL(None).syscall(438, pidfd, fd, 0)  # pidfd_getfd
    return copied if copied >= 0 else None


def test_units_are_on_record_while_they_live(tmp_path: Path) -> None:
    with harness(tmp_path) as (process, pids):
        scratch = tmp_path / "scratch"
        owner = json.loads((scratch / "owner.json").read_text())
        units = [json.loads(line) for line in (scratch / "units.jsonl").read_text().splitlines()]
        assert owner["pid"] == process.pid
        assert {unit["pid"] for unit in units} == set(pids[:4])
        assert {unit["unit"] for unit in units} == {"plain", "paused", "forking", "away"}
        base = tmp_path / "base"
        base.mkdir()
        (base / "actorproof-x").symlink_to(scratch)
        assert leftovers(root=base) == ()
        owner["start"] += 1  # as if the number had been given to another process
        (scratch / "owner.json").write_text(json.dumps(owner))
        (found,) = leftovers(root=base)
        assert found.owner_pid == process.pid
        assert set(found.pids) == set(pids[:4])

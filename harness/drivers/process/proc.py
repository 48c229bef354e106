"""What the kernel says of a unit's processes: whether all of them stand still, and what is left of a session."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from actorproof.harness.drivers.process.guardian import children_of

_STOPPED = frozenset({"T", "t"})


def all_stopped(group: int) -> bool:
    """Whether every thread of a process group, and of all that its leader started, is stopped; false for none."""
    states = list(_states(group))
    return bool(states) and all(state in _STOPPED for state in states)


def none_stopped(group: int) -> bool:
    """Whether no thread of a process group, nor of what its leader started, is stopped."""
    return not any(state in _STOPPED for state in _states(group))


def kill_session(session: int) -> None:
    """SIGKILL whatever is left of a session. Its number is not given to others while it has a member."""
    if sys.platform == "linux":
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and _fields(process)[3:4] == [str(session)]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(process.name), signal.SIGKILL)


def _states(group: int) -> Iterator[str]:
    """State letter of each thread of a group and its leader's descendants; without /proc, of the leader as a whole."""
    if sys.platform != "linux":
        with contextlib.suppress(psutil.Error):
            yield "T" if psutil.Process(group).status() == psutil.STATUS_STOPPED else "R"
        return
    below = children_of({group})
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and (int(process.name) in below or _fields(process)[2:3] == [str(group)]):
            threads = [_fields(thread) for thread in _tasks(process)]
            yield from (fields[0] for fields in threads if fields and fields[0] not in {"Z", "X"})


def _tasks(process: Path) -> list[Path]:
    try:
        return list((process / "task").iterdir())
    except OSError:
        return []


def _fields(folder: Path) -> list[str]:
    """The fields of a stat file from the state on: state, parent, group. Empty when the process has ended."""
    try:
        return (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []

"""Leftovers: scratch folders of runs whose owner died, and processes of theirs that still live.

A run's scratch folder is ``actorproof-*`` in the system's temporary folder. It holds ``owner.json`` (pid, start, the
guardian's pid) and ``units.jsonl`` (unit, pid, start). `start` is in clock ticks since boot, as in /proc/PID/stat:
it tells a process from another that got the same pid later; it is 0 where there is no /proc.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil

from actorproof.harness.provision.files import folder_size

PATTERN = "actorproof-*"
STAT_START = 19  # counted from behind the command's name


class _Process(msgspec.Struct, frozen=True):
    pid: int
    start: int = 0
    unit: str = ""


class _Owner(msgspec.Struct, frozen=True):
    pid: int
    start: int = 0
    guardian: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A process of a dead run that still lives."""

    unit: str
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """What a dead run left: its scratch folder, how big that is (bytes), and which of its processes still live."""

    path: Path
    owner_pid: int
    survivors: tuple[Survivor, ...]
    size: int

    @property
    def pids(self) -> tuple[int, ...]:
        """The survivors' pids."""
        return tuple(survivor.pid for survivor in self.survivors)

    @property
    def remedy(self) -> str:
        """What to do about it."""
        living = ", ".join(f"{survivor.unit} {survivor.pid}" for survivor in self.survivors)
        ending = f"end these processes ({living}), then " if living else ""
        return f"{ending}delete {self.path} ({self.size >> 20} MiB, of process {self.owner_pid}, which is gone)"


def leftovers(*, root: Path | None = None) -> tuple[Leftover, ...]:
    """Every scratch folder under `root` (the system's temporary folder) whose recorded owner is dead."""
    found = []
    for folder in sorted((root or Path(tempfile.gettempdir())).glob(PATTERN)):
        try:
            owner = msgspec.json.decode((folder / "owner.json").read_bytes(), type=_Owner)
        except (OSError, msgspec.DecodeError):
            continue  # not a run's, or one that is just being made
        if _lives(pid=owner.pid, start=owner.start):
            continue
        survivors = [Survivor(unit=unit.unit, pid=unit.pid) for unit in _units(folder) if _lives_as(unit)]
        found.append(Leftover(path=folder, owner_pid=owner.pid, survivors=tuple(survivors), size=folder_size(folder)))
    return tuple(found)


def _units(folder: Path) -> list[_Process]:
    try:
        lines = (folder / "units.jsonl").read_bytes().splitlines()
    except OSError:
        return []
    units = []
    for line in lines:
        try:
            units.append(msgspec.json.decode(line, type=_Process))
        except msgspec.DecodeError:
            continue  # the torn last line of a killed writer
    return units


def _lives_as(unit: _Process) -> bool:
    return _lives(pid=unit.pid, start=unit.start)


def _lives(*, pid: int, start: int) -> bool:
    """Whether that very process lives; a zombie does not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        if Path("/proc/self/stat").exists():
            return False
        return psutil.pid_exists(pid)
    return fields[0] != b"Z" and start in {0, int(fields[STAT_START])}

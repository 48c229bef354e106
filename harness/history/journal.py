"""Journal: one process's append-only file of events, whole up to the last event whatever kills the process.

Each event is one line and one write(2): what was written is in the kernel's hands at once, so a SIGKILL loses nothing.
A line without its newline was not written. A journal that failed once takes no more events: a later event that got
through would hide the one that did not.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from actorproof.harness.errors import JournalError
from actorproof.harness.history.events import Event, JournalOpened
from actorproof.harness.ports import Clock

E = TypeVar("E", bound=Event)

SUFFIX = ".jsonl"
RUN = "run"
"""The file beside the journals that says which run and scenario they are of; each journal repeats it."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def journal_name(process: str) -> str:
    """File name of a process's journal: ``host-1_app_2.jsonl`` for ``host-1/app#2``."""
    return process.replace("/", "_").replace("#", "_") + SUFFIX


def identify(raw: Path, run: str) -> None:
    """Say which run the journals of a folder are of, before the first of them begins. JournalError when it can't be."""
    try:
        raw.mkdir(parents=True, exist_ok=True)
        (raw / RUN).write_text(run, "utf-8")
    except OSError as error:
        raise JournalError(f"{raw / RUN} can't be written: {error.strerror}; choose another output folder") from error


def _run_of(raw: Path) -> str:
    """The run that a folder of journals is of; empty where nobody said so."""
    try:
        return (raw / RUN).read_text("utf-8")
    except OSError:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Whose clock a journal goes by: clocks compare only within one boot and one time namespace."""

    pid: int
    boot_id: str
    time_namespace: str

    @classmethod
    def of_this_process(cls) -> Self:
        """The process that asks, on its machine."""
        return cls(pid=os.getpid(), boot_id=_boot_id(), time_namespace=_time_namespace())


class Journal:
    """Writes the events of one process; make it with `Journal.open`. Threads may share it."""

    def __init__(self, fd: int, *, path: Path, process: str, clock: Clock) -> None:
        self.path = path
        self.process = process
        self._fd = fd
        self._clock = clock
        self._seq = 0
        self._size = 0
        self._failure: str | None = None
        self._lock = threading.Lock()
        self._encode = msgspec.json.Encoder().encode

    @classmethod
    def open(cls, path: Path, *, process: str, clock: Clock, origin: Origin | None = None) -> Self:
        """Begin a journal in a new file and write its first event, journal-opened.

        `origin` is this process, unless it is simulated.
        JournalError when the file exists already (a journal is never continued) or can't be written.
        """
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        if path.exists():
            raise JournalError(f"{path} exists already: a journal is never continued, choose a new run folder")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(path, flags, 0o644)
        except OSError as error:
            raise JournalError(f"{path} can't be made: {error.strerror}; choose another output folder") from error
        journal = cls(fd, path=path, process=process, clock=clock)
        try:
            origin = origin or Origin.of_this_process()
            journal.write(
                JournalOpened,
                run=_run_of(path.parent),
                pid=origin.pid,
                boot_id=origin.boot_id,
                time_namespace=origin.time_namespace,
                wall_ns=clock.wall_ns(),
            )
        except JournalError:
            journal.close()
            raise
        return journal

    def write(self, kind: type[E], **fields: Any) -> E:
        """Write one event and return it; `process`, `seq` and `t_ns` are added here.

        `t_ns` is taken just before the write, in the order of `seq`. JournalError when the event could not be written
        whole; nothing of it is in the file then, and the journal takes no more events.
        """
        with self._lock:
            if self._failure is not None:
                raise JournalError(self._failure)
            event = kind(process=self.process, seq=self._seq, t_ns=self._clock.now_ns(), **fields)
            line = self._encode(event) + b"\n"
            try:
                written = os.write(self._fd, line)
            except OSError as error:
                raise self._fail(error.errno, error.strerror or str(error)) from error
            if written != len(line):
                with contextlib.suppress(OSError):  # a torn line has no newline: it counts as not written anyhow
                    os.ftruncate(self._fd, self._size)
                raise self._fail(errno.ENOSPC, "No space left on device")
            self._seq += 1
            self._size += written
        return event

    @property
    def failure(self) -> str | None:
        """Why the journal takes no more events; None while it does."""
        return self._failure

    def close(self) -> None:
        """Close the file; every later write raises JournalError. Closing twice does nothing."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1
            self._failure = self._failure or f"journal {self.path} is closed"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fail(self, code: int | None, reason: str) -> JournalError:
        todo = "free some space there and run again" if code in _FULL else "choose another output folder and run again"
        self._failure = f"journal {self.path} stops after {self._seq} events: {reason}; {todo}"
        return JournalError(self._failure)


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _time_namespace() -> str:
    try:
        return str(Path("/proc/self/ns/time").readlink())
    except OSError:
        return ""

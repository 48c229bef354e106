"""Merge: the journals of all processes of a run as one history, ordered in time.

The merged file is derived and can be made again from the raw journals: it is written whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from operator import attrgetter
from pathlib import Path

import msgspec
from msgspec.structs import force_setattr

from actorproof.harness.errors import HistoryError, JournalError
from actorproof.harness.history.consistency import Consistency
from actorproof.harness.history.events import AnyEvent, Event, JournalOpened
from actorproof.harness.history.journal import SUFFIX
from actorproof.harness.history.provenance import check_one_run

BLOCK_BYTES = 8 << 20
"""So much of a history is read at a time."""
_BATCH = 10_000
_RAW_TODO = "restore it from a copy, or leave it out of the raw folder"
_MERGED_TODO = "make it again from the run's raw folder"
_DECODER: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_ENCODER = msgspec.json.Encoder()
_IN_TIME = attrgetter("t_ns", "process", "seq")


def read_journal(path: Path) -> list[AnyEvent]:
    """Read one process's journal. A torn last line counts as not written; a file without any line is an empty journal.

    HistoryError names file and line when anything else is no event, or when the file is no journal.
    """
    data = _read(path)
    events = _decode(path, data[: data.rfind(b"\n") + 1], _RAW_TODO)
    if events and not isinstance(events[0], JournalOpened):
        raise HistoryError(f"{path} line 1: a journal begins with journal-opened; this is none, leave it out")
    return events


def merge(raw_dir: Path) -> list[Event]:
    """Read every journal in a folder and order their events by (t_ns, process, seq).

    HistoryError when there is none, one can't be read or contradicts itself or another (`Consistency`), or two are of
    the same process, or one is of another run.
    """
    paths = sorted(raw_dir.glob(f"*{SUFFIX}")) if raw_dir.is_dir() else []
    if not paths:
        raise HistoryError(f"{raw_dir} holds no journal (*{SUFFIX}): give the folder of a run")
    merged: list[Event] = []
    journals: dict[Path, list[AnyEvent]] = {}
    owner: dict[str, Path] = {}
    consistency = Consistency(todo=_RAW_TODO)
    for path in paths:
        events = read_journal(path)
        if not events:
            continue
        process = events[0].process
        if process in owner:
            raise HistoryError(f"{path} and {owner[process]} are both of process {process}: leave one out")
        owner[process] = path
        consistency.begin(path)
        consistency.look(events)
        journals[path] = events
        merged += events
    check_one_run(journals, whole=consistency.is_whole)
    merged.sort(key=_IN_TIME)
    return merged


def write_history(events: Sequence[Event], path: Path) -> None:
    """Write a merged history, whole or not at all. JournalError when it can't be written."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    rest = iter(events)
    try:
        with partial.open("wb") as file:
            while batch := list(islice(rest, _BATCH)):
                file.write(_ENCODER.encode_lines(batch))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise JournalError(f"{path} can't be written: {error.strerror}; free some space there and try again") from error


def read_history(path: Path) -> list[Event]:
    """Read a merged history, block by block. HistoryError names file and line when it is truncated or foreign, or
    contradicts itself (`Consistency`).
    """
    todo = _MERGED_TODO
    consistency = Consistency(todo=todo)
    consistency.begin(path)
    events: list[Event] = []
    line = 1
    rest = b""
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                data = rest + block
                end = data.rfind(b"\n") + 1
                read = _decode(path, data[:end], todo, first_line=line)
                consistency.look(read)
                events += read
                line += data.count(b"\n", 0, end)
                rest = data[end:]
    except OSError as error:
        raise _unreadable(path, error) from error
    if rest:
        raise HistoryError(f"{path} line {line}: the file is truncated here; {todo}")
    if not events:
        raise HistoryError(f"{path} is empty: {todo}")
    return events


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> HistoryError:
    return HistoryError(f"{path} can't be read: {error.strerror}; give the folder of a run")


def _decode(path: Path, data: bytes, todo: str, *, first_line: int = 1) -> list[AnyEvent]:
    """Decode whole lines, one event each; `first_line` is the number of the first of them."""
    try:
        events = _DECODER.decode_lines(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        events = []
    if len(events) == data.count(b"\n"):
        # One text a process instead of one an event: a tenth of a large history's memory.
        names: dict[str, str] = {}
        for event in events:
            force_setattr(event, "process", names.setdefault(event.process, event.process))
        return events
    # Seldom and slow: find the line to blame.
    for number, line in enumerate(data.split(b"\n")[:-1], start=first_line):
        try:
            _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise HistoryError(f"{path} line {number} is no event ({error}): {todo}") from error
    raise HistoryError(f"{path} is no history of one event a line: {todo}")

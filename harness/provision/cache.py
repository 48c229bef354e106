"""Cache: what was made once and is used again, outside every checkout.

An entry is a folder with what was made and a record of it. It is made in a folder of another name, under a lock, and
renamed at the very end: an entry that exists is whole, whatever was interrupted, and two set-ups never make the same
thing twice at once. A file that changed since (size, or time of change and SHA-256) is damaged and is made again. So is
one that no longer works: what it stands on outside the cache may have gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision import command
from actorproof.harness.provision.facts import sha256
from actorproof.harness.provision.files import flush, write_whole

RECORD = "record.json"
LOCK_POLL_S = 0.2
LOCK_DEADLINE_S = 3600.0
Works = Callable[[Path], bool]


def _always(_: Path) -> bool:
    return True


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an entry's file: `origin` says from what it was made."""

    file: str
    size: int
    mtime_ns: int
    sha256: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A whole entry: the path of its file, and its record."""

    path: Path
    record: Record


class Cache:
    """Entries under one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self._entries = folder / "programs"
        self._locks = folder / "locks"

    def find(self, key: str, *, progress: command.Progress, works: Works = _always) -> Entry | None:
        """The entry of that key when it is there, whole and unchanged, and its file works."""
        entry = self._whole(key, progress=progress)
        if entry is None or works(entry.path):
            return entry
        progress(f"{key}: the cached copy does not answer any more, it does not count")
        return None

    def _whole(self, key: str, *, progress: command.Progress) -> Entry | None:
        folder = self._entries / key
        try:
            record = msgspec.json.decode((folder / RECORD).read_bytes(), type=Record)
            path = folder / record.file
            state = path.stat()
        except FileNotFoundError:
            if folder.exists():
                progress(f"{key}: the cached copy is incomplete, it does not count")
            return None
        except (msgspec.DecodeError, OSError):
            progress(f"{key}: the record of the cached copy can't be read, it does not count")
            return None
        if state.st_size == record.size and state.st_mtime_ns == record.mtime_ns:
            return Entry(path=path, record=record)
        if state.st_size != record.size or sha256(path) != record.sha256:
            progress(f"{key}: the cached copy was changed since it was made, it does not count")
            return None
        record = msgspec.structs.replace(record, mtime_ns=state.st_mtime_ns)
        with contextlib.suppress(OSError):  # a read-only cache only costs the hash each time
            write_whole(folder / RECORD, msgspec.json.encode(record))
        return Entry(path=path, record=record)

    def make(
        self,
        key: str,
        *,
        file: str,
        work: Callable[[Path], str],
        progress: command.Progress,
        works: Works = _always,
    ) -> Entry:
        """Find the entry, or let `work` make `file` in the folder that it is given and return the origin.

        Raises ProvisionError when the folder can't be written, and whatever `work` raises.
        """
        found = self.find(key, progress=progress, works=works)
        if found is not None:
            return found
        try:
            return self._make(key, file=file, work=work, progress=progress, works=works)
        except OSError as error:
            raise ProvisionError(
                f"{key} can't be stored in {self.folder} ({error.strerror or error}): free some space there, or set"
                " ACTORPROOF_CACHE to another folder"
            ) from error

    def _make(
        self, key: str, *, file: str, work: Callable[[Path], str], progress: command.Progress, works: Works
    ) -> Entry:
        with self._lock(key, progress=progress):
            # Another set-up may have made it while this one waited.
            found = self.find(key, progress=lambda _line: None, works=works)
            if found is not None:
                return found
            self._entries.mkdir(parents=True, exist_ok=True)
            # Only the holder of the lock works on this key, so what is left of it comes from an interrupted set-up.
            for leftover in self._entries.glob(f".{key}.*"):
                shutil.rmtree(leftover, ignore_errors=True)
            shutil.rmtree(self._entries / key, ignore_errors=True)
            partial = Path(tempfile.mkdtemp(prefix=f".{key}.", dir=self._entries))
            try:
                origin = work(partial)
                flush(partial / file)
                state = (partial / file).stat()
                record = Record(
                    file=file,
                    size=state.st_size,
                    mtime_ns=state.st_mtime_ns,
                    sha256=sha256(partial / file),
                    origin=origin,
                )
                write_whole(partial / RECORD, msgspec.json.encode(record))
                partial.chmod(0o755)  # mkdtemp's 0700 would shut out the other users of a shared cache
                partial.rename(self._entries / key)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
            return Entry(path=self._entries / key / file, record=record)

    @contextlib.contextmanager
    def _lock(self, key: str, *, progress: command.Progress) -> Iterator[None]:
        """Hold the key's lock file; the system lets go of it when the holder dies."""
        self._locks.mkdir(parents=True, exist_ok=True)
        with (self._locks / f"{key}.lock").open("wb") as lock:
            began = said = time.monotonic()
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    now = time.monotonic()
                    if now - began > LOCK_DEADLINE_S:
                        raise ProvisionError(
                            f"{key}: another set-up has held {lock.name} for an hour: end that process"
                        ) from None
                    if said == began or now - said > command.BEAT_S:
                        progress(f"{key}: another set-up is making it, waiting ({now - began:.0f} s)")
                        said = now
                    time.sleep(LOCK_POLL_S)
            yield

"""Steps: follows what Ray Workflow keeps of the steps of virtual actors, and journals what each changed.

A step that changed an actor has its state in a file. What writes it appends it to a log once the file is whole, and
before the step has ended (see `ray_cluster.host.disk`): so no state that a call was answered with is missing there,
also of a step that was executed twice. Only a process that was killed in between leaves a file that the log has not.
Such a file is read when a later step goes on from it, and at the end.
"""

from __future__ import annotations

import io
import json
import pickle
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from actorproof.harness.history.events import StoreCommitted, StoreLogBroken, StoreWrite
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock
from actorproof.harness.runtimes.ray_cluster.host.disk import LOGGED, OUTPUT

POLL_S = 0.2


class _Plain(pickle.Unpickler):
    """Reads what is made of Python's own plain types, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} is no plain type")


@dataclass(slots=True)
class _Step:
    """One step: its files' folder, what was last read of it, and the index of the commit that its state is of."""

    actor: str
    folder: Path
    kept: dict[str, str] | None = None
    commit: int | None = None


class Steps:
    """Implements `actorproof.harness.runtimes.port.Commits` for one storage folder."""

    def __init__(self, storage: Path, journal: Journal, clock: Clock) -> None:
        self._root = storage / "workflows"
        self._log = storage.with_name(storage.name + LOGGED)
        self._journal = journal
        self._clock = clock
        self._began_ns = clock.now_ns()
        self._offset = 0
        self._count = 0
        self._broken = False
        self._steps: dict[Path, _Step] = {}

    async def run(self) -> None:
        """See the port."""
        while True:
            self._follow()
            await self._clock.sleep(POLL_S)

    async def finish(self) -> None:
        """See the port: the folder outlives whoever writes there."""

    def drain(self) -> None:
        """See the port."""
        self._follow(everything=True)

    def _follow(self, *, everything: bool = False) -> None:
        """Journal what came to be in the log; with `everything`, what stands in files alone, too."""
        if self._broken:
            return
        try:
            for path, opened_ns, data in self._logged():
                step = self._step(Path(path).parent)
                self._before(step)
                self._take(step, _state(data), not_before_ns=opened_ns)
            if everything:
                for output in sorted(self._root.glob(f"*/steps/*/{OUTPUT}")):
                    self._file(self._step(output.parent))
        except (OSError, ValueError, EOFError, pickle.UnpicklingError) as error:
            self._broken = True
            self._journal.write(StoreLogBroken, reason=f"storage {self._root}: {error}")

    def _logged(self) -> Iterator[tuple[str, int, bytes]]:
        """What was appended to the log since it was last read: the file, when it was opened, and what is in it."""
        try:
            with self._log.open("rb") as log:
                log.seek(self._offset)
                new = log.read()
        except FileNotFoundError:
            return
        whole = new[: new.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            said = json.loads(line)
            yield said["path"], said["opened_ns"], b64decode(said["data"])

    def _step(self, folder: Path) -> _Step:
        if folder not in self._steps:
            self._steps[folder] = _Step(actor=unquote(folder.parent.parent.name), folder=folder)
        return self._steps[folder]

    def _parent(self, step: _Step) -> tuple[bool, _Step | None]:
        """Whether it is known which step a step goes on from, and that one; none for the first of an actor."""
        try:
            inputs = json.loads((step.folder / "inputs.json").read_bytes())
        except ValueError:  # a full disk has emptied it since
            return False, None
        refs = inputs.get("workflow_refs")
        return True, self._step(step.folder.parent / refs[0]) if refs else None

    def _before(self, step: _Step) -> None:
        """See to the step before, which has ended: its process may have died before that stood in the log."""
        _, parent = self._parent(step)
        if parent is not None and parent.kept is None:
            self._file(parent)

    def _file(self, step: _Step) -> None:
        """Journal what stands in a step's file and in no log; nothing where that is not whole."""
        try:
            kept = _state((step.folder / OUTPUT).read_bytes())
        except (FileNotFoundError, EOFError):
            return
        except pickle.UnpicklingError as error:
            if "truncated" in str(error):
                return
            raise
        self._take(step, kept, not_before_ns=self._began_ns)

    def _take(self, step: _Step, kept: dict[str, str], *, not_before_ns: int) -> None:
        """Journal what a step changed of the state that the step before it left."""
        if step.kept == kept:
            return
        known, parent = self._parent(step)
        before = parent.kept if parent is not None and parent.kept is not None else {}
        step.kept = kept
        step.commit = parent.commit if parent is not None else -1 if known else None
        writes = tuple(StoreWrite(step.actor, key, value) for key, value in kept.items() if before.get(key) != value)
        if writes:
            self._journal.write(
                StoreCommitted, index=self._count, not_before_ns=not_before_ns, writes=writes, base=step.commit
            )
            step.commit = self._count
            self._count += 1


def _state(data: bytes) -> dict[str, str]:
    kept: dict[str, str] = _Plain(io.BytesIO(data)).load()
    return kept

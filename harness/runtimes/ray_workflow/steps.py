"""Steps: follows the folder in which Ray Workflow keeps the steps of virtual actors; journals what they changed.

A step that changed an actor has its state in a file. A look at the folder begins at an instant: what it does not find
whole was not whole then. So a change that the next look finds came after that instant. Files are written in place, so
one that is not whole yet is left for the next look; and a step that is executed again writes its file again.
"""

from __future__ import annotations

import io
import json
import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from actorproof.harness.history.events import StoreCommitted, StoreLogBroken, StoreWrite
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock

POLL_S = 0.2
AGAIN_NS = 60_000_000_000
TICK_NS = 50_000_000  # more than a tick of any kernel's clock, which files get their times from
"""So long after a step was found its file is looked at again; and once more at the end."""


class _Plain(pickle.Unpickler):
    """Reads what is made of Python's own plain types, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} is no plain type")


@dataclass(slots=True)
class _Step:
    """One step: its files' folder, what was read of it, and the index of the commit that its state is of."""

    actor: str
    folder: Path
    found_ns: int = 0
    mark: tuple[int, int] = (0, 0)
    kept: dict[str, str] | None = None
    parent: str = ""
    commit: int | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """A file that is new, or was written again."""

    step: _Step
    mark: tuple[int, int]
    kept: dict[str, str]


class Steps:
    """Implements `actorproof.harness.runtimes.port.Commits` for one storage folder."""

    def __init__(self, storage: Path, journal: Journal, clock: Clock) -> None:
        self._root = storage / "workflows"
        self._journal = journal
        self._clock = clock
        self._not_before_ns = 0
        self._count = 0
        self._broken = False
        self._changed: dict[Path, int] = {}
        self._steps: dict[Path, dict[str, _Step]] = {}

    async def run(self) -> None:
        """See the port."""
        while True:
            self._look()
            await self._clock.sleep(POLL_S)

    async def finish(self) -> None:
        """See the port: the folder outlives whoever writes there."""

    def drain(self) -> None:
        """See the port."""
        self._look(everything=True)

    def _look(self, *, everything: bool = False) -> None:
        """Look once, and journal what is new, in the order in which the files were written."""
        if self._broken:
            return
        began_ns = self._clock.now_ns()
        try:
            found = [
                each
                for folder in self._workflows()
                for step in self._of(folder).values()
                if (each := self._read(step, now_ns=began_ns, everything=everything)) is not None
            ]
            for each in sorted(found, key=lambda one: one.mark):
                self._take(each, now_ns=began_ns)
        except (OSError, ValueError, pickle.UnpicklingError) as error:
            self._broken = True
            self._journal.write(StoreLogBroken, reason=f"storage {self._root}: {error}")
        self._not_before_ns = began_ns

    def _workflows(self) -> list[Path]:
        try:
            return [Path(entry.path) for entry in os.scandir(self._root) if entry.is_dir()]
        except FileNotFoundError:
            return []

    def _of(self, folder: Path) -> dict[str, _Step]:
        """The steps of an actor; the folder is listed again only when something came to be in it."""
        known = self._steps.setdefault(folder, {})
        steps = folder / "steps"
        try:
            changed_ns = steps.stat().st_mtime_ns
        except FileNotFoundError:
            return known
        if self._changed.get(steps) != changed_ns:
            # What comes within a tick of the kernel's clock leaves no other time: such a folder is listed once more.
            aged = self._clock.wall_ns() - changed_ns > TICK_NS
            self._changed[steps] = changed_ns if aged else 0
            for entry in os.scandir(steps):
                if entry.name not in known and entry.is_dir():
                    known[entry.name] = _Step(actor=unquote(folder.name), folder=Path(entry.path))
        return known

    def _read(self, step: _Step, *, now_ns: int, everything: bool) -> _Found | None:
        """What is new in a step's file; None when nothing is, or it is not whole yet."""
        if step.found_ns and now_ns - step.found_ns > AGAIN_NS and not everything:
            return None
        try:
            state = (step.folder / "output.pkl").stat()
            mark = (state.st_mtime_ns, state.st_size)
            if mark == step.mark:
                return None
            kept = _Plain(io.BytesIO((step.folder / "output.pkl").read_bytes())).load()
        except (FileNotFoundError, EOFError):
            return None
        except pickle.UnpicklingError as error:
            if "truncated" in str(error):
                return None
            raise
        return _Found(step, mark, kept)

    def _take(self, found: _Found, *, now_ns: int) -> None:
        """Journal what a step changed of the state that the step before it left."""
        step = found.step
        if not step.parent:
            inputs = json.loads((step.folder / "inputs.json").read_bytes())
            step.parent = (inputs.get("workflow_refs") or [""])[0]
        parent = self._steps[step.folder.parent.parent].get(step.parent)
        before = parent.kept if parent is not None and parent.kept is not None else {}
        base = parent.commit if parent is not None else None if step.parent else -1
        step.mark, step.kept, step.found_ns = found.mark, found.kept, now_ns
        writes = tuple(
            StoreWrite(step.actor, key, value) for key, value in found.kept.items() if before.get(key) != value
        )
        step.commit = base
        if writes:
            self._journal.write(
                StoreCommitted, index=self._count, not_before_ns=self._not_before_ns, writes=writes, base=base
            )
            step.commit = self._count
            self._count += 1

"""Relay: scenarios one after the other on one driver; the next one begins while the one before only waits.

What waits is a cluster without load, until reminders that are due have had their time. That takes a fifth of a run, and
disturbs nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path

from actorproof.harness.progress import Progress

AT_REST = 2
"""So many clusters may wait beside the one that works: they take memory, and a little time for their probes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One scenario's run: `conduct` gets where it tells its progress, and what to call once it only waits."""

    name: str
    conduct: Callable[[Progress, Callable[[], None]], Coroutine[object, object, None]]


async def relay(legs: Sequence[Leg], *, progress: Progress) -> None:
    """Run every leg to its end. The first failure, as an interruption, ends all that are under way, and is raised."""
    running: dict[asyncio.Task[None], str] = {}
    try:
        async with asyncio.TaskGroup() as group:
            for leg in legs:
                while len(running) > AT_REST:
                    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                told, at_rest = _Told(progress), asyncio.Event()
                task = group.create_task(_run(leg, told, at_rest))
                running[task] = leg.name
                task.add_done_callback(running.pop)
                await at_rest.wait()
                told.passes = leg is legs[-1]
            # The last one tells of itself; others may take longer.
            await asyncio.wait({task})
            if running:
                progress.phase(f"waiting for what is still due in {', '.join(running.values())}")
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _run(leg: Leg, told: Progress, at_rest: asyncio.Event) -> None:
    try:
        await leg.conduct(told, at_rest.set)
    finally:
        at_rest.set()


class _Told:
    """Passes on what a scenario tells until the next one begins: a reader follows one at a time."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.passes = True

    def recording(self, folder: Path) -> None:
        """The journals of the scenario begin to stand in a folder."""
        self._progress.recording(folder)

    def phase(self, text: str) -> None:
        """A new stage begins."""
        if self.passes:
            self._progress.phase(text)

    def tick(self, *, operations: int, faults: int, note: str = "") -> None:
        """Where the counters stand now."""
        if self.passes:
            self._progress.tick(operations=operations, faults=faults, note=note)

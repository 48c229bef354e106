"""Examinations: every part of a recorded run looked at by every checker, side by side where that is worth processes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from actorproof.harness.application.invariant import function_of
from actorproof.harness.errors import ClusterError, UsageError
from actorproof.harness.history.folder import RunFolder
from actorproof.properties.linearizability.users import Step, users_models
from actorproof.properties.verdict.collector import without_collector
from actorproof.properties.verdict.examination import Examination, Examiner, Place
from actorproof.properties.verdict.judge import examine
from actorproof.properties.views.timeline import Timeline

WORTH_PROCESSES = 300_000
"""Parts of so many events together are examined by processes: each has to start, and to read its part again."""
MOST_PROCESSES = 4
"""Each holds a part in memory, beside all parts that this process holds."""


def examinations(
    folders: Sequence[RunFolder],
    timelines: Sequence[Timeline],
    examiner: Examiner,
    *,
    worth_processes: int = WORTH_PROCESSES,
) -> tuple[Examination, ...]:
    """What is found in each part, whose folder and timeline these are, in their order.

    Processes are used where there are `worth_processes` events. Where they end again and again, as when memory is
    lacking or this program was exchanged while it ran, this process does it all. HistoryError when a part can't be
    read.
    """
    if len(timelines) > 1 and sum(each.event_count for each in timelines) >= worth_processes:
        with contextlib.suppress(ClusterError):
            return _side_by_side(folders, timelines, examiner)
    with users_models(_models(timelines)):
        return examine(timelines, examiner)


def _side_by_side(
    folders: Sequence[RunFolder], timelines: Sequence[Timeline], examiner: Examiner
) -> tuple[Examination, ...]:
    from actorproof.harness.fanout.processes import Processes  # noqa: PLC0415 - most runs need none

    works = [
        _Work(folder=folder.path, place=Place(number=number, of=len(folders)), examiner=examiner)
        for number, folder in enumerate(folders, start=1)
    ]
    # The longest first, so that none of them is waited for alone.
    works.sort(key=lambda work: -timelines[work.place.number - 1].event_count)
    found = dict(Processes(min(os.cpu_count() or 1, MOST_PROCESSES)).run(_perform, works))
    return tuple(found[number] for number in sorted(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    folder: Path
    place: Place
    examiner: Examiner


def _perform(work: _Work) -> tuple[int, Examination]:
    """Read and examine one part."""
    with without_collector():
        timeline = Timeline(RunFolder.open(work.folder).read_history())
        with users_models(_models([timeline])):
            return work.place.number, work.examiner.examine(timeline, place=work.place)


def _models(timelines: Sequence[Timeline]) -> dict[str, Step]:
    """The functions that types of the run declare as models, FILE.py:function, from where they stand.

    One that can't be had any more is left out, and the guarantee says so.
    """
    declared = {each.model for part in timelines if part.run for each in part.run.types or ()}
    found: dict[str, Step] = {}
    for name in declared:
        with contextlib.suppress(UsageError):
            if ":" in name:
                found[name] = function_of(name, what="model")
    return found

"""Workers: hunts, alarms and replays in several processes, which leave nothing behind however they end."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from actorproof.harness.fanout.processes import Processes
from actorproof.harness.mutation.alarm import Alarm, alarm, replay
from actorproof.harness.mutation.find import Find
from actorproof.harness.mutation.hunt import hunt


def hunts_and_alarms(
    bugs: Iterable[str], seeds: Iterable[int], *, workers: int, examples: int
) -> Iterator[Find | Alarm]:
    """Hunt bugs and try seeds in as many processes; what comes of them, as it comes."""
    tasks: list[_Task] = [_Task(bug=bug, examples=examples) for bug in bugs]
    tasks += [_Task(seed=seed) for seed in seeds]
    yield from Processes(workers).run(_perform, tasks)


def replays(seeds: Iterable[int], *, workers: int) -> Iterator[tuple[int, str]]:
    """Run seeds once more, in processes of their own, whose hashes differ."""
    yield from Processes(workers).run(replay, list(seeds))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    bug: str = ""
    examples: int = 0
    seed: int = 0


def _perform(task: _Task) -> Find | Alarm:
    if not task.bug:
        return alarm(task.seed)
    began_s = time.process_time()
    try:
        return hunt(task.bug, examples=task.examples)
    except Exception as error:  # noqa: BLE001 - told by its bug, and the others go on
        spent_s = time.process_time() - began_s
        return Find(bug=task.bug, fault=f"{type(error).__name__}: {error}", examples=0, trials=0, seconds=spent_s)

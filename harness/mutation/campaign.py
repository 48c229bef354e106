"""Campaign: every bug hunted, every seed tried and some of them replayed, and what came of it in a table.

The score is the share of planted bugs that were found. It counts only with short plans, with seeds that raise no
false alarm, and with replays that give the same history byte for byte: anything else makes the exit code 1.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from actorproof.harness.mutation.alarm import Alarm
from actorproof.harness.mutation.find import LONGEST, Find, described
from actorproof.harness.mutation.workers import hunts_and_alarms, replays

COLUMNS = ("bug", "found by", "anomaly", "examples", "seconds", "steps")


class Campaign:
    """One call of `actorproof mutation`.

    Attributes:
        finds: by bug.
        alarms: by seed.
        differing: the seeds whose history was another one the second time.
    """

    def __init__(self, *, bugs: Sequence[str], seeds: int, replays: int, examples: int) -> None:
        self.bugs = tuple(bugs)
        self.finds: dict[str, Find] = {}
        self.alarms: dict[int, Alarm] = {}
        self.differing: list[int] = []
        self.seconds = 0.0
        self._seeds = seeds
        self._replays = replays
        self._examples = examples

    def run(self, *, workers: int) -> Iterator[str]:
        """Do all of it, in as many processes; a line for each bug and for whatever is wrong, as it comes."""
        began_s = time.monotonic()
        for result in hunts_and_alarms(self.bugs, range(self._seeds), workers=workers, examples=self._examples):
            match result:
                case Find():
                    self.finds[result.bug] = result
                    yield _told(result)
                case Alarm():
                    self.alarms[result.seed] = result
                    for text in (*result.violations, *filter(None, [result.fault])):
                        yield f"seed {result.seed}: {text}"
        for seed, digest in replays(range(self._replays), workers=workers) if self._replays else ():
            if digest != self.alarms[seed].digest:
                self.differing.append(seed)
                yield f"seed {seed}: its history is another one the second time"
        self.seconds = time.monotonic() - began_s

    def rows(self) -> list[tuple[str, ...]]:
        """The table, bugs in their order."""
        return [self._row(bug) for bug in self.bugs]

    def _row(self, bug: str) -> tuple[str, ...]:
        find = self.finds[bug]
        steps = str(len(find.steps)) if find.found else "-"
        by = f"{find.guarantee} in {find.scenario}" if find.found and find.scenario else find.guarantee or "nothing"
        return (bug, by, find.anomaly, str(find.examples), f"{find.seconds:.1f}", steps)

    def summary(self) -> list[str]:
        """The score, and what else counts, a line each."""
        found = [find for find in self.finds.values() if find.found]
        hunting_s = sum(find.seconds for find in self.finds.values())
        lines = [f"mutation score: {len(found)} of {len(self.bugs)} planted bugs, {hunting_s:.0f} s of processor time"]
        long = [find.bug for find in found if not find.short]
        lines.append(f"plans of more than {LONGEST} steps: {', '.join(long) or 'none'}")
        if self.alarms:
            lines.append(self._of_seeds())
        if self._replays:
            same = self._replays - len(self.differing)
            lines.append(f"replays by seed: {same} of {self._replays} histories the same, byte for byte")
        lines.append(f"took {self.seconds:.0f} s")
        return lines

    def _of_seeds(self) -> str:
        alarms = self.alarms.values()
        count = len(alarms)
        raised = sum(alarm.raised for alarm in alarms)
        faults = sum(alarm.faults for alarm in alarms) / count
        turns = sum(alarm.turns for alarm in alarms) / count
        seconds = sum(alarm.seconds for alarm in alarms)
        return (
            f"false alarms: {raised} in {count} seeds of everything at once, on average {faults:.1f} faults that took"
            f" effect and {turns:.0f} turns each; {seconds:.0f} s of processor time"
        )

    @property
    def exit_code(self) -> int:
        """0 when every bug was found with a short plan, no seed raised an alarm and each replay was the same."""
        finds = [self.finds.get(bug) for bug in self.bugs]
        good = all(find is not None and find.found and find.short for find in finds)
        return 0 if good and not self.differing and not any(alarm.raised for alarm in self.alarms.values()) else 1


def _told(find: Find) -> str:
    if find.fault:
        return f"{find.bug}: the hunt ended with {find.fault}"
    if not find.found:
        return f"{find.bug}: nothing, after {find.examples} examples"
    where = f" in {find.scenario}" if find.scenario else ""
    replicas = "" if find.replicas == 1 else f" ({find.replicas} replicas)"
    return f"{find.bug}: {find.guarantee}{where}, {find.anomaly}: {described(find.steps) or 'the load alone'}{replicas}"

"""So far: what a run under way comes to, from what its processes have journaled up to now. Nothing is written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from actorproof.harness.errors import HistoryError
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.history.journal import SUFFIX
from actorproof.harness.history.merge import read_journal
from actorproof.harness.run.analysis import Recorded, report
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.views.timeline import Timeline
from actorproof.reports.report import Report
from actorproof.reports.told import told


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """What was seen broken so far. Nothing can hold before a run is closed.

    Attributes:
        broken: violations by guarantee, and how many of them no deviation lists; guarantees without any too.
        causes: what led to them, a line each.
    """

    broken: Mapping[str, tuple[int, int]]
    causes: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """What to say of it."""
        said = []
        for guarantee, (count, opened) in self.broken.items():
            if count:
                standing = "all listed for this version" if not opened else f"{opened} not listed"
                said.append(f"{guarantee}: violated {count}x so far, {standing}")
        if quiet := [guarantee for guarantee, (count, _) in self.broken.items() if not count]:
            said.append(f"no violation so far: {', '.join(quiet)}")
        return (*self.causes, *said)

    @property
    def violated(self) -> bool:
        """Whether something is violated that is not listed."""
        return any(opened for _, opened in self.broken.values())

    @property
    def exit_code(self) -> int:
        """1 when something is violated that is not listed, else 2: nothing holds yet."""
        return (Outcome.VIOLATED if self.violated else Outcome.UNKNOWN).exit_code


def so_far(folder: RunFolder) -> SoFar:
    """What was seen broken so far in a run that goes on. Errors as those of `report_so_far`."""
    judged = report_so_far(folder)
    return SoFar(
        broken={
            verdict.guarantee: (len(verdict.violations), len(verdict.open_violations))
            for verdict in judged.verdict.guarantees
            if not verdict.terms.figure
        },
        causes=tuple(f"{each.count}x {each.title} ({each.lost}), {each.standing}" for each in told(judged)),
    )


def report_so_far(folder: RunFolder) -> Report:
    """Judge what has happened so far in a run that goes on.

    HistoryError when nothing is journaled yet, or a journal can't be read.
    """
    info = folder.read_info()
    events = events_so_far(folder)
    return report(
        Recorded(
            folder=folder.path,
            folders=(folder,),
            info=info,
            infos=(info,),
            histories=(events,),
            timelines=(Timeline(events),),
        )
    )


def events_so_far(folder: RunFolder) -> list[ev.Event]:
    """What is journaled of a run up to now: one instant for all of its processes, whoever writes meanwhile."""
    now_ns = time.monotonic_ns()
    events: list[ev.Event] = []
    for path in sorted(folder.raw.glob(f"*{SUFFIX}")):
        events += [event for event in read_journal(path) if event.t_ns <= now_ns]
    if not any(isinstance(event, ev.RunStarted) for event in events):
        raise HistoryError(f"{folder.path} has no history yet: wait until its cluster is up")
    events.sort(key=lambda event: (event.t_ns, event.process, event.seq))
    return events

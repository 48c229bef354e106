"""Provenance: whether journals that lie in one folder are of one run.

A journal of another run, put there by mistake, would be judged as evidence of this one. Each journal names its run and
its process. Where it does not, since it is older, it is known by its time, which is not within that of the harness's
journal, and by turns of operations that nobody here invoked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from actorproof.harness.errors import HistoryError
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import journal_name

HARNESS = "harness"
TODO = "it is of another run: take it out of the raw folder, and put back its own"


def check_one_run(journals: Mapping[Path, Sequence[ev.AnyEvent]], *, whole: bool) -> None:
    """HistoryError, naming the file, for a journal that is of another run. Every journal has a first event.

    `whole` is whether no event of any journal is missing: only then can an operation that nobody invoked not be.
    """
    own = next((events for events in journals.values() if events[0].process == HARNESS), None)
    if own is None:
        return
    began_ns = own[0].t_ns
    closed_ns = next((e.t_ns for e in own if isinstance(e, ev.PhaseReached) and e.phase == "closed"), None)
    invoked = {e.op for events in journals.values() for e in events if isinstance(e, ev.Invoked)}
    for path, events in journals.items():
        _check_names(path, events[0], own[0])
        if events[0].t_ns < began_ns:
            raise HistoryError(f"{path} begins before the run does: {TODO}")
        if closed_ns is not None and events[0].t_ns > closed_ns:
            raise HistoryError(f"{path} begins after the run has ended: {TODO}")
        for event in events if whole else ():
            if isinstance(event, ev.TurnStarted) and event.op is not None and event.op not in invoked:
                raise HistoryError(
                    f"{path}: turn {event.turn} is of operation {event.op}, which nobody invoked: {TODO}"
                )


def _check_names(path: Path, first: ev.Event, own: ev.Event) -> None:
    """Whether a journal names the run of the harness's own, and the process of its file."""
    if isinstance(first, ev.JournalOpened) and isinstance(own, ev.JournalOpened) and first.run != own.run:
        raise HistoryError(
            f"{path} says that it is of run {first.run or 'unknown'}, not {own.run or 'unknown'}: {TODO}"
        )
    if path.name != journal_name(first.process):
        raise HistoryError(
            f"{path} is of process {first.process}, whose journal is named {journal_name(first.process)}: {TODO}"
        )

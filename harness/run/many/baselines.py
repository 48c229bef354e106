"""Baselines: what recorded runs say of how often known causes come, as lines of a baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from actorproof.harness.history.info import RunInfo
from actorproof.harness.run import shipped
from actorproof.harness.run.analysis import Recorded, decided, read
from actorproof.properties.verdict.baseline import Recorded as Counted
from actorproof.properties.verdict.baseline import exposure, line
from actorproof.properties.verdict.verdict import RunVerdict


def lines(folders: Sequence[Path]) -> Iterator[str]:
    """A line for each scenario of each run's folder, judged by itself. Errors as those of `analyze`."""
    for folder in folders:
        recorded = read(folder)
        for at, info in enumerate(recorded.infos):
            part = _part(recorded, at, info)
            yield line(_counted(part, decided(part, listed=())))


def _part(recorded: Recorded, at: int, info: RunInfo) -> Recorded:
    # A verify judges each of its scenarios by what any of them can decide.
    info = msgspec.structs.replace(info, guarantees=shipped.catalogue().ids)
    return replace(
        recorded,
        folders=recorded.folders[at : at + 1],
        infos=(info,),
        histories=recorded.histories[at : at + 1],
        timelines=recorded.timelines[at : at + 1],
    )


def _counted(recorded: Recorded, verdict: RunVerdict) -> Counted:
    known = [cause for cause in verdict.causes if cause.mechanism is not None]
    names = [cause.mechanism.id for cause in known if cause.mechanism is not None]
    (rest, _) = recorded.timelines[0].halves
    info = recorded.info
    return Counted(
        run=info.run,
        driver=info.driver,
        exposure=exposure(rest, fault_rate=info.fault_rate, store=info.store),
        incidents={name: cause.incidents for name, cause in zip(names, known, strict=True)},
        violations={name: cause.lost for name, cause in zip(names, known, strict=True)},
        doubts=Counter(
            {f"{each.guarantee}: {doubt.anomaly}": doubt.count for each in verdict.guarantees for doubt in each.doubts}
        ),
    )

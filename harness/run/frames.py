"""Frames of a run's folder: what `actorproof.load` gives."""

from __future__ import annotations

from pathlib import Path

from actorproof.harness.run import analysis
from actorproof.reports.frames.frames import Frames


def load(path: Path) -> Frames:
    """The frames of a run's folder, or of a `verify` over several scenarios; nothing is written.

    Raises HistoryError when the folder is no run's, its run did not finish, or a history can't be read.
    """
    recorded = analysis.read(path)
    names = [info.scenario for info in recorded.infos]
    return Frames(tuple(zip(names, recorded.timelines, strict=True)), lambda: analysis.report(recorded))

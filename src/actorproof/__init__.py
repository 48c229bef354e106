"""Actorproof: a testing and chaos harness for the guarantees of virtual-actor runtimes."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actorproof.reports.frames.frames import Frames

__version__ = "0.1.0"


def load(folder: str | PathLike[str]) -> Frames:
    """A run as pandas frames: operations, turns, runtime_calls, saves, faults, tables, violations and causes.

    `folder` is a run's folder, as `actorproof run` and `verify` leave it under reports/out; nothing is written. The
    frame `columns` says what each column means, and its unit. HistoryError when the folder can't be read as a run.
    """
    # Here, since whoever asks for the version waits for no pandas.
    from pathlib import Path  # noqa: PLC0415

    from actorproof.harness.run.frames import load as read  # noqa: PLC0415

    return read(Path(folder))

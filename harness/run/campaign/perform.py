"""Perform: one cell run and judged, wherever that is; its run folder comes back as an archive."""

from __future__ import annotations

import io
import tarfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from actorproof.harness.errors import ActorproofError
from actorproof.harness.progress import Silent
from actorproof.harness.run import run as running
from actorproof.harness.run.campaign.matrix import Cell
from actorproof.harness.run.campaign.shared import Shared
from actorproof.harness.scratch import quick_folder
from actorproof.properties.causes.cause import key_of
from actorproof.properties.verdict.outcome import Outcome
from actorproof.scenarios.registry import wanted

FAILED = "not run"
ERROR = 3


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a cell came to.

    Attributes:
        key: of the cell.
        outcome, exit_code: as those of a run; ``not run`` and 3 where it could not be, for `failure`.
        causes: violations by cause.
        run: its folder below that of the campaign, or its address elsewhere; empty where it was not kept.
        took_s: of wall time.
    """

    key: str
    outcome: str
    exit_code: int
    causes: Mapping[str, int] = {}
    run: str = ""
    failure: str = ""
    took_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One cell, and whether its run folder is wanted where nothing is violated.

    Attributes:
        runs: the address of the shared place where it goes; empty when it is handed over.
    """

    cell: Cell
    keep_all: bool
    runs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a cell came to, and its run folder packed; `archive` is empty where it is not wanted, or put elsewhere."""

    judged: Judged
    archive: bytes = b""


def perform(work: Work) -> Done:
    """Run a cell in a scratch folder. A run that fails is a result, too."""
    cell, began_s = work.cell, time.monotonic()
    try:
        with quick_folder() as scratch:
            return _performed(work, scratch, began_s=began_s)
    except Exception as error:  # noqa: BLE001 - told by its cell, and the others go on
        said = str(error) if isinstance(error, ActorproofError) else f"{type(error).__name__}: {error}"
        took_s = round(time.monotonic() - began_s, 3)
        return Done(judged=Judged(key=cell.key, outcome=FAILED, exit_code=ERROR, failure=said, took_s=took_s))


def _performed(work: Work, scratch: Path, *, began_s: float) -> Done:
    cell = work.cell
    scenario = wanted(cell.scenario)
    analysis = running.run(
        [scenario],
        cell.options(),
        name=scenario.name,
        out=scratch,
        progress=Silent(),
        worth=lambda report: _kept(report.verdict.outcome, work),
    )
    verdict = analysis.report.verdict
    run, archive = "", b""
    if _kept(verdict.outcome, work):
        if work.runs:
            run = Shared(work.runs).put(analysis.folder, name=cell.key)
        else:
            run, archive = analysis.folder.name, _packed(analysis.folder)
    return Done(
        judged=Judged(
            key=cell.key,
            outcome=verdict.outcome.word,
            exit_code=verdict.outcome.exit_code,
            causes=Counter(key_of(cause, each) for cause in verdict.causes for each in cause.traced),
            run=run,
            took_s=round(time.monotonic() - began_s, 3),
        ),
        archive=archive,
    )


def _kept(outcome: Outcome, work: Work) -> bool:
    """Whether a cell's run folder is wanted."""
    return work.keep_all or outcome in {Outcome.VIOLATED, Outcome.ERROR}


def _packed(folder: Path) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        archive.add(folder, arcname=folder.name)
    return packed.getvalue()


def unpack(done: Done, folder: Path) -> None:
    """Put a run folder where it is to stay. OSError when there is no room."""
    with tarfile.open(fileobj=io.BytesIO(done.archive), mode="r:gz") as archive:
        archive.extractall(folder, filter="data")

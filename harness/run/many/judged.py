"""Judged: runs as their verdicts.json tells them. A history is not read again, so that hundreds of runs are no wait."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from actorproof.harness.errors import HistoryError
from actorproof.harness.runtimes.registry import title
from actorproof.properties.verdict.comparison import Sample
from actorproof.reports.report import JSON
from actorproof.reports.verdicts import FORMAT

DEEPEST = 6
"""So far below a folder runs are looked for."""


class _Calls(msgspec.Struct):
    median_s: float
    p99_s: float
    per_s: float


class _Part(msgspec.Struct):
    name: str
    causes: Mapping[str, int]
    broken: Mapping[str, int]
    calls: _Calls


class _Run(msgspec.Struct):
    id: str
    scenario: str
    driver: str
    started: str
    store: str = ""


class _Versions(msgspec.Struct):
    runtime: str
    version: str


class _Said(msgspec.Struct):
    outcome: str
    exit_code: int
    seed: int
    run: _Run
    versions: _Versions
    parts: tuple[_Part, ...]


class _Format(msgspec.Struct):
    format: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRun:
    """One run that was judged; `samples` are its scenarios, `started` is ISO 8601."""

    folder: Path
    id: str
    scenario: str
    release: str
    driver: str
    store: str
    seed: int
    started: str
    outcome: str
    exit_code: int
    samples: tuple[Sample, ...]

    @property
    def causes(self) -> Mapping[str, int]:
        """Violations by cause, over all scenarios, the most first."""
        found: dict[str, int] = {}
        for sample in self.samples:
            for cause, count in sample.causes.items():
                found[cause] = found.get(cause, 0) + count
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def judged_run(folder: Path) -> JudgedRun:
    """One run. HistoryError when it was not judged, or by a version that told less."""
    file = folder / JSON
    again = f"judge it again with `actorproof analyze {folder}`"
    try:
        data = file.read_bytes()
    except OSError as error:
        raise HistoryError(f"run {folder} was not judged ({JSON}: {error.strerror}): {again}") from error
    try:
        if msgspec.json.decode(data, type=_Format).format != FORMAT:
            raise HistoryError(f"{file} is of another format: {again}")
        said = msgspec.json.decode(data, type=_Said)
    except msgspec.MsgspecError as error:
        raise HistoryError(f"{file} does not tell what a comparison needs ({error}): {again}") from error
    return JudgedRun(
        folder=folder,
        id=said.run.id,
        scenario=said.run.scenario,
        release=f"{title(said.versions.runtime)} {said.versions.version}",
        driver=said.run.driver,
        store=said.run.store,
        seed=said.seed,
        started=said.run.started,
        outcome=said.outcome,
        exit_code=said.exit_code,
        samples=tuple(
            Sample(
                scenario=part.name,
                causes=part.causes,
                broken=part.broken,
                median_s=part.calls.median_s,
                p99_s=part.calls.p99_s,
                per_s=part.calls.per_s,
            )
            for part in said.parts
        ),
    )


def judged_runs(path: Path) -> tuple[JudgedRun, ...]:
    """A run, or all runs below a folder, the oldest first; a run that is there by several names counts once.

    HistoryError when there is none, or one was not judged.
    """
    found: dict[str, JudgedRun] = {}
    for folder in folders(path):
        run = judged_run(folder)
        found.setdefault(run.id, run)
    if not found:
        raise HistoryError(f"{path} is no run, and has none in it: name a folder under reports/out")
    return tuple(sorted(found.values(), key=lambda run: (run.started, run.id)))


def folders(path: Path) -> Sequence[Path]:
    """The run folders at or below a path, in order of their names."""
    return sorted(_folders(path, DEEPEST))


def _folders(path: Path, deep: int) -> Iterator[Path]:
    if (path / "run.json").is_file():
        yield path
        return
    if deep == 0 or not path.is_dir():
        return
    with os.scandir(path) as entries:
        below = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    for each in below:
        yield from _folders(each, deep - 1)

"""Campaign: the cells of a matrix, each run and judged once; a campaign that was interrupted goes on."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from actorproof.harness.errors import JournalError
from actorproof.harness.fanout.port import Fanout
from actorproof.harness.run.campaign.ledger import Ledger, opened
from actorproof.harness.run.campaign.matrix import Cell, Matrix, cells
from actorproof.harness.run.campaign.perform import Done, Judged, Work, perform, unpack
from actorproof.harness.run.campaign.shared import Shared
from actorproof.properties.verdict.statistics import interval
from actorproof.reports.report import SUMMARY
from actorproof.reports.write import write_whole

LEDGER = "cells.jsonl"
RUNS = "runs"
WORST = (0, 2, 3, 1)
"""Exit codes, the worst last."""
COLUMNS = ("cell", "verdict", "causes", "run")


class Campaign:
    """A matrix in a folder, which holds what is known of its cells. UsageError for a matrix that can't be.

    Run folders stand below it, or in the shared place at the address `runs`, which workers put them into by themselves.

    Attributes:
        judged: by the cell's key, those of earlier days included.
    """

    def __init__(self, matrix: Matrix, *, folder: Path, runs: str = "") -> None:
        self.cells: Sequence[Cell] = cells(matrix)
        self.folder = folder
        self.judged: dict[str, Judged] = {}
        self._keep_all = matrix.keep == "all"
        self._shared = Shared(runs) if runs else None

    def run(self, fanout: Fanout) -> Iterator[Judged]:
        """Run the cells that are not judged yet; each as it comes. JournalError when a place can't be written.

        A cell that could not be run is tried again the next time.
        """
        runs = ""
        if self._shared is not None:
            self._shared.check()
            runs = self._shared.address
        with opened(self.folder / LEDGER) as ledger:
            wanted = {cell.key for cell in self.cells}
            self.judged = {key: each for key, each in ledger.judged.items() if key in wanted}
            open_ = [cell for cell in self.cells if cell.key not in self.judged]
            works = [Work(cell=cell, keep_all=self._keep_all, runs=runs) for cell in open_]
            for done in fanout.run(perform, works):
                yield self._take(done, ledger)

    def _take(self, done: Done, ledger: Ledger) -> Judged:
        judged = done.judged
        if done.archive:
            judged = replace(judged, run=f"{RUNS}/{judged.run}")
            try:
                unpack(done, self.folder / RUNS)
            except OSError as error:
                shutil.rmtree(self.folder / judged.run, ignore_errors=True)
                raise JournalError(
                    f"{self.folder / RUNS} can't be written ({error.strerror}): make room; the same command goes on"
                ) from error
        if not judged.failure:
            ledger.add(judged)
        self.judged[judged.key] = judged
        return judged

    def rows(self) -> list[tuple[str, str, str, str]]:
        """A row for each cell in the matrix's order."""
        return [self._row(cell) for cell in self.cells]

    def _row(self, cell: Cell) -> tuple[str, str, str, str]:
        each = self.judged.get(cell.key)
        if each is None:
            return (cell.key, "open", "", "")
        causes = ", ".join(f"{name} {count:,}x" for name, count in sorted(each.causes.items()))
        return (cell.key, each.outcome, each.failure or causes, each.run)

    def groups(self) -> list[tuple[str, str, str]]:
        """A row for the cells that differ by seed only: how many came to what, and how many showed which cause."""
        by: dict[str, list[Judged]] = defaultdict(list)
        for cell in self.cells:
            if cell.key in self.judged:
                by[cell.group].append(self.judged[cell.key])
        return [(group, _outcomes(found), _causes(found)) for group, found in by.items()]

    def write(self) -> Path:
        """Write summary.md, with a row for each cell; where it stands."""
        lines = [f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
        lines += ["| " + " | ".join(text.replace("|", "\\|") for text in row) + " |" for row in self.rows()]
        write_whole({SUMMARY: "\n".join([*lines, ""]).encode()}, self.folder)
        return self.folder / SUMMARY

    @property
    def exit_code(self) -> int:
        """That of the worst cell; 2 while cells are open."""
        codes = [self.judged[cell.key].exit_code if cell.key in self.judged else 2 for cell in self.cells]
        return max(codes, key=WORST.index)


def _outcomes(found: Sequence[Judged]) -> str:
    return ", ".join(f"{count:,} {outcome}" for outcome, count in Counter(each.outcome for each in found).most_common())


def _causes(found: Sequence[Judged]) -> str:
    ran = [each for each in found if not each.failure]
    counts = Counter(cause for each in ran for cause in each.causes)
    return ", ".join(
        f"{cause} in {count:,} of {len(ran):,} ({interval(count, len(ran))})" for cause, count in counts.most_common()
    )

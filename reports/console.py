"""Console: the result of a run on a terminal or in a CI log, and the progress of one under way.

On a terminal: a live line, a table, colours. Elsewhere: plain lines, of progress one every `every_s` seconds.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.reports.report import HTML, Report
from actorproof.reports.words import plain, sentence, spell

STYLES = {
    Outcome.VIOLATED: "bold red",
    Outcome.ERROR: "bold magenta",
    Outcome.UNKNOWN: "yellow",
    Outcome.DEVIATES: "cyan",
    Outcome.HOLDS: "green",
    Outcome.FIGURE: "dim",
}
EVERY_S = 10.0


def is_live(file: TextIO, environment: Mapping[str, str] | None = None) -> bool:
    """Whether a person watches `file`: a terminal that can move its cursor, and no CI."""
    variables = os.environ if environment is None else environment
    return file.isatty() and not variables.get("CI") and variables.get("TERM") != "dumb"


def show(
    report: Report, folder: Path, *, file: TextIO | None = None, live: bool | None = None, width: int | None = None
) -> None:
    """Print the guarantees, the verdict and where the report lies; `live` False prints plain lines."""
    target = file or sys.stdout
    if is_live(target) if live is None else live:
        console = Console(file=target, force_terminal=True, width=width, highlight=False)
        console.print(_table(report))
        outcome = report.verdict.outcome
        console.print(f"[{STYLES[outcome]}]{outcome.sign} {escape(sentence(report))}[/]")
        console.print(f"[dim]report[/] {escape(str(folder / HTML))}", soft_wrap=True)
        return
    for line in result_lines(report, folder):
        target.write(line + "\n")
    target.flush()


def result_lines(report: Report, folder: Path) -> list[str]:
    """The result as plain lines: a line a guarantee, the verdict, the seed, the path of the report."""
    run = report.verdict
    width = max((len(verdict.guarantee) for verdict in run.guarantees), default=0)
    lines = [
        f"{verdict.guarantee:<{width}}  {verdict.outcome.word:<9} {_detail(verdict)}".rstrip()
        for verdict in run.guarantees
    ]
    lines += [f"canary not seen: {each.guarantee}: {plain(each.detail)}" for each in run.canaries if not each.seen]
    lines += [f"problem: {plain(problem)}" for problem in run.problems[:10]]
    if len(run.problems) > 10:  # noqa: PLR2004 - a log is read, not searched
        lines.append(f"problem: and {len(run.problems) - 10} more")
    lines += [sentence(report), f"seed {report.run.seed}, report {folder / HTML}"]
    return lines


def _detail(verdict: Verdict) -> str:
    """What stands beside the outcome of one guarantee."""
    said = [f"{anomaly} {count}x" for anomaly, count in verdict.classes.items()]
    if listed := len(verdict.accepted):
        said.append(f"{listed} listed")
    if doubtful := sum(match.doubtful for match in verdict.deviations):
        said.append(f"{doubtful} doubtful, listed if violations")
    said += [plain(note) for note in verdict.notes]
    if verdict.fault:
        said.append(plain(verdict.fault))
    if verdict.outcome in {Outcome.UNKNOWN, Outcome.ERROR}:
        said += [plain(reason) for reason in verdict.missing]
    if not said and verdict.evidence:
        said.append(f"{sum(e.enough for e in verdict.evidence)} of {len(verdict.evidence)} kinds of evidence met")
    return "; ".join(said)


def _table(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("guarantee", "outcome", "detail"):
        table.add_column(head, overflow="fold")
    for verdict in report.verdict.guarantees:
        outcome = f"[{STYLES[verdict.outcome]}]{verdict.outcome.sign} {verdict.outcome.word}[/]"
        table.add_row(escape(verdict.terms.title), outcome, escape(_detail(verdict)))
    for canary in report.verdict.canaries:
        if not canary.seen:
            detail = escape(plain(canary.detail))
            table.add_row(f"canary of {escape(canary.guarantee)}", "[bold red]✗ not seen[/]", detail)
    for problem in report.verdict.problems[:10]:
        table.add_row("history", "[yellow]problem[/]", escape(plain(problem)))
    return table


class ConsoleProgress:
    """What a run under way is doing, told as it goes on.

    `phase` begins a stage and says so at once; `tick` brings counts and is shown at most every `every_s` seconds in
    plain lines, at once on a terminal. `total_s` is how long the whole is expected to take, for the time left.
    """

    def __init__(
        self,
        *,
        file: TextIO | None = None,
        live: bool | None = None,
        total_s: float | None = None,
        every_s: float = EVERY_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = file or sys.stderr
        self._now = now
        self._every_s = every_s
        self._started_s = now()
        self._total_s = total_s
        self._phase = ""
        self._phase_ends_s: float | None = None
        self._operations: int | None = None
        self._faults: int | None = None
        self._note = ""
        self._told_s = self._started_s
        self._status: Status | None = None
        if is_live(self._file) if live is None else live:
            self._console = Console(file=self._file, force_terminal=True, highlight=False)
            self._status = self._console.status("")
            self._status.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def phase(self, text: str, *, expected_s: float | None = None) -> None:
        """Begin a stage; `expected_s` is how long it should take. Counts go on from where they are."""
        now = self._now()
        self._phase, self._note = plain(text), ""
        self._phase_ends_s = None if expected_s is None else now + expected_s
        self._told_s = now
        self._show(f"{self._clock(now)} {self._phase}")

    def tick(self, *, operations: int | None = None, faults: int | None = None, note: str = "") -> None:
        """Bring the counts up to date; a `note` stays until the next one or the next phase."""
        self._operations = self._operations if operations is None else operations
        self._faults = self._faults if faults is None else faults
        self._note = plain(note) or self._note
        now = self._now()
        if self._status is not None:
            self._status.update(escape(self._line(now)))
        elif now - self._told_s >= self._every_s:
            self._told_s = now
            self._show(self._line(now))

    def say(self, text: str) -> None:
        """Print one line now, above the live one."""
        self._show(f"{self._clock(self._now())} {plain(text)}")

    def close(self) -> None:
        """Take the live line away; more than once does no harm."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _show(self, line: str) -> None:
        if self._status is not None:
            self._status.console.print(escape(line), style="dim")
            self._status.update(escape(self._line(self._now())))
        else:
            with suppress(OSError, ValueError):  # a closed log must not end a run
                self._file.write(line + "\n")
                self._file.flush()

    def _line(self, now: float) -> str:
        said = [f"{self._clock(now)} {self._phase}".rstrip()]
        if self._operations is not None:
            said.append(f"{self._operations:,} operations")
        if self._faults is not None:
            said.append(f"{self._faults:,} faults")
        if self._note:
            said.append(self._note)
        if (left_s := self._left_s(now)) is not None:
            said.append(f"about {spell(left_s)} left")
        return ", ".join(said)

    def _left_s(self, now: float) -> float | None:
        ends_s = self._phase_ends_s
        if self._total_s is not None:
            ends_s = self._started_s + self._total_s
        return None if ends_s is None or ends_s <= now else ends_s - now

    def _clock(self, now: float) -> str:
        minutes, seconds = divmod(int(now - self._started_s), 60)
        return f"[{minutes:02d}:{seconds:02d}]"

"""Console: the result of a run on a terminal or in a CI log, and the progress of one under way.

On a terminal: a live line and colours. Elsewhere: plain lines, of progress one every `every_s` seconds.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from actorproof.called import spoken
from actorproof.durations import spell
from actorproof.plural import some
from actorproof.properties.verdict.classes import Classes
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict
from actorproof.reports.advice import advice
from actorproof.reports.report import HTML, Report, replay
from actorproof.reports.told import MOST_CAUSES, MOST_PROBLEMS, MOST_REASONS, Told, counted, headline, laid, more, told
from actorproof.reports.words import WORDS, capital, coverage, plain, refused, runtime, sentence, whole

STYLES = {
    Outcome.VIOLATED: "bold red",
    Outcome.ERROR: "bold magenta",
    Outcome.UNKNOWN: "yellow",
    Outcome.DEVIATES: "cyan",
    Outcome.CLEAN: "green",
    Outcome.HOLDS: "green",
    Outcome.FIGURE: "dim",
}
EVERY_S = 10.0
MOST_LINES = 40
MOST_SAID = 160
MOST_MISSING = 90
"""So long is a reason beside a guarantee's name and its violations, which together take two usual lines."""
USUAL_WIDTH = 80
NARROWEST = 10


def is_live(file: TextIO, environment: Mapping[str, str] | None = None) -> bool:
    """Whether a person watches `file`: a terminal that can move its cursor, and no CI."""
    variables = os.environ if environment is None else environment
    return file.isatty() and not variables.get("CI") and variables.get("TERM") != "dumb"


def show(
    report: Report, folder: Path, *, file: TextIO | None = None, live: bool | None = None, width: int | None = None
) -> None:
    """Print the causes, the guarantees, where the report lies, how to run it again and, last, the verdict.

    Lines are wrapped at words to the terminal's width (`width` columns where given; without a terminal $COLUMNS or
    80), in colours on a terminal; `live` False prints none. No name is ever cut, and a command that needs several lines
    can be pasted as it stands.
    """
    target = file or sys.stdout
    if is_live(target) if live is None else live:
        console = Console(file=target, force_terminal=True, width=width, highlight=False)
        for line in _lines(report, folder):
            said = line.wrapped(console.width)
            console.print(f"[{line.style}]{escape(said)}[/]" if line.style else escape(said), soft_wrap=True)
        return
    columns = width or shutil.get_terminal_size((USUAL_WIDTH, MOST_LINES)).columns
    for line in _lines(report, folder):
        target.write(line.wrapped(columns) + "\n")
    target.flush()


def result_lines(report: Report, folder: Path, *, width: int = USUAL_WIDTH) -> list[str]:
    """The result as plain lines, at most MOST_LINES at the usual width; the last one is the verdict."""
    return [text for line in _lines(report, folder) for text in line.wrapped(width).splitlines()]


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `style` is what colours it on a terminal. A `command` that is broken goes on after a backslash."""

    text: str
    style: str = ""
    command: bool = False

    def wrapped(self, width: int) -> str:
        """The text in lines of at most `width` columns, broken between words only; what follows hangs to the right."""
        lead = len(self.text) - len(self.text.lstrip())
        most = max(width - 2 * self.command, NARROWEST)
        found = textwrap.wrap(
            self.text,
            width=most if len(self.text) > width else max(width, NARROWEST),
            subsequent_indent=" " * min(lead + 2, max(width // 4, 1)),
            break_long_words=False,
            break_on_hyphens=False,
        )
        return (" \\\n" if self.command else "\n").join(found)


def _lines(report: Report, folder: Path) -> list[Line]:
    run = report.verdict
    last = [
        *(Line(text) for text in coverage(report)),
        Line(f"report {folder / HTML}"),
        *_advice(report),
        Line("run it again:"),
        Line(f"  {replay(report.run)}", command=True),
        Line(f"{run.outcome.sign} {sentence(report)} Exit code {run.outcome.exit_code}.", STYLES[run.outcome]),
    ]
    middle = [
        *(
            Line(f"canary not seen: {each.guarantee}: {plain(each.detail)}", STYLES[Outcome.ERROR])
            for each in run.canaries
            if not each.seen
        ),
        *_problems("problem", run.problems, STYLES[Outcome.UNKNOWN]),
        *_problems("not done as planned", report.trouble, ""),
        *([Line(f"{said}; see the report")] if (said := refused(report)) else []),
        *([Line(f"not promised by this runtime: {', '.join(report.unpromised)}")] if report.unpromised else []),
    ]
    causes = told(report)
    found, shown = _causes(report, causes, MOST_CAUSES), _guarantees(report, MOST_REASONS)
    # What is said less of where it is too much: first why guarantees are undecided, then what each cause broke.
    for reasons, most, lost in ((1, MOST_CAUSES, MOST_CAUSES), (1, MOST_CAUSES, 1), (1, 3, 1)):
        if _count([*found, *shown, *middle, *last]) <= MOST_LINES:
            break
        found, shown = _causes(report, causes, most, lost=lost), _guarantees(report, reasons)
    room = MOST_LINES - _count([*found, *middle, *last])
    return [*found, *_first(shown, room), *middle, *last]


def _advice(report: Report) -> list[Line]:
    said = [(Line(f"{each.sentence}:"), Line(f"  {each.command}", command=True)) for each in advice(report)]
    return [line for lines in said for line in lines]


def _count(lines: Sequence[Line]) -> int:
    """How many lines they take at the usual width."""
    return sum(line.wrapped(USUAL_WIDTH).count("\n") + 1 for line in lines)


def _first(lines: Sequence[Line], room: int) -> list[Line]:
    """So many guarantees as there is room for, and how many more there are."""
    if _count(lines) <= room:
        return list(lines)
    found: list[Line] = []
    for line in lines:
        if _count([*found, line]) > room - 1:
            break
        found.append(line)
    return [*found, Line(f"and {some(len(lines) - len(found), 'more line')}, see the report")]


def _causes(report: Report, causes: Sequence[Told], most: int, *, lost: int = MOST_CAUSES) -> list[Line]:
    """The headline and `most` causes, so many of them with what they `lost`; the first one with its example."""
    if not causes:
        return []
    heading = headline(causes)
    lines = [Line(f"{capital(runtime(report))}: {heading}", "bold")]
    width = len(f"{max(each.count for each in causes):,}")
    for index, each in enumerate(causes[:most]):
        style = STYLES[Outcome.VIOLATED if each.open else Outcome.DEVIATES]
        standing = f", {each.standing}" if each.open else ""
        lines.append(Line(f"{each.count:>{width},}x {each.heading}{standing}", style))
        if index < lost:
            lines.append(Line(f"{'':>{width}}  {each.lost}; {each.upstream}"))
        if index == 0:
            lines.append(Line(f"{'':>{width}}  such as {_example(report, each)}"))
    if rest := causes[most:]:
        lines.append(Line(f"{sum(each.count for each in rest):>{width},}x {more(rest)}, see the report"))
    if said := laid(report, causes):
        lines.append(Line(said))
    return lines


def _example(report: Report, each: Told) -> str:
    """Where the smallest example stands, and its steps; a fault is told by its name."""
    violation = each.example.violation
    part = each.example.part or report.run.scenario
    said = [link.said if link.kind == "fault" else link.kind for link in each.example.links]
    steps = " -> ".join(dict.fromkeys(said)) or plain(violation.summary)
    return f"{plain(violation.actor)} in {plain(part)} at {report.at_s(violation):.1f} s: {steps}"


def _guarantees(report: Report, reasons: int) -> list[Line]:
    """A line for each guarantee that does not hold; those that do, or are figures, share one.

    So do those that are undecided for nothing but what the run did not show, with so many reasons.
    """
    verdicts, classes = report.verdict.guarantees, Classes(report.verdict.causes)
    width = max((len(verdict.guarantee) for verdict in verdicts), default=0)
    shared: dict[Outcome, list[str]] = {Outcome.CLEAN: [], Outcome.HOLDS: [], Outcome.FIGURE: []}
    undecided = [each for each in verdicts if each.outcome is Outcome.UNKNOWN]
    lacking = [each for each in undecided if not _detail(each, classes, missing=False)]
    together = lacking if len(lacking) > 1 else []
    lines: list[Line] = []
    for verdict in sorted(verdicts, key=lambda each: -each.outcome):
        if verdict in together:
            lines += _lacking(together, reasons) if verdict is together[0] else []
            continue
        outcome, detail = verdict.outcome, _detail(verdict, classes)
        if outcome in shared and not detail:
            shared[outcome].append(verdict.guarantee)
            continue
        text = f"{verdict.guarantee:<{width}}  {outcome.sign} {_said(outcome, detail)}"
        lines.append(Line(text, STYLES[outcome]))
    for outcome, said in ((Outcome.CLEAN, "no violation"), (Outcome.HOLDS, "hold"), (Outcome.FIGURE, "figures only")):
        if names := shared[outcome]:
            lines.append(Line(f"{outcome.sign} {said}: {', '.join(names)}", STYLES[outcome]))
    return lines


def _lacking(verdicts: Sequence[Verdict], reasons: int) -> list[Line]:
    """The names of undecided guarantees, and so many reasons, each once: first the one that most of them lack."""
    names: dict[str, list[str]] = defaultdict(list)
    for verdict in verdicts:
        for reason in verdict.missing:
            names[reason].append(verdict.guarantee)
    told = sorted(names.items(), key=lambda each: -len(each[1]))
    style = STYLES[Outcome.UNKNOWN]
    undecided = ", ".join(verdict.guarantee for verdict in verdicts)
    lines = [Line(f"{Outcome.UNKNOWN.sign} {WORDS[Outcome.UNKNOWN]}: {undecided}", style)]
    for reason, of in told[:reasons]:
        whose = "all of them" if len(of) == len(verdicts) else ", ".join(of)
        lines.append(Line(f"    {whole(reason, limit=MOST_SAID)} ({whose})", style))
    if (more := len(told) - reasons) > 0:
        lines.append(Line(f"    and {some(more, 'more reason')}, see the report", style))
    return lines


def _said(outcome: Outcome, detail: str) -> str:
    """The outcome in a word, and its detail; what breaks says so by its counts."""
    told_by_counts = detail and outcome in {Outcome.VIOLATED, Outcome.DEVIATES}
    return detail if told_by_counts else f"{WORDS[outcome]}: {detail}" if detail else WORDS[outcome]


def _detail(verdict: Verdict, classes: Classes, *, missing: bool = True) -> str:
    """What stands beside the outcome of one guarantee; nothing where the outcome says it all.

    The first reason why it is undecided is always there: it may be the whole story of an exit code. Without `missing`,
    nothing of what the run did not show.
    """
    said = []
    if verdict.violations:
        if opened := len(verdict.open_violations):
            said.append(f"{opened:,} new: {counted(classes.counts(verdict.open_violations))}")
        if listed := len(verdict.accepted):
            said.append(f"{listed:,} known")
    if doubtful := sum(match.doubtful for match in verdict.deviations):
        said.append(f"{doubtful} in doubt, of a known kind")
    said += [whole(note, limit=MOST_SAID) for note in verdict.notes]
    if verdict.fault:
        said.append(whole(verdict.fault, limit=MOST_SAID))
    if missing and verdict.outcome in {Outcome.UNKNOWN, Outcome.ERROR}:
        said += [whole(reason, limit=MOST_MISSING) for reason in verdict.missing[:1]]
        if more := len(verdict.missing[1:]):
            said.append(f"and {more:,} more, see the report")
    return "; ".join(said)


def _problems(name: str, texts: Sequence[str], style: str) -> list[Line]:
    """A few of them; a log is read, not searched."""
    lines = [Line(f"{name}: {whole(text, limit=MOST_SAID)}", style) for text in texts[:MOST_PROBLEMS]]
    if len(texts) > MOST_PROBLEMS:
        lines.append(Line(f"{name}: and {len(texts) - MOST_PROBLEMS} more, see the report", style))
    return lines


class ConsoleProgress:
    """What a run under way is doing, told as it goes on.

    `phase` begins a stage and says so at once; `tick` brings counts and is shown at most every `every_s` seconds in
    plain lines of at most $COLUMNS or 80 columns, at once on a terminal. `total_s` is how long the whole is expected
    to take, for the time left.
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
        self._columns = shutil.get_terminal_size((USUAL_WIDTH, MOST_LINES)).columns
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

    def recording(self, folder: Path) -> None:
        """Say nothing: the folder is told at the end."""

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
        self._show(f"{self._clock(self._now())} {spoken(plain(text))}")

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
                self._file.write(Line(line).wrapped(self._columns) + "\n")
                self._file.flush()

    def _line(self, now: float) -> str:
        said = [f"{self._clock(now)} {self._phase}".rstrip()]
        if self._operations is not None:
            said.append(some(self._operations, "operation"))
        if self._faults is not None:
            said.append(some(self._faults, "fault"))
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

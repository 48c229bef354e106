import io
from dataclasses import replace
from pathlib import Path
from typing import Any

from actorproof.properties.verdict.deviation import DeviationMatch
from actorproof.properties.verdict.findings import Doubt
from actorproof.reports import junit, markdown, verdicts
from actorproof.reports.console import ConsoleProgress, is_live, result_lines, show
from actorproof.reports.html import page
from actorproof.reports.report import Report
from actorproof.reports.words import sentence


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Watch:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_plain_lines_end_with_the_verdict_and_the_path(full: Report, tmp_path: Path) -> None:
    file = io.StringIO()
    show(full, tmp_path, file=file)
    lines = file.getvalue().splitlines()
    assert lines == result_lines(full, tmp_path)
    assert lines[-2] == sentence(full)
    assert lines[-1] == f"seed 7, report {tmp_path / 'report.html'}"
    assert lines[0].startswith("turns       violated  two live hosts 9x")
    assert "\x1b" not in file.getvalue()
    assert any(line.startswith("canary not seen: durability") for line in lines)


def test_a_terminal_gets_a_table(full: Report, tmp_path: Path) -> None:
    file = Terminal()
    show(full, tmp_path, file=file, live=True, width=200)
    assert "✗ violated" in file.getvalue()
    assert "\x1b[" in file.getvalue()
    assert "report.html" in file.getvalue()


def test_markup_in_names_is_text(sample: Any, tmp_path: Path) -> None:
    run = sample.info("churn", failure="[bold]x[/bold] [/]")
    file = Terminal()
    show(sample.report([], run=run), tmp_path, file=file, live=True, width=200)
    assert "[bold]x[/bold] [/]" in file.getvalue()


def test_a_doubt_that_a_deviation_accepts_is_told_everywhere_and_in_no_alarm(sample: Any, tmp_path: Path) -> None:
    odd = Doubt(anomaly="same host", what="turns have no end", count=3)
    judged = sample.judged(sample.verdict("turns"))
    match = DeviationMatch(
        deviation=sample.deviation("turns", "same host"), violations=(), opportunities=9, doubts=(odd,)
    )
    report = sample.report([replace(judged, deviations=(match,))])
    assert result_lines(report, tmp_path)[0] == "turns  holds     3 doubtful, listed if violations"
    assert "| 0 of 9, 3 in doubt |" in markdown.render(report)
    html = page.render(report)
    assert f"in doubt: {odd}" in html
    assert "no longer occurs" not in html
    assert 'class="banner s-violated"' not in html
    assert f"  in doubt: {odd}".encode() in junit.render(report)
    (guarantee,) = verdicts.document(report)["guarantees"]
    assert guarantee["deviations"][0]["doubts"] == [str(odd)]


def test_who_is_live() -> None:
    assert is_live(Terminal(), {})
    assert not is_live(Terminal(), {"CI": "true"})
    assert not is_live(Terminal(), {"TERM": "dumb"})
    assert not is_live(io.StringIO(), {})


def test_plain_progress_says_phases_at_once_and_counts_now_and_then() -> None:
    file, watch = io.StringIO(), Watch()
    progress = ConsoleProgress(file=file, live=False, total_s=100, now=watch)
    progress.phase("load and faults")
    for second in range(1, 26):
        watch.now_s = second
        progress.tick(operations=second * 1000, faults=second // 5, note="kill host-2" if second == 4 else "")
    watch.now_s = 65
    progress.phase("judging")
    progress.close()
    progress.close()
    assert file.getvalue().splitlines() == [
        "[00:00] load and faults",
        "[00:10] load and faults, 10,000 operations, 2 faults, kill host-2, about 1 min 30 s left",
        "[00:20] load and faults, 20,000 operations, 4 faults, kill host-2, about 1 min 20 s left",
        "[01:05] judging",
    ]


def test_time_left_of_a_phase() -> None:
    file, watch = io.StringIO(), Watch()
    progress = ConsoleProgress(file=file, live=False, every_s=1, now=watch)
    progress.phase("building", expected_s=30)
    watch.now_s = 10
    progress.tick(note="daprd")
    watch.now_s = 40
    progress.tick()
    assert file.getvalue().splitlines()[1:] == ["[00:10] building, daprd, about 20 s left", "[00:40] building, daprd"]


def test_live_progress_leaves_phases_behind() -> None:
    file = Terminal()
    with ConsoleProgress(file=file, live=True) as progress:
        progress.phase("starting 2 hosts [x]")
        progress.tick(operations=5, faults=1, note="[/]")
        progress.say("a note")
    assert "starting 2 hosts [x]" in file.getvalue()
    assert "a note" in file.getvalue()


def test_a_closed_log_ends_no_run() -> None:
    file = io.StringIO()
    progress = ConsoleProgress(file=file, live=False)
    file.close()
    progress.phase("load")

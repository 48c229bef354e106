import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actorproof.properties.causes.link import Link
from actorproof.properties.verdict.findings import Doubt
from actorproof.properties.verdict.outcome import Outcome
from actorproof.reports import junit, markdown, verdicts
from actorproof.reports.console import ConsoleProgress, is_live, result_lines, show
from actorproof.reports.html import page
from actorproof.reports.report import Report
from actorproof.reports.words import sentence
from tests.reports.conftest import AGAIN, links


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Watch:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_causes_come_first_and_the_verdict_last(full: Report, tmp_path: Path) -> None:
    file = io.StringIO()
    show(full, tmp_path, file=file, width=300)
    lines = file.getvalue().splitlines()
    assert lines == result_lines(full, tmp_path, width=300)
    assert lines[0] == "Dapr 1.18.2: 14 violations: 10 from 1 cause, 4 that nothing explains; 12 are new"
    assert lines[1] == " 4x nothing explains these, 3 new"
    assert "10x a caller gives up while its turn runs, 9 new" in lines
    assert lines[-4:] == [
        f"report {tmp_path / 'report.html'}",
        "run it again:",
        "  actorproof verify --seed 7 --profile quick --dapr 1.18.2",
        f"✗ {sentence(full)} Exit code 1.",
    ]
    assert "\x1b" not in file.getvalue()
    assert any(line.startswith("canary not seen: durability") for line in lines)


def test_an_example_names_the_fault_itself(sample: Any, tmp_path: Path) -> None:
    report = sample.one("cut off", explained=False)
    (cause,) = report.verdict.causes
    struck = Link(kind="fault", anchor="f-1", said="pause host-2", at_ns=1)
    traced = replace(cause.example, links=(struck, *links(cause.example.violation)))
    causes = (replace(cause, mechanism=AGAIN, traced=(traced,), example=traced),)
    lines = result_lines(replace(report, verdict=replace(report.verdict, causes=causes)), tmp_path, width=300)
    assert "s: pause host-2 -> caller gave up -> ran at the same time" in lines[3]


@pytest.mark.parametrize(("broken", "told"), [(1, 5), (20, 5), (40, 3)])
def test_at_most_five_causes_are_told_one_by_one_and_three_at_least(
    sample: Any, tmp_path: Path, broken: int, told: int
) -> None:
    report = sample.report([sample.broken(f"g{n}", anomaly="cut off") for n in range(broken)])
    cause = report.verdict.causes[0]
    causes = tuple(replace(cause, mechanism=replace(AGAIN, id=f"m-{n}", title=f"reason {n}")) for n in range(9))
    said = result_lines(replace(report, verdict=replace(report.verdict, causes=causes)), tmp_path)
    assert sum("x reason" in line for line in said) == told
    assert f"{9 - told} more causes, such as reason {told} ({broken}x), see the report" in " ".join(
        " ".join(said).split()
    )
    assert len(said) <= 40


def test_a_command_that_is_broken_can_be_pasted(full: Report, tmp_path: Path) -> None:
    lines = result_lines(full, tmp_path, width=30)
    first = lines.index("  actorproof verify --seed 7 \\")
    assert lines[first + 1 : first + 3] == ["    --profile quick --dapr \\", "    1.18.2"]


@pytest.mark.parametrize(("columns", "width"), [("80", 80), ("20", 20), (None, 80)])
def test_without_a_terminal_lines_are_as_wide_as_columns_says(
    full: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str | None, width: int
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    file = io.StringIO()
    show(full, tmp_path, file=file)
    assert file.getvalue().splitlines() == result_lines(full, tmp_path, width=width)


def test_a_terminal_gets_colours(full: Report, tmp_path: Path) -> None:
    file = Terminal()
    show(full, tmp_path, file=file, live=True, width=200)
    assert "✗ 10 new: two live hosts 9x, frozen, saved late 1x; 1 known" in file.getvalue()
    assert "\x1b[" in file.getvalue()
    assert "report.html" in file.getvalue()


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("width", [80, 20])
def test_lines_are_broken_between_words_and_no_name_is_cut(
    full: Report, tmp_path: Path, width: int, *, live: bool
) -> None:
    file = Terminal() if live else io.StringIO()
    show(full, tmp_path, file=file, live=live, width=width)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue()).splitlines()
    assert all(len(line) <= width or " " not in line.strip().removesuffix(" \\") for line in lines)
    said = " ".join(" ".join(lines).split())
    assert " ".join(sentence(full).split()) in said
    assert "…" not in said


def test_whatever_happens_the_result_has_at_most_forty_lines(sample: Any, tmp_path: Path) -> None:
    """20 guarantees that are broken in each class, canaries that were not seen, and much that is wrong."""
    guarantees = [
        sample.judged(sample.verdict(f"g{n}", [sample.violation("broken", at_s=n), sample.violation("broken")]))
        for n in range(20)
    ]
    report = sample.report(guarantees, trouble=tuple(f"could not {n}" for n in range(30)))
    problems = tuple(f"event {n} is missing" for n in range(30))
    report = replace(report, verdict=replace(report.verdict, problems=problems))
    assert len(result_lines(report, tmp_path)) <= 40
    assert markdown.render(report).count("\n") <= 40


def test_markup_in_names_is_text(sample: Any, tmp_path: Path) -> None:
    run = sample.info("churn", failure="[bold]x[/bold] [/]")
    file = Terminal()
    show(sample.report([], run=run), tmp_path, file=file, live=True, width=200)
    assert "[bold]x[/bold] [/]" in file.getvalue()


def test_a_doubt_that_a_deviation_accepts_is_told_everywhere_and_in_no_alarm(sample: Any, tmp_path: Path) -> None:
    odd = Doubt(anomaly="same host", what="turn without an end", count=3)
    judged = sample.judged(sample.verdict("turns"))
    match = sample.match(sample.deviation("turns", "same host"), [], [odd])
    report = sample.report([replace(judged, deviations=(match,))])
    assert result_lines(report, tmp_path)[0] == "turns  ✓ holds: 3 in doubt, of a known kind"
    assert "3 in doubt (turns-same-host)" in markdown.render(report)
    html = page.render(report)
    assert "0 violations and 3 in doubt of 0 incidents" in html
    assert "in doubt: 3 turns without an end (if so: same host)" in html
    assert f"<li>{odd}; known as turns-same-host</li>" in html, "on the guarantee's own card"
    assert "not seen in this run" not in html
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
        "[00:10] load and faults, 10,000 operations, 2 faults, kill host-2, about 1 min",
        "  30 s left",
        "[00:20] load and faults, 20,000 operations, 4 faults, kill host-2, about 1 min",
        "  20 s left",
        "[01:05] judging",
    ]


def test_progress_in_a_log_is_no_wider_than_eighty_columns() -> None:
    file, watch = io.StringIO(), Watch()
    progress = ConsoleProgress(file=file, live=False, now=watch)
    progress.phase("load and faults of a-scenario-with-a-name-that-takes-quite-some-room")
    watch.now_s = 11
    progress.tick(operations=1, faults=1, note="write 900 of 900 actors")
    progress.close()
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(line.strip() for line in lines).endswith(", 1 operation, 1 fault, write 900 of 900 actors")


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


def test_what_the_runtime_does_not_promise_is_told_in_every_report_and_is_no_verdict(
    full: Report, tmp_path: Path
) -> None:
    report = replace(full, unpromised=("reminders", "placement"))
    said = "not promised by this runtime: reminders, placement"
    assert said in result_lines(report, tmp_path, width=300)
    assert said in markdown.render(report).lower()
    assert verdicts.document(report)["unpromised"] == ["reminders", "placement"]
    assert "Not promised by this runtime, so that nothing is said of it: reminders, placement." in page.render(report)
    assert not any("promised by this runtime" in line for line in result_lines(full, tmp_path, width=300))


def test_a_reason_on_the_console_is_a_whole_sentence(sample: Any) -> None:
    known = "joins that nothing else disturbed: 0 seen, 1 needed"
    long = f"{known} (9 more left out {'since something disturbed them ' * 5})"
    verdict = replace(sample.judged(sample.verdict("placement")), outcome=Outcome.UNKNOWN, missing=(long,))
    lines = result_lines(sample.report([verdict]), Path("out"), width=400)
    assert f"placement  ? undecided: {known}" in lines


def test_why_a_guarantee_is_undecided_is_told_however_little_room_there_is(sample: Any, tmp_path: Path) -> None:
    reasons = ("saves just before a stop of everything, read back: 54 seen, 100 needed", "no timer", "no drain")
    known = [sample.broken(f"g{n}") for n in range(20)]
    undecided = sample.broken("linearizability", known=True)
    undecided = replace(undecided, outcome=Outcome.UNKNOWN, missing=reasons)
    trouble = tuple(f"could not {n}" for n in range(30))
    lines = result_lines(sample.report([undecided, *known], trouble=trouble), tmp_path)
    (first,) = (n for n, line in enumerate(lines) if line.startswith("linearizability"))
    assert " ".join(map(str.strip, lines[first : first + 2])) == (
        f"linearizability  ? undecided: 1 known; {reasons[0]}; and 2 more, see the report"
    )


def test_what_several_guarantees_lack_is_told_once(sample: Any, tmp_path: Path) -> None:
    queued, opened = "kill host with call queued: 0 seen, 1 needed", "kill host with turn open: 0 seen, 1 needed"
    lacks = {"turns": (queued, opened), "recovery": (opened,), "timers": (opened, queued, "no timer")}
    judged = [
        replace(sample.judged(sample.verdict(name)), outcome=Outcome.UNKNOWN, missing=missing)
        for name, missing in lacks.items()
    ]
    lines = result_lines(sample.report(judged), tmp_path)
    said = lines[lines.index("? undecided: turns, recovery, timers") :]
    assert said[1:4] == [f"    {opened} (all of them)", f"    {queued} (turns, timers)", "    no timer (timers)"]

from pathlib import Path
from typing import Any

from actorproof.harness.history import events as ev
from actorproof.properties.causes.cause import Traced
from actorproof.properties.causes.link import Link
from actorproof.reports.logs import MOST_LINES, Clocks, excerpt

SECOND = 1_000_000_000
WALL_NS = 1_795_918_344 * SECOND  # 2026-11-29T02:12:24Z
BOOT_NS = 100 * SECOND


def clocks(*, ahead_ns: int = WALL_NS - BOOT_NS) -> Clocks:
    opened = ev.JournalOpened(
        process="harness", seq=0, t_ns=BOOT_NS, pid=1, boot_id="b", time_namespace="t", wall_ns=BOOT_NS + ahead_ns
    )
    return Clocks.of([opened])


def traced(sample: Any, *, at_s: float, kind: str = "drain gave up") -> Traced:
    link = Link(kind=kind, anchor="table 4 host-2", said="the drain ran out", at_ns=BOOT_NS + int(at_s * SECOND))
    violation = sample.violation("same host", events=(), spans=())
    return Traced(guarantee="turns", part="churn", violation=violation, links=(link,))


def line(second: float, text: str, *, level: str = "info") -> str:
    return f'time="2026-11-29T02:12:{24 + second:012.9f}Z" level={level} msg="{text}" scope=dapr.runtime\n'


def test_lines_near_a_link_are_told_on_the_clock_of_the_history(sample: Any, tmp_path: Path) -> None:
    log = line(1, "too early") + line(4.9, 'gave \\"up\\"', level="warning") + line(8, "too late")
    (tmp_path / "host-2_sidecar.1.log").write_text(log)
    (tmp_path / "host-1_sidecar.1.log").write_text(line(5, "not of this host"))
    (found,) = excerpt(tmp_path, traced(sample, at_s=5), clocks())
    assert (found.unit, found.level, found.text) == ("host-2/sidecar", "warning", 'gave "up"')
    assert abs(found.t_ns - (BOOT_NS + 4.9 * SECOND)) < 1000


def test_there_are_few_lines_and_what_is_about_actors_comes_first(sample: Any, tmp_path: Path) -> None:
    quiet = "".join(line(5 + n / 1000, f"quiet {chr(97 + n)}") for n in range(20))
    noise = line(5.1, "dial tcp 127.0.0.1: connection refused. Retrying", level="error")
    told = line(5.4, "Timed out waiting for in-flight claims", level="error")
    (tmp_path / "host-2_sidecar.1.log").write_text(quiet + noise + line(5.2, "odd", level="error") + told)
    found = excerpt(tmp_path, traced(sample, at_s=5), clocks())
    assert len(found) == MOST_LINES
    assert [each.text for each in found[:2]] == ["Timed out waiting for in-flight claims", "odd"]
    assert all(each.text.startswith("quiet") for each in found[2:])
    assert [each.t_ns for each in found[2:]] == sorted(each.t_ns for each in found[2:])


def test_what_a_unit_repeats_is_told_once_with_its_count_where_it_is_nearest(sample: Any, tmp_path: Path) -> None:
    (tmp_path / "host-2_sidecar.1.log").write_text(
        "".join(line(4.6 + n / 10, f"waiting for type 'T{n}' of {n} for {n}s") for n in range(8))
    )
    (found,) = excerpt(tmp_path, traced(sample, at_s=5), clocks())
    assert abs(found.t_ns - (BOOT_NS + 5 * SECOND)) < 1000
    assert found.times == 8


def test_placement_speaks_where_tables_matter(sample: Any, tmp_path: Path) -> None:
    (tmp_path / "placement-0.1.log").write_text(line(5, "table disseminated"))
    assert not excerpt(tmp_path, traced(sample, at_s=5), clocks())
    (found,) = excerpt(tmp_path, traced(sample, at_s=5, kind="table changed"), clocks())
    assert found.unit == "placement-0"


def test_without_logs_or_clocks_there_is_nothing_to_tell(sample: Any, tmp_path: Path) -> None:
    assert excerpt(tmp_path / "none", traced(sample, at_s=5), clocks()) == ()
    (tmp_path / "host-2_sidecar.1.log").write_bytes(b"\xff\xfe no time stamp\n")
    assert excerpt(tmp_path, traced(sample, at_s=5), clocks()) == ()
    assert excerpt(tmp_path, traced(sample, at_s=5), Clocks.of([])) == ()

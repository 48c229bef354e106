"""A run as pandas frames, and as files for other tools."""

from __future__ import annotations

import csv
import json
import math
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest

from actorproof import load
from actorproof.harness.errors import HistoryError
from actorproof.reports.frames.columns import COLUMNS
from tests.cli.conftest import Actorproof, copy_of

RUN = ("run", "kill-and-recover", "--driver", "simulated", "--seed", 3, "--duration", 9)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the run is kept once it was made."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def folder(actorproof: Actorproof, kept: Path, tmp_path: Path) -> Path:
    """A run on the simulated runtime: it is made once, and each test has a copy."""
    return copy_of(kept, tmp_path, lambda out: actorproof(*RUN, "--out", out))


def test_five_lines_answer_a_question_of_ones_own(folder: Path) -> None:
    run = load(folder)
    calls = run.operations[(run.operations["outcome"] == "ok") & ~run.operations["probe"]]
    slow = calls[calls["latency_s"] > 0.5].merge(run.turns, on="op", suffixes=("", "_turn"))
    by_part = slow[["waiting_s", "own_code_s", "save_s", "read_s"]].sum()
    assert by_part["own_code_s"] > 0


def test_every_frame_has_the_columns_that_are_documented(folder: Path) -> None:
    run = load(folder)
    for name, columns in COLUMNS.items():
        frame = getattr(run, name)
        assert list(frame.columns) == [column.name for column in columns]
        assert all(frame[column.name].dtype == column.type for column in columns if column.type != "str")
    assert set(run.columns["frame"]) == set(COLUMNS)
    assert (run.turns["duration_s"].dropna() >= 0).all()
    assert set(run.saves["turn"]) <= set(run.turns["turn"])
    assert not run.operations["actor"].str.startswith("Canary/").any()


def test_violations_have_the_cause_that_is_told(actorproof: Actorproof) -> None:
    actorproof(*RUN, "--break", "turns", "--out", "out")
    run = load("out/latest")
    assert len(run.violations) == run.causes["violations"].sum() > 0
    assert set(run.violations["cause"]) == set(run.causes["cause"])


def test_csv_has_a_file_a_frame(actorproof: Actorproof, folder: Path) -> None:
    said = actorproof("export", folder, "--to", "csv")
    assert said.code == 0
    files = {Path(line).stem: Path(line) for line in said.out.splitlines()}
    assert set(files) == {*COLUMNS, "columns"}
    with files["turns"].open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(load(folder).turns)


def test_in_the_trace_spans_of_one_track_are_beside_or_inside_each_other(actorproof: Actorproof, folder: Path) -> None:
    said = actorproof("export", folder, "--to", "perfetto", "--out", "traces")
    assert (said.code, said.out) == (0, "traces/trace.json\n")
    events = json.loads(Path("traces/trace.json").read_bytes())["traceEvents"]
    groups = [event["args"]["name"] for event in events if event["name"] == "process_name"]
    assert groups[0] == "cluster"
    assert {"clients", "host-1", "host-2", "host-3"} <= set(groups)
    tracks = defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            tracks[event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
    for spans in tracks.values():
        stack: list[float] = []
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            while stack and stack[-1] <= start + 1e-3:
                stack.pop()
            assert not stack or end <= stack[-1] + 1e-3
            stack.append(end)


def test_the_trace_tells_turns_in_microseconds(actorproof: Actorproof, folder: Path) -> None:
    actorproof("export", folder, "--to", "perfetto", "--out", "traces")
    events = json.loads(Path("traces/trace.json").read_bytes())["traceEvents"]
    told = {event["args"]["turn"]: event for event in events if event["ph"] == "X" and "turn" in event["args"]}
    turns = load(folder).turns
    assert set(told) == set(turns["turn"])
    for turn, start_s, duration_s in zip(turns["turn"], turns["start_s"], turns["duration_s"], strict=True):
        assert told[turn]["ts"] == pytest.approx(1e6 * start_s, abs=1)
        assert math.isnan(duration_s) or told[turn]["dur"] == pytest.approx(1e6 * duration_s, abs=1)


def test_parquet_is_read_back_as_it_was_written(actorproof: Actorproof, folder: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install 'actorproof[parquet]'")
    said = actorproof("export", folder, "--to", "parquet", "--out", "tables")
    assert said.code == 0
    run = load(folder)
    for name, frame in run.by_name().items():
        pd.testing.assert_frame_equal(pd.read_parquet(f"tables/{name}.parquet"), frame)


def test_parquet_without_pyarrow_says_what_to_install(
    actorproof: Actorproof, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    said = actorproof("export", folder, "--to", "parquet")
    assert said.code == 3
    assert said.err.count("\n") == 1
    assert "pip install 'actorproof[parquet]'" in said.err
    assert not (folder / "export").exists()


def test_the_curves_of_the_report_are_those_of_the_frames(folder: Path) -> None:
    (data,) = re.findall(
        r'<script type="application/json" class="data">(.*?)</script>', (folder / "report.html").read_text()
    )
    course = json.loads(data)
    run = load(folder)
    calls = run.operations[~run.operations["probe"]]
    assert sum(course["ok"]) * course["bin_s"] == pytest.approx((calls["outcome"] == "ok").sum(), rel=0.01)
    assert course["hosts"] == sorted(run.turns["host"].unique())
    assert [fault[:2] for fault in course["faults"]] == [
        [pytest.approx(start, abs=0.01), pytest.approx(healed, abs=0.01)]
        for start, healed in zip(run.faults["start_s"], run.faults["healed_s"].fillna(course["length_s"]), strict=True)
    ]


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="not a run folder"):
        load(tmp_path)


def test_pandas_is_loaded_only_when_it_is_needed() -> None:
    program = "import sys, actorproof; print(actorproof.__version__, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split()[1] == "False"

from __future__ import annotations

import pandas as pd
import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.history import frames

S = 1_000_000_000


def history() -> list[ev.Event]:
    return [
        ev.JournalOpened(process="harness", seq=0, t_ns=5 * S, pid=1, boot_id="b", time_namespace="t", wall_ns=0),
        ev.Invoked(
            process="harness", seq=1, t_ns=6 * S, op="o1", client="c1", via="host-1", actor="Counter/a", action="call",
            name="add", args="{}",
        ),
        ev.TurnStarted(
            process="host-1/app#1", seq=0, t_ns=6 * S + 1, turn="t1", actor="Counter/a", instance=1, cause="call",
            name="add", op="o1",
        ),
        ev.FaultStarted(
            process="harness", seq=2, t_ns=7 * S, fault="f1", verb="kill", target="host-1", units=("host-1/app",),
            links=(),
        ),
        ev.FaultTook(process="harness", seq=3, t_ns=7 * S + 1, fault="f1", evidence=("pid 7 gone", "pid 8 gone")),
        ev.TurnEnded(process="host-1/app#1", seq=1, t_ns=8 * S, turn="t1", completed=True),
        ev.Completed(process="harness", seq=4, t_ns=8 * S + 500_000_000, op="o1", outcome="ok", status=200, turn="t1"),
        ev.Invoked(
            process="harness", seq=5, t_ns=9 * S, op="o2", client="probe-1", via="host-1", actor="Counter/a",
            action="call", name="add", args="{}",
        ),
        ev.FaultStarted(
            process="harness", seq=6, t_ns=9 * S, fault="f2", verb="cut", target="a>b", units=(), links=("a>b",)
        ),
        ev.FaultMissed(process="harness", seq=7, t_ns=10 * S, fault="f2", reason="still open"),
        ev.FaultHealed(process="harness", seq=8, t_ns=11 * S, fault="f1"),
    ]  # fmt: skip


def test_operations() -> None:
    frame = frames.operations(history())
    assert list(frame.columns) == list(frames.OPERATIONS)
    first, second = frame.to_dict("records")
    assert (first["start_s"], first["end_s"], first["latency_s"]) == (1.0, 3.5, 2.5)
    assert (first["outcome"], first["status"], first["turn"], first["probe"]) == ("ok", 200.0, "t1", False)
    assert (second["outcome"], second["probe"]) == ("info", True)
    assert pd.isna(second["end_s"])
    assert pd.isna(second["latency_s"])


def test_turns() -> None:
    (row,) = frames.turns(history()).to_dict("records")
    assert (row["host"], row["ended"], row["op"]) == ("host-1", "completed", "o1")
    assert row["duration_s"] == pytest.approx(2.0, abs=1e-6)


def test_faults() -> None:
    killed, cut = frames.faults(history()).to_dict("records")
    assert (killed["start_s"], killed["healed_s"], killed["evidence"]) == (2.0, 6.0, "pid 7 gone; pid 8 gone")
    assert (cut["missed"], pd.isna(cut["took_s"]), pd.isna(cut["healed_s"])) == ("still open", True, True)


def test_throughput_has_a_row_for_every_second() -> None:
    frame = frames.throughput(history())
    assert frame.to_dict("list") == {
        "second": [0, 1, 2, 3],
        "ok": [0, 0, 0, 1],
        "fail": [0, 0, 0, 0],
        "info": [0, 0, 0, 0],
    }


@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (frames.operations, frames.OPERATIONS),
        (frames.turns, frames.TURNS),
        (frames.faults, frames.FAULTS),
        (frames.throughput, frames.THROUGHPUT),
    ],
)
def test_an_empty_history_has_the_same_columns_and_types(make: object, columns: dict[str, str]) -> None:
    assert callable(make)
    empty, full = make([]), make(history())
    assert len(empty) == 0
    assert list(empty.columns) == list(columns)
    assert list(empty.dtypes) == list(full.dtypes)

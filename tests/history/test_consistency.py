"""What can't have happened in a history is named by file and line; what was lost is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from actorproof.harness.errors import HistoryError
from actorproof.harness.history import events as ev
from actorproof.harness.history.merge import merge, read_history, write_history

Changed = Callable[[list[ev.Event]], None]


def whole() -> list[ev.Event]:
    """One of everything that has an id, begun and ended, all by one process."""
    op: dict[str, str] = {"op": "c.1", "client": "c", "via": "host-1", "actor": "A/1", "name": "add", "args": "{}"}
    turn = {"turn": "t1", "actor": "A/1", "name": "add"}
    kinds: list[tuple[type[ev.Event], dict[str, object]]] = [
        (ev.JournalOpened, {"pid": 1, "boot_id": "b", "time_namespace": "t", "wall_ns": 0}),
        (ev.UnitStarted, {"unit": "store", "incarnation": 1, "pid": 7}),
        (ev.UnitReady, {"unit": "store", "incarnation": 1}),
        (ev.Invoked, {**op, "action": "call"}),
        (ev.TurnStarted, {**turn, "instance": 1, "cause": "call"}),
        (ev.SaveStarted, {"save": "s1", "turn": "t1", "actor": "A/1", "writes": "[]"}),
        (ev.SaveEnded, {"save": "s1", "acknowledged": True}),
        (ev.TurnEnded, {"turn": "t1", "completed": True}),
        (ev.Completed, {"op": "c.1", "outcome": "ok"}),
        (ev.FaultStarted, {"fault": "f1", "verb": "kill", "target": "store", "units": ("store",), "links": ()}),
        (ev.UnitSignalled, {"unit": "store", "incarnation": 1, "signal": "SIGKILL"}),
        (ev.UnitExited, {"unit": "store", "incarnation": 1, "code": -9, "expected": True}),
        (ev.FaultTook, {"fault": "f1", "evidence": ()}),
        (ev.FaultHealed, {"fault": "f1"}),
    ]
    return [kind(process="p", seq=seq, t_ns=100 + seq, **fields) for seq, (kind, fields) in enumerate(kinds)]


LAST = 14


def again(line: int) -> Changed:
    """A line comes a second time, as the history's last and with a number and a time of its own."""

    def change(events: list[ev.Event]) -> None:
        events.append(renumbered(events[line - 1], len(events)))

    return change


def without(*lines: int) -> Changed:
    """Lines are missing, and the numbers have no gap."""

    def change(events: list[ev.Event]) -> None:
        events[:] = [event for number, event in enumerate(events, start=1) if number not in lines]
        events[:] = [renumbered(event, seq) for seq, event in enumerate(events)]

    return change


def renumbered(event: ev.Event, seq: int) -> ev.Event:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return type(event)(**{**fields, "seq": seq, "t_ns": 100 + seq})


def back_in_time(events: list[ev.Event]) -> None:
    fields = {name: getattr(events[3], name) for name in events[3].__struct_fields__}
    events[3] = type(events[3])(**{**fields, "t_ns": 101})


def number_again(events: list[ev.Event]) -> None:
    fields = {name: getattr(events[3], name) for name in events[3].__struct_fields__}
    events[3] = type(events[3])(**{**fields, "seq": 2})


BAD: dict[str, tuple[Changed, str]] = {
    "time": (back_in_time, "line 4: time goes back: t_ns is 101, it was 102 before"),
    "number": (number_again, "line 4: event 2 of p comes after its event 2 on line 3"),
    "operation": (again(4), "line 15: operation c.1 is invoked twice, first on line 4"),
    "answer": (again(9), "line 15: operation c.1 is completed twice, first on line 9"),
    "turn": (again(5), "line 15: turn t1 starts twice, first on line 5"),
    "end": (again(8), "line 15: turn t1 ends twice, first on line 8"),
    "save": (again(6), "line 15: save s1 starts twice, first on line 6"),
    "acknowledgement": (again(7), "line 15: save s1 ends twice, first on line 7"),
    "fault": (again(10), "line 15: fault f1 starts twice, first on line 10"),
    "heal": (again(14), "line 15: fault f1 is healed twice, first on line 14"),
    "unit": (again(2), "line 15: unit store#1 starts twice, first on line 2"),
    "exit": (again(12), "line 15: unit store#1 exits twice, first on line 12"),
    "no operation": (without(4), "line 8: operation c.1 is completed but never began"),
    "no turn": (without(5), "line 7: turn t1 ends but never began"),
    "no save": (without(6), "line 6: save s1 ends but never began"),
    "no fault": (without(10), "line 12: fault f1 takes effect but never began"),
    "no fault to heal": (without(10, 13), "line 12: fault f1 is healed but never began"),
    "no unit": (without(2), "line 2: unit store#1 is ready but never began"),
    "no unit to signal": (without(2, 3), "line 9: unit store#1 is signalled but never began"),
    "no unit to exit": (without(2, 3, 11), "line 9: unit store#1 exits but never began"),
}


def test_a_whole_history_is_read(tmp_path: Path) -> None:
    write_history(whole(), tmp_path / "p.jsonl")
    assert merge(tmp_path) == read_history(tmp_path / "p.jsonl") == whole()
    assert len(whole()) == LAST


@pytest.mark.parametrize("name", BAD)
def test_a_contradiction_is_named_by_file_and_line(tmp_path: Path, name: str) -> None:
    change, expected = BAD[name]
    events = whole()
    change(events)
    path = tmp_path / "p.jsonl"
    write_history(events, path)
    with pytest.raises(HistoryError) as merged:
        read_history(path)
    assert str(merged.value) == f"{path} {expected}; make it again from the run's raw folder"
    with pytest.raises(HistoryError) as raw:
        merge(tmp_path)
    assert str(raw.value) == f"{path} {expected}; restore it from a copy, or leave it out of the raw folder"


def test_a_run_starts_once(tmp_path: Path) -> None:
    fields: dict[str, object] = dict.fromkeys(("run", "scenario", "profile", "runtime", "version", "subject"), "")
    fields |= dict.fromkeys(("seed", "hosts", "placements", "schedulers"), 1)
    fields |= dict.fromkeys(("idle_timeout_s", "drain_timeout_s", "dissemination_timeout_s"), 1.0)
    started: list[ev.Event] = [
        ev.RunStarted(process="p", seq=seq, t_ns=seq, drain_enabled=True, reentrancy=False, **fields)  # type: ignore[arg-type]
        for seq in range(2)
    ]
    write_history(started, tmp_path / "history.jsonl")
    with pytest.raises(HistoryError, match="line 2: a run starts twice, first on line 1"):
        read_history(tmp_path / "history.jsonl")


def test_what_is_lost_is_no_contradiction_until_something_stands_on_it(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    events = whole()
    write_history([event for event in events if event.seq not in {8, 13}], path)
    assert len(read_history(path)) == LAST - 2
    write_history([event for event in events if event.seq != 3], path)
    with pytest.raises(HistoryError, match=r"line 8: operation c\.1 is completed but never began, and event 3 of p is"):
        read_history(path)


def test_two_journals_that_begin_the_same_turn(tmp_path: Path) -> None:
    write_history(whole()[:5], tmp_path / "a.jsonl")
    other = [whole()[0], renumbered(whole()[4], 1)]
    moved: list[ev.Event] = []
    for event in other:
        fields = {name: getattr(event, name) for name in event.__struct_fields__}
        moved.append(type(event)(**{**fields, "process": "q"}))
    write_history(moved, tmp_path / "b.jsonl")
    with pytest.raises(HistoryError) as caught:
        merge(tmp_path)
    said = f"{tmp_path / 'b.jsonl'} line 2: turn t1 starts twice, first on line 5 of {tmp_path / 'a.jsonl'}; "
    assert str(caught.value).startswith(said)


def test_blocks_go_on_where_the_last_one_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actorproof.harness.history.merge.BLOCK_BYTES", 64)
    path = tmp_path / "history.jsonl"
    write_history(whole(), path)
    assert read_history(path) == whole()
    events = whole()
    again(5)(events)
    write_history(events, path)
    with pytest.raises(HistoryError, match="line 15: turn t1 starts twice, first on line 5;"):
        read_history(path)

"""The screen of a run under way fits its terminal, and says what is going on. The screens are kept in `screens/`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from actorproof.harness.history import events as ev
from actorproof.harness.run.live import Live, Tail
from actorproof.reports.watch import screen
from tests.cli.conftest import Actorproof, actorproof

__all__ = ["actorproof"]

SCREENS = Path(__file__).parent / "screens"
S = 1_000_000_000
ROOT = Path(__file__).parents[2]


class Events:
    """Events of a run, second by second."""

    def __init__(self) -> None:
        self.all: list[ev.Event] = []

    def add(self, kind: type[ev.Event], t_s: float, process: str = "harness", **fields: object) -> None:
        self.all.append(kind(process=process, seq=len(self.all), t_ns=int(t_s * S), **fields))

    def started(self, *, hosts: int) -> None:
        self.add(
            ev.RunStarted,
            0,
            run="r",
            scenario="churn",
            profile="quick",
            seed=1,
            runtime="dapr",
            version="1.18.2",
            hosts=hosts,
            placements=1,
            schedulers=1,
            subject="bare",
            idle_timeout_s=8.0,
            drain_timeout_s=4.0,
            drain_enabled=True,
            dissemination_timeout_s=8.0,
            reentrancy=False,
        )
        for unit in (
            "placement-0",
            "store",
            *(f"host-{n}/{part}" for n in range(1, hosts + 1) for part in ("app", "sidecar")),
        ):
            self.add(ev.UnitStarted, 1, unit=unit, incarnation=1, pid=7)
        self.add(ev.PhaseReached, 2, phase="load")

    def call(self, op: int, actor: str, host: int, *, at_s: float, took_s: float | None, outcome: str = "ok") -> None:
        self.add(
            ev.Invoked, at_s, op=f"o{op}", client="c", via="host-1", actor=actor, action="call", name="add", args="{}"
        )
        process = f"host-{host}/app#1"
        self.add(ev.TurnStarted, at_s, process, turn=f"t{op}", actor=actor, instance=1, cause="call", name="add")
        if took_s is not None:
            self.add(ev.TurnEnded, at_s + took_s, process, turn=f"t{op}", completed=True)
            self.add(ev.Completed, at_s + took_s, op=f"o{op}", outcome=outcome)

    def fault(self, id_: str, verb: str, target: str, *, at_s: float, evidence: Sequence[str] = ()) -> None:
        self.add(ev.FaultStarted, at_s, fault=id_, verb=verb, target=target, units=(), links=())
        if evidence:
            self.add(ev.FaultTook, at_s, fault=id_, evidence=tuple(evidence))

    def live(self) -> Live:
        found = Live()
        found.feed(self.all)
        return found


def busy(*, hosts: int = 3, faults: int = 2) -> Live:
    events = Events()
    events.started(hosts=hosts)
    for number in range(90):
        outcome = "info" if number % 30 == 0 else "ok"
        events.call(
            number,
            f"Counter/c{number % 40}",
            1 + number % hosts % 2,
            at_s=10 + number / 10,
            took_s=0.05,
            outcome=outcome,
        )
    events.call(100, "Ledger/late", 1, at_s=11, took_s=None)
    events.fault("f1", "kill", f"host-{hosts}", at_s=15, evidence=("host-3/app pid 7 is gone",))
    for part in ("app", "sidecar"):
        events.add(ev.UnitExited, 15, unit=f"host-{hosts}/{part}", incarnation=1, code=-9, expected=True)
    events.add(ev.UnitSignalled, 15, unit="store", incarnation=1, signal="SIGSTOP")
    for number in range(2, faults + 1):
        events.fault(f"f{number}", "delay", f"host-{number % hosts + 1}>store", at_s=16)
    events.add(ev.Troubled, 17, text="settle: the cluster did not agree with itself within 30 s")
    events.add(ev.TableObserved, 19, placement="placement-0", leader=True, version=3, hosts=())
    return events.live()


def drawn(live: Live, *, width: int = 80, height: int = 24, broken: bool = True) -> str:
    said = (
        "turns: violated 3x so far, 1 not listed",
        "no violation so far: activation, durability, recovery, linearizability",
    )
    console = Console(file=io.StringIO(), record=True, width=width, height=height, force_terminal=True)
    for line in screen(live, so_far=said if broken else (), broken=broken, width=width, height=height):
        console.print(line)
    return console.export_text()


@pytest.mark.parametrize(
    ("name", "live"),
    [
        ("waiting", Live()),
        ("busy", busy()),
        ("crowded", busy(hosts=10, faults=9)),
    ],
)
def test_the_screens_are_those_that_are_kept(name: str, live: Live) -> None:
    said = drawn(live, broken=name != "waiting")
    kept = SCREENS / f"{name}.txt"
    assert kept.read_text("utf-8") == said


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 24), (200, 50)])
def test_it_fits(width: int, height: int) -> None:
    lines = drawn(busy(hosts=10, faults=9), width=width, height=height).splitlines()
    assert len(lines) <= height
    assert max(map(len, lines)) <= width


def test_a_narrow_screen_cuts_no_word() -> None:
    said = drawn(busy(), width=20, height=60)
    assert "…" not in said
    words = " ".join(said.split())
    for told in (
        "churn on Dapr 1.18.2",
        "host-1 running, 28 actors",
        "host-3 down, 0 actors",
        "3 failed in the last 10 s",
    ):
        assert told in words


def test_a_line_that_is_too_long_goes_on_in_the_next_where_there_is_room() -> None:
    said = f"no violation so far: {', '.join(f'guarantee-{number}' for number in range(9))}"
    roomy = screen(busy(), so_far=[said], broken=False)
    assert said in " ".join(line.plain.strip() for line in roomy)
    assert max(len(line.plain) for line in roomy) <= 80
    crowded = screen(busy(hosts=10, faults=9), so_far=[said], broken=False)
    assert any(line.plain.strip().startswith("no violation") and line.plain.endswith("…") for line in crowded)


def test_a_host_that_is_gone_owns_nothing_and_has_no_turn_open() -> None:
    events = Events()
    events.started(hosts=2)
    events.call(1, "Counter/a", 2, at_s=3, took_s=None)
    events.add(ev.UnitExited, 4, unit="host-2/app", incarnation=1, code=-9, expected=True)
    live = events.live()
    assert (dict(live.actors_by_host), live.turns) == ({}, {})


def test_journals_are_read_as_they_grow(tmp_path: Path) -> None:
    events = Events()
    events.started(hosts=1)
    import msgspec  # noqa: PLC0415

    lines = [msgspec.json.encode(event) + b"\n" for event in events.all]
    file, tail = tmp_path / "harness.jsonl", Tail(tmp_path)
    file.write_bytes(b"".join(lines[:2]) + lines[2][:10])
    assert [type(event) for event in tail.new()] == [ev.RunStarted, ev.UnitStarted]
    with file.open("ab") as more:
        more.write(lines[2][10:])
    assert len(tail.new()) == 1
    assert tail.new() == []


def test_a_run_that_has_ended_is_shown_once(actorproof: Actorproof, tmp_path: Path) -> None:
    example = ROOT / "examples" / "save_in_drain.toml"
    actorproof("run", example, "--driver", "simulated", "--seed", 3, "--out", "out")
    said = actorproof("watch", (tmp_path / "out" / "latest").resolve(), "--once")
    assert said.code == 0
    assert "save-in-drain on the simulated runtime 1.18.2, ended" in said.out
    assert "no violation so far: turns, activation" in said.out


def test_live_off_a_terminal_says_what_it_always_says(actorproof: Actorproof) -> None:
    example = ROOT / "examples" / "save_in_drain.toml"
    said = actorproof("run", example, "--driver", "simulated", "--seed", 3, "--live")
    assert said.code == 0
    assert "load and faults of save-in-drain" in said.err


def test_what_can_not_be_watched(actorproof: Actorproof) -> None:
    said = actorproof("watch", "nowhere")
    assert (said.code, said.out) == (3, "")
    assert "nowhere is not a run folder" in said.err

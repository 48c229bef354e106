"""The screen of a run under way fits its terminal, and says what is going on. The screens are kept in `screens/`."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from actorproof.harness.history import events as ev
from actorproof.harness.run.live import Live, Tail
from actorproof.reports.watch import screen
from tests.cli.conftest import Actorproof, actorproof
from tests.properties.builder import History

__all__ = ["actorproof"]

SCREENS = Path(__file__).parent / "screens"
ROOT = Path(__file__).parents[2]


def started(*, hosts: int) -> History:
    """A run whose units are up."""
    h = History(scenario="churn", hosts=hosts)
    for unit in ("placement-0", "store"):
        h.start(unit, 1.0)
    for number in range(1, hosts + 1):
        h.app(f"host-{number}", 1.0)
    return h


def shown(h: History) -> Live:
    found = Live()
    found.feed(h.events())
    return found


def busy(*, hosts: int = 3, faults: int = 2) -> Live:
    h = started(hosts=hosts)
    for number in range(90):
        at_s, process = 10 + number / 10, f"host-{1 + number % hosts % 2}/app#1"
        op = h.operation(f"Counter/c{number % 40}", at_s, at_s + 0.05, outcome="ok" if number % 30 else "info")
        h.turn(f"Counter/c{number % 40}", process, at_s, at_s + 0.05, op=op)
    h.turn("Ledger/late", "host-1/app#1", 11.0, None)
    h.add(ev.FaultStarted, 15.0, fault="f1", verb="kill", target=f"host-{hosts}", units=(), links=())
    h.add(ev.FaultTook, 15.0, fault="f1", evidence=("host-3/app pid 7 is gone",))
    for part in ("app", "sidecar"):
        h.exit(f"host-{hosts}/{part}", 15.0)
    h.signal("store", 15.0, "SIGSTOP")
    for number in range(2, faults + 1):
        target = f"host-{number % hosts + 1}>store"
        h.add(ev.FaultStarted, 16.0, fault=f"f{number}", verb="delay", target=target, units=(), links=())
    h.add(ev.Troubled, 17.0, text="settle: the cluster did not agree with itself within 30 s")
    h.add(ev.TableObserved, 19.0, placement="placement-0", leader=True, version=3, hosts=())
    return shown(h)


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
    h = started(hosts=2)
    h.turn("Counter/a", "host-2/app#1", 3.0, None)
    h.exit("host-2/app", 4.0)
    live = shown(h)
    assert (dict(live.actors_by_host), live.turns) == ({}, {})


def test_journals_are_read_as_they_grow(tmp_path: Path) -> None:
    lines = [msgspec.json.encode(event) + b"\n" for event in started(hosts=1).events()[:3]]
    file, tail = tmp_path / "harness.jsonl", Tail(tmp_path)
    file.write_bytes(b"".join(lines[:2]) + lines[2][:10])
    assert [type(event) for event in tail.new()] == [ev.JournalOpened, ev.RunStarted]
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

"""What the witness takes for activations, and to which turn it lays what is asked for, is as the application has it.

Each turn names the reminder that it asks for, logs that name and answers with it. Where its answer is not seen, it is
known by its place among the turns of its actor in its process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .built import built
from .support import need_programs

pytestmark = pytest.mark.live

NAMED = Path(__file__).parent / "named"
TIMEOUT_S = 300
LAID = 0.98
ACTORS = 20
CALLS = 100
ALONE = 10  # actors of processes, at least, that never had two turns at once
TYPE = "NamedActor"


@dataclass(frozen=True)
class Case:
    """Named actors in one language."""

    language: str
    source: str
    place: str
    command: tuple[str, ...]
    method: str = "name"

    def prepared(self, folder: Path) -> Path:
        """The folder that it is run from."""
        if self.language == "python":
            return NAMED
        return built(self.language, folder, (NAMED / self.source, self.place))


CASES = (
    Case("python", "named.py", "", (sys.executable, "-m", "uvicorn", "named:app", "--port", "{port}")),
    Case("javascript", "named.js", "order.js", ("node", "order.js")),
    Case("go", "named.go", "main.go", ("./order",), "Name"),
    Case(
        *("java", "Orders.java", "src/main/java/orders/Orders.java"),
        ("java", "-XX:TieredStopAtLevel=1", "-Xmx192m", "-jar", "target/orders.jar"),
    ),
)


@dataclass(frozen=True)
class Own:
    """What the applications logged, by the process of their witness."""

    activated: Counter[tuple[str, str]]
    asked: dict[tuple[str, str], list[str]]

    @classmethod
    def read(cls, log: Path) -> Own:
        """From the file that all of them wrote to."""
        activated: Counter[tuple[str, str]] = Counter()
        asked: dict[tuple[str, str], list[str]] = defaultdict(list)
        for pid, what, actor, *name in (line.split() for line in log.read_text().splitlines()):
            if what == "activated":
                activated[pid, actor] += 1
            else:
                asked[pid, actor] += name
        return cls(activated, asked)


def names_of(events: list[dict[str, Any]], own: Own, pids: dict[str, str]) -> dict[str, str]:
    """The name that each turn asked for, as far as that is known."""
    known = {
        event["turn"]: event["result"].strip('"')
        for event in events
        if event["kind"] == "turn-ended" and event["result"] != "null"
    }
    turns: dict[tuple[str, str], list[str]] = defaultdict(list)
    for event in events:
        if event["kind"] == "turn-started" and event["cause"] == "call":
            turns[pids[event["process"]], event["actor"]].append(event["turn"])
    for key, names in own.asked.items():
        if len(names) == len(turns[key]):
            left = [name for name in names if name not in set(known.values())]
            known.update(zip((turn for turn in turns[key] if turn not in known), left, strict=False))
    return known


def at_once(events: list[dict[str, Any]], pids: dict[str, str]) -> set[tuple[str, str]]:
    """The actors of a process of which two turns were open at once."""
    found: set[tuple[str, str]] = set()
    open_turns: dict[str, tuple[str, str]] = {}
    for event in events:
        if event["kind"] == "turn-started":
            key = pids[event["process"]], event["actor"]
            found |= {key} & set(open_turns.values())
            open_turns[event["turn"]] = key
        elif event["kind"] in {"turn-ended", "turn-lost"}:
            open_turns.pop(event["turn"], None)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.language)
def test_activations_and_what_turns_ask_for_are_as_the_application_logs_them(case: Case, tmp_path: Path) -> None:
    need_programs()
    log = tmp_path / "log"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "actorproof", "test", "--scenario", "kill-and-recover", "--hosts", "2"),
            *("--duration", "12", "--seed", "1", "--out", str(tmp_path / "out"), "--calls", f"{TYPE}.{case.method}"),
            *("--", *case.command),
        ],
        cwd=case.prepared(tmp_path),
        env={**os.environ, "LOG": str(log)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    history = tmp_path / "out" / "latest" / "history.jsonl"
    assert history.is_file(), done.stdout + done.stderr
    events = [json.loads(line) for line in history.read_text().splitlines()]
    compare(events, Own.read(log), said=done.stdout)


def compare(events: list[dict[str, Any]], own: Own, *, said: str) -> None:
    """Fail where the history tells something else than the applications' own log."""
    pids = {event["process"]: str(event["pid"]) for event in events if event["kind"] == "journal-opened"}
    seen = Counter(
        (pids[event["process"]], event["actor"])
        for event in events
        if event["kind"] == "activated" and not event["actor"].startswith("Canary/")
    )
    logged = Counter({key: count for key, count in own.activated.items() if key[0] in pids.values()})
    ended = {event["turn"] for event in events if event["kind"] == "turn-ended"}
    turns = [event for event in events if event["kind"] == "turn-started"]
    ran = {(pids[event["process"]], event["actor"]) for event in turns if event["turn"] in ended}
    assert sum(logged.values()) > ACTORS, said
    # Of two turns at once both may make an instance, as in Java's SDK: from outside that is one. The slower the machine
    # is, the more callers give up, and the more turns overlap.
    twice = at_once(events, pids)
    assert len(set(logged) - twice) >= ALONE, (twice, said)
    assert not {key for key, count in (logged - seen).items() if count > 1 or key not in twice}
    # A process that is killed never gets to what it was sent last.
    assert not set(seen - logged) & ran

    names = names_of(events, own, pids)
    turn_of = {name: turn for turn, name in names.items()}
    asked = [
        event for event in events if event["kind"] == "runtime-call-started" and event["what"] == "register-reminder"
    ]
    right = [event for event in asked if names.get(event["turn"]) == event["name"]]
    wrong = [event for event in asked if turn_of.get(event["name"], event["turn"]) != event["turn"]]
    strays = [event for event in events if event["kind"] == "unattributed" and event["name"] in turn_of]
    missed = [event for event in strays if not event["open"]]
    several = len(strays) - len(missed)
    told = f"{len(right)} right, {len(wrong)} to another turn, {len(missed)} to none; {several} with several turns open"
    assert len(right) > CALLS, said
    # With two turns of an actor open it is told that nobody can say; all else is laid to the turn that asked.
    assert len(right) >= LAID * (len(right) + len(wrong) + len(missed)), (told, wrong, missed)
    assert {event["name"] for event in asked} <= {name for names in own.asked.values() for name in names}

"""What the witness takes for activations, and to which turn it lays what is asked for, is as the application has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from .support import need_programs

pytestmark = pytest.mark.live

TIMEOUT_S = 300
LAID = 0.98
ACTORS = 20
CALLS = 100
# A turn's answer is what it named its reminder, so both know it; the witness is the parent of the process.
APPLICATION = """
import os, secrets
from datetime import timedelta
from dapr.actor import Actor, ActorInterface, Remindable, actormethod
from dapr.ext.fastapi import DaprActor
from fastapi import FastAPI

log = open(os.environ["LOG"], "a", buffering=1)

class Named(ActorInterface):
    @actormethod(name="name")
    async def name(self) -> str: ...

class NamedActor(Actor, Named, Remindable):
    async def _on_activate(self) -> None:
        log.write(f"{os.getppid()} activated NamedActor/{self.id.id}\\n")

    async def name(self) -> str:
        name = secrets.token_hex(8)
        log.write(f"{os.getppid()} asks {name}\\n")
        await self.register_reminder(name, b"", timedelta(seconds=600))
        return name

    async def receive_reminder(self, name, state, due_time, period, ttl=None) -> None: ...

app = FastAPI()
actors = DaprActor(app)

@app.on_event("startup")
async def register() -> None:
    await actors.register_actor(NamedActor)
"""


def test_activations_and_what_turns_ask_for_are_as_the_application_logs_them(tmp_path: Path) -> None:
    need_programs()
    (tmp_path / "named.py").write_text(APPLICATION)
    log = tmp_path / "log"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "actorproof", "test", "--scenario", "kill-and-recover", "--hosts", "2"),
            *("--duration", "10", "--seed", "1", "--out", str(tmp_path / "out"), "--calls", "NamedActor.name"),
            *("--", sys.executable, "-m", "uvicorn", "named:app", "--port", "{port}"),
        ],
        cwd=tmp_path,
        env={**os.environ, "LOG": str(log)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    history = tmp_path / "out" / "latest" / "history.jsonl"
    assert history.is_file(), done.stdout + done.stderr
    events = [json.loads(line) for line in history.read_text().splitlines()]
    logged = [line.split() for line in log.read_text().splitlines()]

    pids = {event["process"]: str(event["pid"]) for event in events if event["kind"] == "journal-opened"}
    seen = Counter(
        (pids[event["process"]], event["actor"])
        for event in events
        if event["kind"] == "activated" and not event["actor"].startswith("Canary/")
    )
    own = Counter((pid, what) for pid, kind, what in logged if kind == "activated" and pid in pids.values())
    ended = {event["turn"] for event in events if event["kind"] == "turn-ended"}
    turns = [event for event in events if event["kind"] == "turn-started"]
    ran = {(pids[event["process"]], event["actor"]) for event in turns if event["turn"] in ended}
    assert sum(own.values()) > ACTORS, done.stdout
    assert own - seen == Counter()
    # A process that is killed never gets to what it was sent last.
    assert not set(seen - own) & ran

    answers = {event["turn"]: event["result"].strip('"') for event in events if event["kind"] == "turn-ended"}
    asked = [event for event in events if event["kind"] == "runtime-call-started"]
    right = [event for event in asked if answers.get(event["turn"]) == event["name"]]
    wrong = [event for event in asked if answers.get(event["turn"], event["name"]) not in {event["name"], "null"}]
    # Of a turn that was lost from sight, and may go on, nobody can say what it asked for.
    answered = set(answers.values())
    missed = [event for event in events if event["kind"] == "unattributed" and event["name"] in answered]
    assert len(right) > CALLS, done.stdout
    # A turn that its caller has left goes on in this SDK, unseen: what it asks for may be laid to the next one.
    assert len(right) >= LAID * (len(right) + len(wrong) + len(missed)), (len(right), wrong, missed)
    assert {event["name"] for event in asked} <= {what for _, kind, what in logged if kind == "asks"}

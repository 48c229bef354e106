"""A client's outcomes are honest, and everything it does is journaled."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.history.merge import read_journal
from actorproof.harness.ports import CutOffError, Headers, RefusedError, Reply
from actorproof.harness.request import Addressed, Schedule
from actorproof.harness.runtimes.registry import runtime
from actorproof.harness.workload.client import Answer, Client

API = runtime("dapr").api


class Scripted:
    """A transport that answers, or fails, as told; it remembers what it was asked."""

    def __init__(self, answer: Reply | Exception) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, bytes]] = []

    @property
    def addresses(self) -> dict[str, str]:
        return {}

    async def request(
        self, *, host: str, method: str, path: str, body: bytes, timeout_s: float, headers: Headers = ()
    ) -> Reply:
        assert host
        assert timeout_s > 0
        self.asked.append((method, path, body))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        return


def _call(tmp_path: Path, answer: Reply | Exception, *, gives_up: bool = False) -> tuple[Answer, list[ev.Event]]:
    with Journal.open(tmp_path / "harness.jsonl", process="harness", clock=SystemClock()) as journal:
        client = Client("c", requests=Addressed(Scripted(answer), API), journal=journal)
        given = asyncio.run(client.call("Counter/a", "add", {"by": 1}, via="host-1", timeout_s=1.0, gives_up=gives_up))
    return given, list(read_journal(tmp_path / "harness.jsonl"))


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (Reply(200, b'{"turn":"t","result":7}'), "ok", ""),
        (Reply(200, b"half an ans"), "info", "unreadable reply"),
        (Reply(200, b""), "info", "unreadable reply"),
        (Reply(500, b"no"), "info", "status-500 no"),
        (Reply(404, b""), "info", "status-404"),
        (RefusedError("refused"), "fail", "refused"),
        (CutOffError("gone"), "info", "cut-off: gone"),
        (TimeoutError(), "info", "deadline"),
    ],
)
def test_outcomes(tmp_path: Path, answer: Reply | Exception, outcome: str, reason: str) -> None:
    given, events = _call(tmp_path, answer)
    assert (given.outcome, given.reason) == (outcome, reason)
    invoked, completed = events[1:]
    assert isinstance(invoked, ev.Invoked)
    assert isinstance(completed, ev.Completed)
    assert invoked.op == completed.op == "c.1"
    assert completed.outcome == outcome
    assert invoked.t_ns <= completed.t_ns
    assert (completed.result, completed.turn) == (("7", "t") if outcome == "ok" else ("null", None))


def test_who_means_to_give_up_says_so_before(tmp_path: Path) -> None:
    given, events = _call(tmp_path, TimeoutError(), gives_up=True)
    assert given.reason == "gave-up"
    assert isinstance(events[1], ev.Invoked)
    assert events[1].give_up_s == 1.0


def test_a_reminder_is_registered_as_the_api_takes_it(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "harness.jsonl", process="harness", clock=SystemClock()) as journal:
        transport = Scripted(Reply(204, b""))
        client = Client("c", requests=Addressed(transport, API), journal=journal)
        schedule = Schedule(due_s=2, period_s=1.5, repetitions=4, data='"x"')
        given = asyncio.run(client.register_reminder("Recorder/a b", "r/1", schedule, via="host-1", timeout_s=1))
    assert given.outcome == "ok"
    method, path, body = transport.asked[0]
    assert (method, path) == ("POST", "/v1.0/actors/Recorder/a%20b/reminders/r%2F1")
    assert json.loads(body) == {"dueTime": "2s", "data": "x", "period": "R4/PT1.5S"}

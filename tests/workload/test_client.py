"""A client's outcomes are honest, and everything it does is journaled."""

from __future__ import annotations

import json

import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import CutOffError, RefusedError, Reply
from actorproof.harness.request import Addressed, Schedule
from actorproof.harness.runtimes.registry import runtime
from actorproof.harness.workload.client import Client

from .conftest import Carrying, Written

API = runtime("dapr").api


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
async def test_an_operation_is_ok_with_its_whole_result_fails_when_it_was_refused_and_is_not_known_else(
    journal: Journal, written: Written, answer: Reply | Exception, outcome: str, reason: str
) -> None:
    client = Client("c", requests=Addressed(Carrying(answer), API), journal=journal)
    given = await client.call("Counter/a", "add", {"by": 1}, via="host-1", timeout_s=1.0)
    assert (given.outcome, given.reason) == (outcome, reason)
    invoked, completed = written()
    assert isinstance(invoked, ev.Invoked)
    assert isinstance(completed, ev.Completed)
    assert invoked.op == completed.op == "c.1"
    assert completed.outcome == outcome
    assert invoked.t_ns <= completed.t_ns
    assert (completed.result, completed.turn) == (("7", "t") if outcome == "ok" else ("null", None))


async def test_who_means_to_give_up_says_so_before(journal: Journal, written: Written) -> None:
    client = Client("c", requests=Addressed(Carrying(TimeoutError()), API), journal=journal)
    given = await client.call("Counter/a", "add", {"by": 1}, via="host-1", timeout_s=1.0, gives_up=True)
    assert given.reason == "gave-up"
    invoked, _ = written()
    assert isinstance(invoked, ev.Invoked)
    assert invoked.give_up_s == 1.0


async def test_a_reminder_is_registered_as_the_api_takes_it(journal: Journal) -> None:
    transport = Carrying(Reply(204, b""))
    client = Client("c", requests=Addressed(transport, API), journal=journal)
    schedule = Schedule(due_s=2, period_s=1.5, repetitions=4, data='"x"')
    given = await client.register_reminder("Recorder/a b", "r/1", schedule, via="host-1", timeout_s=1)
    assert given.outcome == "ok"
    ((method, path, body, _),) = transport.asked
    assert (method, path) == ("POST", "/v1.0/actors/Recorder/a%20b/reminders/r%2F1")
    assert json.loads(body) == {"dueTime": "2s", "data": "x", "period": "R4/PT1.5S"}

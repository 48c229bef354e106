"""Timers of every host: registered by the actor through its sidecar, and their callbacks witnessed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from actorproof.harness.subjects.timers import TimerRequest

from .conftest import Host

ASKED: dict[str, Any] = {
    "name": "t1",
    "due_s": 0.5,
    "period_s": 2,
    "repetitions": 3,
    "ttl_s": 9,
    "callback": "tick",
    "data": {"a": 1},
}
BODY = {"dueTime": "0.5s", "period": "R3/PT2S", "ttl": "9s", "callback": "tick", "data": {"a": 1}}


async def test_an_actor_registers_and_unregisters(host: Host) -> None:
    assert (await host.call("Ticker/a", "start", **ASKED))[0] == 200
    assert host.sidecar.timers == {("Ticker/a", "t1"): BODY}
    assert (await host.call("Ticker/a", "stop", name="t1"))[0] == 200
    assert host.sidecar.timers == {}


async def test_a_callback_is_a_turn_with_its_name_and_payload(host: Host) -> None:
    await host.call("Ticker/a", "start", **ASKED)
    body = {"callback": "tick", "data": {"a": 1}, "dueTime": "0.5s", "period": "2s"}
    assert (await host.put("/actors/Ticker/a/method/timer/t1", body))[0] == 200
    turn = host.turns()[-1]
    assert (turn.cause, turn.name, turn.callback, turn.op) == ("timer", "t1", "tick", None)
    assert json.loads(turn.data) == {"a": 1}
    assert host.journal()[-1].completed


async def test_a_callback_takes_its_time_and_fails_as_asked(host: Host) -> None:
    body = {"callback": "tick", "data": {"hold_s": 0.05, "fail_every": 2}, "dueTime": "", "period": ""}
    statuses = [(await host.put("/actors/Ticker/a/method/timer/t1", body))[0] for _ in range(4)]
    assert statuses == [200, 500, 200, 500]
    *_, started, ended = host.journal()
    assert ended.t_ns - started.t_ns >= 50_000_000


async def test_a_registration_that_is_refused_fails_its_turn(host: Host) -> None:
    for method in ("start", "stop"):
        host.sidecar.refusals = [500]
        status, reply = await host.call("Ticker/a", method, **ASKED)
        assert (status, "not acknowledged" in reply["error"] or "TimerError" in reply["error"]) == (500, True)
        assert not host.journal()[-1].completed


async def test_what_is_no_timer_fails_the_turn(host: Host) -> None:
    assert (await host.call("Ticker/a", "start", name="t1"))[0] == 500
    assert host.sidecar.timers == {}


def test_a_request_says_only_what_was_asked() -> None:
    request = TimerRequest.of({"name": "t", "due_s": 1, "period_s": 0.25, "data": None})
    assert json.loads(request.body()) == {"dueTime": "1s", "callback": "tick", "data": None, "period": "0.25s"}
    assert "data" not in json.loads(TimerRequest.of({"name": "t", "due_s": 1}).body())
    with pytest.raises(ValueError, match="this is no timer"):
        TimerRequest.of({"name": "t"})

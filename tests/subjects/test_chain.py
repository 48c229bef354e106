"""Actors that call actors: through their sidecar, under the reentrancy id of their turn, witnessed as operations."""

from __future__ import annotations

from typing import Any

import pytest

from actorproof.harness.history import events as ev

from .conftest import Host

HEADERS = {"Dapr-Reentrancy-Id": "chain-7"}
SETTINGS = ("--reentrancy", "true", "--max-stack-depth", "3", "--reentrancy-exceptions", "Lone")


@pytest.fixture
def host_options() -> tuple[str, ...]:
    return SETTINGS


async def walk(host: Host, *route: str, patience_s: float = 5.0) -> Any:
    """The result of a walk that a client began."""
    args = {"route": route, "patience_s": patience_s, "hold_s": 0.0}
    body = {"op": "op-1", "args": args}
    status, reply = await host.put("/actors/Chain/a/method/walk", body, headers=HEADERS)
    assert status == 200
    return reply["result"]


def inner(host: Host) -> tuple[ev.Invoked, ev.Completed]:
    """The call that the actor made, and its end."""
    (asked,) = host.of(ev.Invoked)
    (answered,) = host.of(ev.Completed)
    assert answered.op == asked.op
    return asked, answered


async def test_what_is_declared(host: Host) -> None:
    _, config = await host.get("/dapr/config")
    assert config["reentrancy"] == {"enabled": True, "maxStackDepth": 3}
    (lone,) = config["entitiesConfig"]
    assert lone["entities"] == ["Lone"]
    assert lone["reentrancy"] == {"enabled": False, "maxStackDepth": 3}
    for name in ("actorIdleTimeout", "drainOngoingCallTimeout", "drainRebalancedActors"):
        assert lone[name] == config[name]


async def test_a_call_goes_on_under_the_id_of_its_turn(host: Host) -> None:
    assert await walk(host, "Chain/b", "Chain/a") == {"turns": 2, "stopped": None}
    (turn,) = host.turns()
    assert turn.chain == "chain-7"
    asked, answered = inner(host)
    assert (asked.client, asked.via, asked.actor, asked.name) == (turn.turn, "host-1", "Chain/b", "walk")
    assert asked.give_up_s == 5.0
    assert (answered.outcome, answered.status, answered.turn) == ("ok", 200, "host-2/app#1:t1")
    ((path, chain, body),) = host.sidecar.calls
    assert (path, chain, body["op"]) == ("Chain/b/walk", "chain-7", asked.op)
    assert body["args"]["route"] == ["Chain/a"]
    assert body["args"]["patience_s"] < asked.give_up_s


async def test_a_call_that_is_refused_ends_the_walk_and_fails_no_turn(host: Host) -> None:
    host.sidecar.answer = (500, {"errorCode": "ERR_ACTOR_STACK_DEPTH"})
    result = await walk(host, "Chain/a")
    assert result["turns"] == 1
    assert result["stopped"].startswith('status-500 {"errorCode"')
    _, answered = inner(host)
    assert (answered.outcome, answered.status, answered.reason) == ("info", 500, result["stopped"])


async def test_a_caller_gives_up(host: Host) -> None:
    host.sidecar.delay_s = 5.0
    assert await walk(host, "Chain/a", patience_s=0.3) == {"turns": 1, "stopped": "gave-up"}
    _, answered = inner(host)
    assert (answered.outcome, answered.reason) == ("info", "gave-up")


async def test_an_answer_that_is_none_ends_the_walk(host: Host) -> None:
    host.sidecar.answer = (200, ["what"])
    assert await walk(host, "Chain/a") == {"turns": 1, "stopped": "unreadable reply"}
    assert inner(host)[1].outcome == "info"


async def test_a_reminder_begins_a_chain(host: Host) -> None:
    status, _ = await host.put("/actors/Chain/a/method/remind/r1", {"data": "tick", "dueTime": "", "period": ""})
    assert status == 200
    ((path, chain, _),) = host.sidecar.calls
    assert (path, chain) == ("Chain/a/walk", None)


@pytest.mark.parametrize("args", [{"route": "Chain/b"}, {"route": ["Chain/b"]}, {"route": [1], "patience_s": 1}])
async def test_what_is_not_understood_fails_the_turn(host: Host, args: dict[str, object]) -> None:
    status, _ = await host.put("/actors/Chain/a/method/walk", {"op": "op-1", "args": args})
    assert status == 500
    assert not host.sidecar.calls

"""Hosts answer as they are told to, and their witness records what they really did."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from actorproof.harness.errors import TopologyError
from actorproof.harness.history import events as ev
from actorproof.harness.subjects.behaviour import Behaviour, encode

from .conftest import Host, Start


def told(start: Start, *behaviours: Behaviour) -> AbstractAsyncContextManager[Host]:
    """A bare host that was told how to answer."""
    return start(options=("--behaviours", encode(behaviours)))


def ends(host: Host) -> list[bool]:
    return [event.completed for event in host.of(ev.TurnEnded)]


async def test_a_reminder_fails_as_often_as_its_host_was_told_for_each_actor(start: Start) -> None:
    async with told(start, Behaviour(actors="Recorder/bad-", request="reminder", manner="fail", times=2)) as host:
        for actor in ("Recorder/bad-1", "Recorder/bad-2"):
            answers = [(await host.put(f"/actors/{actor}/method/remind/r", {}))[0] for _ in range(3)]
            assert answers == [500, 500, 200]
        assert (await host.put("/actors/Recorder/good/method/remind/r", {}))[0] == 200
        assert (await host.call("Recorder/bad-3", "ping"))[0] == 200, "only reminders were to fail"
        assert ends(host) == [False, False, True, False, False, True, True, True]


async def test_a_timer_fails_for_as_long_as_its_host_was_told(start: Start) -> None:
    async with told(start, Behaviour(actors="Ticker/", request="timer", manner="fail", for_s=0.4)) as host:
        began = time.monotonic()
        while (await host.put("/actors/Ticker/a/method/timer/t", {}))[0] == 500:
            assert time.monotonic() - began < 20
            await asyncio.sleep(0.05)
        assert ends(host)[0] is False
        assert time.monotonic() - began >= 0.4


async def test_an_answer_that_cancels_says_so_in_its_header_and_in_the_history(start: Start) -> None:
    async with told(start, Behaviour(actors="Recorder/a", request="reminder", manner="cancel")) as host:
        async with host.session.put(f"{host.base}/actors/Recorder/a/method/remind/r", data="{}") as response:
            assert (response.status, response.headers["X-DaprReminderCancel"]) == (200, "true")
        async with host.session.put(f"{host.base}/actors/Recorder/b/method/remind/r", data="{}") as response:
            assert "X-DaprReminderCancel" not in response.headers
        assert [event.cancels for event in host.of(ev.TurnEnded)] == [True, False]


async def test_a_turn_that_hangs_is_never_answered_and_stays_open(start: Start) -> None:
    async with told(start, Behaviour(actors="Recorder/", request="reminder", manner="hang", times=1)) as host:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(host.put("/actors/Recorder/a/method/remind/r", {}), 0.5)
        assert (await host.put("/actors/Recorder/a/method/remind/r", {}))[0] == 200
        first, second = host.turns()
        assert [event.turn for event in host.of(ev.TurnEnded)] == [second.turn]
        assert first.turn != second.turn


async def test_a_delete_is_slow_or_fails_as_its_host_was_told_and_ends_the_instance(start: Start) -> None:
    async with told(
        start,
        Behaviour(actors="Recorder/slow", request="deactivate", delay_s=0.4),
        Behaviour(actors="Recorder/fails", request="deactivate", manner="fail"),
    ) as host:
        for actor in ("Recorder/slow", "Recorder/fails", "Recorder/usual"):
            await host.call(actor, "ping")
        began = time.monotonic()
        assert await host.delete("Recorder/slow") == 200
        assert time.monotonic() - began >= 0.4
        assert await host.delete("Recorder/fails") == 500
        assert await host.delete("Recorder/usual") == 200
        gone = [event.actor for event in host.of(ev.Deactivated)]
        assert gone == ["Recorder/slow", "Recorder/fails", "Recorder/usual"]
        assert (await host.call("Recorder/fails", "ping"))[1]["instance"] == 2


async def test_a_method_that_fails_with_its_changes_staged_saves_none_and_forgets_them(start: Start) -> None:
    async with told(
        start, Behaviour(actors="Counter/b", request="call", name="add", manner="fail-save", times=1)
    ) as host:
        await host.call("Counter/a", "add", by=3)
        assert (await host.call("Counter/a", "add", by=4))[0] == 200
        assert (await host.call("Counter/b", "add", by=4))[0] == 500
        assert (await host.call("Counter/b", "get"))[1]["result"] == 0
        assert host.sidecar.posts == 2
        assert sum(isinstance(event, ev.SaveStarted) for event in host.journal()) == 2
        assert (await host.call("Counter/b", "add", by=1))[1]["result"] == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"actors": "Recorder"}, "begin with a type and a slash"),
        ({"request": "call", "manner": "cancel"}, "only a reminder or a timer can be cancelled"),
        ({"request": "deactivate", "manner": "fail-save"}, "a DELETE saves nothing"),
        ({"manner": "shout"}, "manner is one of run, fail, fail-save, hang, cancel"),
        ({"request": "shout"}, "request is one of call, reminder, timer, deactivate"),
        ({"delay_s": -1.0}, "choose 0 or more"),
        ({"times": 0}, "choose 1 or more, or None"),
        ({"for_s": 0.0}, "choose more than 0, or None"),
    ],
)
def test_a_behaviour_that_makes_no_sense_is_refused_in_one_line(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(TopologyError, match=message):
        Behaviour(**{"actors": "Recorder/", "request": "reminder", **fields})

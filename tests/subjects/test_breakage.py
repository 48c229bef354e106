"""Each breakage breaks its promise, on ordinary actors only."""

from __future__ import annotations

from zlib import crc32

import aiohttp
import pytest

from actorproof.harness.errors import UsageError
from actorproof.harness.history import events as ev
from actorproof.harness.subjects.breakage import BREAKAGES, breakage
from actorproof.harness.subjects.witness import Witness

from .conftest import Start


def test_there_is_one_for_every_guarantee_of_the_spine() -> None:
    assert set(BREAKAGES) == {
        "turns",
        "activation",
        "reentrancy",
        "durability",
        "reminders",
        "timers",
        "drain",
        "recovery",
    }


def test_an_unknown_one_is_refused() -> None:
    witness = Witness(None, process="host-1/app#1")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="choose one of turns"):
        breakage("nonsense", witness)


async def test_turns_overlap(start: Start) -> None:
    async with start(options=("--breakage", "turns")) as host:
        for _ in range(8):
            await host.call("Counter/a", "add", by=1)
        strays = [turn for turn in host.turns() if turn.name == "stray"]
        assert [(s.actor, s.instance, s.op) for s in strays] == [("Counter/a", 1, None)]
        await host.until(lambda: strays[0].turn in {e.turn for e in host.of(ev.TurnEnded)})
        events = host.journal()
        first = next(i for i, e in enumerate(events) if isinstance(e, ev.TurnStarted) and e.turn == strays[0].turn)
        assert isinstance(events[first - 1], ev.TurnStarted), "it begins within another turn"


async def test_a_deactivated_instance_stays_in_use(start: Start) -> None:
    async with start(options=("--breakage", "activation")) as host:
        await host.call("Counter/a", "get")
        await host.call("Canary/a", "get")
        await host.delete("Counter/a")
        await host.delete("Canary/a")
        await host.call("Counter/a", "get")
        await host.until(lambda: any(t.name == "ghost" for t in host.turns()))
        assert [(t.actor, t.instance) for t in host.turns()][-2:] == [("Counter/a", 2), ("Counter/a", 1)]


async def test_some_callbacks_of_a_timer_run_no_turn(start: Start) -> None:
    async with start(options=("--breakage", "timers")) as host:
        body = {"callback": "tick", "data": None, "dueTime": "", "period": ""}
        for actor in ("Ticker/a", "Canary/a"):
            assert {(await host.put(f"/actors/{actor}/method/timer/t", body))[0] for _ in range(6)} == {200}
        assert [turn.actor for turn in host.turns()] == ["Ticker/a"] * 4 + ["Canary/a"] * 6


async def test_a_call_goes_without_the_id_of_its_turn(start: Start) -> None:
    async with start(options=("--breakage", "reentrancy")) as host:
        body = {"op": None, "args": {"route": ["Chain/b"], "patience_s": 5.0}}
        headers = {"Dapr-Reentrancy-Id": "chain-7"}
        assert (await host.put("/actors/Chain/a/method/walk", body, headers=headers))[0] == 200
        ((path, chain, _),) = host.sidecar.calls
        assert (path, chain) == ("Chain/b/walk", None)


async def test_an_acknowledged_save_is_lost(start: Start) -> None:
    async with start(options=("--breakage", "durability")) as host:
        for number in range(20):
            assert (await host.call("Ledger/a", "append"))[1]["result"] == {"index": number + 1}
        saved = host.of(ev.SaveEnded)
        assert len(saved) == 20
        assert all(e.acknowledged for e in saved)
        assert host.sidecar.posts == 18
        assert ("Ledger/a", "entry-000010") not in host.sidecar.state


async def test_every_third_reminder_is_swallowed(start: Start) -> None:
    async with start(options=("--breakage", "reminders")) as host:
        for _ in range(6):
            assert (await host.put("/actors/Recorder/a/method/remind/r", {"data": 1}))[0] == 200
        assert len(host.turns()) == 4
        assert (await host.call("Recorder/a", "ping"))[0] == 200


async def test_a_slow_call_is_cut_although_its_turn_ended(start: Start) -> None:
    async with start(options=("--breakage", "drain")) as host:
        with pytest.raises(aiohttp.ClientError):
            await host.call("Sleeper/a", "hold", hold_s=1.1)
        assert host.journal()[-1].completed
        assert (await host.call("Sleeper/a", "hold"))[0] == 200
        assert (await host.call("Canary/a", "get", hold_s=1.1))[0] == 200


async def test_some_actors_never_answer_again_after_a_failure(start: Start) -> None:
    async with start(options=("--breakage", "recovery")) as host:
        sick = next(f"Counter/{n}" for n in range(100) if crc32(f"Counter/{n}".encode()) % 4 == 0)
        well = next(f"Counter/{n}" for n in range(100) if crc32(f"Counter/{n}".encode()) % 4)
        assert (await host.call(sick, "get"))[0] == 200
        host.sidecar.refusals = [500]
        assert (await host.call(well, "add", by=1))[0] == 500
        turns = len(host.turns())
        for _ in range(3):
            assert (await host.call(sick, "get"))[0] == 500
        assert len(host.turns()) == turns
        assert (await host.call(well, "get"))[0] == 200

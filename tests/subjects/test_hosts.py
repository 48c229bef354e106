"""What every host does, whatever its kind: protocol, witness, failed saves, deactivation, end."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import aiohttp
import psutil
import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.request import OPERATION_HEADER

from .conftest import Host


async def test_config_and_health(host: Host) -> None:
    status, config = await host.get("/dapr/config")
    assert status == 200
    types = ["Counter", "Ledger", "Accounts", "Register", "Sleeper", "Recorder", "Ticker", "Canary"]
    types += ["Chain", "Loan", "Lone", "Parcel"]
    assert sorted(config["entities"]) == sorted(types)
    assert config["drainRebalancedActors"] is True
    assert "10500ms" in config["drainOngoingCallTimeout"] or "10s500ms" in config["drainOngoingCallTimeout"]
    assert "20000ms" in config["actorIdleTimeout"] or "20s" in config["actorIdleTimeout"]


OF_THEIR_OWN = (
    *("--idle-timeouts", "Sleeper=1.5,Lone=3", "--reentrancy-exceptions", "Lone"),
    *("--reminder-partitions", "7"),
)


@pytest.mark.parametrize("host_options", [OF_THEIR_OWN], ids=[""])
async def test_a_type_may_have_settings_of_its_own(host: Host) -> None:
    _, config = await host.get("/dapr/config")
    own = {entry["entities"][0]: entry for entry in config["entitiesConfig"]}
    assert set(own) == {"Sleeper", "Lone"}
    assert config["remindersStoragePartitions"] == 7
    assert any(text in own["Sleeper"]["actorIdleTimeout"] for text in ("1500ms", "1s500ms"))
    assert (own["Sleeper"]["reentrancy"]["enabled"], own["Lone"]["reentrancy"]["enabled"]) == (False, True)


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"no json", b"[1]"])
async def test_a_body_of_any_form_reaches_its_method(host: Host, body: bytes) -> None:
    path = f"{host.base}/actors/Parcel/a/method/put"
    async with host.session.put(path, data=body, headers={OPERATION_HEADER: "op-1"}) as response:
        assert response.status == 200, await response.text()
    (started,) = host.turns()
    assert started.op == "op-1"
    status, reply = await host.call("Parcel/a", "get")
    assert (status, base64.b64decode(reply["result"])) == (200, body)


async def test_a_call_is_answered_saved_and_witnessed_in_order(host: Host) -> None:
    status, reply = await host.call("Counter/a", "add", op="op-1", by=3)
    assert status == 200
    turn = reply["turn"]
    assert reply == {"turn": turn, "instance": 1, "process": "host-1/app#1", "result": 3}
    assert host.kinds() == [
        "JournalOpened", "Activated", "TurnStarted", "RuntimeCallStarted", "RuntimeCallEnded",
        "SaveStarted", "SaveEnded", "TurnEnded",
    ]  # fmt: skip
    _, activated, started, asked, answered, save, saved, ended = host.journal()
    assert (activated.actor, activated.instance) == ("Counter/a", 1)
    assert (started.turn, started.op, started.cause, started.name) == (turn, "op-1", "call", "add")
    assert (asked.turn, asked.what, asked.name, answered.call, answered.ok) == (
        turn,
        "read",
        "value",
        asked.call,
        True,
    )
    stored = host.sidecar.state["Counter/a", "value"]
    assert json.loads(save.writes) == [["value", stored]]
    assert json.loads(stored) == {"value": 3, "turn": turn}
    assert (save.turn, save.actor, saved.save, saved.acknowledged) == (turn, "Counter/a", save.save, True)
    assert (ended.turn, ended.completed, ended.result) == (turn, True, "3")


async def test_a_save_that_is_refused_fails_the_turn_and_drops_the_cache(host: Host) -> None:
    await host.call("Counter/a", "add", by=1)
    host.sidecar.refusals = [500]
    status, reply = await host.call("Counter/a", "add", by=5)
    assert status == 500
    assert set(reply) == {"turn", "error"}
    assert host.sidecar.posts == 2, "a save is never sent twice"
    *_, saved, ended = host.journal()
    assert (saved.acknowledged, ended.completed, ended.turn) == (False, False, reply["turn"])
    host.sidecar.state["Counter/a", "value"] = '{"turn":"other","value":40}'
    assert (await host.call("Counter/a", "add", by=2))[1]["result"] == 42


async def test_a_turn_that_fails_before_it_saves_leaves_nothing_behind(host: Host) -> None:
    await host.call("Counter/a", "add", by=3)
    status, reply = await host.call("Counter/a", "fail")
    assert (status, set(reply)) == (500, {"turn", "error"})
    assert (await host.call("Counter/a", "get"))[1]["result"] == 3
    assert (await host.call("Counter/a", "add", by=1))[1]["result"] == 4
    assert host.sidecar.posts == 2
    (failed,) = [e for e in host.of(ev.TurnEnded) if not e.completed]
    assert failed.turn == reply["turn"]


async def test_a_sidecar_that_hangs_up_leaves_the_save_unacknowledged_and_sent_once(host: Host) -> None:
    host.sidecar.refusals = [0]  # no such status: the fake closes the connection
    status, _ = await host.call("Counter/a", "add", by=5)
    assert status == 500
    assert host.sidecar.posts == 1
    assert (await host.call("Counter/a", "get"))[1]["result"] == 0


async def test_delete_ends_the_instance_and_the_next_turn_begins_another(host: Host) -> None:
    await host.call("Ledger/a", "append", op="op-1")
    assert await host.delete("Ledger/a") == 200
    status, reply = await host.call("Ledger/a", "read")
    assert (status, reply["instance"]) == (200, 2)
    assert reply["result"]["count"] == 1
    assert reply["result"]["entries"][0][:2] == [1, "op-1"]
    events = host.journal()
    assert [e.instance for e in events if isinstance(e, ev.Deactivated)] == [1]
    assert [e.instance for e in events if isinstance(e, ev.Activated)] == [1, 2]
    assert len({e.nonce for e in events if isinstance(e, ev.Activated)}) == 2


async def test_an_entry_and_its_count_are_one_transaction(host: Host) -> None:
    _, reply = await host.call("Ledger/a", "append", op="op-1")
    save = next(e for e in host.of(ev.SaveStarted))
    writes = {key: json.loads(text) for key, text in json.loads(save.writes)}
    assert writes == {
        "entry-000001": {"op": "op-1", "turn": reply["turn"]},
        "count": {"count": 1, "turn": reply["turn"]},
    }
    assert (await host.call("Ledger/a", "last"))[1]["result"] == {"count": 1}


async def test_accounts_keep_their_sum(host: Host) -> None:
    await host.call("Accounts/a", "open", balances={"x": 10, "y": 0})
    moved = await host.call("Accounts/a", "transfer", source="x", target="y", amount=4)
    assert moved[1]["result"] == {"x": 6, "y": 4}
    short = await host.call("Accounts/a", "transfer", source="y", target="x", amount=5)
    assert short[1]["result"] == {"y": 4, "x": 6}
    again = await host.call("Accounts/a", "open", balances={"x": 10})
    assert again[1]["result"] == {"x": 6, "y": 4}
    await host.delete("Accounts/a")
    assert (await host.call("Accounts/a", "total"))[1]["result"] == {"x": 6, "y": 4}
    assert (await host.call("Accounts/a", "transfer", source="x", target="no", amount=1))[0] == 500


async def test_register_and_sleeper_and_recorder(host: Host) -> None:
    assert (await host.call("Register/a", "read"))[1]["result"] is None
    await host.call("Register/a", "write", value=1)
    assert (await host.call("Register/a", "cas", old=1, new="3h"))[1]["result"] is True
    assert (await host.call("Register/a", "cas", old=1, new=3))[1]["result"] is False
    await host.delete("Register/a")
    assert (await host.call("Register/a", "read"))[1]["result"] == "3h"
    assert (await host.call("Sleeper/a", "hold", hold_s=0.05))[1]["result"] is None
    assert (await host.call("Sleeper/a", "hold_save"))[1]["result"] == 1
    assert (await host.call("Sleeper/a", "hold_save"))[1]["result"] == 2
    assert (await host.call("Recorder/a", "ping"))[1]["result"] is None


@pytest.mark.parametrize("word", ["remind", "timer"])
async def test_reminders_and_timers_are_turns_with_their_payload(host: Host, word: str) -> None:
    body = {"data": {"note": "3h"}, "dueTime": "", "period": "", "callback": "tick"}
    status, _ = await host.put(f"/actors/Recorder/a/method/{word}/r-1", body)
    assert status == 200
    (turn,) = host.turns()
    assert (turn.cause, turn.name) == ("reminder" if word == "remind" else "timer", "r-1")
    assert json.loads(turn.data) == {"note": "3h"}
    assert host.kinds()[-1] == "TurnEnded"


async def test_unknown_methods_run_no_turn(host: Host) -> None:
    assert (await host.call("Counter/a", "nonsense"))[0] == 404
    assert (await host.call("Nobody/a", "add"))[0] == 404
    assert (await host.call("Counter/a", "forget"))[0] == 404
    assert host.turns() == []


async def test_a_turn_goes_on_when_its_caller_goes_away(host: Host) -> None:
    body = json.dumps({"op": "op-1", "args": {"hold_s": 0.3}}).encode()
    head = f"PUT /actors/Sleeper/a/method/hold_save HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n"
    ip, _, port = host.base.removeprefix("http://").partition(":")
    caller = socket.create_connection((ip, int(port)))
    caller.sendall(head.encode() + body)
    await host.until(lambda: "TurnStarted" in host.kinds())
    caller.close()
    await host.until(lambda: "TurnEnded" in host.kinds())
    assert host.journal()[-1].completed
    assert ("Sleeper/a", "count") in host.sidecar.state


async def test_turns_of_one_actor_overlap_when_the_runtime_lets_them(host: Host) -> None:
    await host.call("Sleeper/a", "hold")
    await asyncio.gather(*(host.call("Sleeper/a", "hold", hold_s=0.3) for _ in range(2)))
    assert host.kinds()[-4:] == ["TurnStarted", "TurnStarted", "TurnEnded", "TurnEnded"]


async def test_the_canary_breaks_both_its_promises(host: Host) -> None:
    assert (await host.call("Canary/a", "add", op="op-1", by=1))[1]["result"] == 1
    first, stray = host.turns()
    assert (first.op, stray.op, stray.actor, stray.instance) == ("op-1", None, "Canary/a", 1)
    ends = [e.turn for e in host.of(ev.TurnEnded)]
    assert ends == [stray.turn, first.turn]
    posts = host.sidecar.posts
    assert (await host.call("Canary/a", "append", op="op-2"))[1]["result"] == {"index": 1}
    saved = host.of(ev.SaveEnded)
    assert saved[-1].acknowledged
    assert host.sidecar.posts == posts
    assert (await host.call("Canary/a", "read"))[1]["result"]["entries"] == [[1, None, None]]


async def test_sigterm_ends_an_idle_host(host: Host) -> None:
    await host.call("Counter/a", "get")
    assert await host.stop() in {0, -signal.SIGTERM}


async def test_sigterm_leaves_a_long_turn_open_in_the_journal(host: Host) -> None:
    slow = asyncio.create_task(host.call("Sleeper/a", "hold", hold_s=60))
    await host.until(lambda: "TurnStarted" in host.kinds())
    await host.stop()
    assert "TurnEnded" not in host.kinds()
    with pytest.raises(aiohttp.ClientError):
        await slow


async def test_the_journal_is_whole_after_sigkill(host: Host) -> None:
    async def load(number: int) -> None:
        while True:
            try:
                status, reply = await host.call(f"Counter/{number}", "add", by=1)
            except aiohttp.ClientError:
                return
            assert status == 200
            answered.append(reply["turn"])

    answered: list[str] = []
    tasks = [asyncio.create_task(load(number)) for number in range(8)]
    await host.until(lambda: len(answered) > 50)
    await host.stop(signal.SIGKILL)
    await asyncio.gather(*tasks)
    events = host.journal()
    assert [event.seq for event in events] == list(range(len(events)))
    assert set(answered) <= {e.turn for e in events if isinstance(e, ev.TurnEnded) and e.completed}


async def test_a_host_that_cannot_journal_ends_without_answering(host: Host) -> None:
    await host.call("Counter/a", "add", by=1)
    full = host.journal_path.stat().st_size
    psutil.Process(host.process.pid).rlimit(psutil.RLIMIT_FSIZE, (full, full))
    with pytest.raises(aiohttp.ClientError):
        await host.call("Counter/a", "add", by=1)
    assert await host.ended() == 3
    assert host.sidecar.posts == 1


async def test_arguments_of_many_megabytes_reach_the_turn(host: Host) -> None:
    status, reply = await host.call("Counter/a", "add", by=3, pad="x" * 5_000_000)
    assert (status, reply["result"]) == (200, 3)


@pytest.mark.parametrize(
    ("kind", "words", "code", "said"),
    [
        ("bare", ("--journal", "there.jsonl"), 3, "exists already"),
        ("bare", ("--subject-module", "nothing.py"), 64, "there is no file "),
        ("sdk", ("--subject-module", "nothing.py"), 64, "there is no file "),
        ("sdk", ("--breakage", "turns"), 64, "breakage turns is only for the bare host: choose subject bare"),
    ],
    ids=["a journal is never continued", "no actors", "no actors of the SDK", "the SDK is not broken on purpose"],
)
def test_a_host_that_can_not_begin_says_so_and_ends(
    tmp_path: Path, kind: str, words: tuple[str, ...], code: int, said: str
) -> None:
    (tmp_path / "there.jsonl").touch()
    names = ("--host", "host-1", "--process", "host-1/app#1", "--journal", "new.jsonl")
    places = ("--listen", "127.0.0.1:1", "--sidecar", "127.0.0.1:1")
    command = [sys.executable, "-m", f"actorproof.harness.subjects.{kind}", *names, *places, *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert said in done.stderr
    assert code != 64 or done.stderr.count("\n") == 1

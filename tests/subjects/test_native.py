"""Actors written for Dapr's Python SDK run in the SDK host as they are, and their turns and saves are witnessed."""

from __future__ import annotations

import json
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from actorproof.harness.errors import UsageError
from actorproof.harness.history import events as ev
from actorproof.harness.request import OPERATION_HEADER
from actorproof.harness.session.fit import topology_of
from actorproof.harness.session.scenario import Options
from actorproof.harness.subjects.native import native, reads
from actorproof.scenarios.registry import wanted

from .conftest import Host, Start

SEEDS = Path(__file__).parents[2] / "examples" / "seeds"
FILES = sorted(path.stem for path in SEEDS.glob("*.py"))


def on(start: Start, name: str) -> AbstractAsyncContextManager[Host]:
    return start(kind="sdk", options=("--subject-module", str(SEEDS / f"{name}.py")))


async def ask(host: Host, actor: str, method: str, body: object, *, op: str | None = "op-1") -> Any:
    headers = {OPERATION_HEADER: op} if op else {}
    path = f"{host.base}/actors/{actor}/method/{method}"
    async with host.session.put(path, data=json.dumps(body), headers=headers) as response:
        assert response.status == 200, await response.text()
        return json.loads(await response.read() or b"null")


async def test_a_call_runs_the_actor_as_it_is_and_is_witnessed(start: Start) -> None:
    async with on(start, "smart_device") as host:
        given = await ask(host, "SmartDevice/t", "SetStatus", {"temp": 22})
        assert (given["result"], given["process"]) == (None, "host-1/app#1")
        assert (await ask(host, "SmartDevice/t", "GetStatus", None))["result"] == {"temp": 22}
        (save,) = host.of(ev.SaveStarted)
        assert json.loads(save.writes) == [["status", '{"temp":22}']]
        assert [turn.op for turn in host.turns()] == ["op-1", "op-1"]


async def test_another_actor_gets_the_answer_that_the_sdk_expects(start: Start) -> None:
    async with on(start, "smart_device") as host:
        assert await ask(host, "SmartDevice/t", "GetStatus", None, op=None) is None
        await ask(host, "SmartDevice/t", "SetStatus", {"temp": 22}, op=None)
        assert await ask(host, "SmartDevice/t", "GetStatus", None, op=None) == {"temp": 22}


async def test_what_an_actor_registers_itself_stands_in_the_history(start: Start) -> None:
    async with on(start, "heartbeat") as host:
        await ask(host, "Heartbeat/h", "Beats", None)
        assert [*host.sidecar.timers] == [("Heartbeat/h", "heartbeat")]
        asked = host.of(ev.RuntimeCallStarted)
        assert [(event.what, event.name) for event in asked] == [("register-timer", "heartbeat")]
        assert await host.delete("Heartbeat/h") == 200
        assert host.sidecar.timers == {}


@pytest.mark.parametrize("name", FILES)
def test_each_seed_is_a_scenario_and_an_application(name: str) -> None:
    found = wanted(str(SEEDS / f"{name}.py"))
    assert found.topology.subject == "sdk"
    for subject in found.subjects:
        assert {method.name for method in subject.declaration().methods} == set(subject.METHODS)
        assert subject.METHODS


def test_a_bare_host_can_not_have_them() -> None:
    found = wanted(str(SEEDS / "smart_device.py"))
    with pytest.raises(UsageError, match="smart-device has actors of Dapr's Python SDK: choose subject sdk"):
        topology_of(found, Options(seed=1, subject="bare"))


def test_an_actor_without_methods_is_refused() -> None:
    class Empty: ...

    with pytest.raises(UsageError, match="Empty declares no method"):
        native(Empty)
    assert native(Empty, reads("Get")).__name__ == "Empty"

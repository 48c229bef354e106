"""The executor loses nothing that goes wrong; the gate lets nothing through that nobody needs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from actorproof.harness.clock import SystemClock
from actorproof.harness.errors import ClusterError
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Reply
from actorproof.harness.request import Requests
from actorproof.harness.session.gate import Gate
from actorproof.harness.workload.executor import Executor
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import (
    AnyStep,
    Burst,
    Heal,
    Inject,
    Plan,
    Remind,
    Settle,
    StartLoad,
    StopLoad,
    Wait,
    Walk,
)
from tests.properties.of_kind import of

from .conftest import Written


class Answering:
    """A transport that answers everything at once."""

    async def send(self, *_: object, **__: object) -> Reply:
        return Reply(200, b'{"turn":"t","result":null}')

    def refuses(self, _reply: Reply) -> bool:
        return False


class Broken:
    """A nemesis that heals nothing, and a transport that is at fault itself."""

    async def heal(self, id_: str) -> None:
        raise ClusterError(f"{id_} resists")

    async def send(self, *_: object, **__: object) -> Any:
        raise ZeroDivisionError("by design")

    async def close(self) -> None:
        return


def _executor(journal: Journal, transport: Requests | None = None) -> Executor:
    async def settled(timeout_s: float) -> bool:
        return timeout_s < 0

    broken: Any = Broken()
    return Executor(
        nemesis=broken,
        hosts=("host-1",),
        seed=1,
        requests=transport or broken,
        journal=journal,
        clock=SystemClock(),
        settled=settled,
        note=lambda _: None,
    )


async def test_what_goes_wrong_in_the_background_is_raised(journal: Journal) -> None:
    executor = _executor(journal)
    await executor.perform(Burst(actor="Counter/a", method="add", callers=2))
    with pytest.raises(ZeroDivisionError):
        await executor.drained()
    with pytest.raises(ZeroDivisionError):
        await executor.perform(Wait(for_s=0.0))


async def test_steps_that_cannot_be_done_stand_in_the_history(journal: Journal, written: Written) -> None:
    executor = _executor(journal)
    await executor.perform(Heal(id="f1"))
    await executor.perform(Settle(timeout_s=3.0))
    assert [event.text for event in written() if isinstance(event, ev.Troubled)] == [
        "heal f1: f1 resists",
        "settle: the cluster did not agree with itself within 3 s",
    ]


async def test_input_that_the_runtime_refuses_is_told_as_refused_once(journal: Journal, written: Written) -> None:
    class Refusing:
        async def send(self, *_: object, **__: object) -> Reply:
            return Reply(400, b"invalid actorId")

        def refuses(self, reply: Reply) -> bool:
            return reply.status == 400

    executor = _executor(journal, Refusing())
    await executor.perform(Burst(actor="Counter/a?b", method="add", callers=3))
    await executor.perform(Remind(actor="Recorder/a", name="x/y", due_s=1.0))
    await executor.drained()
    assert [(event.action, event.text, event.reason) for event in written() if isinstance(event, ev.InputRefused)] == [
        ("call", "add of Counter/a?b", "status-400 invalid actorId"),
        ("register-reminder", "x/y of Recorder/a", "status-400 invalid actorId"),
    ]
    assert not of(written(), ev.Troubled), "nothing of it was to be done"


def test_after_the_time_is_up_only_what_was_done_is_taken_back() -> None:
    times = iter([True, *[False] * 99])
    gate = Gate(in_time=lambda: next(times))
    kill: list[AnyStep] = [Inject(id="f1", verb="kill", target="store"), Wait(for_s=1.0), Heal(id="f1"), Settle()]
    late: list[AnyStep] = [Inject(id="f2", verb="kill", target="store"), Heal(id="f2"), Settle()]
    assert [gate.admits(step) for step in kill] == [True, False, True, True]
    assert [gate.admits(step) for step in late] == [False, False, False]
    assert gate.left_out == 1


def test_the_time_is_not_up_before_each_kind_of_fault_that_is_owed_was_in_place() -> None:
    gate = Gate(in_time=lambda: False, owed={"kill host", "kill host/sidecar"})

    def kill(id_: str, target: str) -> list[AnyStep]:
        return [Wait(for_s=1.0), Inject(id=id_, verb="kill", target=target), Wait(for_s=1.0), Heal(id=id_)]

    owed = [*kill("f1", "host-2"), *kill("f2", "host-1/app"), *kill("f3", "host-3/sidecar")]
    assert all(gate.admits(step) for step in owed)
    assert not any(gate.admits(step) for step in kill("f4", "host-1"))


async def test_a_walk_has_strangers_beside_it_and_after_it(journal: Journal, written: Written) -> None:
    executor = _executor(journal, Answering())
    route = ("Chain/b", "Chain/a")
    await executor.perform(Walk(actor="Chain/a", route=route, hold_s=0.01, patience_s=5.0, strangers=2))
    await executor.drained()
    calls = of(written(), ev.Invoked)
    first, *others = calls
    assert msgspec.json.decode(first.args) == {"route": ["Chain/b", "Chain/a"], "hold_s": 0.01, "patience_s": 5.0}
    assert (first.actor, first.give_up_s) == ("Chain/a", None)
    # Two beside it and one after it, of each of its actors.
    assert sorted(call.actor for call in others) == ["Chain/a"] * 3 + ["Chain/b"] * 3
    assert {call.give_up_s for call in others} == {8.0}
    assert len({call.client for call in calls}) == len(calls)


async def test_bursts_and_reminders_carry_any_payload_also_from_a_recorded_plan(
    journal: Journal, written: Written
) -> None:
    large = "x" * 5_000_000
    steps: tuple[AnyStep, ...] = (
        Burst(actor="Counter/a", method="add", callers=1, args={"by": 7, "deep": [{"é": None}], "text": large}),
        Burst(actor="Counter/a", method="add", callers=1),
        Remind(actor="Counter/a", name="r", due_s=1.0, data=""),
        Remind(actor="Counter/a", name="s", due_s=1.0),
    )
    recorded = msgspec.json.decode(msgspec.json.encode(Plan(steps=steps)), type=Plan)

    executor = _executor(journal, Answering())
    for step in recorded.steps:
        await executor.perform(step)
    await executor.drained()
    asked = [msgspec.json.decode(e.args) for e in written() if isinstance(e, ev.Invoked)]
    assert asked[0] == {"hold_s": 0.0, "by": 7, "deep": [{"é": None}], "text": large}
    assert asked[1] == {"hold_s": 0.0, "by": 1}
    assert [reminder["data"] for reminder in asked[2:]] == ["", "s"]


def test_a_burst_says_once_how_long_it_holds() -> None:
    with pytest.raises(ValueError, match="own field"):
        Burst(actor="Counter/a", method="get", callers=1, args={"hold_s": 1})
    with pytest.raises(msgspec.ValidationError, match="own field"):
        msgspec.json.decode(
            b'{"steps":[{"step":"burst","actor":"Counter/a","method":"get","callers":1,"args":{"hold_s":1}}]}',
            type=Plan,
        )


@pytest.mark.parametrize(("mix", "ledgers"), [({"counter": 1}, 0), ({"counter": 1, "ledger": 1}, 2)])
async def test_only_ledgers_that_a_load_appends_to_are_read_at_the_end(
    journal: Journal, mix: dict[str, int], ledgers: int
) -> None:
    executor = _executor(journal, Answering())
    await executor.perform(StartLoad(id="load", load=Load(actors=2, clients=0, fickle=0, probes=0, mix=mix)))
    await executor.perform(StopLoad(id="load"))
    assert len(executor.ledgers) == ledgers

"""What goes in is sent as it was asked for: bodies, times, payloads; and what is refused is told as refused."""

from __future__ import annotations

import json

import msgspec
import pytest

from actorproof.harness.errors import UsageError
from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Reply
from actorproof.harness.request import OPERATION_HEADER, Addressed, Schedule
from actorproof.harness.runtimes.registry import runtime
from actorproof.harness.times import Times
from actorproof.harness.workload.client import Client
from actorproof.harness.workload.step import AnyStep, Burst, Remind, StartTimer

from .conftest import Carrying, Written

API = runtime("dapr").api
NOON_NS = 1_735_732_800_000_000_000  # 2025-01-01T12:00:00Z


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"no json", b"[1]", b'{"op":"mine"}'])
async def test_a_body_is_sent_as_it_is_and_a_header_names_its_operation(
    journal: Journal, written: Written, body: bytes
) -> None:
    transport = Carrying(Reply(200, b'{"turn":"t","result":null}'))
    client = Client("c", requests=Addressed(transport, API), journal=journal)
    await client.call("Parcel/a", "put", {}, via="host-1", timeout_s=1.0, body=body)
    invoked, _ = written()
    assert isinstance(invoked, ev.Invoked)
    assert transport.asked == [("POST", "/v1.0/actors/Parcel/a/method/put", body, ((OPERATION_HEADER, invoked.op),))]
    assert msgspec.json.decode(invoked.args, type=dict[str, bytes]) == {"body": body}


def test_a_step_with_a_body_is_written_and_read_again() -> None:
    step = Burst(actor="Parcel/a", method="put", callers=1, body=b"\x00\xff")
    assert msgspec.json.decode(msgspec.json.encode(step), type=AnyStep) == step
    with pytest.raises(ValueError, match="a body is all that is sent"):
        Burst(actor="Parcel/a", method="put", callers=1, body=b"", args={"by": 1})


@pytest.mark.parametrize(
    ("times", "written"),
    [
        (Times(due_s=1.5), {"dueTime": "1.5s"}),
        (Times(due_s=0, period_s=0), {"dueTime": "0s", "period": "0s"}),
        (Times(due_s=1, period_s=1, repetitions=3), {"dueTime": "1s", "period": "R3/PT1S"}),
        (Times(due_s=1, period_s=2, forms={"due": "iso", "period": "iso"}), {"dueTime": "PT1S", "period": "PT2S"}),
        (
            Times(due_s=1.25, ttl_s=60, forms={"due": "rfc3339", "ttl": "rfc3339"}),
            {"dueTime": "2025-01-01T12:00:01.250000000Z", "ttl": "2025-01-01T12:01:00.000000000Z"},
        ),
        (Times(due_s=1, texts={"dueTime": "soon"}), {"dueTime": "soon"}),
    ],
)
def test_times_are_written_in_the_form_that_is_asked_for(times: Times, written: dict[str, str]) -> None:
    assert times.written(wall_ns=NOON_NS) == written


def test_a_period_is_no_instant_and_forms_are_known_by_name() -> None:
    with pytest.raises(UsageError, match="a period can't be written as an instant"):
        StartTimer(actor="Ticker/a", name="t", due_s=1, period_s=1, forms={"period": "rfc3339"})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"step":"remind","actor":"a","name":"r","due_s":1,"forms":{"due":"roman"}}', type=AnyStep)


@pytest.mark.parametrize(
    ("step", "data"),
    [
        (Remind(actor="Recorder/a", name="r", due_s=1), {"data": "r"}),
        (Remind(actor="Recorder/a", name="r", due_s=1, data_json=""), {}),
        (Remind(actor="Recorder/a", name="r", due_s=1, data_json="null"), {"data": None}),
        (Remind(actor="Recorder/a", name="r", due_s=1, data_json='{"a":[1]}'), {"data": {"a": [1]}}),
        (Remind(actor="Recorder/a", name="r", due_s=1, overwrite=False), {"data": "r", "overwrite": False}),
    ],
)
def test_a_reminder_carries_anything_or_nothing(step: Remind, data: dict[str, object]) -> None:
    schedule = step.schedule(wall_ns=0)
    assert json.loads(schedule.body()) == {"dueTime": "1s", **data}
    kept = json.loads(schedule.args())
    assert (kept["data"], kept.get("overwrite")) == (data.get("data"), data.get("overwrite"))


def test_data_that_is_no_json_is_refused_before_anything_runs() -> None:
    with pytest.raises(UsageError, match="data_json is"):
        Remind(actor="Recorder/a", name="r", due_s=1, data_json="{")


@pytest.mark.parametrize(
    ("status", "body", "refused"),
    [
        (400, b"invalid actorId", True),
        (500, b'job name is invalid \\"...a/b||r1\\": must not contain', True),
        (500, b"job failed validation: due time format not recognized", True),
        (500, b"code = ResourceExhausted desc = trying to send message larger than max", True),
        (500, b"unsupported period format: often", True),
        (409, b'{"errorCode":"ERR_ACTOR_REMINDER_ALREADY_EXISTS"}', True),
        (409, b"conflict", False),
        (429, b"slow down", False),
        (500, b"connection refused", False),
        (503, b"", False),
    ],
)
async def test_what_the_runtime_will_always_refuse_is_told_from_what_may_pass(
    journal: Journal, status: int, body: bytes, *, refused: bool
) -> None:
    client = Client("c", requests=Addressed(Carrying(Reply(status, body)), API), journal=journal)
    answer = await client.register_reminder("Recorder/a", "r", Schedule(due_s=1), via="host-1", timeout_s=1.0)
    assert (answer.outcome, answer.refused) == ("info", refused)

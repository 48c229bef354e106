"""Inputs of every form on a real cluster: what is refused is told as refused, and nothing is told as damaged."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.progress import Silent
from actorproof.harness.run import run as running
from actorproof.harness.session.scenario import Options
from actorproof.properties.views.timeline import Timeline
from actorproof.scenarios import inputs

from .support import need_programs

pytestmark = pytest.mark.live

REFUSED = {
    "call add of Counter/a/b", "call add of Counter/a?b", "call add of Counter/a#b", "call add of Counter/a\\b",
    "call add of Counter/a\tb", "call add of Counter/.", "call add of Counter/..", "call add of Counter/%",
    "call put of Parcel/too-large1", "register reminder r of Recorder/data-too-large1",
    "register reminder r of Recorder/once-with-ttl1", "register reminder r of Recorder/fractions1",
    "register reminder r of Recorder/kept-1", "register timer t of Ticker/fractions1",
}  # fmt: skip


def test_every_input_is_kept_as_it_is_or_told_as_refused(tmp_path: Path) -> None:
    need_programs()
    finished = running.run(
        [inputs.SCENARIO], Options(seed=5, driver="process"), name="inputs", out=tmp_path / "out", progress=Silent()
    )
    events = RunFolder.open(finished.folder).read_history()
    refused = [event for event in events if isinstance(event, ev.InputRefused)]
    told = {f"{event.action.replace('-', ' ')} {event.text}" for event in refused}
    assert told >= REFUSED, REFUSED - told
    found = {
        (each.guarantee, violation.anomaly)
        for each in finished.report.verdict.guarantees
        for violation in each.violations
    }
    assert found <= {
        ("reminders", "id can't be addressed"),
        ("reminders", "fired at another actor"),
        ("durability", "number rounded"),
    }
    timeline = Timeline(events).halves[0]
    for name, body in inputs.BODIES.items():
        got = [
            json.loads(operation.end.result)
            for operation in timeline.operations_by_actor[f"Parcel/{name}1"]
            if operation.end and operation.outcome == "ok" and operation.start.name == "get"
        ]
        assert got[-1] == (None if name == "too-large" else base64.b64encode(body).decode())
    looks = [
        operation.end.result
        for operation in timeline.operations_by_actor["Loan/1"]
        if operation.end and operation.start.name == "look"
    ]
    assert looks == ['"lent"', "null"]

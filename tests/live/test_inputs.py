"""Inputs of every form on a real cluster: what is refused is told as refused, and nothing is told as damaged."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from actorproof.harness.history import events as ev
from actorproof.scenarios import inputs
from tests.properties.of_kind import of

from .support import ran

pytestmark = pytest.mark.live

REFUSED = {
    "call add of Counter/a/b", "call add of Counter/a?b", "call add of Counter/a#b", "call add of Counter/a\\b",
    "call add of Counter/a\tb", "call add of Counter/.", "call add of Counter/..", "call add of Counter/%",
    "call put of Parcel/too-large1", "register reminder r of Recorder/data-too-large1",
    "register reminder r of Recorder/once-with-ttl1", "register reminder r of Recorder/fractions1",
    "register reminder r of Recorder/kept-1", "register timer t of Ticker/fractions1",
}  # fmt: skip


def test_every_input_is_kept_as_it_is_or_told_as_refused(tmp_path: Path) -> None:
    run = ran(inputs.SCENARIO, tmp_path, seed=5)
    told = {f"{event.action.replace('-', ' ')} {event.text}" for event in of(run.events, ev.InputRefused)}
    assert told >= REFUSED, REFUSED - told
    found = {
        (each.guarantee, violation.anomaly)
        for each in run.finished.report.verdict.guarantees
        for violation in each.violations
    }
    assert found <= {
        ("reminders", "id can't be addressed"),
        ("reminders", "fired at another actor"),
        ("durability", "number rounded"),
    }
    for name, body in inputs.BODIES.items():
        got = [
            json.loads(operation.end.result)
            for operation in run.timeline.operations_by_actor[f"Parcel/{name}1"]
            if operation.end and operation.outcome == "ok" and operation.start.name == "get"
        ]
        assert got[-1] == (None if name == "too-large" else base64.b64encode(body).decode())
    looks = [
        operation.end.result
        for operation in run.timeline.operations_by_actor["Loan/1"]
        if operation.end and operation.start.name == "look"
    ]
    assert looks == ['"lent"', "null"]

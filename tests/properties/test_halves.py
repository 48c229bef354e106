"""What the halves of hosts are called makes no difference to any verdict."""

from __future__ import annotations

import json

import msgspec
import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.views.timeline import Timeline
from tests.properties.case import Case, cases
from tests.properties.terms import free, verdict_on
from tests.properties.told import told

# What is promised by the runtimes whose hosts are a node and a driver.
GUARANTEES = ("turns", "linearizability", "durability", "failed-turn", "parallelism", "readers", "recovery")
BAD = [case for guarantee in GUARANTEES for case in cases(guarantee) if "/bad/" in case.name]


def _renamed(text: str) -> str:
    return text.replace("/app", "/node").replace("/sidecar", "/driver")


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_a_verdict_is_the_same_whatever_the_halves_of_hosts_are_called(case: Case) -> None:
    terms = free(case.name.partition("/")[0])
    before = told(verdict_on(case.timeline(), terms))
    lines = [_renamed(msgspec.json.encode(event).decode()) for event in case.events()]
    after = Timeline([msgspec.json.decode(line, type=ev.AnyEvent) for line in lines])
    assert told(verdict_on(after, terms)) == json.loads(_renamed(json.dumps(before)))

"""What the halves of hosts are called, and what stands in an actor's id, makes no difference to any verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import msgspec
import pytest

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.registry import guarantees
from actorproof.properties.views.timeline import Timeline
from tests.properties.case import Case, cases
from tests.properties.terms import free, verdict_on
from tests.properties.told import told

# What is promised by the runtimes whose hosts are a node and a driver.
GUARANTEES = ("turns", "linearizability", "durability", "failed-turn", "parallelism", "readers", "recovery")
BAD = [case for guarantee in GUARANTEES for case in cases(guarantee) if "/bad/" in case.name]
ALL = [case for guarantee in guarantees() for case in cases(guarantee)]


def _same(case: Case, renamed: Callable[[str], str]) -> bool:
    """Whether a case says the same when something in it is called otherwise."""
    terms = free(case.name.partition("/")[0])
    before = told(verdict_on(case.timeline(), terms))
    lines = [renamed(msgspec.json.encode(event).decode()) for event in case.events()]
    after = Timeline([msgspec.json.decode(line, type=ev.AnyEvent) for line in lines])
    return bool(told(verdict_on(after, terms)) == json.loads(renamed(json.dumps(before, ensure_ascii=False))))


def _nodes(text: str) -> str:
    return text.replace("/app", "/node").replace("/sidecar", "/driver")


def _in_folders(actors: set[str], text: str) -> str:
    for actor in actors:
        text = text.replace(f'{actor}"', f'{actor}/in"')
    return text


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_a_verdict_is_the_same_whatever_the_halves_of_hosts_are_called(case: Case) -> None:
    assert _same(case, _nodes)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_a_verdict_is_the_same_where_an_actor_s_id_has_a_slash(case: Case) -> None:
    named = {actor for event in case.events() if "/" in (actor := getattr(event, "actor", ""))}
    assert _same(case, partial(_in_folders, named))

"""State that is lost since a step went on from an older one, or since its process ended: with proof, or not at all."""

from __future__ import annotations

import json

import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.run.shipped import mechanisms
from actorproof.harness.runtimes.registry import names
from actorproof.properties.causes.cause import Tracing
from actorproof.properties.causes.link import Link
from actorproof.properties.causes.mechanism import fitting
from actorproof.properties.verdict.findings import Violation
from actorproof.properties.views.records import ref
from tests.properties.builder import History, ns
from tests.properties.causes.test_causes import sound
from tests.properties.scene import rules

A = "Ledger/a"


def history(
    bases: list[int | None],
    *,
    hosts: tuple[str, ...] = ("host-1", "host-1"),
    answered_s: float = 1.9,
    outcome: ev.Outcome = "ok",
    **run: object,
) -> History:
    """Turns, one after the other, each of which saves; their commits went on from `bases`; how the first call ends."""
    h = History(**run)
    apps = {host: h.app(host) for host in dict.fromkeys(hosts)}
    for at, (base, host) in enumerate(zip(bases, hosts, strict=True)):
        ends_s = at + 1.9 if at else answered_s
        op = h.operation(A, at + 1.0, ends_s, via=host, outcome="ok" if at else outcome)
        turn = h.turn(A, apps[host], at + 1.1, at + 1.8, op=op)
        value = json.dumps({"turn": turn})
        h.save(turn, [("count", value)], at + 1.2, at + 1.3)
        h.add(
            ev.StoreCommitted,
            at + 1.4,
            index=at,
            not_before_ns=0,
            writes=(ev.StoreWrite(A, "count", value),),
            base=base,
        )
    h.close(20.0)
    return h


def cause(h: History, *, runtime: str) -> str | None:
    """The mechanism that the last turn of the actor is laid to."""
    timeline = h.timeline()
    last = timeline.turns_by_actor[A][-1]
    violation = Violation(
        anomaly="x", actor=A, summary="", events=(ref(last.start, "turn"),), spans=(), trigger="", at_ns=last.start_ns
    )
    traced = sound(Tracing(timeline).trace("durability", violation))
    found = fitting(mechanisms(runtime), traced.kinds)
    return found.id if found else None


@pytest.mark.parametrize(
    ("bases", "hosts", "found"),
    [
        ([-1, -1], ("host-1", "host-1"), "step-goes-on-from-an-older-one"),
        ([-1, -1], ("host-1", "host-2"), "two-drivers-fork-an-actor"),
        ([-1, 0], ("host-1", "host-2"), None),
        ([-1, None], ("host-1", "host-2"), None),
    ],
)
def test_a_save_that_goes_past_another_one_is_laid_to_that_only_where_the_log_says_it(
    bases: list[int | None], hosts: tuple[str, ...], found: str | None
) -> None:
    assert cause(history(bases, hosts=hosts), runtime="ray-workflow") == found


def older(h: History, *named: int) -> Link:
    """The link that says what went on from an older state, of a violation that names turns of the actor."""
    timeline = h.timeline()
    turns = [timeline.turns_by_actor[A][at] for at in named]
    events = tuple(ref(turn.start, "turn") for turn in turns)
    violation = Violation(anomaly="x", actor=A, summary="", events=events, at_ns=turns[-1].start_ns)
    links = Tracing(timeline).trace("durability", violation).links
    return next(link for link in links if link.kind == "went on from older state")


@rules(
    "bases idle_s named lost kept",
    ("of several the first", [-1, -1, -1], 9.0, [2], 0, 2),
    ("one that is named before others", [-1, -1, -1], 9.0, [1, 2], 1, 2),
    ("back through what the last one went on from", [-1, -1, 1], 9.0, [2], 0, 1),
    ("what was saved last where a turn that saved nothing is named", [-1, -1, 1, -1], 9.0, [4], 0, 3),
    ("what was saved by then", [-1, -1, 1, -1], 3.95, [3], 0, 1),
    ("and by then", [-1, -1, 1, -1], 9.0, [2], 0, 1),
)
def test_what_a_save_went_past(bases: list[int | None], idle_s: float, named: list[int], lost: int, kept: int) -> None:
    h = history(bases, hosts=("host-1",) * len(bases))
    h.turn(A, "host-1/app#1", idle_s, idle_s + 0.1)
    link = older(h, *named)
    assert (link.anchor, link.events[1].t_ns) == (f"commit {kept}", ns(lost + 1.4))


@pytest.mark.parametrize(
    ("answered_s", "outcome", "said"),
    [
        (1.9, "ok", ", whose call had been answered 0.20 s before"),
        (2.1, "ok", ", whose call had been answered 0.00 s before"),
        (2.2, "ok", ""),
        (1.9, "info", ""),
    ],
)
def test_an_older_state_is_told_with_how_long_the_call_had_been_answered(
    answered_s: float, outcome: ev.Outcome, said: str
) -> None:
    h = history([-1, -1], answered_s=answered_s, outcome=outcome)
    first = h.timeline().turns_by_actor[A][0].id
    assert older(h, 1).said.partition(f"the save of turn {first}")[2] == said


@pytest.mark.parametrize(
    ("vias", "to_s", "found"),
    [
        (("host-1", "host-2"), 2.5, "two-drivers-run-steps-at-once"),
        (("host-1", "host-1"), 2.5, "two-steps-at-once"),
        (("host-1", "host-2"), 1.5, None),
    ],
)
def test_steps_at_once_are_laid_to_two_drivers_where_their_calls_came_through_two(
    vias: tuple[str, str], to_s: float, found: str | None
) -> None:
    h = History(traits=("sidecars-hand-over",))
    apps = {host: h.app(host) for host in dict.fromkeys(vias)}
    for via, from_s, until_s in zip(vias, (1.0, 2.0), (to_s, 3.0), strict=True):
        h.turn(A, apps["host-1"], from_s, until_s, op=h.operation(A, from_s - 0.1, until_s + 0.1, via=via))
    h.close(20.0)
    assert cause(h, runtime="ray-workflow") == found


def test_an_answer_that_two_drivers_share_is_no_turn_of_the_second_call() -> None:
    h = History(traits=("sidecars-hand-over",))
    app, _ = h.app("host-1"), h.app("host-2")
    asked = h.operation(A, 0.9, None)
    turn = h.turn(A, app, 1.0, 1.5, op=asked)
    h.complete(asked, 1.6, turn=turn, result=1)
    told = h.operation(A, 0.8, 1.7, via="host-2", turn=turn, result=1)
    h.close(20.0)
    timeline = h.timeline()
    answer = timeline.operation(told)
    assert answer is not None
    assert answer.end is not None
    violation = Violation(
        anomaly="x", actor=A, summary="", events=(ref(answer.end, "answer"),), spans=(), trigger="", at_ns=answer.end_ns
    )
    traced = sound(Tracing(timeline).trace("linearizability", violation))
    assert (found := fitting(mechanisms("ray-workflow"), traced.kinds)) is not None
    assert found.id == "two-drivers-share-an-answer"


def test_a_call_that_never_ran_is_laid_to_no_older_state() -> None:
    h = history([-1, -1])
    op = h.operation(A, 5.0, 6.0, outcome="info")
    timeline = h.timeline()
    asked = timeline.operation(op)
    assert asked is not None
    silent = Violation(
        anomaly="x", actor=A, summary="", events=(ref(asked.start, "call"),), spans=(), trigger="", at_ns=asked.end_ns
    )
    assert fitting(mechanisms("ray-workflow"), Tracing(timeline).trace("recovery", silent).kinds) is None


@pytest.mark.parametrize(
    ("traits", "hosts", "found"),
    [
        (("state-in-memory",), ("host-1", "host-2"), "state-ends-with-its-process"),
        (("state-in-memory",), ("host-1", "host-1"), None),
        ((), ("host-1", "host-2"), None),
    ],
)
def test_state_in_memory_ends_with_its_process(
    traits: tuple[str, ...], hosts: tuple[str, ...], found: str | None
) -> None:
    assert cause(history([None, None], hosts=hosts, traits=traits), runtime="ray") == found


@rules(
    "struck_s unit took told",
    ("which struck the host of the last save in another process", 2.95, "host-2/app", True, "restart"),
    ("not another host", 2.95, "host-3/app", True, "kill"),
    ("not what has missed", 2.95, "host-2/app", False, "kill"),
    ("nor what struck later", 3.5, "host-2/app", True, "kill"),
)
def test_what_ended_a_process_is_the_last_fault(struck_s: float, unit: str, told: str, *, took: bool) -> None:
    h = history([None] * 3, hosts=("host-1", "host-2", "host-1"), traits=("state-in-memory",))
    h.fault("kill", "", 2.9, 9.0, units=["host-2/app"])
    h.fault("restart", "", struck_s, 9.0, units=[unit], took=took)
    h.turn(A, "host-2/app#1", 6.0, 6.1)
    timeline = h.timeline()
    last = timeline.turns_by_actor[A][2]
    violation = Violation(anomaly="x", actor=A, summary="", events=(ref(last.start, "turn"),), at_ns=last.start_ns)
    fault, gone = Tracing(timeline).trace("durability", violation).links
    assert (fault.said.strip(), gone.anchor) == (told, f"host-2/app#1 {A} 1")


@pytest.mark.parametrize("of", [name for name in names() if name.startswith("ray")])
def test_what_is_known_of_ray_is_told_in_no_word_of_dapr(of: str) -> None:
    told = " ".join(f"{each.title} {each.story} {each.upstream}".lower() for each in mechanisms(of))
    assert [word for word in ("dapr", "sidecar", "placement", "drain", "scheduler") if word in told] == []

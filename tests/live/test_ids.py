"""Actors whose ids have the store's own separator in them, on a real cluster: nothing of theirs is told as damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.cluster.topology import StoreName, Topology
from actorproof.harness.history import events as ev
from actorproof.harness.workload.step import Burst, Wait
from actorproof.properties.verdict.outcome import Outcome
from tests.properties.of_kind import of
from tests.properties.terms import free, verdict_on

from .support import STILL, ran, small

pytestmark = pytest.mark.live

IDS = ("a||b", "a|", "a||count", "||", "a")
SCENARIO = small(
    *(Burst(actor=f"Ledger/{id_}", method="append", callers=2) for id_ in IDS),
    Wait(for_s=2.0),
    guarantee="durability",
    load=STILL,
    topology=Topology(hosts=1, spare_hosts=0, placements=1),
)


@pytest.mark.parametrize(("store", "subject"), [("redis", "bare"), ("redis", "sdk"), ("postgres", "bare")])
def test_ids_with_the_separator_in_them_are_judged(store: StoreName, subject: str, tmp_path: Path) -> None:
    timeline = ran(SCENARIO, tmp_path, seed=3, store=store, subject=subject).timeline
    verdict = verdict_on(timeline, free("durability"))
    acknowledged = {save.actor for save in timeline.saves if save.acknowledged}
    assert {f"Ledger/{id_}" for id_ in IDS} <= acknowledged
    assert verdict.outcome is Outcome.HOLDS, (verdict.violations, verdict.missing)


TAKEN = ("a b", "a+b", "a..b", "Case", "case", "\u00fc\u65e5", "||", "a" * 1000)
REFUSED = ("a/b", "a?b", "a#b", "..", "a\\b", "a\tb")
NAMED = small(
    *(Burst(actor=f"Counter/{id_}", method="add", callers=2) for id_ in (*TAKEN, *REFUSED)),
    Burst(actor="Counter/big", method="add", callers=1, args={"pad": "x" * 2_000_000}),
    Burst(actor="Counter/too-big", method="add", callers=1, args={"pad": "x" * 5_000_000}),
    Wait(for_s=2.0),
    guarantee="linearizability",
    load=STILL,
    topology=Topology(hosts=2, spare_hosts=0, placements=1),
)


def test_ids_and_arguments_are_taken_as_they_are_or_told_as_refused(tmp_path: Path) -> None:
    run = ran(NAMED, tmp_path, seed=3)
    timeline = run.timeline
    answered = {operation.start.actor for operation in timeline.operations if operation.outcome == "ok"}
    assert {f"Counter/{id_}" for id_ in (*TAKEN, "big")} <= answered
    told = {(event.action, event.text) for event in of(run.events, ev.InputRefused)}
    assert told == {("call", f"add of Counter/{id_}") for id_ in (*REFUSED, "too-big")}
    verdict = verdict_on(timeline, free("linearizability"))
    assert verdict.outcome is Outcome.HOLDS, (verdict.violations, verdict.missing)

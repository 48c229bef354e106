"""Actors whose ids have the store's own separator in them, on a real cluster: nothing of theirs is told as damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.cluster.topology import StoreName, Topology
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.progress import Silent
from actorproof.harness.run import run as running
from actorproof.harness.session.scenario import Options
from actorproof.harness.workload.step import Burst, Wait
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.views.timeline import Timeline
from tests.components.postgres_server import postgres_program
from tests.properties.terms import free, verdict_on

from .support import STILL, need_programs, small

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
    need_programs()
    if store == "postgres":
        postgres_program()
    options = Options(seed=3, store=store, subject="sdk" if subject == "sdk" else "bare")
    finished = running.run([SCENARIO], options, name=SCENARIO.name, out=tmp_path / "out", progress=Silent())
    timeline = Timeline(RunFolder.open(finished.folder).read_history()).halves[0]
    verdict = verdict_on(timeline, free("durability"))
    acknowledged = {save.actor for save in timeline.saves if save.acknowledged}
    assert {f"Ledger/{id_}" for id_ in IDS} <= acknowledged
    assert verdict.outcome is Outcome.HOLDS, (verdict.violations, verdict.missing)

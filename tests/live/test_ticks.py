"""Reminders whose turns write state, on a real cluster and on the simulated one: their saves are operations, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.workload.step import Burst, Remind, Wait
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.views.timeline import Timeline
from tests.properties.terms import free, verdict_on

from .support import STILL, ran, small

pytestmark = pytest.mark.live

LEDGERS = tuple(f"Ledger/b{number}" for number in range(4))
SCENARIO = small(
    *(Remind(actor=actor, name="tick", due_s=0.3, period_s=1.0, repetitions=3) for actor in LEDGERS),
    *(Burst(actor=actor, method="append", callers=3, hold_s=0.1) for actor in LEDGERS),
    Wait(for_s=1.0),
    *(Burst(actor=actor, method="append", callers=3, hold_s=0.1) for actor in LEDGERS),
    Wait(for_s=2.0),
    guarantee="linearizability",
    load=STILL,
    topology=Topology(hosts=2, spare_hosts=0, placements=1, reentrancy=True),
    duration_s=30.0,
)


@pytest.mark.parametrize(("driver", "subject"), [("process", "sdk"), ("process", "bare"), ("simulated", "bare")])
def test_what_reminders_write_fits_the_order_of_all_answers(driver: str, subject: str, tmp_path: Path) -> None:
    timeline = ran(SCENARIO, tmp_path, seed=4, driver=driver, subject=subject).timeline
    wrote = [save for save in timeline.saves if save.acknowledged and _caused_by_a_reminder(timeline, save.turn)]
    assert len(wrote) >= len(LEDGERS)
    for guarantee in ("linearizability", "durability"):
        verdict = verdict_on(timeline, free(guarantee))
        assert verdict.outcome is Outcome.HOLDS, (verdict.violations, verdict.missing)


def _caused_by_a_reminder(timeline: Timeline, turn: str) -> bool:
    found = timeline.turn(turn)
    return found is not None and found.start.cause == "reminder"

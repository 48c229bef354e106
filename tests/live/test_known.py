"""What is known of Dapr 1.18.2, on a real cluster: each is told by its mechanism, and nothing is left unexplained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.workload.step import Burst, Heal, Inject, Remind, Wait
from actorproof.properties.views.ticks.schedule import plan
from tests.properties.terms import free, verdict_on

from .support import STILL, ran, small

pytestmark = pytest.mark.live

ALONE: dict[str, Any] = {"hosts": 1, "spare_hosts": 0, "placements": 1}
LONG = small(
    *(Burst(actor=f"Sleeper/long{n}", method="hold_save", callers=2, hold_s=5.0) for n in range(4)),
    *(Burst(actor=f"Sleeper/short{n}", method="hold_save", callers=1, hold_s=1.2) for n in range(4)),
    Wait(for_s=7.0),
    guarantee="turns",
    load=STILL,
    topology=Topology(**ALONE, idle_timeout_s=2.0),
    duration_s=30.0,
)
AWAY = small(
    *(Burst(actor=f"Recorder/r{n}", method="ping", callers=1) for n in range(6)),
    Wait(for_s=1.0),
    *(Remind(actor=f"Recorder/r{n}", name="once", due_s=2.0) for n in range(3)),
    *(Remind(actor=f"Recorder/r{n}", name="again", due_s=2.0, period_s=2.0, repetitions=7) for n in range(3, 6)),
    Wait(for_s=0.5),
    Inject(id="away", verb="kill", target="host-1/app"),
    Wait(for_s=8.0),
    Heal(id="away"),
    guarantee="reminders",
    load=STILL,
    topology=Topology(**ALONE),
    duration_s=40.0,
    settle_reminders_s=16.0,
)


def test_the_idle_time_out_cancels_turns_from_their_start_on(tmp_path: Path) -> None:
    timeline = ran(LONG, tmp_path, seed=5).timeline
    for guarantee in ("turns", "activation"):
        assert set(verdict_on(timeline, free(guarantee)).classes) == {"idle time-out"}
    classes = verdict_on(timeline, free("lifecycle")).classes
    assert set(classes) == {"idle time-out", "counted from the start"}
    assert classes["idle time-out"] >= 4


def test_reminders_are_lost_while_the_only_application_is_away(tmp_path: Path) -> None:
    timeline = ran(AWAY, tmp_path, seed=5).timeline
    (killed,) = timeline.faults
    verdict = verdict_on(timeline, free("reminders", reminder_budget_s=8.0))
    assert set(verdict.classes) == {"application away"}
    assert {f"Recorder/r{n}" for n in range(3)} <= {violation.actor for violation in verdict.violations}
    assert all(killed.start.t_ns <= violation.at_ns <= killed.healed_ns for violation in verdict.violations)
    assert all(reminder.registration.outcome == "ok" for reminder in plan(timeline).reminders)

"""A scenario file with actors of its own runs on real hosts, and the types that it declares stand in the history."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.session.scenario import Setting
from actorproof.harness.workload.step import Plan
from actorproof.scenarios.registry import wanted
from tests.properties.of_kind import of

from .support import ran

pytestmark = pytest.mark.live

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_subject.py"
# One cycle of its plan, and so much time for it that no step is left out, however long a host needs to come back.
PLANNED_S = 1.0
LIMIT_S = 120.0


def test_orders_are_hosted_and_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = wanted(str(EXAMPLE))
    drawn = found.plan
    assert drawn is not None

    def once(setting: Setting) -> Plan:
        return drawn(replace(setting, duration_s=PLANNED_S))

    run = ran(replace(found, plan=once), tmp_path, seed=3, duration_s=LIMIT_S)
    turns = {each.turn: each for each in of(run.events, ev.TurnStarted) if each.actor.startswith("Order/")}
    completed = {turns[e.turn].name for e in of(run.events, ev.TurnEnded) if e.completed and e.turn in turns}
    assert completed == {"place", "cancel", "status"}
    (decided,) = [each for each in run.finished.report.verdict.guarantees if each.guarantee == "linearizability"]
    assert not [told for told in decided.missing if told.startswith("Order")]
    assert not [each for each in decided.violations if each.anomaly == "unexplained"]

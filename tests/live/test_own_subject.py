"""A scenario file with actors of its own runs on real hosts, and the types that it declares stand in the history."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.progress import Silent
from actorproof.harness.run import run as running
from actorproof.harness.session.scenario import Options, Setting
from actorproof.harness.workload.step import Plan
from actorproof.scenarios.registry import wanted

from .support import need_programs

pytestmark = pytest.mark.live

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_subject.py"
# One cycle of its plan, and so much time for it that no step is left out, however long a host needs to come back.
PLANNED_S = 1.0
LIMIT_S = 120.0


def test_orders_are_hosted_and_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_programs()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = wanted(str(EXAMPLE))
    drawn = found.plan
    assert drawn is not None

    def once(setting: Setting) -> Plan:
        return drawn(replace(setting, duration_s=PLANNED_S))

    options = Options(seed=3, driver="process", duration_s=LIMIT_S)
    finished = running.run(
        [replace(found, plan=once)], options, name=found.name, out=tmp_path / "out", progress=Silent()
    )
    events = RunFolder.open(finished.folder).read_history()
    turns = {each.turn: each for each in events if isinstance(each, ev.TurnStarted) and each.actor.startswith("Order/")}
    completed = {turns[e.turn].name for e in events if isinstance(e, ev.TurnEnded) and e.completed and e.turn in turns}
    assert completed == {"place", "cancel", "status"}
    (decided,) = [each for each in finished.report.verdict.guarantees if each.guarantee == "linearizability"]
    assert not [told for told in decided.missing if told.startswith("Order")]
    assert not [each for each in decided.violations if each.anomaly == "unexplained"]

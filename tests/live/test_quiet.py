"""Nothing disturbed, nothing violated. ACTORPROOF_QUIET_RUNS says how often (2 when it doesn't)."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from actorproof.properties.verdict.outcome import Outcome
from actorproof.scenarios.registry import scenario

from .support import ran

pytestmark = pytest.mark.live

# What 1.18.2 does to every idle actor, undisturbed: on a busy machine a run lasts long enough for it.
UNDISTURBED = {("lifecycle", "counted from the start")}
RUNS = int(os.environ.get("ACTORPROOF_QUIET_RUNS", "2"))


@pytest.mark.parametrize("number", range(RUNS))
def test_a_quiet_run_has_no_violation(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    options: dict[str, Any] = {"fault_rate": "off", "duration_s": 4.0, "clients": 6}
    run = ran(scenario("everything-at-once"), tmp_path, seed=100 + number, **options).finished.report.verdict
    found = [(judged.guarantee, v) for judged in run.guarantees for v in judged.violations]
    assert [v for guarantee, v in found if (guarantee, v.anomaly) not in UNDISTURBED] == []
    assert not run.problems
    assert run.outcome in {Outcome.HOLDS, Outcome.UNKNOWN}
    assert not list(tmp_path.glob("actorproof-*"))

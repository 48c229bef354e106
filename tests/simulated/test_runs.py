"""Whole runs on the simulated driver: no violation on a correct runtime, and the same history for the same seed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from actorproof.harness.history.folder import RunFolder
from actorproof.harness.progress import Silent
from actorproof.harness.run import run as running
from actorproof.harness.runtimes.registry import SIMULATED
from actorproof.harness.session.scenario import Options
from actorproof.scenarios.leader_loss import SCENARIO as LEADER_LOSS
from actorproof.scenarios.registry import scenario, scenarios
from tests.progress import Told

from .support import history_of, judged, nothing_is_wrong

ROOT = Path(__file__).parents[2]
SCRIPT = """
import hashlib, sys
from pathlib import Path
from actorproof.scenarios.leader_loss import SCENARIO as LEADER_LOSS
from actorproof.scenarios.registry import scenario
from tests.simulated.support import history_of
history_of(scenario("everything-at-once"), Path(sys.argv[1]), seed=11, duration_s=6.0)
print(hashlib.sha256((Path(sys.argv[1]) / "history.jsonl").read_bytes()).hexdigest())
"""


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, found in scenarios().items()
        if not found.machines and SIMULATED in found.runtimes and found is not LEADER_LOSS  # see test_leader_loss
    ],
)
def test_no_scenario_finds_a_violation(name: str, tmp_path: Path) -> None:
    found = scenario(name)
    # A whole plan is done whatever it takes, so few call; of the others a part is enough here.
    clients, duration_s = (1, None) if found.whole_plan else (None, 8.0)
    events = history_of(found, tmp_path / "run", seed=5, duration_s=duration_s, clients=clients)
    nothing_is_wrong(found, events)


def test_a_version_without_a_scheduler_keeps_reminders_over_a_stop_of_everything(tmp_path: Path) -> None:
    found = scenario("reminder-failover")
    run = judged(found, history_of(found, tmp_path / "run", seed=3, version="1.12.0"))
    (reminders,) = (each for each in run.guarantees if each.guarantee == "reminders")
    assert not reminders.violations
    lacking = {each.name for each in reminders.evidence if not each.enough}
    assert lacking == {"ticks_application_kill"}  # which another scenario shows


@pytest.mark.parametrize("seed", range(4))
def test_everything_at_once_is_no_false_alarm(seed: int, tmp_path: Path) -> None:
    found = scenario("everything-at-once")
    nothing_is_wrong(found, history_of(found, tmp_path / "run", seed=seed, duration_s=8.0))


def test_one_seed_is_one_history(tmp_path: Path) -> None:
    """In processes whose hashes differ, too."""
    digests = set()
    for number, hash_seed in enumerate(("0", "1", "2")):
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / f"run-{number}")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=300)
        digests.add(done.stdout)
    assert len(digests) == 1


def test_another_seed_is_another_history(tmp_path: Path) -> None:
    found = scenario("everything-at-once")
    texts = set()
    for seed in (1, 2):
        history_of(found, tmp_path / f"run-{seed}", seed=seed, duration_s=3.0)
        texts.add(hashlib.sha256((tmp_path / f"run-{seed}" / "history.jsonl").read_bytes()).hexdigest())
    assert len(texts) == 2


def test_a_selection_leaves_out_what_the_version_lacks_or_the_driver_cannot_strike_and_says_so(tmp_path: Path) -> None:
    told = Told()
    options = Options(seed=5, driver="simulated", duration_s=2.0, version="1.12.0")
    chosen = [scenario(name) for name in ("lost-network", "idleness", "scheduler-loss", "failed-turns")]
    made = running.run(chosen, options, name="verify", out=tmp_path, progress=told, selected=True).report
    assert [part.name for part in made.parts] == ["idleness", "failed-turns"]
    left_out = [line.partition(" is ")[0] for line in told.lines if line.startswith("left out: ")]
    assert left_out == ["left out: scheduler-loss", "left out: lost-network"]


@pytest.mark.parametrize("names", [("idleness",), ("idleness", "failed-turns")])
def test_a_run_whose_history_can_not_be_written_has_failed(
    names: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: RunFolder) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunFolder, "merge", full)
    options = Options(seed=5, driver="simulated", duration_s=1.0)
    with pytest.raises(OSError, match="No space"):
        running.run([scenario(name) for name in names], options, name="some", out=tmp_path, progress=Silent())
    (whole,) = [each for each in tmp_path.iterdir() if each.is_dir()]
    first = whole if len(names) == 1 else whole / names[0]
    assert {json.loads((each / "run.json").read_bytes())["state"] for each in (whole, first)} == {"failed"}

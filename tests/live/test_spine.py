"""One directed run from nothing to its reports: the history is whole, every fault took, and nothing is left."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any

import jsonschema
import pytest

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.drivers.process.guardian import children_of
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.run.analysis import Analysis, analyze
from actorproof.harness.workload.step import Burst, Heal, Inject, Plan, Wait
from actorproof.properties.views.records import FAR_FUTURE_NS
from actorproof.properties.views.timeline import Timeline
from actorproof.reports import verdicts
from actorproof.reports.report import HTML, JSON, JUNIT, SUMMARY
from tests.waiting import until

from .support import CALM, ran, small

pytestmark = pytest.mark.live

PHASES = ["ready", "load", "healed", "quiet", "final", "closed"]
STEPS = (
    Burst(actor="Ledger/b0", method="append", callers=3, hold_s=0.2),
    Wait(for_s=1.0),
    Inject(id="killed", verb="kill", target="host-2"),
    Wait(for_s=1.0),
    Heal(id="killed"),
    Wait(for_s=2.0),
    Inject(id="cut", verb="cut", target="host-1>store"),
    Wait(for_s=1.0),
    Heal(id="cut"),
    Wait(for_s=2.0),
)
SCENARIO = small(
    *STEPS, guarantee="turns", duration_s=60.0, load=CALM, topology=Topology(hosts=2, spare_hosts=0, placements=1)
)


@pytest.fixture(scope="module", params=["process", "docker"])
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    folder = tmp_path_factory.mktemp("spine")
    before = children_of({os.getpid()})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        result = ran(SCENARIO, folder, seed=11, driver=request.param).finished
    until(lambda: children_of({os.getpid()}) <= before, timeout_s=10.0, what="a process is left")
    assert not list(folder.glob("actorproof-*")), "a scratch folder is left"
    return result


@pytest.fixture(scope="module")
def timeline(finished: Analysis) -> Timeline:
    return Timeline(RunFolder.open(finished.folder).read_history())


def test_the_history_is_whole(timeline: Timeline) -> None:
    assert not timeline.problems
    assert timeline.closed
    assert timeline.whole
    assert sorted(timeline.phases, key=lambda phase: timeline.phases[phase]) == PHASES
    assert not timeline.store_log_broken
    assert timeline.run is not None
    assert timeline.run.seed == 11


def test_every_fault_took_effect_and_healed(timeline: Timeline, finished: Analysis) -> None:
    assert [(span.start.verb, span.start.target) for span in timeline.faults] == [
        ("kill", "host-2"),
        ("cut", "host-1>store"),
    ]
    for span in timeline.faults:
        assert span.took is not None, span
        assert span.took.evidence
        assert span.start.t_ns <= span.took.t_ns <= span.healed_ns < FAR_FUTURE_NS
    assert not finished.report.trouble


def test_each_killed_unit_lived_twice(timeline: Timeline) -> None:
    for unit, lives in timeline.lives_by_unit.items():
        assert len(lives) == (2 if unit.startswith("host-2/") else 1), unit
        assert all(life.exited_ns != FAR_FUTURE_NS for life in lives), unit


def test_the_plan_is_kept_as_data(finished: Analysis) -> None:
    plan = json.loads((finished.folder / "plan.json").read_text())
    wanted = [type(step).__name__.lower() for step in Plan(steps=STEPS).steps]
    assert [step["step"] for step in plan["steps"]][: len(wanted)] == wanted


def test_the_canary_was_seen(finished: Analysis) -> None:
    words = finished.report.verdict.canaries
    assert [word.guarantee for word in words] == ["turns", "durability"]
    assert all(each.seen for each in words), words


def test_reports_are_written_and_valid(finished: Analysis) -> None:
    document: Any = json.loads((finished.folder / JSON).read_text())
    jsonschema.Draft202012Validator(verdicts.schema()).validate(document)
    assert document["seed"] == 11
    assert (finished.folder / JUNIT).read_text().startswith("<?xml")
    assert "turns" in (finished.folder / SUMMARY).read_text()
    assert 10_000 < (finished.folder / HTML).stat().st_size < 1_000_000


def test_what_it_ran_on_stands_in_the_run(finished: Analysis) -> None:
    info = RunFolder.open(finished.folder).read_info()
    assert f"--driver {info.driver}" in info.command
    assert {"daprd", "placement", "scheduler", "toxiproxy"} <= {program.name for program in info.programs}
    by_name = {program.name: program for program in info.programs}
    # In containers, the run also says what clears up behind it.
    reaper = by_name.pop("reaper", None)
    assert (reaper is not None) == (info.driver == "docker")
    assert all(("image " in program.origin) == (info.driver == "docker") for program in by_name.values())
    assert all(len(program.sha256) == 64 for program in info.programs)


def test_analyze_decides_the_same_again(finished: Analysis) -> None:
    before = (finished.folder / JSON).read_bytes()
    analyze(finished.folder)
    assert (finished.folder / JSON).read_bytes() == before


def test_the_history_can_be_made_again(finished: Analysis) -> None:
    before = (finished.folder / JSON).read_bytes()
    (finished.folder / "history.jsonl").unlink()
    analyze(finished.folder)
    assert (finished.folder / JSON).read_bytes() == before

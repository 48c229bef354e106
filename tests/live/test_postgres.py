"""A short run with PostgreSQL as the store: its faults take effect, and its log of commits is whole."""

from __future__ import annotations

import pytest

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.run.analysis import Analysis
from actorproof.harness.workload.step import Heal, Inject, Wait
from actorproof.properties.views.timeline import Timeline
from actorproof.reports.report import SUMMARY

from .support import CALM, ran, small

pytestmark = pytest.mark.live

STEPS = (
    Wait(for_s=1.0),
    Inject(id="killed", verb="kill", target="store"),
    Wait(for_s=0.5),
    Heal(id="killed"),
    Wait(for_s=1.5),
    Inject(id="paused", verb="pause", target="store"),
    Wait(for_s=1.0),
    Heal(id="paused"),
    Wait(for_s=1.5),
    Inject(id="cut", verb="cut", target="host-1>store"),
    Wait(for_s=0.5),
    Heal(id="cut"),
    Wait(for_s=1.5),
)
SCENARIO = small(
    *STEPS, guarantee="durability", duration_s=60.0, load=CALM, topology=Topology(hosts=2, spare_hosts=0, placements=1)
)


@pytest.fixture(scope="module", params=["process", "docker"])
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    folder = tmp_path_factory.mktemp("postgres")
    return ran(SCENARIO, folder, seed=12, driver=request.param, store="postgres").finished


@pytest.fixture(scope="module")
def timeline(finished: Analysis) -> Timeline:
    return Timeline(RunFolder.open(finished.folder).read_history())


def test_every_fault_took_effect_and_healed(timeline: Timeline, finished: Analysis) -> None:
    faults = [(span.start.verb, span.start.target) for span in timeline.faults]
    assert faults == [("kill", "store"), ("pause", "store"), ("cut", "host-1>store")]
    assert all(span.took is not None and span.took.evidence for span in timeline.faults)
    assert not finished.report.trouble


def test_every_acknowledged_save_is_in_the_log(timeline: Timeline, finished: Analysis) -> None:
    assert not timeline.store_log_broken
    assert timeline.closed
    history = RunFolder.open(finished.folder).read_history()
    acknowledged = {event.save for event in history if isinstance(event, ev.SaveEnded) and event.acknowledged}
    saves = [event for event in history if isinstance(event, ev.SaveStarted) and event.save in acknowledged]
    assert saves
    turns = {write.value for commit in timeline.commits for write in commit.writes}
    assert all(any(save.turn in (value or "") for value in turns) for save in saves[-20:])
    assert [commit.index for commit in timeline.commits] == list(range(len(timeline.commits)))
    assert all(commit.not_before_ns < commit.t_ns for commit in timeline.commits)


def test_nothing_was_lost_and_the_canary_was_seen(finished: Analysis) -> None:
    (durability,) = (each for each in finished.report.verdict.guarantees if each.guarantee == "durability")
    # A store that comes back late lets the idle time-out cancel turns, which is the runtime's own and listed.
    assert not durability.open_violations
    assert [word.guarantee for word in finished.report.verdict.canaries if not word.seen] == []


def test_what_it_ran_on_stands_in_the_run_and_the_report(finished: Analysis) -> None:
    info = RunFolder.open(finished.folder).read_info()
    assert "--store postgres" in info.command
    assert info.store == "postgres"
    assert info.topology is not None
    assert info.topology.store == "postgres"
    assert "postgres" in {program.name for program in info.programs}
    assert not {"redis", "redis-server"} & {program.name for program in info.programs}
    assert f"{info.driver}, store postgres" in (finished.folder / SUMMARY).read_text()

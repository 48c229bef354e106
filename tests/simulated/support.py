"""Runs on the simulated driver, for tests."""

from __future__ import annotations

from pathlib import Path

from actorproof.harness.cluster.topology import DEFAULT_VERSION
from actorproof.harness.drivers.simulated.driver import SimulatedDriver
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.progress import Silent
from actorproof.harness.run.shipped import catalogue
from actorproof.harness.runtimes.simulated.planting import planted
from actorproof.harness.runtimes.simulated.runtime import Simulated
from actorproof.harness.session.scenario import Options, Scenario
from actorproof.harness.session.session import conduct
from actorproof.properties.verdict.examination import Examiner
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.judge import examine, judge
from actorproof.properties.verdict.verdict import RunVerdict
from actorproof.properties.views.timeline import Timeline


def history_of(
    scenario: Scenario,
    folder: Path,
    *,
    seed: int,
    duration_s: float | None = None,
    clients: int | None = None,
    bug: str | None = None,
    version: str = DEFAULT_VERSION,
) -> list[ev.Event]:
    """The history of one run."""
    driver = SimulatedDriver(seed=seed, runtime=Simulated(planted(bug)))
    options = Options(seed=seed, driver="simulated", duration_s=duration_s, clients=clients, version=version)
    run = RunFolder.create(folder)
    driver.run(conduct(scenario, options, run="test", folder=run, driver=driver, progress=Silent()))
    return run.merge()


def judged(scenario: Scenario, events: list[ev.Event]) -> RunVerdict:
    """What the checkers say of a history."""
    examiner = Examiner(catalogue=catalogue(), profile="quick", guarantees=scenario.guarantees, budget=Budget())
    return judge(examine([Timeline(events)], examiner), examiner, deviations=())


def nothing_is_wrong(scenario: Scenario, events: list[ev.Event]) -> None:
    """No violation in a history, a canary that was seen, no problem and no trouble but with inputs that are refused."""
    run = judged(scenario, events)
    assert [v.summary for g in run.guarantees for v in g.violations] == []
    assert not run.problems
    assert all(each.seen for each in run.canaries)
    told = [event.text for event in events if isinstance(event, ev.Troubled)]
    assert [text for text in told if "refuses this input" not in text] == []

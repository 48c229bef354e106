"""Trial: one run on the simulated driver, and what the checkers say of it. Nothing of it stays on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from actorproof.harness.drivers.simulated.driver import SimulatedDriver
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.progress import Silent
from actorproof.harness.run.shipped import catalogue, mechanisms
from actorproof.harness.runtimes.simulated.planting import planted
from actorproof.harness.runtimes.simulated.runtime import Simulated
from actorproof.harness.scratch import quick_folder
from actorproof.harness.session.scenario import Options, Scenario
from actorproof.harness.session.session import conduct
from actorproof.properties.verdict.examination import Examiner
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.judge import examine, judge
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import RunVerdict
from actorproof.properties.views.timeline import Timeline


def history(scenario: Scenario, options: Options, *, bug: str | None = None) -> tuple[list[ev.Event], str]:
    """Run a scenario, with a bug or without: its history, and the digest of the file. UsageError for an unknown bug."""
    driver = SimulatedDriver(seed=options.seed, runtime=Simulated(planted(bug)))
    with quick_folder() as scratch:
        folder = RunFolder.create(scratch / "run")
        driver.run(conduct(scenario, options, run="trial", folder=folder, driver=driver, progress=Silent()))
        events = folder.merge()
        return events, hashlib.sha256(folder.history.read_bytes()).hexdigest()


def trial(scenario: Scenario, options: Options, *, bug: str | None = None) -> RunVerdict:
    """Run a scenario, with a bug or without, and judge it by the guarantees that it can decide."""
    return judged(scenario, options, history(scenario, options, bug=bug)[0])


def judged(scenario: Scenario, options: Options, events: Sequence[ev.Event]) -> RunVerdict:
    """What the checkers say of a history of a scenario."""
    examiner = Examiner(catalogue=catalogue(), profile=options.profile, guarantees=scenario.guarantees, budget=Budget())
    return judge(examine([Timeline(events)], examiner), examiner, deviations=(), mechanisms=mechanisms())


def violations(verdict: RunVerdict) -> tuple[tuple[str, str], ...]:
    """Each guarantee that is violated, with its anomalies."""
    return tuple(
        (each.guarantee, violation.anomaly)
        for each in verdict.guarantees
        if each.raw_outcome is Outcome.VIOLATED
        for violation in each.violations
    )


def violated(verdict: RunVerdict) -> tuple[str, str] | None:
    """The first guarantee that is violated, and its anomaly; None when none is."""
    return next(iter(violations(verdict)), None)

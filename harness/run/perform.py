"""Perform: a scenario from a text or a file, run once from Python, as `actorproof shrink` writes it into tests."""

from __future__ import annotations

import secrets
from pathlib import Path

from actorproof.harness.errors import ClusterError
from actorproof.harness.progress import Silent
from actorproof.harness.run.replays import Trial, performed
from actorproof.harness.run.scenario_file import parse, read
from actorproof.harness.session.scenario import Options, scenario_of


def perform(
    scenario: str | Path,
    *,
    out: Path,
    dapr: str | None = None,
    driver: str = "auto",
    seed: int | None = None,
    bug: str | None = None,
) -> Trial:
    """Run a scenario, judge it, and say what came of it. See `actorproof.perform`."""
    found = read(scenario) if isinstance(scenario, Path) else scenario_of(parse(scenario))
    options = Options(
        seed=secrets.randbelow(2**31) if seed is None else seed,
        version=dapr or found.topology.version,
        store=found.topology.store,
        driver=driver,
        bug=bug,
    )
    trial = performed(found, options, out=out, progress=Silent())
    if trial.failure:
        raise ClusterError(trial.failure)
    return trial

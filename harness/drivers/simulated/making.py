"""Making: the simulated driver, whose seed is the run's."""

from __future__ import annotations

from actorproof.harness.application.application import Application
from actorproof.harness.drivers.simulated.driver import SimulatedDriver
from actorproof.harness.progress import Progress
from actorproof.harness.runtimes.registry import SIMULATED, simulable
from actorproof.harness.session.scenario import Options


def make(options: Options, *, progress: Progress, application: Application | None) -> SimulatedDriver:
    """The driver, with the bug that is to be planted."""
    del progress, application
    simulated = simulable(SIMULATED)
    planted = simulated if options.bug is None else simulated.planted(options.bug)
    return SimulatedDriver(seed=options.seed, runtime=planted)

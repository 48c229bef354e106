"""Scenarios under pytest: `pytest scenarios/churn.py` runs it once on a real cluster; each guarantee is one test.

A violation, an unknown or an error fails; a violation that is a listed deviation is an xfail by its name.
"""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from actorproof.harness.errors import ActorproofError, EngineError, ProvisionError
from actorproof.harness.run import run as running
from actorproof.harness.session.scenario import Options, Scenario
from actorproof.properties.verdict.verdict import Verdict

SCENARIOS = Path(__file__).parent / "scenarios"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options for runs of scenarios."""
    group = parser.getgroup("actorproof")
    group.addoption("--profile", default="quick", help="quick, standard or soak (scenarios only)")
    group.addoption("--seed", type=int, default=None, help="repeats a run's choices (scenarios only)")
    group.addoption("--duration", type=float, default=None, help="seconds of load and faults (scenarios only)")
    group.addoption("--driver", default="process", help="auto, process, docker or simulated (scenarios only)")
    group.addoption("--out", default=None, help="folder for run folders (scenarios only)")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With pytest-xdist, all guarantees of a scenario go to one worker: they are decided from one run."""
    named = [Path(word.split("::")[0]).resolve() for word in config.args]
    if not any(path == SCENARIOS or SCENARIOS in path.parents or path in SCENARIOS.parents for path in named):
        return None
    if config.getoption("dist") == "each":
        raise pytest.UsageError("--dist each would run a scenario once a worker: choose another --dist")
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 - it is there when this is called

    return LoadFileScheduling(config, log)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A file of scenarios/ that is named on the command line, or stands under a folder that is."""
    if file_path.parent != SCENARIOS or file_path.suffix != ".py":
        return None
    module = importlib.import_module(f"actorproof.scenarios.{file_path.stem}")
    if not isinstance(getattr(module, "SCENARIO", None), Scenario):
        return None
    collected: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
    return collected


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to, by guarantee."""

    verdicts: dict[str, Verdict]
    problems: tuple[str, ...]
    report: Path


class ScenarioFile(pytest.File):
    """One scenario; run when its first guarantee is asked for."""

    result: Result | None = None
    failure: ActorproofError | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """One test a guarantee."""
        for guarantee in self.scenario.guarantees:
            item: pytest.Item = GuaranteeItem.from_parent(self, name=guarantee)
            yield item

    @property
    def scenario(self) -> Scenario:
        found = importlib.import_module(f"actorproof.scenarios.{self.path.stem}").SCENARIO
        assert isinstance(found, Scenario)
        return found

    def run(self) -> Result:
        """Run once; later calls get the same result, or the same failure."""
        if self.failure is not None:
            raise self.failure
        if self.result is None:
            config = self.config
            seed = config.getoption("--seed")
            options = Options(
                seed=secrets.randbelow(2**31) if seed is None else seed,
                profile=config.getoption("--profile"),
                duration_s=config.getoption("--duration"),
                driver="auto" if self.scenario.machines else config.getoption("--driver"),
            )
            out = config.getoption("--out")
            try:
                finished = running.run(
                    [self.scenario],
                    options,
                    name=self.scenario.name,
                    out=Path(out) if out else running.default_out(),
                    progress=Quiet(),
                )
            except ActorproofError as error:
                self.failure = error
                raise
            found = finished.report.verdict
            self.result = Result(
                verdicts={verdict.guarantee: verdict for verdict in found.guarantees},
                problems=found.problems,
                report=finished.folder,
            )
        return self.result


class Quiet:
    """Pytest shows its own progress."""

    def phase(self, text: str) -> None:
        """Say nothing."""

    def tick(self, *, operations: int, faults: int, note: str = "") -> None:
        """Say nothing."""


class GuaranteeItem(pytest.Item):
    """One guarantee of one scenario."""

    def runtest(self) -> None:
        """Fail unless it holds; xfail by name where only listed deviations break it."""
        assert isinstance(self.parent, ScenarioFile)
        try:
            result = self.parent.run()
        except (EngineError, ProvisionError) as error:
            if self.parent.scenario.machines:
                pytest.skip(str(error))
            raise
        verdict = result.verdicts[self.name]
        if not verdict.outcome.holds:
            said = [violation.summary for violation in verdict.open_violations[:3]]
            said += [*verdict.missing[:5], *result.problems[:3], verdict.fault]
            reasons = "\n".join(f"  {text}" for text in said if text)
            pytest.fail(f"{self.name} is {verdict.outcome.word} ({result.report})\n{reasons}", pytrace=False)
        names = [match.deviation.name for match in verdict.deviations if match.violations]
        if names:
            pytest.xfail(", ".join(names))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """One line for what Actorproof says on purpose."""
        if isinstance(excinfo.value, ActorproofError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the scenario stands."""
        return self.path, None, f"{self.path.stem}: {self.name}"

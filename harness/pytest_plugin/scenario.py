"""Scenario files under pytest: one run on a real cluster, and one test a guarantee.

A violation, an unknown or an error fails; a violation that is a listed deviation is an xfail by its name.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from actorproof import scenarios
from actorproof.harness.errors import ActorproofError, EngineError, ProvisionError
from actorproof.harness.progress import Silent
from actorproof.harness.run import run as running
from actorproof.harness.session.scenario import Options, Scenario
from actorproof.properties.verdict.verdict import Verdict
from actorproof.scenarios.registry import wanted

OURS = Path(scenarios.__file__).resolve().parent
PREFIX = "--actorproof-"


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
        return wanted(str(self.path) if self.path.parent != OURS else self.path.stem.replace("_", "-"))

    def run(self) -> Result:
        """Run once; later calls get the same result, or the same failure."""
        if self.failure is not None:
            raise self.failure
        if self.result is None:
            config = self.config
            seed = config.getoption(f"{PREFIX}seed")
            options = Options(
                seed=secrets.randbelow(2**31) if seed is None else seed,
                profile=config.getoption(f"{PREFIX}profile"),
                duration_s=config.getoption(f"{PREFIX}duration"),
                driver="auto" if self.scenario.machines else config.getoption(f"{PREFIX}driver"),
            )
            out = config.getoption(f"{PREFIX}out")
            try:
                finished = running.run(
                    [self.scenario],
                    options,
                    name=self.scenario.name,
                    out=Path(out) if out else running.default_out(),
                    progress=Silent(),
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
        names = [match.deviation.mechanism for match in verdict.deviations if match.violations]
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

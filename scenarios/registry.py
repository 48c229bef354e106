"""Every scenario by its name: each module of this package that holds a SCENARIO."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import actorproof.scenarios
from actorproof.harness.errors import UsageError
from actorproof.harness.runtimes.registry import DEFAULT
from actorproof.harness.session.scenario import Profile, Scenario, scenario_of
from actorproof.harness.toml_place import nearest


@cache
def scenarios() -> dict[str, Scenario]:
    """All scenarios, by name, in alphabetical order."""
    found: dict[str, Scenario] = {}
    for module in pkgutil.iter_modules(actorproof.scenarios.__path__):
        if module.ispkg:
            continue
        scenario = getattr(importlib.import_module(f"actorproof.scenarios.{module.name}"), "SCENARIO", None)
        if isinstance(scenario, Scenario):
            found[scenario.name] = scenario
    return dict(sorted(found.items()))


def selection(profile: Profile, *, runtime: str = DEFAULT) -> tuple[Scenario, ...]:
    """What `verify` runs with a profile on a runtime."""
    return tuple(
        scenario for scenario in scenarios().values() if profile in scenario.profiles and runtime in scenario.runtimes
    )


def scenario(name: str) -> Scenario:
    """The scenario of that name; UsageError, naming the nearest, when there is none."""
    try:
        return scenarios()[name]
    except KeyError:
        raise UsageError(
            f"scenario {name} is unknown{nearest(name, scenarios(), listed_by='actorproof list')}"
        ) from None


def wanted(name: str) -> Scenario:
    """The scenario that a name, the path of a TOML file, a run's plan.json or a Python file, or the import path of a
    module stands for.

    UsageError when there is none of that name, or the file or module can't be had or has no SCENARIO.
    """
    # What they are read by takes a moment to load.
    if name.endswith("plan.json"):
        from actorproof.harness.history.folder import read_plan  # noqa: PLC0415

        return scenario_of(read_plan(Path(name)), source=str(Path(name).absolute()))
    if name.endswith(".toml"):
        from actorproof.harness.run.scenario_file import read  # noqa: PLC0415

        return read(Path(name))
    of_user = name.endswith(".py") or "." in name or "/" in name
    if name in scenarios() or not of_user:
        return scenario(name)
    from actorproof.harness.subjects.own import load  # noqa: PLC0415

    found = getattr(load(name), "SCENARIO", None)
    if not isinstance(found, Scenario):
        raise UsageError(f"{name} has no scenario: set SCENARIO = Scenario(...) in it")
    return replace(found, source=str(Path(name).absolute()) if name.endswith(".py") else name)

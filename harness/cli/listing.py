"""The command `list`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, get_args

from cyclopts import Parameter

from actorproof.called import spoken
from actorproof.durations import spell
from actorproof.harness.cli.output import folded, table
from actorproof.harness.faults.registry import kinds
from actorproof.harness.runtimes.registry import DEFAULT, SIMULATED
from actorproof.harness.session.scenario import Profile, Scenario
from actorproof.scenarios.registry import scenarios

NOTE = (
    "quick, standard and soak are profiles; bringing up a cluster, and judging, come on top of their times."
    " `actorproof run NAME` runs one scenario, quick where no --profile is named; --duration SECONDS makes it longer."
)
PROFILES: tuple[Profile, ...] = get_args(Profile)


def list_(*, faults: Annotated[bool, Parameter(negative=(), help="List the kinds of faults instead.")] = False) -> int:
    """List the scenarios, or with --faults the kinds of faults."""
    print(_faults() if faults else _scenarios())
    return 0


def _scenarios() -> str:
    """A table for each choice of runtimes that scenarios are meant for, the usual one first."""
    by: dict[tuple[str, ...], list[Scenario]] = defaultdict(list)
    for scenario in scenarios().values():
        by[scenario.runtimes].append(scenario)
    tables = [
        f"{folded(_heading(runtimes))}\n\n{_table(found)}"
        for runtimes, found in sorted(by.items(), key=lambda each: DEFAULT not in each[0])
    ]
    return "\n\n".join([*tables, folded(spoken(NOTE))])


def _heading(runtimes: Sequence[str]) -> str:
    """The runtimes, each with what chooses it: ``Dapr, and simulated (--driver simulated)``."""
    return ", and ".join(f"{_title(name)} ({_choice(name)})" for name in runtimes)


def _title(name: str) -> str:
    # Those of the runtimes themselves take their libraries to be loaded.
    return "the simulated runtime" if name == SIMULATED else name.replace("-", " ").title()


def _choice(name: str) -> str:
    if name == SIMULATED:
        return "--driver simulated"
    return "the default" if name == DEFAULT else f"--runtime {name}"


def _table(found: Sequence[Scenario]) -> str:
    return table(
        ("scenario", "what it does", "takes about (quick / standard / soak)", "guarantees"),
        [(each.name, each.summary, _lengths(each), ", ".join(each.guarantees)) for each in found],
    )


def _lengths(scenario: Scenario) -> str:
    """How long it takes by profile, told once where that does not differ; of many actors, what it depends on."""
    if scenario.actors is not None:
        return f"as long as its {' / '.join(f'{scenario.actors[profile]:,}' for profile in PROFILES)} actors take"
    told = [spell(scenario.length_s(profile)) for profile in PROFILES]
    return " / ".join(told if len(set(told)) > 1 else told[:1])


def _faults() -> str:
    return table(
        ("fault", "on", "what it does", "parameters"),
        [
            (kind.verb, kind.strikes, kind.what, ", ".join(f"{p.name}={p.default}" for p in kind.parameters))
            for kind in kinds().values()
        ],
    )

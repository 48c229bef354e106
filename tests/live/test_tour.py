"""Every fault of the tour takes effect on a real cluster and is healed; links are shortened to one a toxic type."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.faults.kind import Strikes
from actorproof.harness.faults.links import ON_LINKS
from actorproof.harness.workload.step import AnyStep, Heal, Inject, Settle, Wait
from actorproof.harness.workload.tour import stops
from actorproof.properties.views.records import FAR_FUTURE_NS
from actorproof.properties.views.timeline import Timeline
from actorproof.scenarios.fault_tour import SCENARIO

from .support import STILL, ran, small

pytestmark = pytest.mark.live

UNIT_FAULTS = [(kind.verb, stop.target) for kind, stop in stops(SCENARIO.topology, Strikes.UNITS)]
LINKS = [stop.target for stop in ON_LINKS]
LINK_VERBS = sorted({kind.verb for kind, _ in stops(SCENARIO.topology, Strikes.LINKS)})
LINK_FAULTS = [
    *((verb, LINKS[at % len(LINKS)]) for at, verb in enumerate(LINK_VERBS)),
    *(("cut", link) for link in LINKS),
]


def _steps() -> list[AnyStep]:
    steps: list[AnyStep] = []
    for at, (verb, target) in enumerate([*UNIT_FAULTS, *LINK_FAULTS]):
        steps += [Inject(id=f"f{at}", verb=verb, target=target), Wait(for_s=0.1), Heal(id=f"f{at}")]
        if ">" not in target:
            steps.append(Settle(timeout_s=60.0))
    return steps


def test_every_fault_takes_effect_and_is_healed(tmp_path: Path) -> None:
    scenario = small(*_steps(), guarantee="turns", duration_s=600.0, load=STILL, topology=SCENARIO.topology)
    run = ran(scenario, tmp_path, seed=5)
    assert run.finished.report.trouble == ()
    timeline = Timeline(run.events)
    assert timeline.problems == []
    assert len(timeline.faults) == len(UNIT_FAULTS) + len(LINK_FAULTS)
    without = [f"{f.start.verb} {f.start.target}" for f in timeline.faults if f.took is None or not f.took.evidence]
    assert without == []
    assert [f.start.fault for f in timeline.faults if f.healed_ns == FAR_FUTURE_NS] == []

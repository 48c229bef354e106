"""A kind of fault is one file: it is drawn, performed, proved, healed, toured, listed and coloured."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import actorproof.harness.faults.kinds as package
from actorproof.harness.cli.listing import list_
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.errors import UsageError
from actorproof.harness.faults.fault import Fault
from actorproof.harness.faults.registry import kinds
from actorproof.harness.history import events as ev
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.progress import Silent
from actorproof.harness.run import run as running
from actorproof.harness.session.scenario import Options, Scenario
from actorproof.harness.workload.extent import Drawing
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.machine.drawing import draw
from actorproof.harness.workload.step import AnyStep, Heal, Inject, Plan, Settle, Wait
from actorproof.harness.workload.tour import stops
from actorproof.scenarios.fault_tour import SCENARIO

# As a newcomer writes it.
FILE = '''
"""Nap: an application that stops for a while, as in a long garbage collection."""

from __future__ import annotations

from dataclasses import dataclass

from actorproof.harness.faults.fault import Injected
from actorproof.harness.faults.ground import Ground
from actorproof.harness.faults.kind import Colour, Parameter, TourStop
from actorproof.harness.faults.units import UnitKind
from actorproof.harness.history import fault_traits as traits


@dataclass(frozen=True, kw_only=True)
class Nap(UnitKind):
    """Stops its units; what they share with other kinds runs them again."""

    async def apply(self, ground: Ground, injected: Injected) -> None:
        for unit in injected.resolved.units:
            await ground.cluster.pause(unit)

    async def proof(self, ground: Ground, injected: Injected) -> list[str]:
        depth = injected.fault.params["depth"]
        return [f"{unit} naps {depth} deep: {ground.cluster.state(unit).status}" for unit in injected.resolved.units]


KIND = Nap(
    verb="nap",
    what="stops an application for a while",
    colour=Colour(light="#123456", dark="#abcdef"),
    traits=(traits.PAUSES,),
    parameters=(Parameter(name="depth", default=1, least=1),),
    strengths=({"depth": 1}, {"depth": 5}),
    tour=(TourStop(target="host-2/app", params={"depth": 9}),),
)
'''


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The one file, where kinds are looked for."""
    folder = tmp_path / "kinds"
    folder.mkdir()
    (folder / "nap.py").write_text(FILE)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    kinds.cache_clear()
    yield
    kinds.cache_clear()
    sys.modules.pop(f"{package.__name__}.nap", None)


@pytest.mark.usefixtures("added")
def test_the_state_machine_draws_it_weak_and_strong() -> None:
    steps: list[AnyStep] = []
    for seed in range(3):
        draw(perform=steps.append, topology=Topology(hosts=3), drawing=Drawing(examples=30, steps=12), seed=seed)
    drawn = [step for step in steps if isinstance(step, Inject) and step.verb == "nap"]
    assert {step.params["depth"] for step in drawn} == {1, 5}
    assert len({step.target for step in drawn}) > 3


@pytest.mark.usefixtures("added")
def test_it_is_performed_proved_healed_and_coloured(tmp_path: Path) -> None:
    steps = (
        Wait(for_s=1.0),
        Inject(id="f1", verb="nap", target="host-2/app"),
        Wait(for_s=1.0),
        Heal(id="f1"),
        Settle(),
    )
    scenario = Scenario(
        name="naps",
        summary="one nap",
        guarantees=("turns",),
        topology=Topology(hosts=2),
        load=Load(clients=2, mix={"counter": 1}),
        plan=lambda _: Plan(steps=steps),
        duration_s={"quick": 30, "standard": 30, "soak": 30},
    )
    ran = running.run(
        [scenario], Options(seed=1, driver="simulated"), name="naps", out=tmp_path / "out", progress=Silent()
    )
    events = RunFolder.open(ran.folder).read_history()
    (started,) = (event for event in events if isinstance(event, ev.FaultStarted))
    (took,) = (event for event in events if isinstance(event, ev.FaultTook))
    (healed,) = (event for event in events if isinstance(event, ev.FaultHealed))
    assert (started.verb, started.units, started.params, started.traits) == (
        *("nap", ("host-2/app",), '{"depth":1}', ("pauses",)),
    )
    assert took.evidence == ("host-2/app naps 1 deep: paused",)
    assert "is ready" in healed.evidence[0]
    page = (ran.folder / "report.html").read_text()
    light, dark = page.split("@media screen and (prefers-color-scheme: dark) {\n.v-", 1)
    assert ".v-nap { background: #123456; }" in light
    assert "nap { background: #abcdef; }" in dark
    assert '<span class="swatch v-nap" aria-hidden="true"></span>nap host-2/app' in page


@pytest.mark.usefixtures("added")
def test_the_tour_goes_through_it_and_it_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert SCENARIO.plan is not None
    assert [stop.params for kind, stop in stops(SCENARIO.topology, kinds()["nap"].strikes) if kind.verb == "nap"] == [
        {"depth": 9}
    ]
    assert list(kinds())[-1] == "nap"  # what a seed draws of the others keeps its order
    assert list_(faults=True) == 0
    assert "stops an application for a while" in capsys.readouterr().out


def test_without_its_file_it_is_unknown() -> None:
    with pytest.raises(UsageError, match=r"fault nap is unknown: .*actorproof list --faults shows them$"):
        Fault(verb="nap", target="host-1")
    with pytest.raises(UsageError, match="fault nap is unknown"):
        Inject(id="f1", verb="nap", target="host-1")

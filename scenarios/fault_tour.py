"""Every kind of fault on units and links, with its proof."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.faults.kind import Strikes
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.step import Plan
from actorproof.harness.workload.tour import tour


def plan(setting: Setting) -> Plan:
    """What the kinds' records say."""
    return tour(setting, Strikes.UNITS, Strikes.LINKS)


SCENARIO = Scenario(
    name="fault-tour",
    summary="every kind of fault once, with the proof that it took effect",
    guarantees=("turns", "activation", "durability", "recovery", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=1, placements=3, schedulers=1),
    load=Load(mix=STANDARD_MIX, clients=4),
    plan=plan,
    whole_plan=True,
    duration_s={"quick": 840, "standard": 840, "soak": 840},
)

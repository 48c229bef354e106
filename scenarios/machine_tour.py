"""Every kind of fault on machines, with its proof."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.faults.kind import Strikes
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.step import Plan
from actorproof.harness.workload.tour import tour


def plan(setting: Setting) -> Plan:
    """What the kinds' records say."""
    return tour(setting, Strikes.MACHINES)


SCENARIO = Scenario(
    name="machine-tour",
    summary="every fault on machines once, with the proof that it took effect (docker)",
    profiles=("standard", "soak"),
    guarantees=("turns", "activation", "durability", "recovery"),
    topology=Topology(hosts=2, spare_hosts=0, placements=3, proxied=False),
    load=Load(mix=STANDARD_MIX, clients=4),
    plan=plan,
    whole_plan=True,
    duration_s={"quick": 300, "standard": 300, "soak": 300},
    machines=True,
)

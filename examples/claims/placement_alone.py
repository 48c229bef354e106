"""The only replica of placement is killed for 20 s. ``actorproof run ./examples/claims/placement_alone.py``

Actors that were there go on being called, and actors that nobody has called before are called for the first time.
`actorproof run placement-loss` does the same with three replicas.
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

GONE_S = 20.0
RETURN_S = 38.0


def plan(setting: Setting) -> Plan:
    """Calm, the loss, and the return."""
    planner = Planner(setting)

    def cycle() -> None:
        planner.hold(5.0)
        planner.fault("kill", "placement:all", for_s=GONE_S)
        planner.hold(RETURN_S)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="placement-alone",
    summary="the only replica of placement is killed, and actors old and new are called meanwhile",
    guarantees=("turns", "recovery", "availability"),
    topology=Topology(hosts=2, spare_hosts=0, placements=1, idle_timeout_s=60.0),
    load=Load(mix={"counter": 1}, clients=2, actors=4, fickle=0, probes=8, newcomers=2),
    plan=plan,
    timed=False,
    duration_s={"quick": 1, "standard": 60, "soak": 600},
)

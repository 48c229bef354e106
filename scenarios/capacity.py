"""Many actors at once, each with its own state; then idleness, until all are gone; then all of them come back.

Nothing is faulted, so no proxies stand between. The cluster is filled in three stages, so that growth shows.
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan, Populate

IDLE_S = 8.0
# Memory is looked at once a second.
LOOK_S = 2.5
# The runtime's own slack, and that of a busy machine.
GONE_S = 11.0


def plan(setting: Setting) -> Plan:
    """Fill with a hundredth of the actors, a tenth, and all; wait until they are idle; read every one."""
    planner = Planner(setting)
    planner.hold(LOOK_S)
    filled = 0
    for stage in (setting.actors // 100, setting.actors // 10, setting.actors):
        planner.step(Populate(first=filled, count=stage - filled, method="write"))
        planner.hold(LOOK_S)
        filled = stage
    planner.hold(setting.topology.idle_timeout_s + GONE_S)
    planner.step(Populate(count=setting.actors, method="read"))
    return planner.plan()


SCENARIO = Scenario(
    name="capacity",
    summary="the cluster is filled with actors of about 1 KB each, they go idle, and all come back",
    guarantees=("capacity",),
    profiles=("quick", "standard", "soak"),
    topology=Topology(hosts=2, spare_hosts=0, idle_timeout_s=IDLE_S, proxied=False),
    load=Load(clients=1, actors=1, fickle=0, probes=1, pause_s=0.5, mix={"counter": 1}),
    plan=plan,
    actors={"quick": 1_000, "standard": 10_000, "soak": 100_000},
    timed=False,
    duration_s={"quick": 1, "standard": 1, "soak": 1},
)

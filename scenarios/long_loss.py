"""An application, a sidecar or a whole host is away for longer than its actors may take to answer elsewhere."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

# Longer than the longest budget of failover, 43 s and a drain, and long enough for attempts after it.
AWAY_S = 58.0
# Each loss is judged by itself: what the one before it did is over by then.
APART_S = 12.0


def plan(setting: Setting) -> Plan:
    """Kill an application, a sidecar, a whole host, in turn; each comes back only when others must have its actors."""
    planner = Planner(setting)
    parts = ["/app", "/sidecar", ""]

    def cycle() -> None:
        planner.hold(3.0)
        part = parts.pop(0)
        parts.append(part)
        planner.fault("kill", planner.host() + part, for_s=AWAY_S)
        planner.hold(APART_S)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="long-loss",
    summary="an application, a sidecar or a host is away for a minute, and its actors have to answer elsewhere",
    profiles=("standard", "soak"),
    guarantees=("turns", "activation", "recovery", "failover", "bystanders", "linearizability"),
    topology=Topology(hosts=3, spare_hosts=0, drain_timeout_s=4.0),
    load=Load(mix=STANDARD_MIX, clients=4, probes=12),
    plan=plan,
    duration_s={"quick": 70, "standard": 210, "soak": 1080},
)

"""A drain time-out of a minute. ``actorproof run ./examples/claims/drain_of_a_minute.py``

Hosts declare 60 s. Turns of 5 to 70 s that save nothing begin just before a host joins. The sidecar takes no more than
80 % of its dissemination time-out, so that is 80 s here, and so is placement's; both are shorter by default.
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

DRAIN_S, DISSEMINATION_S = 60.0, 80.0
LENGTHS_S = (5.0, 15.0, 30.0, 50.0, 70.0)
EACH = 12


def plan(setting: Setting) -> Plan:
    """Turns of each length, a join, and the same actors again."""
    planner = Planner(setting)
    spare = setting.topology.host_names[-1]
    planner.hold(10.0)
    for number, length_s in enumerate(LENGTHS_S):
        planner.bursts("Sleeper", "hold", actors=EACH, hold_s=length_s, first=number * EACH, give_up_s=150.0)
    planner.hold(0.5)
    planner.inject("add", spare)
    planner.hold(LENGTHS_S[-1] + 12.0)
    planner.bursts("Sleeper", "hold", actors=len(LENGTHS_S) * EACH)
    planner.hold(3.0)
    return planner.plan()


SCENARIO = Scenario(
    name="drain-of-a-minute",
    summary="a host joins while turns of 5 to 70 s run, with a drain time-out of 60 s",
    guarantees=("turns", "drain", "bystanders"),
    topology=Topology(
        hosts=2, spare_hosts=1, drain_timeout_s=DRAIN_S, dissemination_timeout_s=DISSEMINATION_S, idle_timeout_s=300.0
    ),
    load=Load(mix={"counter": 1}, clients=1, actors=4, fickle=0, probes=4),
    plan=plan,
    timed=False,
    duration_s={"quick": 1, "standard": 1, "soak": 1},
)

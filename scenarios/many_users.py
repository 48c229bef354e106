"""Many users at once: each has a reminder that is due within one minute, and actors under a mixed load meanwhile.

Nothing is faulted, so no proxies stand between.
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan, Populate, StartLoad, StopLoad

DUE_WITHIN_S = 60.0
# A cluster on two cores registers more reminders than that a second.
REGISTERED_PER_S = 100.0
CLIENTS = 24
LOAD = "users-"


def plan(setting: Setting) -> Plan:
    """Register all reminders, so that none is due before the last one is; then call users until all were due."""
    planner = Planner(setting)
    users = setting.actors
    due_s = users / REGISTERED_PER_S
    planner.step(Populate(count=users, method="remind", due_s=due_s, spread_s=DUE_WITHIN_S))
    load = Load(
        clients=CLIENTS,
        actors=max(users, 1),
        fickle=0,
        probes=0,
        hold_s=1.0,
        mix={"counter": 5, "register": 3, "sleeper": 1},
    )
    planner.step(StartLoad(id=LOAD, load=load))
    planner.hold(due_s + DUE_WITHIN_S)
    planner.step(StopLoad(id=LOAD))
    return planner.plan()


SCENARIO = Scenario(
    name="many-users",
    summary="many users' actors under a mixed load, while each of them has a reminder due within one minute",
    guarantees=("turns", "activation", "parallelism", "reminders", "linearizability"),
    profiles=("soak",),
    topology=Topology(hosts=2, spare_hosts=0, idle_timeout_s=30.0, proxied=False),
    load=Load(clients=1, actors=1, fickle=0, probes=1, pause_s=0.5, mix={"counter": 1}),
    plan=plan,
    actors={"quick": 1_000, "standard": 10_000, "soak": 10_000},
    timed=False,
    duration_s={"quick": 1, "standard": 1, "soak": 1},
    settle_reminders_s=48.0,
)

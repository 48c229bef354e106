"""Every kind of fault once, with its proof: verb by target, and every toxic on every kind of link."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.faults.fault import LINK_VERBS, Verb
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan, Settle

UNIT_FAULTS: tuple[tuple[Verb, str], ...] = (
    *((verb, f"host-1{part}") for verb in (Verb.KILL, Verb.TERMINATE, Verb.PAUSE) for part in ("", "/app", "/sidecar")),
    (Verb.ADD, "host-3"),
    (Verb.REMOVE, "host-2"),
    *(
        (verb, target)
        for verb in (Verb.KILL, Verb.PAUSE, Verb.RESTART)
        for target in (
            "placement-0",
            "placement:leader",
            "placement:all",
            "scheduler-0",
            "scheduler:all",
            "store",
        )
    ),
)
LINKS = ("client>host-1", "host-1>app", "host-1>store", "host-1>placement-0", "hosts>scheduler-0", "peers>host-1")


def plan(setting: Setting) -> Plan:
    """Each fault for two seconds under load, then wait until the runtime agrees with itself."""
    planner = Planner(setting)
    steps = []
    for verb, target in UNIT_FAULTS:
        # So that turns are open when the fault takes effect.
        planner.bursts("Sleeper", "hold", actors=4, hold_s=1.0)
        planner.hold(0.3)
        planner.fault(verb, target, for_s=2.0)
        steps += [*planner.take(), Settle(timeout_s=45.0)]
    for verb in sorted(LINK_VERBS):
        for link in LINKS:
            planner.fault(verb, link, for_s=1.0)
        steps += [*planner.take(), Settle(timeout_s=45.0)]
    return Plan(steps=tuple(steps))


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

"""Every fault that needs hosts with machines of their own, once, with its proof."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.faults.fault import Verb
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan, Settle

FAULTS: tuple[tuple[Verb, str], ...] = (
    *((Verb.DISCONNECT, target) for target in ("host-1", "scheduler-0", "store")),
    *((Verb.BLOCK, target) for target in ("host-1->host-2", "host-1<->host-2", "store->host-1", "host-1->placement-0")),
    *((Verb.THROTTLE, target) for target in ("host-1", "host-2", "store")),
    *((Verb.STARVE, target) for target in ("host-1", "store")),
    # Last: a sidecar of 1.18.2 may not notice that a placement went away without a word, and stands alone from then on.
    (Verb.DISCONNECT, "placement:leader"),
)


def plan(setting: Setting) -> Plan:
    """Each fault for two seconds under load, then wait until the runtime agrees with itself."""
    planner = Planner(setting)
    steps = []
    for verb, target in FAULTS:
        # So that turns are open when the fault takes effect.
        planner.bursts("Sleeper", "hold", actors=4, hold_s=1.0)
        planner.hold(0.3)
        # A store needs little time: only the least that an engine gives holds it back.
        planner.fault(verb, target, for_s=2.0, cpu_percent=5 if "host" in target else 1)
        steps += [*planner.take(), Settle(timeout_s=45.0)]
    return Plan(steps=tuple(steps))


SCENARIO = Scenario(
    name="machine-tour",
    summary="every fault on machines once, with the proof that it took effect (docker)",
    guarantees=("turns", "activation", "durability", "recovery"),
    topology=Topology(hosts=2, spare_hosts=0, placements=3, proxied=False),
    load=Load(mix=STANDARD_MIX, clients=4),
    plan=plan,
    whole_plan=True,
    duration_s={"quick": 300, "standard": 300, "soak": 300},
    machines=True,
)

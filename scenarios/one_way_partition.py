"""One host no longer hears another, in one direction and then in both, while each hears everybody else."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan


def plan(setting: Setting) -> Plan:
    """Drop what a host sends to its neighbour, then what either sends to the other."""
    planner = Planner(setting)

    def cycle() -> None:
        hosts = [f"host-{number + 1}" for number in range(setting.topology.hosts)]
        first, second = setting.rng.sample(hosts, 2)
        for arrow in ("->", "<->"):
            planner.open_turns()
            planner.fault("block", f"{first}{arrow}{second}", for_s=5.0)
            # Long enough for every actor to answer before the next fault.
            planner.wait(8)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="one-way-partition",
    summary="a host no longer hears another one, one way and both ways (docker)",
    guarantees=("turns", "activation", "durability", "recovery"),
    # What goes through the proxy does not go from host to host.
    topology=Topology(hosts=3, spare_hosts=0, proxied=False),
    plan=plan,
    owes={"quick": {"block host->host": ("turn open",), "block host<->host": ("turn open",)}},
    duration_s={"quick": 27, "standard": 150, "soak": 1200},
    machines=True,
)

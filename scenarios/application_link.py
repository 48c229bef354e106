"""The link between a sidecar and its own application breaks, under open turns and while actors move.

Silent under open turns, it is closed when it comes back: the sidecar takes the turns for failed, and the application
still runs them. Cut while a host joins and leaves, it keeps the application from being told which actors have gone.
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

OPEN_S = 3.0
CALLERS = 3
SLEEPERS = 10
MOVERS = 24


def plan(setting: Setting) -> Plan:
    """One host's link after the other: silent for a second under open turns, then cut while the spare host is there."""
    planner = Planner(setting)
    spare = setting.topology.host_names[-1]
    done = 0

    def cycle() -> None:
        nonlocal done
        link = f"host-{done % setting.topology.hosts + 1}>app"
        planner.bursts("Sleeper", "hold_save", actors=SLEEPERS, callers=CALLERS, hold_s=OPEN_S, first=SLEEPERS * done)
        planner.hold(0.5)
        planner.fault("swallow", link, for_s=1.0)
        planner.hold(OPEN_S * (CALLERS - 1) + 2.0)
        _used(planner, done)
        planner.hold(1.5)
        cut = planner.inject("cut", link)
        planner.hold(0.5)
        joined = planner.inject("add", spare)
        planner.hold(3.0)
        _used(planner, done)
        planner.hold(2.0)
        planner.heal(joined)
        planner.heal(cut)
        planner.hold(2.0)
        _used(planner, done)
        planner.hold(3.0)
        done += 1

    return planner.repeat(cycle)


def _used(planner: Planner, cycle: int) -> None:
    """A short turn of each actor that may move."""
    planner.bursts("Ledger", "append", actors=MOVERS, first=MOVERS * cycle)


SCENARIO = Scenario(
    name="application-link",
    summary="the link between a sidecar and its application breaks, under open turns and while actors move",
    guarantees=("turns", "activation", "durability", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=1, drain_timeout_s=4.0, idle_timeout_s=4.0),
    load=Load(clients=2, fickle=0, probes=2, mix={"ledger": 2, "counter": 1}),
    plan=plan,
    profiles=("standard", "soak"),
    owes={
        "standard": {
            "swallow host>app": ("turn open", "call queued"),
            "cut host>app": ("actor idle",),
        }
    },
    duration_s={"quick": 20, "standard": 60, "soak": 600},
)

"""The state machine: Hypothesis draws bursts, faults, reminders and pauses as it likes."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario
from actorproof.harness.workload.load import STANDARD_MIX, Load

SCENARIO = Scenario(
    name="everything-at-once",
    summary="Hypothesis draws concurrent calls, host kills and network faults",
    profiles=("quick", "standard", "soak"),
    guarantees=(
        "turns",
        "activation",
        "parallelism",
        "mailbox-order",
        "durability",
        "transactions",
        "reminders",
        "timers",
        "recovery",
        "failover",
        "bystanders",
        "placement",
        "linearizability",
    ),
    topology=Topology(hosts=3, spare_hosts=1),
    load=Load(mix=STANDARD_MIX, clients=8),
    plan=None,
    duration_s={"quick": 35, "standard": 300, "soak": 7200},
    settle_reminders_s=5.0,
)

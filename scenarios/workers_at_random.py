"""The state machine: Hypothesis draws bursts, and ends and stops the workers that run them, as it likes; one host."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario
from actorproof.harness.workload.load import Load

SCENARIO = Scenario(
    name="workers-at-random",
    summary="Hypothesis draws concurrent calls, and kills and pauses of the workers that run them",
    profiles=("standard", "soak"),
    runtimes=("ray-workflow", "ray"),
    guarantees=("turns", "linearizability", "durability", "executions", "recovery", "parallelism"),
    topology=Topology(hosts=1, spare_hosts=0),
    # A fault on a worker waits for a turn that is open.
    load=Load(clients=2, actors=2, fickle=0, probes=2, pause_s=0.1, slow_every=4, probe_every_s=0.5),
    plan=None,
    duration_s={"quick": 30, "standard": 120, "soak": 1800},
)

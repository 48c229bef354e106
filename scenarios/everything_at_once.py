"""The state machine: Hypothesis draws bursts, faults, reminders and pauses as it likes.

In profiles that have the time it draws applications that do not answer as they should, too, each on actors of its own:
what is to be seen is what the runtime makes of it, alone and under faults.
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Entity, Topology
from actorproof.harness.session.scenario import Scenario
from actorproof.harness.subjects.behaviour import Behaviour
from actorproof.harness.workload.load import STANDARD_MIX, Load

# Shorter than some turns of these actors, and than any other idle time-out here.
BRIEF = Entity(type="Sleeper", idle_timeout_s=1.5)
# Longer than any idle time-out, after which a runtime may ask again: to it there is no answer at all.
SILENT_S = 10.0
SLOW_S = 3.0
BEHAVIOURS = (
    # Seldom enough for the tries that a runtime makes, on each host that it turns to.
    Behaviour(actors="Recorder/fails-", request="reminder", manner="fail", times=2),
    Behaviour(actors="Recorder/silent-", request="reminder", manner="fail", delay_s=SILENT_S, times=1),
    Behaviour(actors="Ticker/fails-", request="timer", manner="fail", times=2),
    Behaviour(actors="Ticker/silent-", request="timer", manner="fail", delay_s=SILENT_S, times=1),
    # Once: a runtime that asks again when it has had no answer in time gets one.
    Behaviour(actors="Sleeper/slow-to-go-", request="deactivate", delay_s=SLOW_S, times=1),
    Behaviour(actors="Sleeper/fails-to-go-", request="deactivate", manner="fail", times=2),
)

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
    topology=Topology(hosts=3, spare_hosts=1, entities=(BRIEF,), behaviours=BEHAVIOURS),
    load=Load(mix=STANDARD_MIX, clients=8),
    plan=None,
    duration_s={"quick": 26, "standard": 250, "soak": 7200},
    settle_reminders_s=5.0,
)

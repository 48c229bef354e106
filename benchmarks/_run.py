"""A long run on the simulated runtime, in one history: what the shipped scenarios do, one after the other, in turn.

So it has what each checker looks at: moves, joins and drains, chains of calls, timers, reminders, losses of the leader,
stops of everything; and calm in between, where promises are judged that nothing may disturb. The actors are the same
in every round, so the longest histories of one actor grow with the whole.

``python -m benchmarks._run EVENTS FILE [SEED]`` writes the history of about so many events.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

import msgspec

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.history import events as ev
from actorproof.harness.history.merge import write_history
from actorproof.harness.mutation.trial import history
from actorproof.harness.session.scenario import Options, Scenario, Setting
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.step import AnyStep, Forget, Heal, Inject, Plan, Remind, StartTimer, StopTimer, Wait
from actorproof.properties.guarantees.registry import guarantees
from actorproof.scenarios.registry import scenario

NAMES = (
    "reentrant-chains",
    "timers",
    "scale-out-drain",
    "kill-and-recover",
    "leader-loss",
    "paused-host",
    "reminder-failover",
    "partitioned-host",
    "store-restart",
)
# Whatever was faulted disturbs for 15 s after its heal, and a table settles for 8.
CALM_S = 25.0
# Of everything, as `Load` below makes it, once the first round is over (measured).
EVENTS_A_SECOND = 300
TOPOLOGY = Topology(
    hosts=3,
    spare_hosts=1,
    placements=3,
    schedulers=3,
    idle_timeout_s=8.0,
    reentrancy=True,
    max_stack_depth=4,
    reentrancy_exceptions=("Lone",),
)
LOAD = Load(mix=STANDARD_MIX, clients=4, pause_s=0.2, probes=4, fickle=1, newcomers=1)


def plan(setting: Setting) -> Plan:
    """One cycle of each scenario, calm, and so on until the duration is filled."""
    steps: list[AnyStep] = []
    planned_s = 0.0
    for number in count(1):
        for name in NAMES:
            directed = scenario(name).plan
            assert directed is not None, name
            cycle = directed(replace(setting, duration_s=0.0))
            own = [_own(step, f"-{number}-{name}") for step in cycle.steps]
            if name == "reminder-failover":
                own += _restarts(number)
            own.append(Wait(for_s=CALM_S))
            steps += own
            planned_s += sum(step.for_s for step in own if isinstance(step, Wait))
            if planned_s >= setting.duration_s:
                return Plan(steps=tuple(steps))
    raise AssertionError


def _restarts(number: int) -> list[AnyStep]:
    """Restart everything, part by part.

    What was brought back while other parts were still down was not waited for, so nobody wrote when it was ready, and
    to `placement` and `mailbox-order` the cluster seems disturbed from then on.
    """
    hosts = TOPOLOGY.host_names[: TOPOLOGY.hosts]
    steps: list[AnyStep] = []
    for target in ("store", "scheduler:all", "placement:all", *hosts):
        id_ = f"{target}-{number}"
        steps += [Inject(id=id_, verb="restart", target=target), Heal(id=id_), Wait(for_s=3.0)]
    return steps


def _own(step: AnyStep, end: str) -> AnyStep:
    """A step whose fault, reminder or timer has a name that no other round has."""
    match step:
        case Inject() | Heal():
            return msgspec.structs.replace(step, id=step.id + end)
        case Remind() | Forget() | StartTimer() | StopTimer():
            return msgspec.structs.replace(step, name=step.name + end)
        case _:
            return step


def make(events: int, *, seed: int = 1) -> list[ev.Event]:
    """The history of a run that has about so many events."""
    long = Scenario(
        name="benchmark",
        summary="one scenario after the other",
        guarantees=tuple(guarantees()),
        topology=TOPOLOGY,
        load=LOAD,
        plan=plan,
        duration_s={"quick": max(1.0, events / EVENTS_A_SECOND)},
        settle_reminders_s=min(48.0, events / EVENTS_A_SECOND),
    )
    return history(long, Options(seed=seed, driver="simulated"))[0]


def write(path: Path, events: int, *, seed: int = 1) -> None:
    """Write the history of a run that has about so many events."""
    write_history(make(events, seed=seed), path)


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]), seed=int(sys.argv[3]) if len(sys.argv) > 3 else 1)

"""Planner: collects the steps of a directed plan, with unique ids and pauses that stretch with the fault rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from actorproof.harness.session.scenario import Setting
from actorproof.harness.workload.step import (
    AnyStep,
    Burst,
    Forget,
    Heal,
    Inject,
    Plan,
    Remind,
    StartTimer,
    StopTimer,
    Wait,
    Walk,
)
from actorproof.harness.workload.targets import groups_of

BEGUN_S = 0.1
"""How long turns get to begin before the fault that is to strike them: less than the shortest of them takes."""


class Planner:
    """Makes one plan. `planned_s` is how long its pauses take together; faults take their own time on top."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.planned_s = 0.0
        self._steps: list[AnyStep] = []
        self._count = 0

    def wait(self, for_s: float) -> None:
        """Let time pass, stretched by the fault rate."""
        self._steps.append(Wait(for_s=for_s * self.setting.pace))
        self.planned_s += for_s * self.setting.pace

    def hold(self, for_s: float) -> None:
        """Let time pass, not stretched: where the length itself matters."""
        self._steps.append(Wait(for_s=for_s))
        self.planned_s += for_s

    def inject(self, verb: str, target: str, **params: int) -> str:
        """Inject a fault and leave it in place; the id is for `heal`."""
        self._count += 1
        id_ = f"f{self._count}"
        self._steps.append(Inject(id=id_, verb=verb, target=target, params=params))
        return id_

    def heal(self, id_: str) -> None:
        """Heal a fault."""
        self._steps.append(Heal(id=id_))

    def fault(self, verb: str, target: str, *, for_s: float, **params: int) -> None:
        """Inject a fault, keep it in place for exactly `for_s`, and heal it."""
        id_ = self.inject(verb, target, **params)
        self.hold(for_s)
        self.heal(id_)

    def bursts(
        self,
        kind: str,
        method: str,
        *,
        actors: int,
        callers: int = 1,
        hold_s: float = 0.0,
        give_up_s: float | None = None,
        after_s: float = 0.0,
        first: int = 0,
        args: Mapping[str, object] | None = None,
    ) -> None:
        """Start calls on `actors` actors of a kind, numbered from `first`; they come `after_s` from now."""
        self._steps += [
            Burst(
                actor=f"{kind}/b{first + number}",
                method=method,
                callers=callers,
                hold_s=hold_s,
                give_up_s=give_up_s,
                after_s=after_s,
                args=dict(args or {}),
            )
            for number in range(actors)
        ]

    def calls(self, actor: str, method: str, *, callers: int, hold_s: float = 0.0) -> None:
        """Start calls on one actor."""
        self._steps.append(Burst(actor=actor, method=method, callers=callers, hold_s=hold_s))

    def send(self, actor: str, method: str, body: str = "null", *, callers: int = 1) -> None:
        """Start calls on one actor whose body is this JSON text, as it is."""
        self._steps.append(Burst(actor=actor, method=method, callers=callers, json=body))

    def walk(self, *route: str, hold_s: float, patience_s: float, strangers: int = 0) -> None:
        """Start a chain of calls that goes from actor to actor."""
        self._steps.append(
            Walk(actor=route[0], route=route[1:], hold_s=hold_s, patience_s=patience_s, strangers=strangers)
        )

    def open_turns(self) -> None:
        """Start turns that save at their end, long ones and short ones, so that a fault strikes some of each."""
        self.bursts("Sleeper", "hold_save", actors=20, callers=2, hold_s=1.5)
        self.bursts("Ledger", "append", actors=8, callers=2, hold_s=0.2)
        self.hold(BEGUN_S)

    def remind(self, actor: str, *, due_s: float, period_s: float | None = None, repetitions: int | None = None) -> str:
        """Register a reminder under a name of its own; the name is for `forget`."""
        name = self.fresh("r")
        self.step(Remind(actor=actor, name=name, due_s=due_s, period_s=period_s, repetitions=repetitions))
        return name

    def fresh(self, kind: str) -> str:
        """A name that this plan has not used."""
        self._count += 1
        return f"{kind}{self._count}"

    def step(self, *steps: AnyStep) -> None:
        """Add steps as they are."""
        self._steps += steps

    def forget(self, actor: str, name: str) -> None:
        """Unregister a reminder; not waited for."""
        self._steps.append(Forget(actor=actor, name=name))

    def start_timer(
        self,
        actor: str,
        *,
        due_s: float,
        period_s: float | None = None,
        repetitions: int | None = None,
        ttl_s: float | None = None,
        hold_s: float = 0.0,
        fail_every: int = 0,
    ) -> str:
        """Have an actor register a timer under a name of its own; the name is for `stop_timer`."""
        self._count += 1
        name = f"t{self._count}"
        self._steps.append(
            StartTimer(
                actor=actor,
                name=name,
                due_s=due_s,
                period_s=period_s,
                repetitions=repetitions,
                ttl_s=ttl_s,
                hold_s=hold_s,
                fail_every=fail_every,
            )
        )
        return name

    def stop_timer(self, actor: str, name: str) -> None:
        """Have an actor unregister a timer; not waited for."""
        self._steps.append(StopTimer(actor=actor, name=name))

    def stop_everything(self, *, for_s: float, again: Sequence[Callable[[], None]] = ()) -> None:
        """Kill hosts, placement, schedulers and the store, and bring them back after `for_s`, the store first.

        The steps of each `again` follow as soon as every host but one runs. Then all that holds state is killed once
        more, hosts and the store: whatever kept the first stop from showing something, here is another.
        """
        there = groups_of(self.setting.topology)
        groups = [group for group in ("store", "scheduler:all", "placement:all") if group in there]
        hosts = [f"host-{number + 1}" for number in range(self.setting.topology.hosts)]
        down = self._killed((*groups, *hosts), for_s=for_s)
        last = [down.pop()] if again and len(hosts) > 1 else []
        for id_ in down:
            self.heal(id_)
        for steps in again if last else ():
            steps()
            # The control plane stays: a scheduler that is killed once more keeps everybody waiting for longer still.
            for id_ in self._killed(("store", *hosts[:-1]), for_s=for_s):
                self.heal(id_)
        for id_ in last:
            self.heal(id_)

    def _killed(self, targets: Sequence[str], *, for_s: float) -> list[str]:
        """Kill, in the reverse order, and wait; the ids of the faults in the order in which they are to be healed."""
        down = [self.inject("kill", target) for target in reversed(targets)]
        self.hold(for_s)
        return down[::-1]

    def host(self) -> str:
        """One of the hosts that run from the start."""
        return f"host-{self.setting.rng.randrange(self.setting.topology.hosts) + 1}"

    def repeat(self, cycle: Callable[[], None]) -> Plan:
        """Repeat a cycle of steps until its pauses fill the duration; at least once."""
        while True:
            cycle()
            if self.planned_s >= self.setting.duration_s:
                return self.plan()

    def take(self) -> tuple[AnyStep, ...]:
        """Take out what was collected since the last time."""
        taken, self._steps = tuple(self._steps), []
        return taken

    def plan(self) -> Plan:
        """What was collected."""
        return Plan(steps=tuple(self._steps))

"""Example: one run of the state machine through a cluster, and its own model of what it did there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from hypothesis.stateful import RuleBasedStateMachine

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.faults.kind import Strikes
from actorproof.harness.faults.registry import kinds
from actorproof.harness.history import fault_traits as traits
from actorproof.harness.workload.machine.hits import Hit, Hits
from actorproof.harness.workload.step import AnyStep, Forget, Heal, Inject, Remind, Settle, StopTimer, Wait

Perform = Callable[[AnyStep], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What the examples of one state machine have in common.

    Attributes:
        names: a name for each example. Its actors and faults have it in theirs.
        pauses_s: what may pass between two steps.
        max_faults: how many of its faults may be in place at once.
        odd_ids: see `Drawing`.
    """

    perform: Perform
    topology: Topology
    hits: Hits
    names: Iterator[str]
    pauses_s: tuple[float, ...]
    max_faults: int
    odd_ids: bool


class Example(RuleBasedStateMachine):
    """What an example did, and what it may do next.

    Attributes:
        faults: targets of the faults that are in place, by id.
        unrest: whether a fault may have disturbed what comes next.
        reminders, timers: actor and name of those that are registered.
    """

    scope: ClassVar[Scope]

    def __init__(self) -> None:
        super().__init__()
        self.example = next(self.scope.names)
        self.count = 0
        self.faults: dict[str, str] = {}
        self.unrest = False
        self.reminders: list[tuple[str, str]] = []
        self.timers: list[tuple[str, str]] = []

    def perform(self, step: AnyStep) -> None:
        """Hand on a step."""
        self.scope.perform(step)

    def fresh(self, kind: str) -> str:
        """A name that was never used."""
        self.count += 1
        return f"{self.example}-{kind}{self.count}"

    def there(self, type_: str) -> bool:
        """Whether hosts have an actor type."""
        return not self.scope.topology.types or type_ in self.scope.topology.types

    def calm(self) -> bool:
        """Whether no fault is in place."""
        return not self.faults

    def may_hit(self) -> bool:
        """Whether another fault may be injected."""
        return len(self.faults) < self.scope.max_faults

    def inject(self, hit: Hit, strength: int | None) -> str | None:
        """Inject a fault, unless the model says that it can't be; its id. Without `strength` a kind's take turns."""
        verb, target = hit
        if not self._possible(verb, target):
            return None
        id_ = self.fresh("f")
        self.faults[id_] = target
        self.unrest = True
        strengths = kinds()[verb].strengths
        params = strengths[(self.count if strength is None else strength) % len(strengths)]
        self.perform(Inject(id=id_, verb=verb, target=target, params=dict(params)))
        return id_

    def take_back(self, id_: str) -> None:
        """Heal a fault."""
        del self.faults[id_]
        self.perform(Heal(id=id_))

    def strike(self, hit: Hit, for_s: float | None, strength: int | None = None) -> None:
        """Inject a fault, and heal it after a while if that is given."""
        id_ = self.inject(hit, strength)
        if id_ is not None and for_s is not None:
            self.perform(Wait(for_s=for_s))
            self.take_back(id_)

    def register(
        self, actor: str, due_s: float, period_s: float | None, repetitions: int | None, *, payload: str | None = None
    ) -> None:
        """Register a reminder that carries a JSON text, where there is what serves it."""
        if self.scope.topology.schedulers:
            name = self.fresh("r")
            self.reminders.append((actor, name))
            self.perform(
                Remind(
                    actor=actor,
                    name=name,
                    due_s=due_s,
                    period_s=period_s,
                    repetitions=repetitions,
                    data_json=payload,
                )
            )

    def teardown(self) -> None:
        """Heal everything, forget every reminder and timer, and wait until the runtime agrees with itself."""
        for id_ in list(self.faults):
            self.perform(Heal(id=id_))
        for actor, name in self.reminders:
            self.perform(Forget(actor=actor, name=name))
        for actor, name in self.timers:
            self.perform(StopTimer(actor=actor, name=name))
        self.perform(Settle())

    def _possible(self, verb: str, target: str) -> bool:
        """Whether a fault of ours may work on a target: one at a time, and never on the last whole host."""
        if ">" in target or kinds()[verb].has(traits.JOINS) or kinds()[verb].strikes is Strikes.WORKERS:
            return self._free(target)
        if target in self.scope.hits.groups:
            role = target.partition(":")[0]
            return all(t.partition(":")[0] != role for t in self.faults.values())
        whole = [h for h in self.scope.hits.hosts if self._free(h)]
        return target.partition("/")[0] in whole and len(whole) > 1

    def _free(self, target: str) -> bool:
        """Whether no fault of ours works on that target, or on the host that it belongs to."""
        place = target.partition(">")[0].partition("/")[0]
        taken = {t.partition(">")[0].partition("/")[0] for t in self.faults.values()}
        return place not in taken and target not in self.faults.values()

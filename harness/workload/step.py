"""Steps of a plan, as data: what a scenario or the state machine does, in order, so that it can be done again."""

from __future__ import annotations

import msgspec

from actorproof.harness.faults.fault import Fault


class Step(msgspec.Struct, frozen=True, kw_only=True, tag_field="step", forbid_unknown_fields=True):
    """What every step has: nothing but its name."""


class Wait(Step, tag="wait", frozen=True, kw_only=True):
    """Let `for_s` seconds pass; load and faults go on."""

    for_s: float


class Inject(Step, tag="inject", frozen=True, kw_only=True):
    """Inject a fault and leave it in place. Does not wait for its effect to spread.

    Attributes:
        id: how `heal` names it.
        verb, target, params: see `harness.faults.fault.Fault`.
    """

    id: str
    verb: str
    target: str
    params: dict[str, int] = {}

    def __post_init__(self) -> None:
        """UsageError for a kind that is unknown, or one that does not take the target or a parameter."""
        self.fault()

    def fault(self) -> Fault:
        """The fault as the nemesis takes it."""
        return Fault(verb=self.verb, target=self.target, params=self.params)


class Heal(Step, tag="heal", frozen=True, kw_only=True):
    """Heal the fault that the inject step `id` made."""

    id: str


class Burst(Step, tag="burst", frozen=True, kw_only=True):
    """Start `callers` concurrent calls on one actor and do not wait for them.

    Attributes:
        hold_s: how long each turn holds on.
        give_up_s: when set, every second caller gives up after so long.
        args: what else the method is given: any JSON object, of any size. `hold_s` is not among them.
    """

    actor: str
    method: str
    callers: int
    hold_s: float = 0.0
    give_up_s: float | None = None
    args: dict[str, object] = {}

    def __post_init__(self) -> None:
        """ValueError when the arguments say a second time how long to hold."""
        if "hold_s" in self.args:
            raise ValueError(f"burst on {self.actor}: give hold_s as the step's own field, not in args")


class Walk(Step, tag="walk", frozen=True, kw_only=True):
    """Start a chain of calls among actors that call each other, with strangers who want the same actors meanwhile.

    Not waited for. When the chain has been answered, each of its actors is called once more.

    Attributes:
        actor, route: the chain's first actor, and those that are called from there on, one by the other.
        hold_s: how long each turn holds on before its own call, and after it.
        patience_s: when the first actor gives up on its call.
        strangers: callers of each actor of the chain.
    """

    actor: str
    route: tuple[str, ...]
    hold_s: float = 0.0
    patience_s: float
    strangers: int = 0


class Remind(Step, tag="remind", frozen=True, kw_only=True):
    """Register a reminder. A name may be registered again: it replaces the other, from which `data` has to differ.

    Attributes:
        data: the text that it carries, of any size; its name when None.
    """

    actor: str
    name: str
    due_s: float
    period_s: float | None = None
    repetitions: int | None = None
    ttl_s: float | None = None
    data: str | None = None


class Forget(Step, tag="forget", frozen=True, kw_only=True):
    """Unregister a reminder."""

    actor: str
    name: str


class StartTimer(Step, tag="start-timer", frozen=True, kw_only=True):
    """Have an actor register a timer for itself. Names are never used twice.

    Attributes:
        hold_s: how long each callback holds on.
        fail_every: when not 0, every nth callback of the actor fails.
    """

    actor: str
    name: str
    due_s: float
    period_s: float | None = None
    repetitions: int | None = None
    ttl_s: float | None = None
    hold_s: float = 0.0
    fail_every: int = 0


class StopTimer(Step, tag="stop-timer", frozen=True, kw_only=True):
    """Have an actor unregister a timer."""

    actor: str
    name: str


class Settle(Step, tag="settle", frozen=True, kw_only=True):
    """Wait until the runtime agrees with itself again: equal tables everywhere, every running host ready."""

    timeout_s: float = 30.0


AnyStep = Wait | Inject | Heal | Burst | Walk | Remind | Forget | StartTimer | StopTimer | Settle


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is done to a cluster, in order."""

    steps: tuple[AnyStep, ...]

    def without_faults(self) -> Plan:
        """The same without faults and their heals, and without callers that give up, which is a disturbance too."""
        kept = (step for step in self.steps if not isinstance(step, Inject | Heal))
        return Plan(
            steps=tuple(msgspec.structs.replace(s, give_up_s=None) if isinstance(s, Burst) else s for s in kept)
        )

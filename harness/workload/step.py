"""Steps of a plan, as data: what a scenario or the state machine does, in order, so that it can be done again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec

from actorproof.harness.errors import UsageError
from actorproof.harness.faults.fault import Fault
from actorproof.harness.history.fault_traits import fault_kind
from actorproof.harness.request import Schedule
from actorproof.harness.times import Form, TimeField, Times
from actorproof.harness.workload.load import Load


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
        give_up_s: when set, every second caller gives up after so long, and one that is alone.
        after_s: how long the callers wait first, while the plan goes on: a fault takes its time, and so may meet them.
        args: what else the method is given: any JSON object, of any size. `hold_s` is not among them.
        body: what is sent instead of all that, as it is: any bytes (base64 in a file), none, or of any size. The
            method is given it as `body`, in base64.
        json: the same, as a JSON text; to the history `body` is what it says.
    """

    actor: str
    method: str
    callers: int
    hold_s: float = 0.0
    give_up_s: float | None = None
    after_s: float = 0.0
    args: dict[str, object] = {}
    body: bytes | None = None
    json: str | None = None

    def __post_init__(self) -> None:
        """ValueError when the arguments say a second time how long to hold, or are given beside a body."""
        payload_text(None, self.json)
        if (self.body is not None or self.json is not None) and (self.args or self.hold_s):
            raise ValueError(f"burst on {self.actor}: a body is all that is sent: leave args and hold_s out")
        if "hold_s" in self.args:
            raise ValueError(f"burst on {self.actor}: give hold_s as the step's own field, not in args")


class Populate(Step, tag="populate", frozen=True, kw_only=True):
    """Ask each of `count` actors once, and wait until all have been answered or given up on.

    Attributes:
        first: the number of the first one.
        method: ``write`` gives each register a value of its own, ``read`` reads it, and ``remind`` registers a reminder
            that fires once for each recorder.
        size_bytes: how long that value is.
        callers: how many call at the same time.
        due_s, spread_s: the reminders are due one after the other within `spread_s`, from `due_s` after the step's
            begin on; one that is registered later is due at once.
    """

    first: int = 0
    count: int
    method: Literal["write", "read", "remind"]
    size_bytes: int = 1000
    callers: int = 32
    due_s: float = 0.0
    spread_s: float = 0.0

    def __post_init__(self) -> None:
        """UsageError for times before the step's begin, or times of what is no reminder."""
        if min(self.due_s, self.spread_s) < 0:
            raise UsageError("populate: due_s and spread_s are seconds after its begin: give 0 or more")
        if self.method != "remind" and (self.due_s or self.spread_s):
            raise UsageError(f"populate: only reminders are due: leave due_s and spread_s out of a {self.method}")


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
    """Register a reminder. A name may be registered again: it replaces the other.

    Attributes:
        forms, texts: how its times are written, see `harness.times.Times`.
        data: the text that it carries, of any size; its name when None.
        data_json: JSON text of what it carries instead; empty for nothing at all.
        overwrite: whether it takes the place of another of its name; None leaves that to the runtime.
    """

    actor: str
    name: str
    due_s: float
    period_s: float | None = None
    repetitions: int | None = None
    ttl_s: float | None = None
    forms: dict[TimeField, Form] = {}
    texts: dict[str, str] = {}
    data: str | None = None
    data_json: str | None = None
    overwrite: bool | None = None

    def __post_init__(self) -> None:
        """UsageError for times that can't be written, or data that is no JSON."""
        self.schedule(wall_ns=0)

    def schedule(self, *, wall_ns: int) -> Schedule:
        """What is asked of the runtime at an instant of the wall clock."""
        return Schedule(
            due_s=self.due_s,
            period_s=self.period_s,
            repetitions=self.repetitions,
            ttl_s=self.ttl_s,
            forms=self.forms,
            texts=self.texts,
            wall_ns=wall_ns,
            data=payload_text(self.name if self.data is None else self.data, self.data_json),
            overwrite=self.overwrite,
        )


class Forget(Step, tag="forget", frozen=True, kw_only=True):
    """Unregister a reminder."""

    actor: str
    name: str


class StartTimer(Step, tag="start-timer", frozen=True, kw_only=True):
    """Have an actor register a timer for itself. A name may be registered again: it replaces the other.

    Attributes:
        forms, texts: how its times are written, see `harness.times.Times`.
        data_json: JSON text of what it carries; empty for nothing at all, and when None what its callback needs.
        hold_s: how long each callback holds on.
        fail_every: when not 0, every nth callback of the actor fails.
        saves: whether each callback saves.
    """

    actor: str
    name: str
    due_s: float
    period_s: float | None = None
    repetitions: int | None = None
    ttl_s: float | None = None
    forms: dict[TimeField, Form] = {}
    texts: dict[str, str] = {}
    data_json: str | None = None
    hold_s: float = 0.0
    fail_every: int = 0
    saves: bool = False

    def __post_init__(self) -> None:
        """UsageError for times that can't be written, or data that is no JSON or says nothing to its callback."""
        if self.data_json is not None and (self.hold_s or self.fail_every or self.saves):
            raise UsageError(
                f"timer {self.name}: hold_s, fail_every and saves are carried to it: leave them or data_json out"
            )
        payload_text(None, self.data_json)
        Times(due_s=self.due_s, period_s=self.period_s, forms=self.forms)


class StopTimer(Step, tag="stop-timer", frozen=True, kw_only=True):
    """Have an actor unregister a timer."""

    actor: str
    name: str


class Settle(Step, tag="settle", frozen=True, kw_only=True):
    """Wait until the runtime agrees with itself again: equal tables everywhere, every running host ready."""

    timeout_s: float = 30.0


class StartLoad(Step, tag="start-load", frozen=True, kw_only=True):
    """Start a load on actors of its own, whose names begin with its id."""

    id: str
    load: Load = Load()


class StopLoad(Step, tag="stop-load", frozen=True, kw_only=True):
    """Stop the load that the step `id` started, and wait until its calls have ended."""

    id: str


AnyStep = (
    Wait
    | Inject
    | Heal
    | Burst
    | Populate
    | Walk
    | Remind
    | Forget
    | StartTimer
    | StopTimer
    | StartLoad
    | StopLoad
    | Settle
)


def payload_text(data: object, data_json: str | None) -> str | None:
    """JSON text of what a reminder or timer carries: `data`, or `data_json` where that is given; None for nothing.

    UsageError when that is no JSON.
    """
    if data_json is None:
        return msgspec.json.encode(data).decode()
    try:
        msgspec.json.decode(data_json or "null")
    except msgspec.DecodeError as error:
        raise UsageError(f"data_json is {data_json[:40]!r}: {error}") from error
    return data_json or None


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is done to a cluster, in order."""

    steps: tuple[AnyStep, ...]

    @property
    def kinds(self) -> set[str]:
        """The kinds of faults that it injects, such as ``kill host/app``."""
        return {fault_kind(step.verb, step.target) for step in self.steps if isinstance(step, Inject)}

    def without(self, targets: Collection[str]) -> Plan:
        """The same without faults on these targets, and without their heals."""
        gone = {step.id for step in self.steps if isinstance(step, Inject) and step.target in targets}
        kept = (step for step in self.steps if not (isinstance(step, Inject | Heal) and step.id in gone))
        return Plan(steps=tuple(kept))

    def without_faults(self) -> Plan:
        """The same without faults and their heals, and without callers that give up, which is a disturbance too."""
        kept = (step for step in self.steps if not isinstance(step, Inject | Heal))
        return Plan(
            steps=tuple(msgspec.structs.replace(s, give_up_s=None) if isinstance(s, Burst) else s for s in kept)
        )

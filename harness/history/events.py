"""The events of a history: frozen, typed, one JSON object a line.

Every event carries `process` (who wrote it), `seq` (that process's own running number, from 0, without gaps) and
`t_ns` (CLOCK_MONOTONIC in nanoseconds, one clock for all processes of a machine). Field `kind` names the event.

Names used in events:

- a *unit* is one supervised process of a cluster, by role and place: ``host-1/app``, ``host-1/sidecar``,
  ``placement-0``, ``scheduler-0``, ``store``, ``toxiproxy``; an *incarnation* counts its starts from 1;
- a *process* that writes events is ``harness``, or an application's incarnation, ``host-1/app#2``;
- an *actor* is ``Type/id``;
- a *link* is ``from>to``: ``client>host-1``, ``host-1>app``, ``host-1>store``, ``host-1>placement-0``,
  ``hosts>scheduler-0``, ``peers>host-1`` (what flows into a host from other sidecars).

JSON text is kept as text (`args`, `result`, `data`, `value`): a checker decodes only what it needs.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec.structs import force_setattr

from actorproof.harness.history import declared, fault_traits, halves, under_way
from actorproof.harness.history.traits import (
    READERS_BESIDE_WRITERS,
    SIDECARS_HAND_OVER,
    STATE_IN_MEMORY,
    slots_of,
    traits_of,
)

DeclaredMethod = declared.DeclaredMethod
DeclaredType = declared.DeclaredType
Effect = declared.Effect
TYPES_BEFORE = declared.BEFORE
FaultTrait = fault_traits.FaultTrait
fault_kind = fault_traits.fault_kind
half = halves.half
UnderWay = under_way.UnderWay
UNDER_WAY = under_way.UNDER_WAY
Action = Literal["call", "register-reminder", "unregister-reminder", "register-timer", "unregister-timer"]
Outcome = Literal["ok", "fail", "info"]
Cause = Literal["call", "reminder", "timer"]
RuntimeCall = Literal["read", "call", "register-reminder", "unregister-reminder", "register-timer", "unregister-timer"]
Asked = Literal[RuntimeCall, "save"]


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="kind", forbid_unknown_fields=True):
    """What every event has.

    Attributes:
        process: who wrote it: ``harness`` or an application's incarnation such as ``host-1/app#2``.
        seq: the writer's own running number, from 0, without gaps.
        t_ns: CLOCK_MONOTONIC when it was written, in nanoseconds.
    """

    process: str
    seq: int
    t_ns: int


class JournalOpened(Event, tag="journal-opened", frozen=True, kw_only=True, gc=False):
    """The first event of every process. Clocks compare only within one boot and one time namespace.

    Attributes:
        run: run and scenario that the journal is of; empty in journals that were written before there was such a word.
    """

    pid: int
    boot_id: str
    time_namespace: str
    wall_ns: int
    run: str = ""


class RunStarted(Event, tag="run-started", frozen=True, kw_only=True, gc=False):
    """What the run is, as far as a checker has to know it. Durations are in seconds, as configured.

    Attributes:
        reentrancy: whether it is on for actor types in general; `reentrancy_exceptions` are those with the opposite.
        max_stack_depth: how many turns of one chain an actor may have open at once.
        idle_timeouts_s: by actor type, where it is another one.
        traits: how this version of the runtime differs from others, in the words of `history.traits`. A history
            that was recorded before it said so has those of its version.
        types: the actor types of its hosts, and what their methods do. A history that was recorded before it said so
            has those of that time.
    """

    run: str
    scenario: str
    profile: str
    seed: int
    runtime: str
    version: str
    hosts: int
    placements: int
    schedulers: int
    subject: str
    idle_timeout_s: float
    drain_timeout_s: float
    drain_enabled: bool
    dissemination_timeout_s: float
    reentrancy: bool
    max_stack_depth: int = 32
    reentrancy_exceptions: tuple[str, ...] = ()
    idle_timeouts_s: dict[str, float] = {}
    traits: tuple[str, ...] | None = None
    types: tuple[DeclaredType, ...] | None = None

    def __post_init__(self) -> None:
        if self.traits is None:
            force_setattr(self, "traits", traits_of(self.version))
        if self.types is None:
            force_setattr(self, "types", declared.types_before(self.subject))

    def idle_s(self, actor: str) -> float:
        """The idle time-out of an actor."""
        return self.idle_timeouts_s.get(actor.partition("/")[0], self.idle_timeout_s)

    def reads_beside(self, actor: str, method: str) -> bool:
        """Whether turns of a method only read their actor and the runtime has such turns run beside others."""
        declared = self.type_of(actor) if READERS_BESIDE_WRITERS in (self.traits or ()) else None
        return declared is not None and any(each.name == method and each.effect == "reads" for each in declared.methods)

    @property
    def sidecars_hand_over(self) -> bool:
        """Whether what stands before a host decides nothing: no part of the runtime ends with it."""
        return SIDECARS_HAND_OVER in (self.traits or ())

    @property
    def slots(self) -> int | None:
        """How many calls a host works on at once; None where nothing limits that."""
        return slots_of(self.traits or ())

    @property
    def state_in_memory(self) -> bool:
        """Whether nothing keeps what actors save."""
        return STATE_IN_MEMORY in (self.traits or ())

    def type_of(self, actor: str) -> DeclaredType | None:
        """What the type of an actor declares; None for one that no host has declared."""
        name = actor.partition("/")[0]
        return next((each for each in self.types or () if each.name == name), None)


class ApplicationAsked(Event, tag="application-asked", frozen=True, kw_only=True, gc=False):
    """The hosts run an application of a user's own, which was asked beforehand.

    Attributes:
        types: the actor types that it hosts.
        health: the status of its answer to ``GET /healthz``; None when there was none, 0 when it was not asked.
        unread: settings that it declares under a name that the runtime does not read, each with the one that it reads.
    """

    types: tuple[str, ...]
    health: int | None = None
    unread: tuple[tuple[str, str], ...] = ()


class PhaseReached(Event, tag="phase", frozen=True, kw_only=True, gc=False):
    """A stage of the run, in this order:

    ``ready`` (cluster answers), ``load`` (clients start), ``healed`` (last fault healed, everything resumed),
    ``quiet`` (no open turn, pending call or due reminder), ``final`` (final states were read), ``closed`` (clients
    closed, sidecars and proxies stopped, applications idle, logs whole: absence may be concluded from here on).
    """

    phase: Literal["ready", "load", "healed", "quiet", "final", "closed"]


class Invoked(Event, tag="invoked", frozen=True, kw_only=True, gc=False):
    """A client is about to send the first byte of an operation.

    An actor that calls an actor is a client, too: its application writes the event, and `client` is the calling turn.

    Attributes:
        op: unique id of the operation; a call carries it to its turn.
        client: the logical caller; its operations never overlap. Probes are named ``probe-...``.
        via: the host whose sidecar is asked, or ``-``.
        action: what is asked for.
        name: method, reminder or timer name.
        args: JSON text of the arguments (for a registration: due_s, period_s, repetitions, ttl_s, data).
        give_up_s: when the client will give up, if it means to give up early; None for an ordinary deadline.
    """

    op: str
    client: str
    via: str
    actor: str
    action: Action
    name: str
    args: str
    give_up_s: float | None = None


class Completed(Event, tag="completed", frozen=True, kw_only=True, gc=False):
    """An operation ended for its caller.

    Attributes:
        outcome: ``ok`` only with the whole result in hand; ``fail`` only if it was refused before a byte was sent;
            everything else ``info``.
        status: HTTP status, when an answer came.
        turn: the turn that answered, as the reply names it.
        result: JSON text of the result of an ``ok`` call.
        reason: for a human, why it is not ``ok``: ``refused``, ``gave-up``, ``deadline``, ``status-500``, ``cut-off``.
    """

    op: str
    outcome: Outcome
    status: int | None = None
    turn: str | None = None
    result: str = "null"
    reason: str = ""


class InvariantBroken(Event, tag="invariant-broken", frozen=True, kw_only=True, gc=False):
    """The answer of an operation, written before, breaks what a user says of every answer; `reason` is for people."""

    op: str
    reason: str


class Activated(Event, tag="activated", frozen=True, kw_only=True, gc=False):
    """An application met an actor that it did not hold: a new instance, (process, actor, instance)."""

    actor: str
    instance: int
    nonce: str


class Deactivated(Event, tag="deactivated", frozen=True, kw_only=True, gc=False):
    """An application received the DELETE of an actor; written on receipt.

    `instance` is the one that ends; 0 where a witness outside the application saw that it holds none.
    """

    actor: str
    instance: int


class TurnStarted(Event, tag="turn-started", frozen=True, kw_only=True, gc=False):
    """A turn begins; written before any user code of it runs.

    Attributes:
        turn: unique id, also in the reply and in everything that the turn writes.
        instance: number of the actor's instance in this process.
        cause, name: a call and its method, a reminder and its name, a timer and its name.
        op: the operation that caused it, when it was a call of ours.
        chain: the reentrancy id, when the runtime sent one.
        data: JSON text of a reminder's or timer's payload.
        callback: the method that a timer is to call, as the runtime names it; None for anything but a timer.
    """

    turn: str
    actor: str
    instance: int
    cause: Cause
    name: str
    op: str | None = None
    chain: str | None = None
    data: str = "null"
    callback: str | None = None


class TurnEnded(Event, tag="turn-ended", frozen=True, kw_only=True, gc=False):
    """A turn ends: user code and its save are done, the reply is not yet sent.

    Attributes:
        completed: true when 200 is about to be answered, false when the turn failed.
        result: JSON text of the result of a completed call.
        cancels: whether the answer asks the runtime to fire its reminder or timer no more.
    """

    turn: str
    completed: bool
    result: str = "null"
    cancels: bool = False


class TurnLost(Event, tag="turn-lost", frozen=True, kw_only=True, gc=False):
    """A witness outside the application lost sight of a turn: it may have ended, or go on. `reason` is for people.

    `seen_ns` is when the turn was last seen open, where its process was found dead since: it is over then.
    """

    turn: str
    reason: str
    seen_ns: int | None = None


class DeactivationAnswered(Event, tag="deactivation-answered", frozen=True, kw_only=True, gc=False):
    """An application answered the DELETE of an actor; `status` is None when the connection ended without an answer."""

    actor: str
    instance: int
    status: int | None = None


class SdkNamed(Event, tag="sdk-named", frozen=True, kw_only=True, gc=False):
    """An application asked its sidecar under the name of this SDK, for the first time: ``dapr-go-sdk``, ``1.11.0``."""

    sdk: str
    version: str


class Unattributed(Event, tag="unattributed", frozen=True, kw_only=True, gc=False):
    """An application asked its sidecar for something, and a witness outside it can't say in which turn.

    Attributes:
        actor: whose state, reminder or timer it is; empty for a call, which names only the actor that is called.
        what, name: as in `RuntimeCallStarted`; the name is empty for a save.
        open: how many turns it may be of: none is open, or several are.
    """

    actor: str
    what: Asked
    name: str
    open: int


class UnattributedRefused(Event, tag="unattributed-refused", frozen=True, kw_only=True, gc=False):
    """What was laid to no turn, and told by an `Unattributed` of these names, was answered with a refusal."""

    actor: str
    what: Asked
    name: str
    reason: str


class SaveStarted(Event, tag="save-started", frozen=True, kw_only=True, gc=False):
    """A turn is about to send one state transaction.

    Attributes:
        save: unique id of the transaction.
        writes: JSON text: a list of [key, value or null], in order.
    """

    save: str
    turn: str
    actor: str
    writes: str


class SaveEnded(Event, tag="save-ended", frozen=True, kw_only=True, gc=False):
    """A state transaction was answered: acknowledged (204) or not (refused or unknown)."""

    save: str
    acknowledged: bool
    reason: str = ""


class RuntimeCallStarted(Event, tag="runtime-call-started", frozen=True, kw_only=True, gc=False):
    """A turn is about to ask its sidecar for something other than a save or a call to an actor.

    Attributes:
        call: unique id of the request.
        what: a read of state, a call to an actor whose operation is not known, or a registration.
        name: the key that is read, ``Type/id.method`` of the call, or the reminder or timer.
    """

    call: str
    turn: str
    actor: str
    what: RuntimeCall
    name: str


class RuntimeCallEnded(Event, tag="runtime-call-ended", frozen=True, kw_only=True, gc=False):
    """The sidecar answered such a request; `ok` is false when it was refused, or when no answer came."""

    call: str
    ok: bool
    reason: str = ""


class FaultStarted(Event, tag="fault-started", frozen=True, kw_only=True, gc=False):
    """The nemesis is about to inject a fault. Written before the first signal or request.

    Attributes:
        fault: unique id in the run.
        verb: of its kind (`actorproof list --faults` lists them).
        target: unit, host, link, a group (``placement:leader``, ``placement:all``, ``scheduler:all``), or a pair
            (``host-1->host-2``, ``host-1<->host-2``).
        units: the units that it really touched, resolved.
        links: the links that it really touched, resolved.
        params: JSON text of the rest.
        traits: what it does, in words of `fault_traits`; those of its verb where a history was recorded without.
    """

    fault: str
    verb: str
    target: str
    units: tuple[str, ...]
    links: tuple[str, ...]
    params: str = "{}"
    traits: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.traits is None:
            force_setattr(self, "traits", fault_traits.BEFORE.get(self.verb, ()))

    def has(self, trait: FaultTrait) -> bool:
        """Whether it has that trait, a word of `fault_traits`."""
        return trait in (self.traits or ())


class FaultTook(Event, tag="fault-took", frozen=True, kw_only=True, gc=False):
    """A fault took effect, with the evidence: pid gone, state T, bytes blocked, owner moved."""

    fault: str
    evidence: tuple[str, ...]


class FaultMissed(Event, tag="fault-missed", frozen=True, kw_only=True, gc=False):
    """A fault was injected but did not show its effect within its deadline."""

    fault: str
    reason: str


class FaultHealed(Event, tag="fault-healed", frozen=True, kw_only=True, gc=False):
    """A fault was healed: what it stopped runs and is ready again, what it held up flows again."""

    fault: str
    evidence: tuple[str, ...] = ()


class UnitStarted(Event, tag="unit-started", frozen=True, kw_only=True, gc=False):
    """A unit's process exists."""

    unit: str
    incarnation: int
    pid: int


class UnitReady(Event, tag="unit-ready", frozen=True, kw_only=True, gc=False):
    """A unit answered its readiness question."""

    unit: str
    incarnation: int


class UnitSignalled(Event, tag="unit-signalled", frozen=True, kw_only=True, gc=False):
    """A signal is about to be sent: its t_ns is the instant before."""

    unit: str
    incarnation: int
    signal: Literal["SIGKILL", "SIGTERM", "SIGSTOP", "SIGCONT"]


class UnitExited(Event, tag="unit-exited", frozen=True, kw_only=True, gc=False):
    """A unit's process was reaped; `code` is negative for a signal. `expected` when the harness asked for it."""

    unit: str
    incarnation: int
    code: int
    expected: bool


class TableObserved(Event, tag="table-observed", frozen=True, kw_only=True, gc=False):
    """A placement replica's table changed since it was last asked. `hosts` are those that it lists with types.

    It changed after `not_before_ns`, when the last look that found another one was begun: a replica that is stopped or
    busy answers late. 0 where that is not known.
    """

    placement: str
    leader: bool
    version: int
    hosts: tuple[str, ...]
    not_before_ns: int = 0


class SidecarObserved(Event, tag="sidecar-observed", frozen=True, kw_only=True, gc=False):
    """A sidecar's own view changed since it was last asked."""

    host: str
    answers: bool
    placement_connected: bool
    host_ready: bool


class MemoryObserved(Event, tag="memory-observed", frozen=True, kw_only=True, gc=False):
    """How much memory a unit's process and its children have resident, in bytes."""

    unit: str
    resident_bytes: int


class StoreWrite(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One key of one actor in a commit. `value` is None for a deletion."""

    actor: str
    key: str
    value: str | None


class StoreCommitted(Event, tag="store-committed", frozen=True, kw_only=True, gc=False):
    """One transaction as the store's own log has it, in the order of the log.

    The commit happened in (not_before_ns, t_ns]: the log was read at both instants and had it only at the second.

    Attributes:
        base: the index of the commit whose state it went on from, -1 for none; None where the log does not say that.
    """

    index: int
    not_before_ns: int
    writes: tuple[StoreWrite, ...]
    base: int | None = None


class StoreLogBroken(Event, tag="store-log-broken", frozen=True, kw_only=True, gc=False):
    """The store's log could not be followed further; conclusions from it are unknown."""

    reason: str


class Stalled(Event, tag="stalled", frozen=True, kw_only=True, gc=False):
    """The harness's own heartbeat came late by `late_ns`: the machine stood still or was too busy."""

    late_ns: int


class WallStepped(Event, tag="wall-stepped", frozen=True, kw_only=True, gc=False):
    """The wall clock moved against the monotonic clock by `step_ns`."""

    step_ns: int


class InputRefused(Event, tag="input-refused", frozen=True, kw_only=True, gc=False):
    """The runtime refused a request for what it is: it says so each time, and nothing of it was done.

    Attributes:
        text: what was asked for, cut where it is long: ``add of Counter/a?b``, ``r1 of Recorder/a``.
        reason: the runtime's answer.
    """

    action: Action
    text: str
    reason: str


class Troubled(Event, tag="trouble", frozen=True, kw_only=True, gc=False):
    """Something that the harness meant to do could not be done; `text` is for people."""

    text: str


AnyEvent = (
    JournalOpened
    | RunStarted
    | ApplicationAsked
    | PhaseReached
    | Invoked
    | Completed
    | InvariantBroken
    | Activated
    | Deactivated
    | TurnStarted
    | TurnEnded
    | TurnLost
    | DeactivationAnswered
    | SdkNamed
    | Unattributed
    | UnattributedRefused
    | SaveStarted
    | SaveEnded
    | RuntimeCallStarted
    | RuntimeCallEnded
    | FaultStarted
    | FaultTook
    | FaultMissed
    | FaultHealed
    | UnitStarted
    | UnitReady
    | UnitSignalled
    | UnitExited
    | TableObserved
    | SidecarObserved
    | MemoryObserved
    | StoreCommitted
    | StoreLogBroken
    | Stalled
    | WallStepped
    | InputRefused
    | Troubled
)

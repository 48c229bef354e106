"""The state machine: Hypothesis draws what happens to a cluster, step by step.

Rules depend only on drawn values and on the machine's own model of the cluster, never on live state. Every step goes
to `perform`. The machine owns no thread and no clock. What it drew is a plan, as data, which is then performed on a
live cluster or on a simulated one. Each example has actors of its own and leaves everything healed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from actorproof.harness.cluster.topology import Entity, Topology
from actorproof.harness.errors import UsageError
from actorproof.harness.subjects.behaviour import Behaviour
from actorproof.harness.workload.extent import MAX_FAULTS, PAUSES_S
from actorproof.harness.workload.machine.example import Example, Perform, Scope
from actorproof.harness.workload.machine.hits import Hit, hits_on
from actorproof.harness.workload.step import Burst, Forget, StartTimer, StopTimer, Wait, Walk

_METHODS = (
    ("Counter", "add"),
    ("Ledger", "append"),
    ("Sleeper", "hold_save"),
    ("Register", "read"),
    ("Ticker", "ping"),
)
_METHOD_OF = dict(_METHODS)
# What bounds a timer, so that one that a runtime does not forget goes on for seconds and not for ever.
_BOUNDS: tuple[dict[str, float], ...] = ({"repetitions": 3}, {"repetitions": 8}, {"ttl_s": 3.0})
# How long a chain's first call is waited for, where reentrancy is on and where it is off.
_PATIENCE_S = 8.0
_PATIENCE_OFF_S = 1.2
# A chain that a fault may have disturbed is not judged: so long after the last heal it may have, and so long it lasts,
# until strangers that nobody lets in have given up.
_WAKE_S = 16.0
_WALK_S = 10.0
# Once, until it is unregistered, and so many times: only of the first and the last a tick can be missed for good.
_TICKS: tuple[tuple[float | None, int | None], ...] = ((None, None), (2.0, None), (2.0, 3))
# What a reminder may carry, as JSON: its name when None, nothing when empty.
_PAYLOADS: tuple[str | None, ...] = (None, None, "", "null", '""', '{"a":[1]}', "0.5", '{"saves":true}')
# How often an application that answers as it should not is asked, a second apart.
_ASKED = 3
# So many idle time-outs long are turns that outlast theirs.
_OUTLASTING = 2.5
# Types with a longer one are left alone: their turns would outlast the run.
_BRIEF_S = 3.0
_BODIES = st.binary(max_size=64) | st.sampled_from((b"", b"null", b"{}", b"x" * 100_000))
# Ids as users send them: some of them are refused, and each is as good an actor as any or none at all.
_ODD = (
    " b", "+b", "%2Fb", "%", "?b", "#b", "/b", "/../b", "||b", "..b", "\\b", "\tb", "B", "b", "\u00fc\u65e5\U0001f600",
    "a" * 1000,
)  # fmt: skip
# Three of an example's actors have plain ids, and are drawn four times out of five: what is to meet needs company.
_PLAIN = ("0", "1", "2")
_ACTORS = st.sampled_from(_PLAIN)


def _ids(odd: Sequence[str]) -> st.SearchStrategy[str]:
    return st.sampled_from((*_PLAIN * (4 * len(odd) // len(_PLAIN)), *("3" + each for each in odd)))


_IDS = _ids(_ODD)
# A tick of an id with a per cent sign in it is lost each time: scenario inputs asks for that.
_TICKING_IDS = _ids([odd for odd in _ODD if "%" not in odd])
# Weak, middling and strong: which of the strengths that a kind of fault has.
# Hypothesis draws a rule's arguments in the order of their names: another name would draw other plans from a seed.
_DEGREES = st.sampled_from((0, 1, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """How a timer's callbacks are: see `StartTimer`."""

    hold_s: float = 0.0
    fail_every: int = 0
    saves: bool = False


class ClusterMachine(Example):
    """What may be done to a cluster. What depends on the topology is drawn by `machine`."""

    @rule(
        kind=st.sampled_from(_METHODS),
        actor=_IDS,
        callers=st.integers(2, 8),
        hold_s=st.sampled_from((0.0, 0.05, 0.5, 2.0)),
        give_up_s=st.sampled_from((None, None, 0.03, 0.3)),
    )
    def burst(self, kind: tuple[str, str], actor: str, callers: int, hold_s: float, give_up_s: float | None) -> None:
        """Concurrent calls on one actor; not waited for."""
        type_, method = kind if self.there(kind[0]) else _METHODS[0]
        name = self.named(type_, actor)
        self.perform(Burst(actor=name, method=method, callers=callers, hold_s=hold_s, give_up_s=give_up_s))

    @precondition(lambda self: self.there("Parcel"))
    @rule(actor=_IDS, body=_BODIES, swapped=st.booleans())
    def send(self, actor: str, body: bytes, swapped: bool) -> None:  # noqa: FBT001 - drawn by name
        """A body of any bytes, kept at once or by a transaction that writes its key twice; and a look at it."""
        name = self.named("Parcel", actor)
        self.perform(Burst(actor=name, method="swap" if swapped else "put", callers=1, body=body))
        self.perform(Burst(actor=name, method="get", callers=2))

    def walk(self, *, kind: str, actor: str, again: int, by_another: bool, hold_s: float, strangers: int) -> None:
        """A chain of calls that comes back to its first actor, as deep as is allowed and one deeper."""
        if self.unrest:
            self.perform(Wait(for_s=_WAKE_S))
            self.unrest = False
        first, second = (f"{kind}/{self.example}-{actor}{part}" for part in "ab")
        off = kind in self.scope.topology.reentrancy_exceptions
        self.perform(
            Walk(
                actor=first,
                route=((second, first) if by_another else (first,)) * again,
                hold_s=hold_s,
                patience_s=_PATIENCE_OFF_S if off else _PATIENCE_S,
                strangers=strangers,
            )
        )
        self.perform(Wait(for_s=_WALK_S))

    def hit_host(self, hit: Hit, for_s: float | None) -> None:
        """A fault on a host, one half of it, or a worker of it."""
        self.strike(hit, for_s)

    def hit_control(self, hit: Hit, for_s: float | None) -> None:
        """A fault on the store, placement or schedulers."""
        self.strike(hit, for_s)

    def hit_link(self, hit: Hit, for_s: float | None, degree: int) -> None:
        """A fault on a link."""
        self.strike(hit, for_s, degree)

    def move_host(self, hit: Hit, for_s: float | None) -> None:
        """A host joins, and healing takes it away again; or one leaves in order."""
        self.strike(hit, for_s)

    def hit_both(self, hits: tuple[Hit, Hit], alone_s: float, both_s: float, after_s: float, degree: int) -> None:
        """Two faults that overlap: what the one leaves behind meets the other."""
        first, second = hits
        one = self.inject(first, degree)
        self.perform(Wait(for_s=alone_s))
        other = self.inject(second, degree)
        self.perform(Wait(for_s=both_s))
        if one is not None:
            self.take_back(one)
        self.perform(Wait(for_s=after_s))
        if other is not None:
            self.take_back(other)

    @precondition(lambda self: self.faults)
    @rule(which=st.integers(0, MAX_FAULTS - 1))
    def heal(self, which: int) -> None:
        """Heal one of the faults that are in place."""
        self.take_back(list(self.faults)[which % len(self.faults)])

    @precondition(lambda self: self.there("Recorder"))
    @rule(
        actor=_TICKING_IDS,
        due_s=st.sampled_from((1.0, 2.0, 5.0)),
        payload=st.sampled_from(_PAYLOADS),
        ticks=st.sampled_from(_TICKS),
    )
    def remind(self, actor: str, due_s: float, payload: str | None, ticks: tuple[float | None, int | None]) -> None:
        """Register a reminder, whatever it carries."""
        self.register(self.named("Recorder", actor), due_s, *ticks, payload=payload)

    def remind_in_vain(self, actor: str, due_s: float, hit: Hit) -> None:
        """Register a reminder that is due once, and take away what would serve it."""
        self.register(f"Recorder/{self.example}-{actor}", due_s, None, None)
        self.perform(Wait(for_s=min(self.scope.pauses_s)))
        self.strike(hit, max(self.scope.pauses_s))

    @precondition(lambda self: self.reminders)
    @rule(which=st.integers(0, 5))
    def forget(self, which: int) -> None:
        """Unregister a reminder."""
        actor, name = self.reminders.pop(which % len(self.reminders))
        self.perform(Forget(actor=actor, name=name))

    @precondition(lambda self: self.there("Ticker"))
    @rule(
        actor=_TICKING_IDS,
        due_s=st.sampled_from((1.0, 6.0)),
        bound=st.none() | st.sampled_from(_BOUNDS),
        callback=st.builds(
            Callback,
            hold_s=st.sampled_from((0.0, 0.4)),
            fail_every=st.sampled_from((0, 2)),
            saves=st.booleans(),
        ),
    )
    def start_timer(self, actor: str, due_s: float, bound: dict[str, float] | None, callback: Callback) -> None:
        """Have an actor register a timer: once, or every second up to its bound."""
        self.tick(self.named("Ticker", actor), due_s, bound, callback)

    def misbehave(self, behaviour: Behaviour, actor: str, due_s: float) -> None:
        """Ask an actor whose application does not answer as it should: it fails, is silent for long, or slow."""
        target = f"{behaviour.actors}{self.example}-{actor}"
        match behaviour.request:
            case "reminder":
                self.register(target, due_s, None, None)
            case "timer":
                self.tick(target, due_s, {"repetitions": _ASKED}, Callback())
            case "call" | "deactivate":
                # Whoever was used is idle later: then it is told to go.
                self.perform(Burst(actor=target, method=_method_of(behaviour), callers=_ASKED))

    def outlast(self, entity: Entity, actor: str, callers: int) -> None:
        """Turns that outlast the idle time-out of their actor's type, and callers that wait behind them."""
        self.perform(
            Burst(
                actor=f"{entity.type}/{self.example}-{actor}",
                method=_METHOD_OF[entity.type],
                callers=callers,
                hold_s=_OUTLASTING * entity.idle_timeout_s,
            )
        )

    def named(self, type_: str, id_: str) -> str:
        """An actor of the example's own; a plain one where ids are to be plain."""
        return f"{type_}/{self.example}-{id_ if self.scope.odd_ids or id_ in _PLAIN else _PLAIN[0]}"

    def tick(self, target: str, due_s: float, bound: dict[str, float] | None, callback: Callback) -> None:
        """Have an actor register a timer."""
        name = self.fresh("t")
        self.timers.append((target, name))
        self.perform(
            StartTimer(
                actor=target,
                name=name,
                due_s=due_s,
                period_s=None if bound is None else 1.0,
                repetitions=None if bound is None or "repetitions" not in bound else int(bound["repetitions"]),
                ttl_s=None if bound is None else bound.get("ttl_s"),
                hold_s=callback.hold_s,
                fail_every=callback.fail_every,
                saves=callback.saves,
            )
        )

    @precondition(lambda self: self.timers)
    @rule(which=st.integers(0, 5))
    def stop_timer(self, which: int) -> None:
        """Have an actor unregister a timer."""
        actor, name = self.timers.pop(which % len(self.timers))
        self.perform(StopTimer(actor=actor, name=name))

    def idle(self, for_s: float) -> None:
        """Let time pass."""
        self.perform(Wait(for_s=for_s))


def _method_of(behaviour: Behaviour) -> str:
    """What is called of an actor that behaves so; empty where no method of its type is drawn."""
    return behaviour.name or _METHOD_OF.get(behaviour.actors.partition("/")[0], "")


def _can_meet(behaviour: Behaviour, topology: Topology) -> bool:
    """Whether what is drawn on a topology can make a host behave so."""
    match behaviour.request:
        case "reminder":
            return topology.schedulers > 0
        case "timer":
            return behaviour.actors.startswith("Ticker/")
        case _:
            return bool(_method_of(behaviour))


def machine(
    *,
    perform: Perform,
    topology: Topology,
    prefix: str = "x",
    pauses_s: Sequence[float] = PAUSES_S,
    max_faults: int = MAX_FAULTS,
    verbs: Sequence[str] = (),
    odd_ids: bool = False,
) -> type[RuleBasedStateMachine]:
    """A state machine class for one topology, whose steps go to `perform`. It lets `pauses_s` pass between them.

    With `odd_ids` a fifth of the actors have ids as users send them. With `max_faults` 0 it draws calls, chains,
    reminders and timers only. With `verbs`, only these kinds of faults; UsageError when none of them can be drawn on
    the topology.
    """
    hits = hits_on(topology).of(verbs)
    groups = [each for each in (hits.on_hosts, hits.on_groups, hits.on_links, hits.moves) if each]
    if not groups:
        raise UsageError(f"draw: nothing on this topology can be struck by {', '.join(verbs)}: name other verbs")
    any_hit = st.one_of([st.sampled_from(each) for each in groups])
    pauses = st.sampled_from(tuple(pauses_s))
    # How long a fault stays; None leaves it to be healed some steps later.
    spans = st.none() | pauses
    walks = rule(
        kind=st.sampled_from(("Chain", *topology.reentrancy_exceptions)),
        actor=_ACTORS,
        again=st.integers(1, topology.max_stack_depth),
        by_another=st.booleans(),
        hold_s=st.sampled_from((0.02, 0.1)),
        strangers=st.integers(0, 3),
    )
    told = [each for each in topology.behaviours if _can_meet(each, topology)]
    misbehaves = rule(behaviour=st.sampled_from(told or (None,)), actor=_ACTORS, due_s=st.sampled_from((1.0, 2.0)))
    brief = [each for each in topology.entities if each.type in _METHOD_OF and each.idle_timeout_s <= _BRIEF_S]
    outlasts = rule(entity=st.sampled_from(brief or (None,)), actor=_ACTORS, callers=st.integers(1, 3))
    in_vain = rule(actor=_ACTORS, due_s=st.sampled_from((1.0, 2.0)), hit=st.sampled_from(hits.away or groups[0]))
    both = rule(hits=st.tuples(any_hit, any_hit), alone_s=pauses, both_s=pauses, after_s=pauses, degree=_DEGREES)
    on_link = rule(hit=st.sampled_from(hits.on_links or groups[0]), for_s=spans, degree=_DEGREES)
    reminds = bool(hits.away) and max_faults > 0 and topology.schedulers > 0

    def may_hit(some: Sequence[Hit], drawn: Callable[..., None]) -> Any:
        """A rule that strikes one of these, where there are any and another fault may be in place."""
        return precondition(lambda self: bool(some) and self.may_hit())(drawn)

    def on(some: Sequence[Hit]) -> Any:
        return rule(hit=st.sampled_from(some or groups[0]), for_s=spans)

    class OnTopology(ClusterMachine):
        """The same, where it depends on the topology."""

        scope = Scope(
            perform=perform,
            topology=topology,
            hits=hits,
            names=(f"{prefix}{number}" for number in range(1_000_000)),
            pauses_s=tuple(pauses_s),
            max_faults=max_faults,
            odd_ids=odd_ids,
        )
        walk = precondition(lambda self: topology.reentrancy and self.calm())(walks(ClusterMachine.walk))
        hit_host = may_hit(hits.on_hosts, on(hits.on_hosts)(ClusterMachine.hit_host))
        hit_control = may_hit(hits.on_groups, on(hits.on_groups)(ClusterMachine.hit_control))
        hit_link = may_hit(hits.on_links, on_link(ClusterMachine.hit_link))
        move_host = may_hit(hits.moves, on(hits.moves)(ClusterMachine.move_host))
        hit_both = precondition(lambda self: max_faults > 1 and self.calm())(both(ClusterMachine.hit_both))
        remind_in_vain = precondition(lambda self: reminds and self.calm())(in_vain(ClusterMachine.remind_in_vain))
        misbehave = precondition(lambda _: bool(told))(misbehaves(ClusterMachine.misbehave))
        outlast = precondition(lambda _: bool(brief))(outlasts(ClusterMachine.outlast))
        idle = rule(for_s=pauses)(ClusterMachine.idle)

    return OnTopology

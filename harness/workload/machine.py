"""The state machine: Hypothesis draws what happens to a cluster, step by step.

Rules depend only on drawn values and on the machine's own model of the cluster, never on live state. Every step goes
to `perform`. The machine owns no thread and no clock. What it drew is a plan, as data, which is then performed on a
live cluster or on a simulated one. Each example has actors of its own and leaves everything healed.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.faults.fault import Verb
from actorproof.harness.workload.step import (
    AnyStep,
    Burst,
    Forget,
    Heal,
    Inject,
    Remind,
    Settle,
    StartTimer,
    StopTimer,
    Wait,
    Walk,
)

Perform = Callable[[AnyStep], None]
# More faults at once than this leave nothing that could be judged.
MAX_FAULTS = 2
PAUSES_S = (0.2, 1.0, 3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """How much is drawn at the most: examples, and steps in each. A run's duration usually ends it sooner."""

    examples: int
    steps: int


DRAWINGS = {
    "quick": Drawing(examples=30, steps=10),
    "standard": Drawing(examples=300, steps=12),
    "soak": Drawing(examples=1000, steps=20),
}

_METHODS = (
    ("Counter", "add"),
    ("Ledger", "append"),
    ("Sleeper", "hold_save"),
    ("Register", "read"),
    ("Ticker", "ping"),
)
# What bounds a timer, so that one that a runtime does not forget goes on for seconds and not for ever.
_BOUNDS: tuple[dict[str, float], ...] = ({"repetitions": 3}, {"repetitions": 8}, {"ttl_s": 3.0})
# How long a chain's first call is waited for, where reentrancy is on and where it is off.
_PATIENCE_S = 8.0
_PATIENCE_OFF_S = 1.2
# A chain that a fault may have disturbed is not judged: so long after the last heal it may have, and so long it lasts,
# until strangers that nobody lets in have given up.
_WAKE_S = 16.0
_WALK_S = 10.0
_HOST_VERBS = (Verb.KILL, Verb.TERMINATE, Verb.PAUSE, Verb.RESTART)
_CONTROL_VERBS = (Verb.KILL, Verb.PAUSE, Verb.RESTART)
# Once, until it is unregistered, and so many times: only of the first and the last a tick can be missed for good.
_TICKS: tuple[tuple[float | None, int | None], ...] = ((None, None), (2.0, None), (2.0, 3))
_LINK_VERBS = (Verb.CUT, Verb.RESET, Verb.SWALLOW, Verb.STALL, Verb.DELAY, Verb.LIMIT, Verb.SLICE)
_PARTS = ("", "/app", "/sidecar")
_Hit = tuple[Verb, str]


def links_of(topology: Topology, host: str) -> tuple[str, ...]:
    """The links of one host that a fault may touch, besides the shared ones."""
    if not topology.proxied:
        return ()
    own = [f"client>{host}", f"{host}>app", f"{host}>store"]
    own += [f"{host}>placement-{n}" for n in range(topology.placements)]
    if topology.peers_proxied:
        own.append(f"peers>{host}")
    return tuple(own)


def machine(
    *,
    perform: Perform,
    topology: Topology,
    prefix: str = "x",
    pauses_s: Sequence[float] = PAUSES_S,
    max_faults: int = MAX_FAULTS,
) -> type[RuleBasedStateMachine]:
    """A state machine class for one topology, whose steps go to `perform`. It lets `pauses_s` pass between them.

    With `max_faults` 0 it draws calls, chains, reminders and timers only.
    """
    hosts = tuple(f"host-{n}" for n in range(1, topology.hosts + 1))
    spares = topology.host_names[topology.hosts :]
    links = tuple(link for host in hosts for link in links_of(topology, host))
    if topology.proxied:
        links += tuple(f"hosts>scheduler-{n}" for n in range(topology.schedulers))
    # Schedulers twice: their faults show only while a reminder is due.
    control = ("store", "placement:leader", "placement:all") + (("scheduler:all",) * 2 if topology.schedulers else ())
    on_hosts = tuple((verb, host + part) for verb in _HOST_VERBS for host in hosts for part in _PARTS)
    on_control = tuple((verb, part) for verb in _CONTROL_VERBS for part in control)
    # More of what breaks a connection to an application: its turns that are under way show how the runtime takes that.
    broken = tuple((verb, f"{host}>app") for verb in (Verb.CUT, Verb.RESET) for host in hosts) * 2 if links else ()
    on_links = tuple((verb, link) for verb in _LINK_VERBS for link in links) + broken
    # What a reminder that falls due waits for.
    away = tuple((verb, "scheduler:all") for verb in _CONTROL_VERBS) + tuple((Verb.KILL, host) for host in hosts)
    # As many joins as hosts that leave: what moves to a host that joins shows the most.
    moves = tuple((Verb.ADD, spare) for spare in spares for _ in hosts) + tuple((Verb.REMOVE, host) for host in hosts)
    hits = st.one_of([st.sampled_from(group) for group in (on_hosts, on_control, on_links, moves) if group])
    pauses = st.sampled_from(tuple(pauses_s))
    # How long a fault stays; None leaves it to be healed some steps later.
    spans = st.none() | pauses
    delays_ms = st.sampled_from((50, 300, 1000))
    examples = iter(range(1_000_000))

    class ClusterMachine(RuleBasedStateMachine):
        """What may be done to a cluster, and this example's model of what was done."""

        def __init__(self) -> None:
            super().__init__()
            self.example = f"{prefix}{next(examples)}"
            self.count = 0
            self.faults: dict[str, str] = {}
            self.unrest = False
            self.reminders: list[tuple[str, str]] = []
            self.timers: list[tuple[str, str]] = []

        def _fresh(self, kind: str) -> str:
            self.count += 1
            return f"{self.example}-{kind}{self.count}"

        def _inject(self, hit: _Hit, delay_ms: int) -> str | None:
            """Inject a fault, unless the model says that it can't be; its id."""
            verb, target = hit
            if not self._possible(verb, target):
                return None
            id_ = self._fresh("f")
            self.faults[id_] = target
            self.unrest = True
            perform(Inject(id=id_, verb=verb, target=target, delay_ms=delay_ms, jitter_ms=delay_ms // 2))
            return id_

        def _heal(self, id_: str) -> None:
            del self.faults[id_]
            perform(Heal(id=id_))

        def _strike(self, hit: _Hit, for_s: float | None, delay_ms: int = 200) -> None:
            """Inject a fault, and heal it after a while if that is given."""
            id_ = self._inject(hit, delay_ms)
            if id_ is not None and for_s is not None:
                perform(Wait(for_s=for_s))
                self._heal(id_)

        def _possible(self, verb: Verb, target: str) -> bool:
            """Whether a fault of ours may work on a target: one at a time, and never on the last whole host."""
            if ">" in target or verb is Verb.ADD:
                return self._free(target)
            if target in control:
                role = target.partition(":")[0]
                return all(t.partition(":")[0] != role for t in self.faults.values())
            whole = [h for h in hosts if self._free(h)]
            return target.partition("/")[0] in whole and len(whole) > 1

        def _free(self, target: str) -> bool:
            """Whether no fault of ours works on that target, or on the host that it belongs to."""
            place = target.partition(">")[0].partition("/")[0]
            taken = {t.partition(">")[0].partition("/")[0] for t in self.faults.values()}
            return place not in taken and target not in self.faults.values()

        @rule(
            kind=st.sampled_from(_METHODS),
            actor=st.integers(0, 2),
            callers=st.integers(2, 8),
            hold_s=st.sampled_from((0.0, 0.05, 0.5, 2.0)),
            give_up_s=st.sampled_from((None, None, 0.03, 0.3)),
        )
        def burst(
            self, kind: tuple[str, str], actor: int, callers: int, hold_s: float, give_up_s: float | None
        ) -> None:
            """Concurrent calls on one actor; not waited for."""
            perform(
                Burst(
                    actor=f"{kind[0]}/{self.example}-{actor}",
                    method=kind[1],
                    callers=callers,
                    hold_s=hold_s,
                    give_up_s=give_up_s,
                )
            )

        @precondition(lambda self: topology.reentrancy and not self.faults)
        @rule(
            kind=st.sampled_from(("Chain", *topology.reentrancy_exceptions)),
            actor=st.integers(0, 2),
            again=st.integers(1, topology.max_stack_depth),
            by_another=st.booleans(),
            hold_s=st.sampled_from((0.02, 0.1)),
            strangers=st.integers(0, 3),
        )
        def walk(self, *, kind: str, actor: int, again: int, by_another: bool, hold_s: float, strangers: int) -> None:
            """A chain of calls that comes back to its first actor, as deep as is allowed and one deeper."""
            if self.unrest:
                perform(Wait(for_s=_WAKE_S))
                self.unrest = False
            first, second = (f"{kind}/{self.example}-{actor}{part}" for part in "ab")
            perform(
                Walk(
                    actor=first,
                    route=((second, first) if by_another else (first,)) * again,
                    hold_s=hold_s,
                    patience_s=_PATIENCE_OFF_S if kind in topology.reentrancy_exceptions else _PATIENCE_S,
                    strangers=strangers,
                )
            )
            perform(Wait(for_s=_WALK_S))

        @precondition(lambda self: len(self.faults) < max_faults)
        @rule(hit=st.sampled_from(on_hosts), for_s=spans)
        def hit_host(self, hit: _Hit, for_s: float | None) -> None:
            """Kill, stop, pause or restart a host or one half of it."""
            self._strike(hit, for_s)

        @precondition(lambda self: len(self.faults) < max_faults)
        @rule(hit=st.sampled_from(on_control), for_s=spans)
        def hit_control(self, hit: _Hit, for_s: float | None) -> None:
            """Kill, pause or restart the store, placement or schedulers."""
            self._strike(hit, for_s)

        @precondition(lambda self: bool(on_links) and len(self.faults) < max_faults)
        @rule(hit=st.sampled_from(on_links or moves), for_s=spans, delay_ms=delays_ms)
        def hit_link(self, hit: _Hit, for_s: float | None, delay_ms: int) -> None:
            """Cut, slow or swallow a link."""
            self._strike(hit, for_s, delay_ms)

        @precondition(lambda self: len(self.faults) < max_faults)
        @rule(hit=st.sampled_from(moves), for_s=spans)
        def move_host(self, hit: _Hit, for_s: float | None) -> None:
            """A host joins, and healing takes it away again; or one leaves in order."""
            self._strike(hit, for_s)

        @precondition(lambda self: max_faults > 1 and not self.faults)
        @rule(hits=st.tuples(hits, hits), alone_s=pauses, both_s=pauses, after_s=pauses, delay_ms=delays_ms)
        def hit_both(
            self, hits: tuple[_Hit, _Hit], alone_s: float, both_s: float, after_s: float, delay_ms: int
        ) -> None:
            """Two faults that overlap: what the one leaves behind meets the other."""
            first, second = hits
            one = self._inject(first, delay_ms)
            perform(Wait(for_s=alone_s))
            other = self._inject(second, delay_ms)
            perform(Wait(for_s=both_s))
            if one is not None:
                self._heal(one)
            perform(Wait(for_s=after_s))
            if other is not None:
                self._heal(other)

        @precondition(lambda self: self.faults)
        @rule(which=st.integers(0, MAX_FAULTS - 1))
        def heal(self, which: int) -> None:
            """Heal one of the faults that are in place."""
            self._heal(list(self.faults)[which % len(self.faults)])

        @rule(actor=st.integers(0, 2), due_s=st.sampled_from((1.0, 2.0, 5.0)), ticks=st.sampled_from(_TICKS))
        def remind(self, actor: int, due_s: float, ticks: tuple[float | None, int | None]) -> None:
            """Register a reminder."""
            self._remind(actor, due_s, *ticks)

        @precondition(lambda self: max_faults > 0 and not self.faults and topology.schedulers > 0)
        @rule(actor=st.integers(0, 2), due_s=st.sampled_from((1.0, 2.0)), hit=st.sampled_from(away))
        def remind_in_vain(self, actor: int, due_s: float, hit: _Hit) -> None:
            """Register a reminder that is due once, and take away what would serve it."""
            self._remind(actor, due_s, None, None)
            perform(Wait(for_s=min(pauses_s)))
            self._strike(hit, max(pauses_s))

        def _remind(self, actor: int, due_s: float, period_s: float | None, repetitions: int | None) -> None:
            if topology.schedulers:
                name = self._fresh("r")
                target = f"Recorder/{self.example}-{actor}"
                self.reminders.append((target, name))
                perform(Remind(actor=target, name=name, due_s=due_s, period_s=period_s, repetitions=repetitions))

        @precondition(lambda self: self.reminders)
        @rule(which=st.integers(0, 5))
        def forget(self, which: int) -> None:
            """Unregister a reminder."""
            actor, name = self.reminders.pop(which % len(self.reminders))
            perform(Forget(actor=actor, name=name))

        @rule(
            actor=st.integers(0, 2),
            due_s=st.sampled_from((1.0, 6.0)),
            bound=st.none() | st.sampled_from(_BOUNDS),
            hold_s=st.sampled_from((0.0, 0.4)),
            fail_every=st.sampled_from((0, 2)),
        )
        def start_timer(
            self, actor: int, due_s: float, bound: dict[str, float] | None, hold_s: float, fail_every: int
        ) -> None:
            """Have an actor register a timer: once, or every second up to its bound."""
            name = self._fresh("t")
            target = f"Ticker/{self.example}-{actor}"
            self.timers.append((target, name))
            perform(
                StartTimer(
                    actor=target,
                    name=name,
                    due_s=due_s,
                    period_s=None if bound is None else 1.0,
                    repetitions=None if bound is None or "repetitions" not in bound else int(bound["repetitions"]),
                    ttl_s=None if bound is None else bound.get("ttl_s"),
                    hold_s=hold_s,
                    fail_every=fail_every,
                )
            )

        @precondition(lambda self: self.timers)
        @rule(which=st.integers(0, 5))
        def stop_timer(self, which: int) -> None:
            """Have an actor unregister a timer."""
            actor, name = self.timers.pop(which % len(self.timers))
            perform(StopTimer(actor=actor, name=name))

        @rule(for_s=pauses)
        def idle(self, for_s: float) -> None:
            """Let time pass."""
            perform(Wait(for_s=for_s))

        def teardown(self) -> None:
            """Heal everything, forget every reminder and timer, and wait until the runtime agrees with itself."""
            for id_ in list(self.faults):
                perform(Heal(id=id_))
            for actor, name in self.reminders:
                perform(Forget(actor=actor, name=name))
            for actor, name in self.timers:
                perform(StopTimer(actor=actor, name=name))
            perform(Settle())

    return ClusterMachine


class _EnoughError(Exception):
    """What was drawn takes longer than there is time."""


def draw(*, perform: Perform, topology: Topology, drawing: Drawing, seed: int, duration_s: float | None = None) -> None:
    """Run the state machine: `drawing.examples` examples from `seed`. Whatever happens to the cluster, it never raises.

    With `duration_s`, no example begins when the waits of those before it take that long: nobody would perform it.

    On a live cluster nothing is shrunk or replayed by Hypothesis (the cluster is not deterministic, so it would call
    the result flaky): only the generate phase runs, without a database and without deadlines.
    """
    left_s = math.inf if duration_s is None else duration_s

    def within(step: AnyStep) -> None:
        nonlocal left_s
        if left_s > 0:
            perform(step)
            pending.append(step)

    pending: list[AnyStep] = []

    class Bounded(machine(perform=within, topology=topology)):  # type: ignore[misc]
        def teardown(self) -> None:
            nonlocal left_s
            super().teardown()
            left_s -= sum(step.for_s for step in pending if isinstance(step, Wait))
            pending.clear()
            if left_s <= 0:
                # The only way to have Hypothesis draw no more. It runs the example once again: nothing is performed.
                raise _EnoughError

    with contextlib.suppress(_EnoughError):
        unattended(Bounded, drawing=drawing, seed=seed)


def unattended(drawn: type[RuleBasedStateMachine], *, drawing: Drawing, seed: Hashable, shrink: bool = False) -> None:
    """Have Hypothesis run a state machine by itself: from one seed, without a database, deadlines or a word.

    Whatever the machine raises comes out, with `shrink` by the smallest plan that Hypothesis found.
    """
    settings = hypothesis.settings(
        max_examples=drawing.examples,
        stateful_step_count=drawing.steps,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )
    run_state_machine_as_test(hypothesis.seed(seed)(drawn), settings=settings)

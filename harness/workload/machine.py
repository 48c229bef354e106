"""The state machine: Hypothesis draws what happens to a cluster, step by step.

Rules depend only on drawn values and on the machine's own model of the cluster, never on live state. Every step goes
to `perform`. The machine owns no thread and no clock. What it drew is a plan, as data, which is then performed on a
live cluster or on a simulated one. Each example has actors of its own and leaves everything healed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from actorproof.harness.faults.fault import Verb
from actorproof.harness.topology import Topology
from actorproof.harness.workload.step import AnyStep, Burst, Forget, Heal, Inject, Remind, Settle, Wait, Walk

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

_METHODS = (("Counter", "add"), ("Ledger", "append"), ("Sleeper", "hold_save"), ("Register", "read"))
# How long a chain's first call is waited for, where reentrancy is on and where it is off.
_PATIENCE_S = 8.0
_PATIENCE_OFF_S = 1.2
_LINK_VERBS = (Verb.CUT, Verb.RESET, Verb.SWALLOW, Verb.STALL, Verb.DELAY, Verb.LIMIT, Verb.SLICE)
_PARTS = ("", "/app", "/sidecar")


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
    *, perform: Perform, topology: Topology, prefix: str = "x", pauses_s: Sequence[float] = PAUSES_S
) -> type[RuleBasedStateMachine]:
    """A state machine class for one topology, whose steps go to `perform`. It lets `pauses_s` pass between them."""
    hosts = tuple(f"host-{n}" for n in range(1, topology.hosts + 1))
    spares = topology.host_names[topology.hosts :]
    links = tuple(link for host in hosts for link in links_of(topology, host))
    if topology.proxied:
        links += tuple(f"hosts>scheduler-{n}" for n in range(topology.schedulers))
    control = ("store", "placement:leader", "placement:all") + (("scheduler:all",) if topology.schedulers else ())
    examples = iter(range(1_000_000))

    class ClusterMachine(RuleBasedStateMachine):
        """What may be done to a cluster, and this example's model of what was done."""

        def __init__(self) -> None:
            super().__init__()
            self.example = f"{prefix}{next(examples)}"
            self.count = 0
            self.faults: dict[str, str] = {}
            self.reminders: list[tuple[str, str]] = []

        def _fresh(self, kind: str) -> str:
            self.count += 1
            return f"{self.example}-{kind}{self.count}"

        def _inject(self, verb: Verb, target: str, **params: int) -> None:
            id_ = self._fresh("f")
            self.faults[id_] = target
            perform(Inject(id=id_, verb=verb, target=target, **params))

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

        @precondition(lambda _: topology.reentrancy)
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

        @precondition(lambda self: len(self.faults) < MAX_FAULTS)
        @rule(
            verb=st.sampled_from((Verb.KILL, Verb.TERMINATE, Verb.PAUSE)),
            host=st.sampled_from(hosts),
            part=st.sampled_from(_PARTS),
        )
        def hit_host(self, verb: Verb, host: str, part: str) -> None:
            """Kill, stop or pause a host or one half of it, unless it is the last whole one."""
            whole = [h for h in hosts if self._free(h)]
            if host in whole and len(whole) > 1:
                self._inject(verb, host + part)

        @precondition(lambda self: len(self.faults) < MAX_FAULTS)
        @rule(verb=st.sampled_from((Verb.KILL, Verb.PAUSE, Verb.RESTART)), part=st.sampled_from(control))
        def hit_control(self, verb: Verb, part: str) -> None:
            """Kill, pause or restart the store, placement or schedulers."""
            role = part.partition(":")[0]
            if all(t.partition(":")[0] != role for t in self.faults.values()):
                self._inject(verb, part)

        @precondition(lambda self: bool(links) and len(self.faults) < MAX_FAULTS)
        @rule(
            verb=st.sampled_from(_LINK_VERBS),
            index=st.integers(0, max(0, len(links) - 1)),
            delay_ms=st.sampled_from((50, 300, 1000)),
        )
        def hit_link(self, verb: Verb, index: int, delay_ms: int) -> None:
            """Cut, slow or swallow a link."""
            if self._free(links[index]):
                self._inject(verb, links[index], delay_ms=delay_ms, jitter_ms=delay_ms // 2)

        @precondition(lambda self: bool(spares) and len(self.faults) < MAX_FAULTS)
        @rule(spare=st.sampled_from(spares or ("none",)))
        def add_host(self, spare: str) -> None:
            """A host joins; healing takes it away again."""
            if self._free(spare):
                self._inject(Verb.ADD, spare)

        @precondition(lambda self: len(self.faults) < MAX_FAULTS)
        @rule(host=st.sampled_from(hosts))
        def remove_host(self, host: str) -> None:
            """A host leaves in order, unless it is the last whole one."""
            whole = [h for h in hosts if self._free(h)]
            if host in whole and len(whole) > 1:
                self._inject(Verb.REMOVE, host)

        @precondition(lambda self: self.faults)
        @rule(which=st.integers(0, MAX_FAULTS - 1))
        def heal(self, which: int) -> None:
            """Heal one of the faults that are in place."""
            id_ = list(self.faults)[which % len(self.faults)]
            del self.faults[id_]
            perform(Heal(id=id_))

        @rule(actor=st.integers(0, 2), due_s=st.sampled_from((1.0, 2.0)), period_s=st.sampled_from((None, 2.0)))
        def remind(self, actor: int, due_s: float, period_s: float | None) -> None:
            """Register a reminder."""
            if topology.schedulers:
                name = self._fresh("r")
                target = f"Recorder/{self.example}-{actor}"
                self.reminders.append((target, name))
                perform(Remind(actor=target, name=name, due_s=due_s, period_s=period_s))

        @precondition(lambda self: self.reminders)
        @rule(which=st.integers(0, 5))
        def forget(self, which: int) -> None:
            """Unregister a reminder."""
            actor, name = self.reminders.pop(which % len(self.reminders))
            perform(Forget(actor=actor, name=name))

        @rule(for_s=st.sampled_from(tuple(pauses_s)))
        def idle(self, for_s: float) -> None:
            """Let time pass."""
            perform(Wait(for_s=for_s))

        def teardown(self) -> None:
            """Heal everything, forget every reminder, and wait until the runtime agrees with itself."""
            for id_ in list(self.faults):
                perform(Heal(id=id_))
            for actor, name in self.reminders:
                perform(Forget(actor=actor, name=name))
            perform(Settle())

    return ClusterMachine


def draw(*, perform: Perform, topology: Topology, drawing: Drawing, seed: int) -> None:
    """Run the state machine: `drawing.examples` examples from `seed`. Whatever happens to the cluster, it never raises.

    On a live cluster nothing is shrunk or replayed by Hypothesis (the cluster is not deterministic, so it would call
    the result flaky): only the generate phase runs, without a database and without deadlines.
    """
    settings = hypothesis.settings(
        max_examples=drawing.examples,
        stateful_step_count=drawing.steps,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(hypothesis.seed(seed)(machine(perform=perform, topology=topology)), settings=settings)

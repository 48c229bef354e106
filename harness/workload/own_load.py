"""OwnLoad: what is called of an application of a user's own, in place of our subjects."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from actorproof.harness.application.application import Method
from actorproof.harness.application.invariant import invariants
from actorproof.harness.errors import ApplicationError
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock
from actorproof.harness.request import Requests
from actorproof.harness.workload.callers import CALL_TIMEOUT_S, FICKLE_ACTORS, Callers, NextCall
from actorproof.harness.workload.client import PlainClient
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import Burst, Heal, Inject, Plan, Settle, Wait

IDLERS = 4
"""Callers that let an actor of their own go idle between two calls."""
LONGEST_IDLE_S = 60.0
"""With a longer idle time-out no actor is left to go idle."""
SCANNED_S = 1.5
"""So long after its idle time-out an actor is deactivated at the latest."""
ATTEMPTS = 5  # of one method, each with other arguments
ANSWER_S = 5.0
ANSWERS_S = 40.0


class Repertoire:
    """Chooses methods and their arguments; one at least has to be such as does not fail each time.

    UsageError for an invariant that can't be had.
    """

    def __init__(self, methods: Sequence[Method]) -> None:
        self._methods = tuple(methods)
        self.invariants = invariants(methods)
        self._answered = tuple(method for method in methods if not method.fails)
        self._weights = [method.weight for method in methods]

    @property
    def reads(self) -> bool:
        """Whether a method is known that only reads."""
        return any(method.reads for method in self._answered)

    def call(self, rng: random.Random, id_: str) -> NextCall:
        """A call of an actor with that id, of a type that is drawn with its method."""
        return self._of(rng.choices(self._methods, self._weights)[0], rng, id_)

    def each(self, rng: random.Random, id_: str) -> tuple[NextCall, ...]:
        """A call of every method that can be answered."""
        return tuple(self._of(method, rng, id_) for method in self._answered)

    def probe(self, rng: random.Random, number: int, *, prefix: str = "probe") -> Callable[[], NextCall]:
        """What a probe calls again and again: one method, which reads where there is such."""
        readers = [method for method in self._answered if method.reads]
        pool = readers or [max(self._answered, key=lambda method: method.weight)]
        method = pool[number % len(pool)]
        return lambda: self._of(method, rng, f"{prefix}{number}")

    def _of(self, method: Method, rng: random.Random, id_: str) -> NextCall:
        return NextCall(
            actor=f"{method.type}/{id_}",
            method=method.name,
            args=msgspec.Raw(rng.choice(method.arguments).encode()),
        )


def without_our_actors(plan: Plan, *, bursts: bool = True) -> Plan:
    """A plan as far as it can be performed on any application: faults, pauses, and, unless a load of the user's own
    calls, bursts of calls.
    """
    kept = Heal | Inject | Settle | Wait
    kinds = kept | Burst if bursts else kept
    return Plan(steps=tuple(step for step in plan.steps if isinstance(step, kinds)))


async def first_answers(
    repertoire: Repertoire,
    *,
    hosts: Sequence[str],
    requests: Requests,
    journal: Journal,
    clock: Clock,
    trouble: Callable[[str], None],
) -> None:
    """Call every method until it is answered, before anything is disturbed, and tell of those that never are.

    ApplicationError, with what it said last, when none is: then there is nothing that could be judged.
    """
    client = PlainClient("setup", requests=requests, journal=journal, invariants=repertoire.invariants)
    rng = random.Random(0)  # noqa: S311 - a reproducible choice, no secret
    answered: set[str] = set()
    refused: dict[str, str] = {}
    deadline_ns = clock.now_ns() + int(ANSWERS_S * 1e9)
    for attempt in range(ATTEMPTS):
        for call in repertoire.each(rng, f"first{attempt}"):
            name = f"{call.actor.partition('/')[0]}.{call.method}"
            if name in answered or clock.now_ns() > deadline_ns:
                continue
            answer = await client.call(
                call.actor, call.method, call.args, via=hosts[attempt % len(hosts)], timeout_s=ANSWER_S
            )
            if answer.outcome == "ok":
                answered.add(name)
            else:
                refused[name] = answer.reason
        await clock.sleep(0.2)
    never = {name: reason for name, reason in refused.items() if name not in answered}
    if not answered:
        name, reason = next(iter(never.items()))
        raise ApplicationError(f"the application answers no call: {name} says {reason}")
    for name, reason in never.items():
        trouble(f"{name} is not answered: {reason}")


class OwnTraffic(Callers):
    """Runs a load of an application of a user's own."""

    costless = frozenset({"fail", "info"})
    ledgers: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    def __init__(
        self,
        load: Load,
        repertoire: Repertoire,
        *,
        hosts: Sequence[str],
        idle_timeout_s: float,
        seed: int,
        requests: Requests,
        journal: Journal,
        clock: Clock,
    ) -> None:
        super().__init__(load, hosts=hosts, seed=seed, requests=requests, journal=journal, clock=clock)
        self._repertoire = repertoire
        self._idle_timeout_s = idle_timeout_s
        probes = (repertoire.probe(self._rng(f"probe/{number}"), number) for number in range(load.probes))
        self._probe_calls = tuple(probes)
        self.probed = tuple(call().actor for call in self._probe_calls)

    def start(self) -> None:
        """Start every client and every probe."""
        for number in range(self.load.clients):
            self._clients.start(self._client(f"client-{number}", partial(self._chosen, "a", self.load.actors)))
        for number in range(self.load.fickle):
            chosen = partial(self._chosen, "fickle", FICKLE_ACTORS)
            self._clients.start(self._client(f"fickle-{number}", chosen, fickle=True))
        for number in range(IDLERS if self._idle_timeout_s <= LONGEST_IDLE_S else 0):
            self._clients.start(self._idler(number))
        for number, next_call in enumerate(self._probe_calls):
            client, rng = self._named(f"probe-{number}"), self._rng(f"probe/{number}/host")
            self._probes.start(self._probe(client, next_call, rng))

    def _chosen(self, group: str, actors: int, rng: random.Random) -> NextCall:
        return self._repertoire.call(rng, f"{group}{rng.randrange(actors)}")

    async def _idler(self, number: int) -> None:
        """Call one actor, leave it alone until it is deactivated, and call it again."""
        rng = self._rng(f"idler/{number}")
        client = self._named(f"idler-{number}")
        next_call = self._repertoire.probe(rng, number, prefix="idle")
        while not self._clients.stop.is_set():
            await self._counted(client, next_call(), via=rng.choice(self._hosts), timeout_s=CALL_TIMEOUT_S)
            until_ns = self._clock.now_ns() + round((self._idle_timeout_s + SCANNED_S + rng.random()) * 1e9)
            while self._clock.now_ns() < until_ns and not self._clients.stop.is_set():
                await self._clock.sleep(0.1)

    def _named(self, name: str) -> PlainClient:
        invariants = self._repertoire.invariants
        return PlainClient(name, requests=self._requests, journal=self._journal, invariants=invariants)

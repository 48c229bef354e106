"""OwnLoad: what is called of an application of a user's own, in place of our subjects.

What each client does follows from the run's seed and the client's number alone, as in `load`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field

import msgspec

from actorproof.harness.application.application import Method
from actorproof.harness.application.invariant import invariants
from actorproof.harness.errors import ApplicationError
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock
from actorproof.harness.request import Requests
from actorproof.harness.workload.client import PlainClient
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.step import Burst, Heal, Inject, Plan, Settle, Wait
from actorproof.harness.workload.traffic import CALL_TIMEOUT_S, FICKLE_ACTORS, PROBE_TIMEOUT_S

IDLERS = 4
"""Callers that let an actor of their own go idle between two calls."""
LONGEST_IDLE_S = 60.0
"""With a longer idle time-out no actor is left to go idle."""
SCANNED_S = 1.5
"""So long after its idle time-out an actor is deactivated at the latest."""
ATTEMPTS = 5  # of one method, each with other arguments
ANSWER_S = 5.0
ANSWERS_S = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCall:
    """One call that is to be made."""

    actor: str
    method: str
    args: msgspec.Raw


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

    def call(self, rng: random.Random, id_: str) -> OwnCall:
        """A call of an actor with that id, of a type that is drawn with its method."""
        return self._of(rng.choices(self._methods, self._weights)[0], rng, id_)

    def each(self, rng: random.Random, id_: str) -> tuple[OwnCall, ...]:
        """A call of every method that can be answered."""
        return tuple(self._of(method, rng, id_) for method in self._answered)

    def probe(self, rng: random.Random, number: int, *, prefix: str = "probe") -> Callable[[], OwnCall]:
        """What a probe calls again and again: one method, which reads where there is such."""
        readers = [method for method in self._answered if method.reads]
        pool = readers or [max(self._answered, key=lambda method: method.weight)]
        method = pool[number % len(pool)]
        return lambda: self._of(method, rng, f"{prefix}{number}")

    def _of(self, method: Method, rng: random.Random, id_: str) -> OwnCall:
        return OwnCall(
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


@dataclass(slots=True)
class _Tasks:
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    running: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        # A run that breaks off never gathers them; asyncio would print the traceback of each.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self.running.append(task)

    async def end(self) -> None:
        self.stop.set()
        await asyncio.gather(*self.running)


class OwnTraffic:
    """Runs a load until it is stopped; as `actorproof.harness.workload.load.Traffic`."""

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
        self.load = load
        self._repertoire = repertoire
        self._idle_timeout_s = idle_timeout_s
        self._hosts = tuple(hosts)
        self._seed = seed
        self._requests = requests
        self._journal = journal
        self._clock = clock
        self._clients = _Tasks()
        self._probes = _Tasks()
        self.operations = 0
        self.answered = 0
        self.refused: dict[str, int] = {}
        self.probe_answered_ns: dict[str, int] = {}
        probes = (repertoire.probe(self._rng(f"probe/{number}"), number) for number in range(load.probes))
        self._probe_calls = tuple(probes)
        self.probed = tuple(call().actor for call in self._probe_calls)

    def start(self) -> None:
        """Start every client and every probe."""
        for number in range(self.load.clients):
            self._clients.start(self._client(f"client-{number}"))
        for number in range(self.load.fickle):
            self._clients.start(self._client(f"fickle-{number}", fickle=True))
        for number in range(IDLERS if self._idle_timeout_s <= LONGEST_IDLE_S else 0):
            self._clients.start(self._idler(number))
        for number in range(self.load.probes):
            self._probes.start(self._probe(number))

    async def stop(self) -> None:
        """Let every client finish the call it has under way; probes go on. Bounded by the call's own deadline."""
        await self._clients.end()

    async def stop_probes(self) -> None:
        """Let every probe finish."""
        await self._probes.end()

    async def _client(self, name: str, *, fickle: bool = False) -> None:
        rng = self._rng(name)
        client = self._named(name)
        while not self._clients.stop.is_set():
            actors = FICKLE_ACTORS if fickle else self.load.actors
            call = self._repertoire.call(rng, f"{'fickle' if fickle else 'a'}{rng.randrange(actors)}")
            gives_up = fickle and rng.randrange(4) == 0
            answer = await client.call(
                call.actor,
                call.method,
                call.args,
                via=rng.choice(self._hosts),
                timeout_s=rng.uniform(0.02, 0.08) if gives_up else CALL_TIMEOUT_S,
                gives_up=gives_up,
            )
            self.operations += 1
            self.answered += answer.outcome == "ok"
            # A refused call costs nothing: without a floor, callers of a dead host would spin.
            pause_s = rng.expovariate(1 / self.load.pause_s) if self.load.pause_s else 0.0
            await self._clock.sleep(pause_s if answer.outcome == "ok" else max(pause_s, 0.05))

    async def _idler(self, number: int) -> None:
        """Call one actor, leave it alone until it is deactivated, and call it again."""
        rng = self._rng(f"idler/{number}")
        client = self._named(f"idler-{number}")
        next_call = self._repertoire.probe(rng, number, prefix="idle")
        while not self._clients.stop.is_set():
            call = next_call()
            answer = await client.call(
                call.actor, call.method, call.args, via=rng.choice(self._hosts), timeout_s=CALL_TIMEOUT_S
            )
            self.operations += 1
            self.answered += answer.outcome == "ok"
            until_ns = self._clock.now_ns() + round((self._idle_timeout_s + SCANNED_S + rng.random()) * 1e9)
            while self._clock.now_ns() < until_ns and not self._clients.stop.is_set():
                await self._clock.sleep(0.1)

    async def _probe(self, number: int) -> None:
        rng = self._rng(f"probe/{number}/host")
        client = self._named(f"probe-{number}")
        next_call = self._probe_calls[number]
        while not self._probes.stop.is_set():
            call = next_call()
            answer = await client.call(
                call.actor, call.method, call.args, via=rng.choice(self._hosts), timeout_s=PROBE_TIMEOUT_S
            )
            self.operations += 1
            if answer.outcome == "ok":
                self.answered += 1
                self.probe_answered_ns[call.actor] = self._clock.now_ns()
            await self._clock.sleep(self.load.probe_every_s)

    def _named(self, name: str) -> PlainClient:
        invariants = self._repertoire.invariants
        return PlainClient(name, requests=self._requests, journal=self._journal, invariants=invariants)

    def _rng(self, name: str) -> random.Random:
        return random.Random(f"{self._seed}/{name}")  # noqa: S311 - a reproducible choice, no secret

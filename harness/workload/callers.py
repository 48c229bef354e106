"""Callers: clients that go on calling through every fault, and probes that show when actors answer again.

What each of them does follows from the run's seed and its name alone; how far it gets depends on the runtime. Hosts are
chosen without looking at the cluster: a call to a host that is down is refused, and counts.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from actorproof.harness.history import events as ev
from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock
from actorproof.harness.request import Requests
from actorproof.harness.workload.client import Answer, Client
from actorproof.harness.workload.load import Load

CALL_TIMEOUT_S = 20.0
PROBE_TIMEOUT_S = 2.0
FICKLE_ACTORS = 2
FLOOR_S = 0.05
"""The least pause after a call that costs nothing: without it, callers of a dead host would spin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextCall:
    """One call that is to be made; `args` as `Client.call` takes them."""

    actor: str
    method: str
    args: object


Chooser = Callable[[random.Random], NextCall]


@dataclass(slots=True)
class Tasks:
    """Callers under way, and what asks them to end."""

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


class Callers:
    """Runs a load until it is stopped. A subclass says what is called, and by whom.

    Attributes:
        costless: outcomes after which a client pauses for FLOOR_S at least.
        operations, answered: calls so far, and those of them that were answered well.
        probe_answered_ns: when each actor that a probe or a newcomer called answered last.
    """

    costless: ClassVar[frozenset[ev.Outcome]] = frozenset({"fail"})

    def __init__(
        self, load: Load, *, hosts: Sequence[str], seed: int, requests: Requests, journal: Journal, clock: Clock
    ) -> None:
        self.load = load
        self._hosts = tuple(hosts)
        self._seed = seed
        self._requests = requests
        self._journal = journal
        self._clock = clock
        self._clients = Tasks()
        self._probes = Tasks()
        self.operations = 0
        self.answered = 0
        self.probe_answered_ns: dict[str, int] = {}

    async def stop(self) -> None:
        """Let every client finish the call it has under way; probes go on. Bounded by the call's own deadline."""
        await self._clients.end()

    async def stop_probes(self) -> None:
        """Let every probe finish."""
        await self._probes.end()

    def _named(self, name: str) -> Client:
        """A client of that name."""
        return Client(name, requests=self._requests, journal=self._journal)

    def _rng(self, name: str) -> random.Random:
        return random.Random(f"{self._seed}/{name}")  # noqa: S311 - a reproducible choice, no secret

    async def _client(self, name: str, choose: Chooser, *, fickle: bool = False) -> None:
        """Call again and again; a `fickle` caller leaves early every now and then."""
        rng = self._rng(name)
        client = self._named(name)
        while not self._clients.stop.is_set():
            call = choose(rng)
            gives_up = fickle and rng.randrange(4) == 0
            answer = await self._counted(
                client,
                call,
                via=rng.choice(self._hosts),
                timeout_s=rng.uniform(0.02, 0.08) if gives_up else CALL_TIMEOUT_S,
                gives_up=gives_up,
            )
            pause_s = rng.expovariate(1 / self.load.pause_s) if self.load.pause_s else 0.0
            await self._clock.sleep(max(pause_s, FLOOR_S) if answer.outcome in self.costless else pause_s)

    async def _probe(self, client: Client, next_call: Callable[[], NextCall], rng: random.Random) -> None:
        """Call at a fixed distance, each time with a short deadline."""
        while not self._probes.stop.is_set():
            call = next_call()
            answer = await self._counted(client, call, via=rng.choice(self._hosts), timeout_s=PROBE_TIMEOUT_S)
            if answer.outcome == "ok":
                self.probe_answered_ns[call.actor] = self._clock.now_ns()
            await self._clock.sleep(self.load.probe_every_s)

    async def _counted(
        self, client: Client, call: NextCall, *, via: str, timeout_s: float, gives_up: bool = False
    ) -> Answer:
        answer = await client.call(call.actor, call.method, call.args, via=via, timeout_s=timeout_s, gives_up=gives_up)
        self.operations += 1
        self.answered += answer.outcome == "ok"
        return answer

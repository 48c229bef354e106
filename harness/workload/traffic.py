"""Traffic: clients that go on calling through every fault, and probes that show when actors answer again.

What each client does follows from the run's seed and the client's number alone; how far it gets depends on the
runtime. Hosts are chosen without looking at the cluster: a call to a host that is down is refused, and counts.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence

from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock
from actorproof.harness.request import Requests
from actorproof.harness.workload.client import Client
from actorproof.harness.workload.load import Load

BALANCES: Mapping[str, int] = {"ann": 100, "bob": 100, "cid": 100}
"""What accounts are opened with."""
CALL_TIMEOUT_S = 20.0
PROBE_TIMEOUT_S = 2.0
FICKLE_ACTORS = 2


class Traffic:
    """Runs a load until it is stopped. Ids carry `prefix`, so that loads of one run never share actors."""

    def __init__(
        self,
        load: Load,
        *,
        hosts: Sequence[str],
        seed: int,
        requests: Requests,
        journal: Journal,
        clock: Clock,
        prefix: str = "",
    ) -> None:
        self.load = load
        self._hosts = tuple(hosts)
        self._seed = seed
        self._requests = requests
        self._journal = journal
        self._clock = clock
        self._prefix = prefix
        self._stop = asyncio.Event()
        self._probe_stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._probe_tasks: list[asyncio.Task[None]] = []
        self.operations = 0
        self.answered = 0
        self.probe_answered_ns: dict[str, int] = {}

    @property
    def ledgers(self) -> tuple[str, ...]:
        """The ledgers that are appended to; none where the mix has no such call."""
        if not self.load.mix.get("ledger"):
            return ()
        own = [f"Ledger/{self._prefix}l{n}" for n in range(self.load.actors)]
        return (*own, *(f"Ledger/{self._prefix}fickle-l{n}" for n in range(FICKLE_ACTORS if self.load.fickle else 0)))

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that are transferred between; they have to be opened first."""
        own = [f"Accounts/{self._prefix}a{n}" for n in range(self.load.actors)]
        return (*own, *(f"Accounts/{self._prefix}fickle-a{n}" for n in range(FICKLE_ACTORS if self.load.fickle else 0)))

    @property
    def probed(self) -> tuple[str, ...]:
        """The actors that are probed."""
        return tuple(f"Counter/{self._prefix}probe{n}" for n in range(self.load.probes))

    def start(self) -> None:
        """Start every client and every probe."""
        self._tasks = [asyncio.create_task(self._client(n)) for n in range(self.load.clients)]
        self._tasks += [asyncio.create_task(self._client(n, fickle=True)) for n in range(self.load.fickle)]
        self._tasks += [asyncio.create_task(self._sleeper(n)) for n in range(self.load.sleepers)]
        self._probe_tasks = [asyncio.create_task(self._probe(n)) for n in range(self.load.probes)]
        self._probe_tasks += [asyncio.create_task(self._newcomer(n)) for n in range(self.load.newcomers)]
        for task in (*self._tasks, *self._probe_tasks):
            # A run that breaks off never gathers them; asyncio would print the traceback of each.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def stop(self) -> None:
        """Let every client finish the call it has under way; probes go on. Bounded by the call's own deadline."""
        self._stop.set()
        await asyncio.gather(*self._tasks)

    async def stop_probes(self) -> None:
        """Let every probe finish."""
        self._probe_stop.set()
        await asyncio.gather(*self._probe_tasks)

    async def _client(self, number: int, *, fickle: bool = False) -> None:
        name = f"{self._prefix}{'fickle' if fickle else 'client'}-{number}"
        rng = random.Random(f"{self._seed}/{name}")  # noqa: S311 - a reproducible choice, no secret
        client = Client(name, requests=self._requests, journal=self._journal)
        kinds, weights = zip(*self.load.mix.items(), strict=True)
        while not self._stop.is_set():
            kind: str = rng.choices(kinds, weights)[0]
            group = f"fickle-{kind[0]}" if fickle else kind[0]
            actor = (
                f"{_TYPES[kind]}/{self._prefix}{group}{rng.randrange(FICKLE_ACTORS if fickle else self.load.actors)}"
            )
            method, args = _CALLS[kind](rng)
            slow = rng.randrange(self.load.slow_every) == 0
            if slow or kind == "sleeper":
                args = {**args, "hold_s": round(self.load.hold_s * rng.uniform(0.2, 1.0), 3)}
            gives_up = fickle and rng.randrange(4) == 0
            answer = await client.call(
                actor,
                method,
                args,
                via=rng.choice(self._hosts),
                timeout_s=rng.uniform(0.02, 0.08) if gives_up else CALL_TIMEOUT_S,
                gives_up=gives_up,
            )
            self.operations += 1
            self.answered += answer.outcome == "ok"
            # A refused call costs nothing: without a floor, callers of a dead host would spin.
            pause_s = rng.expovariate(1 / self.load.pause_s) if self.load.pause_s else 0.0
            await self._clock.sleep(pause_s if answer.outcome != "fail" else max(pause_s, 0.05))

    async def _sleeper(self, number: int) -> None:
        rng = random.Random(f"{self._seed}/{self._prefix}sleeper/{number}")  # noqa: S311 - a reproducible choice, no secret
        client = Client(f"{self._prefix}sleeper-{number}", requests=self._requests, journal=self._journal)
        while not self._stop.is_set():
            answer = await client.call(
                f"Sleeper/{self._prefix}w{rng.randrange(self.load.sleeper_actors)}",
                "hold_save" if self.load.sleepers_save and rng.randrange(2) else "hold",
                {"hold_s": round(self.load.sleep_s * rng.uniform(0.2, 1.0), 3)},
                via=rng.choice(self._hosts),
                timeout_s=CALL_TIMEOUT_S,
            )
            self.operations += 1
            self.answered += answer.outcome == "ok"
            await self._clock.sleep(0.05)

    async def _probe(self, number: int) -> None:
        rng = random.Random(f"{self._seed}/{self._prefix}probe/{number}")  # noqa: S311 - a reproducible choice, no secret
        client = Client(f"probe-{self._prefix}{number}", requests=self._requests, journal=self._journal)
        actor = self.probed[number]
        while not self._probe_stop.is_set():
            answer = await client.call(actor, "add", {"by": 1}, via=rng.choice(self._hosts), timeout_s=PROBE_TIMEOUT_S)
            self.operations += 1
            if answer.outcome == "ok":
                self.answered += 1
                self.probe_answered_ns[actor] = self._clock.now_ns()
            await self._clock.sleep(self.load.probe_every_s)

    async def _newcomer(self, number: int) -> None:
        name = f"{self._prefix}newcomer-{number}"
        rng = random.Random(f"{self._seed}/{name}")  # noqa: S311 - a reproducible choice, no secret
        client = Client(name, requests=self._requests, journal=self._journal)
        count = 0
        while not self._probe_stop.is_set():
            actor = f"Counter/{name}-{count}"
            answer = await client.call(actor, "add", {"by": 1}, via=rng.choice(self._hosts), timeout_s=PROBE_TIMEOUT_S)
            count += 1
            self.operations += 1
            self.answered += answer.outcome == "ok"
            await self._clock.sleep(self.load.probe_every_s)


_TYPES = {
    "counter": "Counter",
    "ledger": "Ledger",
    "accounts": "Accounts",
    "register": "Register",
    "sleeper": "Sleeper",
}
_Args = dict[str, "int | float | str | bool | Mapping[str, int] | None"]


def _counter(rng: random.Random) -> tuple[str, _Args]:
    return ("get", {}) if rng.randrange(4) == 0 else ("add", {"by": 1})


def _ledger(_: random.Random) -> tuple[str, _Args]:
    return "append", {}


def _accounts(rng: random.Random) -> tuple[str, _Args]:
    source, target = rng.sample(("ann", "bob", "cid"), 2)
    return (
        ("total", {})
        if rng.randrange(4) == 0
        else (
            "transfer",
            {"source": source, "target": target, "amount": rng.randrange(1, 5)},
        )
    )


def _register(rng: random.Random) -> tuple[str, _Args]:
    match rng.randrange(3):
        case 0:
            return "read", {}
        case 1:
            return "write", {"value": rng.randrange(5)}
        case _:
            return "cas", {"old": rng.randrange(5), "new": rng.randrange(5)}


def _sleeper(rng: random.Random) -> tuple[str, _Args]:
    return ("hold_save" if rng.randrange(2) else "hold"), {}


_CALLS: Mapping[str, Callable[[random.Random], tuple[str, _Args]]] = {
    "counter": _counter,
    "ledger": _ledger,
    "accounts": _accounts,
    "register": _register,
    "sleeper": _sleeper,
}

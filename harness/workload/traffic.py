"""Traffic: a load of calls of our own subjects."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count

from actorproof.harness.history.journal import Journal
from actorproof.harness.ports import Clock
from actorproof.harness.request import Requests
from actorproof.harness.workload.callers import CALL_TIMEOUT_S, FICKLE_ACTORS, FLOOR_S, Callers, NextCall
from actorproof.harness.workload.load import Load

BALANCES: Mapping[str, int] = {"ann": 100, "bob": 100, "cid": 100}
"""What accounts are opened with."""


class Traffic(Callers):
    """Runs a load of our subjects. Ids carry `prefix`, so that loads of one run never share actors."""

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
        super().__init__(load, hosts=hosts, seed=seed, requests=requests, journal=journal, clock=clock)
        self._prefix = prefix

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
        for number in range(self.load.clients):
            self._clients.start(self._client(f"{self._prefix}client-{number}", self._chosen))
        for number in range(self.load.fickle):
            chosen = partial(self._chosen, fickle=True)
            self._clients.start(self._client(f"{self._prefix}fickle-{number}", chosen, fickle=True))
        for number in range(self.load.sleepers):
            self._clients.start(self._sleeper(number))
        for number, actor in enumerate(self.probed):
            client = self._named(f"probe-{self._prefix}{number}")
            add = partial(NextCall, actor=actor, method="add", args={"by": 1})
            self._probes.start(self._probe(client, add, self._rng(f"{self._prefix}probe/{number}")))
        for number in range(self.load.newcomers):
            self._probes.start(self._newcomer(f"{self._prefix}newcomer-{number}"))

    def _chosen(self, rng: random.Random, *, fickle: bool = False) -> NextCall:
        """A call of one of our subjects; a fickle caller has actors of its own."""
        kinds, weights = zip(*self.load.mix.items(), strict=True)
        kind: str = rng.choices(kinds, weights)[0]
        group = f"fickle-{kind[0]}" if fickle else kind[0]
        number = rng.randrange(FICKLE_ACTORS if fickle else self.load.actors)
        method, args = _CALLS[kind](rng)
        slow = rng.randrange(self.load.slow_every) == 0
        if slow or kind == "sleeper":
            args = {**args, "hold_s": round(self.load.hold_s * rng.uniform(0.2, 1.0), 3)}
        return NextCall(actor=f"{_TYPES[kind]}/{self._prefix}{group}{number}", method=method, args=args)

    async def _sleeper(self, number: int) -> None:
        """Hold actors with long turns, one after the other."""
        rng = self._rng(f"{self._prefix}sleeper/{number}")
        client = self._named(f"{self._prefix}sleeper-{number}")
        while not self._clients.stop.is_set():
            call = NextCall(
                actor=f"Sleeper/{self._prefix}w{rng.randrange(self.load.sleeper_actors)}",
                method="hold_save" if self.load.sleepers_save and rng.randrange(2) else "hold",
                args={"hold_s": round(self.load.sleep_s * rng.uniform(0.2, 1.0), 3)},
            )
            await self._counted(client, call, via=rng.choice(self._hosts), timeout_s=CALL_TIMEOUT_S)
            await self._clock.sleep(FLOOR_S)

    async def _newcomer(self, name: str) -> None:
        """Call a new actor each time."""
        new = (NextCall(actor=f"Counter/{name}-{number}", method="add", args={"by": 1}) for number in count())
        await self._probe(self._named(name), partial(next, new), self._rng(name))


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

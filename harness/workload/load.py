"""Load: how much is called while faults come and go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from actorproof.harness.errors import UsageError

STANDARD_MIX: Mapping[str, int] = {"counter": 4, "ledger": 8, "accounts": 2, "register": 3, "sleeper": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much is called. UsageError when it makes no sense.

    Attributes:
        clients: callers that run at the same time.
        actors: actors per type; fewer means more contention.
        pause_s: mean think time of a client between two operations.
        hold_s: how long a slow turn holds on; one in `slow_every` is slow.
        fickle: further clients, on actors of their own, that give up every fourth call after 20 to 80 ms: while the
            call runs, and while it waits behind others. Each such call may break a promise, so it must not drown
            what else happens to the actors of the others.
        mix: weight of each kind of call: counter, ledger, accounts, register, sleeper.
        probes: actors that are probed all the time, `probe_every_s` after each answer.
        sleepers: further clients that do nothing but slow calls, on `sleeper_actors` actors of their own, for up to
            `sleep_s` each: whatever happens, turns are open.
        sleepers_save: whether half of these calls save at their end.
        newcomers: further clients of which each calls a new actor every time, as probes do.
    """

    clients: int = 12
    actors: int = 6
    pause_s: float = 0.02
    hold_s: float = 0.3
    slow_every: int = 20
    fickle: int = 2
    mix: Mapping[str, int] = field(default_factory=lambda: dict(STANDARD_MIX))
    probes: int = 8
    probe_every_s: float = 0.25
    sleepers: int = 0
    sleeper_actors: int = 60
    sleep_s: float = 5.0
    sleepers_save: bool = False
    newcomers: int = 0

    def __post_init__(self) -> None:
        for name in ("clients", "fickle", "probes", "sleepers", "newcomers", "pause_s", "hold_s", "probe_every_s"):
            if getattr(self, name) < 0:
                raise UsageError(f"load: {name} is {getattr(self, name)}: choose 0 or more")
        for name in ("actors", "slow_every", "sleeper_actors"):
            if getattr(self, name) < 1:
                raise UsageError(f"load: {name} is {getattr(self, name)}: choose 1 or more")
        if unknown := sorted(set(self.mix) - set(STANDARD_MIX)):
            raise UsageError(f"load: mix has no {unknown[0]}: choose from {', '.join(STANDARD_MIX)}")
        if min(self.mix.values(), default=0) < 0 or not sum(self.mix.values()):
            raise UsageError("load: the weights of mix are 0 or more, and one of them is more")

"""Breakages: each makes a bare host break one promise on purpose, so that its checker can be seen to turn red.

They work on ordinary actors (never on the canary's), in every host that is started with the breakage's name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import ClassVar
from zlib import crc32

from actorproof.harness.errors import UsageError
from actorproof.harness.history.events import Cause
from actorproof.harness.subjects.actors.canary import LostState
from actorproof.harness.subjects.actors.subject import Peers, StateAccess
from actorproof.harness.subjects.witness import Mark, Witness, Writes

CANARY = "Canary/"


def _now_s() -> float:
    """The host's own time."""
    return asyncio.get_running_loop().time()


class Breakage:
    """Breaks nothing; the seams of a host that the broken ones use."""

    refusal_status: ClassVar[int] = 500

    def __init__(self, witness: Witness) -> None:
        self.witness = witness
        self._tasks: set[asyncio.Task[None]] = set()

    def refuses(self, actor: str, cause: Cause) -> bool:  # noqa: ARG002
        """Whether to answer `refusal_status` instead of running a turn."""
        return False

    def state(self, state: StateAccess, mark: Mark) -> StateAccess:  # noqa: ARG002
        """The state that a turn gets."""
        return state

    def peers(self, peers: Peers) -> Peers:
        """How turns call other actors."""
        return peers

    def opened(self, mark: Mark) -> None:
        """A turn began."""

    def closed(self, mark: Mark, cut: Callable[[], None]) -> None:
        """A turn ended and is about to be answered; `cut` breaks its caller's connection instead."""

    def failed(self) -> None:
        """A turn failed."""

    def deactivated(self, actor: str, instance: int) -> None:
        """An instance was deactivated."""

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Run something in the background until the process ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Turns(Breakage):
    """Now and then a second turn of the actor runs in the background, overlapping the first."""

    EVERY = 7
    STRAY_S = 0.03

    def __init__(self, witness: Witness) -> None:
        super().__init__(witness)
        self._seen = 0

    def opened(self, mark: Mark) -> None:
        if mark.actor.startswith(CANARY):
            return
        self._seen += 1
        if self._seen % self.EVERY == 0:
            stray = self.witness.begin(actor=mark.actor, cause="call", name="stray", instance=mark.instance)
            self.spawn(self._end_later(stray))

    async def _end_later(self, stray: Mark) -> None:
        await asyncio.sleep(self.STRAY_S)
        self.witness.end(stray, completed=True)


class Activation(Breakage):
    """A deactivated instance stays in use: short turns of it go on for a while, whoever owns the actor by then."""

    TURNS = 40
    PAUSE_S = 0.5

    def deactivated(self, actor: str, instance: int) -> None:
        if not actor.startswith(CANARY):
            self.spawn(self._haunt(actor, instance))

    async def _haunt(self, actor: str, instance: int) -> None:
        for _ in range(self.TURNS):
            await asyncio.sleep(self.PAUSE_S)
            ghost = self.witness.begin(actor=actor, cause="call", name="ghost", instance=instance)
            self.witness.end(ghost, completed=True)


class Reentrancy(Breakage):
    """Actors call without passing the reentrancy id on, so that a chain waits for itself."""

    def peers(self, peers: Peers) -> Peers:
        return Strangers(peers)


class Strangers:
    """Peers to whom every call is a stranger's."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def invoke(self, actor: str, method: str, body: bytes, *, chain: str | None) -> tuple[int, bytes]:
        del chain
        return await self._peers.invoke(actor, method, body, chain=None)


class Durability(Breakage):
    """Every tenth save is acknowledged and never sent to the store."""

    EVERY = 10

    def __init__(self, witness: Witness) -> None:
        super().__init__(witness)
        self._seen = 0

    def state(self, state: StateAccess, mark: Mark) -> StateAccess:
        if mark.actor.startswith(CANARY):
            return state
        return _LeakyState(state, LostState(state, self.witness, mark), self._loses)

    def _loses(self) -> bool:
        self._seen += 1
        return self._seen % self.EVERY == 0


class _LeakyState:
    """State of which some saves go to `lost`."""

    def __init__(self, kept: StateAccess, lost: StateAccess, loses: Callable[[], bool]) -> None:
        self._kept = kept
        self._lost = lost
        self._loses = loses

    async def get(self, key: str) -> str | None:
        return await self._kept.get(key)

    async def stage(self, writes: Writes) -> None:
        """Nothing: saves are sent when they are made."""

    async def commit(self, writes: Writes, *, ttl_s: int | None = None) -> None:
        await (self._lost if self._loses() else self._kept).commit(writes, ttl_s=ttl_s)


class Reminders(Breakage):
    """Every third tick of a reminder is answered 200 and runs no turn."""

    refusal_status = 200
    EVERY = 3
    CAUSE: ClassVar[Cause] = "reminder"

    def __init__(self, witness: Witness) -> None:
        super().__init__(witness)
        self._seen = 0

    def refuses(self, actor: str, cause: Cause) -> bool:
        if cause != self.CAUSE or actor.startswith(CANARY):
            return False
        self._seen += 1
        return self._seen % self.EVERY == 0


class Timers(Reminders):
    """Every third tick of a timer is answered 200 and runs no turn."""

    CAUSE: ClassVar[Cause] = "timer"


class Drain(Breakage):
    """A call that took over a second is cut off: its turn ends well, and its connection is closed without a reply.

    An application is not told when a drain begins (the DELETE comes after it), so slow calls are cut whenever they
    come; those of actors that are being moved are among them. They are cut at the end of the turn, since the runtime
    would let the next turn in at once after an earlier cut, and break another promise.
    """

    LONGEST_S = 1.0

    def __init__(self, witness: Witness) -> None:
        super().__init__(witness)
        self._began: dict[str, float] = {}

    def opened(self, mark: Mark) -> None:
        if not mark.actor.startswith(CANARY):
            self._began[mark.turn] = _now_s()

    def closed(self, mark: Mark, cut: Callable[[], None]) -> None:
        now_s = _now_s()
        if now_s - self._began.pop(mark.turn, now_s) > self.LONGEST_S:
            cut()


class Recovery(Breakage):
    """After its first failed turn, or ten seconds, the host answers 500 for one actor in four for ever."""

    AFTER_S = 10.0
    ONE_IN = 4

    def __init__(self, witness: Witness) -> None:
        super().__init__(witness)
        self._sick_at = _now_s() + self.AFTER_S

    def failed(self) -> None:
        self._sick_at = 0.0

    def refuses(self, actor: str, cause: Cause) -> bool:
        del cause
        sick = _now_s() >= self._sick_at and crc32(actor.encode()) % self.ONE_IN == 0
        return sick and not actor.startswith(CANARY)


BREAKAGES: dict[str, type[Breakage]] = {
    "turns": Turns,
    "activation": Activation,
    "reentrancy": Reentrancy,
    "durability": Durability,
    "reminders": Reminders,
    "timers": Timers,
    "drain": Drain,
    "recovery": Recovery,
}
"""Every breakage, by the guarantee that it breaks."""


def breakage(name: str | None, witness: Witness) -> Breakage:
    """The breakage of that name, the one that breaks nothing for None; UsageError when there is none."""
    if name is None:
        return Breakage(witness)
    if name not in BREAKAGES:
        raise UsageError(f"breakage {name} is not known: choose one of {', '.join(BREAKAGES)}")
    return BREAKAGES[name](witness)

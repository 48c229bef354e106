"""Witness: writes what happens to actors in one application process into that process's journal.

It is one for all hosts. A turn's interval is inner: `begin` is called before any user code of the turn runs, `end`
after its save and before its reply. Each event is one write, so a SIGKILL loses nothing that was written.

There is no activation callback in Dapr: an instance is (process, actor, number), and the number grows with the first
turn after a received DELETE.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import msgspec

from actorproof.harness.history import events as ev

EventT = TypeVar("EventT", bound=ev.Event)
Writes = Sequence[tuple[str, str | None]]
"""One transaction: (key, JSON text of the value as stored, or None for a deletion), in order."""


class EventWriter(Protocol):
    """What a witness needs of a journal: it adds process, seq and t_ns, and writes the event at once."""

    def write(self, kind: type[EventT], **fields: Any) -> EventT: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """A turn that began: its unique id, its actor (``Type/id``), its instance, its operation, its reentrancy id."""

    turn: str
    actor: str
    instance: int
    op: str | None
    chain: str | None = None


class Witness:
    """The witness of one application process (``host-1/app#2``); ids that it gives begin with that name.

    `nonce` makes what no two instances have in common.
    """

    def __init__(
        self, journal: EventWriter, *, process: str, nonce: Callable[[], str] = lambda: secrets.token_hex(8)
    ) -> None:
        self.process = process
        self._nonce = nonce
        self._journal = journal
        self._held: dict[str, int] = {}
        self._ended: dict[str, int] = {}
        self._turns = 0
        self._saves = 0
        self._calls = 0
        self._asked = 0

    def begin(
        self,
        *,
        actor: str,
        cause: ev.Cause,
        name: str,
        op: str | None = None,
        chain: str | None = None,
        data: str = "null",
        callback: str | None = None,
        instance: int | None = None,
    ) -> Mark:
        """A turn begins. `instance` is for broken hosts only: it names an instance that was deactivated before."""
        number = self._instance(actor) if instance is None else instance
        self._turns += 1
        turn = f"{self.process}:t{self._turns}"
        self._journal.write(
            ev.TurnStarted,
            turn=turn,
            actor=actor,
            instance=number,
            cause=cause,
            name=name,
            op=op,
            chain=chain,
            data=data,
            callback=callback,
        )
        return Mark(turn, actor, number, op, chain)

    def end(self, mark: Mark, *, completed: bool, result: str = "null", cancels: bool = False) -> None:
        """A turn ends; `result` is JSON text, `cancels` as in TurnEnded. Called before the reply is sent."""
        self._journal.write(ev.TurnEnded, turn=mark.turn, completed=completed, result=result, cancels=cancels)

    def save_started(self, mark: Mark, writes: Writes) -> str:
        """A turn is about to send a transaction; returns the id of the save."""
        self._saves += 1
        save = f"{self.process}:s{self._saves}"
        text = msgspec.json.encode(writes).decode()
        self._journal.write(ev.SaveStarted, save=save, turn=mark.turn, actor=mark.actor, writes=text)
        return save

    def save_ended(self, save: str, *, acknowledged: bool, reason: str = "") -> None:
        """A transaction was answered, or given up on: then it is not acknowledged."""
        self._journal.write(ev.SaveEnded, save=save, acknowledged=acknowledged, reason=reason)

    @contextmanager
    def runtime_call(self, mark: Mark, what: ev.RuntimeCall, name: str) -> Iterator[None]:
        """A turn asks its sidecar for something; what the block raises is the reason why it got no good answer.

        Nothing is written where the turn is thrown away with its process: nobody is left who could see an end.
        """
        self._asked += 1
        call = f"{self.process}:r{self._asked}"
        self._journal.write(ev.RuntimeCallStarted, call=call, turn=mark.turn, actor=mark.actor, what=what, name=name)
        try:
            yield
        except GeneratorExit:
            raise
        except BaseException as error:
            self._journal.write(
                ev.RuntimeCallEnded, call=call, ok=False, reason=f"{type(error).__name__}: {error}"[:200]
            )
            raise
        self._journal.write(ev.RuntimeCallEnded, call=call, ok=True)

    def call_started(self, mark: Mark, *, actor: str, name: str, args: Mapping[str, Any], give_up_s: float) -> str:
        """A turn is about to call an actor, through its own sidecar; returns the id of the operation."""
        self._calls += 1
        op = f"{self.process}:c{self._calls}"
        self._journal.write(
            ev.Invoked,
            op=op,
            client=mark.turn,
            via=self.process.partition("/")[0],
            actor=actor,
            action="call",
            name=name,
            args=msgspec.json.encode(args).decode(),
            give_up_s=give_up_s,
        )
        return op

    def call_ended(
        self,
        op: str,
        *,
        outcome: ev.Outcome,
        status: int | None = None,
        turn: str | None = None,
        result: str = "null",
        reason: str = "",
    ) -> None:
        """A call of a turn was answered, or given up on."""
        self._journal.write(
            ev.Completed, op=op, outcome=outcome, status=status, turn=turn, result=result, reason=reason
        )

    def deactivated(self, actor: str) -> int | None:
        """A DELETE was received. Returns the instance that it ends; None when the process holds no such actor."""
        number = self._held.pop(actor, None)
        if number is not None:
            self._ended[actor] = number
            self._journal.write(ev.Deactivated, actor=actor, instance=number)
        return number

    def delete_answered(self, actor: str, instance: int, status: int) -> None:
        """The DELETE that ended an instance was answered."""
        self._journal.write(ev.DeactivationAnswered, actor=actor, instance=instance, status=status)

    def ended(self, actor: str) -> int | None:
        """The instance of an actor that ended last; None where another has begun since, or there was none."""
        return self._ended.get(actor)

    def _instance(self, actor: str) -> int:
        number = self._held.get(actor)
        if number is None:
            number = self._held[actor] = self._ended.pop(actor, 0) + 1
            self._journal.write(ev.Activated, actor=actor, instance=number, nonce=self._nonce())
        return number

"""Answer: what a search says of a history: it fits, it does not, or the budget was used up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from actorproof.plural import some
from actorproof.properties.formats.values import spelled
from actorproof.properties.linearizability.model import State
from actorproof.properties.linearizability.operation import Operation


@dataclass(frozen=True, slots=True)
class Linearizable:
    """The history fits; `order` is a witness. `info` operations that aren't in it took no effect."""

    order: tuple[Operation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLinearizable:
    """No order fits.

    Attributes:
        order: a witness for the longest prefix of the history that fits: all until the first of `stuck` ended. What
            was under way then may be placed in it, if to the answer that it gave later.
        state: the model's state after it.
        stuck: operations that can't be placed: the one whose end calls for it first, then those that were under way.
    """

    order: tuple[Operation, ...]
    state: State
    stuck: tuple[Operation, ...]

    def __str__(self) -> str:
        first, *rest = self.stuck
        beside = f"; under way: {', '.join(f'{o.id} {o}' for o in rest)}" if rest else ""
        return (
            f"{first.id} {first} fits nowhere after {some(len(self.order), 'operation')},"
            f" state {spelled(self.state)}{beside}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The budget was used up. `placed` of `total` operations had ended, in the longest prefix that was seen to fit."""

    reason: Literal["time", "memory"]
    placed: int
    total: int


Answer = Linearizable | NotLinearizable | Unknown

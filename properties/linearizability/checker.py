"""Checker: decides a history that others recorded from its calls, without a search for an order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import Value
from actorproof.properties.linearizability.cycle import Cycle
from actorproof.properties.verdict.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a checker found: the outcome, why in a few words, and more of it line by line.

    `lines_of_calls` are the lines of the history that it is about; `cycles` are some that `details` tell, to be drawn.
    """

    outcome: Outcome
    why: str
    details: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    lines_of_calls: tuple[int, ...] = ()
    cycles: tuple[Cycle, ...] = ()


class Checker(ABC):
    """Subclasses set `name` and `functions`, and define `check`."""

    name: ClassVar[str] = ""
    functions: ClassVar[Mapping[str, str]] = {}
    """What can be asked for, and the form of its value, in words."""
    init_form: ClassVar[str] = ""
    """The form of what it is told by --init, in words; empty when nothing."""

    consistency: str | None = None
    """What transactions are promised; None where they are none."""

    @classmethod
    def opened(cls, init: Value) -> Self:  # noqa: ARG003 - for subclasses
        """The checker that knows what was there at first; ValueError, with the form that was expected."""
        raise ValueError("nothing: it takes no --init")

    @abstractmethod
    def check(self, calls: Sequence[Call]) -> Told:
        """Decide; BadHistoryError, with its line, for a call that has not the form of its function."""

    def known(self, call: Call) -> str:
        """The function of a call; BadHistoryError for one that this checker does not know."""
        if call.function not in self.functions:
            raise call.unknown(self.functions)
        return call.function

"""Model: what an object does when it is called by one caller at a time.

A new one takes a few lines, in a file of its own: those of ``models/`` are known by their names, any other is given as
``--model file.py:Class``. `step` says whether the operation can have answered what it did, and what the object is like
afterwards::

    class Stack(Model):
        name = "stack"
        initial = ()
        asking = frozenset({"pop"})
        functions = {"push": "any value", "pop": "nil"}

        def step(self, state, operation):
            match operation.function:
                case "push":
                    return True, (*state, operation.value)
                case "pop" if state:
                    return unknown_or_equal(operation, state[-1]), state[:-1]
                case "pop":
                    return unknown_or_equal(operation, None), state
            raise UnknownFunctionError(self, operation)

The answer of an `info` operation is not known (`result` is None), so `step` accepts any. States and values are
hashable.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.event import BadHistoryError
from actorproof.properties.formats.values import FALSE, Value
from actorproof.properties.linearizability.operation import Operation

State = Hashable
Repeated = tuple[Operation, int]
"""An operation, and how many like it there are."""


class Model(ABC):
    """A sequential object. Subclasses set `name` and `initial`, and define `step`.

    `is_pure`, `only_in` and `is_blind` make the search faster. They are promises for every state, so they can't be
    found out by comparing states: writing 5 onto 5 changes nothing, and is no pure operation.
    """

    name: ClassVar[str] = ""
    functions: ClassVar[Mapping[str, str]] = {}
    """What it can be asked for, and the form of its value in a history that others recorded, in words."""
    asking: ClassVar[frozenset[str]] = frozenset({"read"})
    """The functions whose answer is what they are called for; what others answer may say nothing."""
    init_form: ClassVar[str] = ""
    """The form of what it holds at first, in words; empty when nobody may choose."""
    has_parts: ClassVar[bool] = False
    """Whether its values name keys of its own, so that they are never the names of objects."""
    only_grows: ClassVar[bool] = False
    """Whether a state that was left never comes again."""
    holds_what_is_saved: ClassVar[bool] = False
    """Whether its state is the one value that an actor saves, so that a save can be put in place of it."""
    initial: State = None

    @abstractmethod
    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        """Whether the operation, in this state, can have ended as it did; and the next state (unused if it can't)."""

    def is_pure(self, operation: Operation) -> bool:  # noqa: ARG002 - for subclasses
        """Whether it leaves every state in which it is legal as it was."""
        return False

    def only_in(self, operation: Operation) -> tuple[State] | None:  # noqa: ARG002 - for subclasses
        """The one state in which an operation is legal; None when there is no such single one, or it isn't known.

        Of interest for pure operations, and for all of an object that only grows. Comparing states is cheaper than
        taking a step.
        """
        return None

    def is_blind(self, operation: Operation) -> bool:  # noqa: ARG002 - for subclasses
        """Whether it is legal in every state, and leaves the same state whatever was before, like a plain write."""
        return False

    def is_too_late(self, state: State, operation: Operation) -> bool:  # noqa: ARG002 - for subclasses
        """Whether the operation is legal in neither this state nor any that can follow, for objects that only grow."""
        return False

    def serves(self, state: State, operation: Operation, other: Operation) -> bool:  # noqa: ARG002 - for subclasses
        """Whether an operation, placed in this state, may bring about what another one needs.

        An unanswered operation that serves none of those that wait is left for later. So a model may deny it only where
        operations in between would not notice: those that serve nothing else touch other parts of the object.
        """
        return True

    def may_follow(self, state: State, operation: Operation, others: Iterable[Repeated]) -> bool:  # noqa: ARG002 - for subclasses
        """Whether an operation that is not legal in this state may be, after some of the others were placed.

        Denied only where no choice of them, in no order, leads to a state in which it is legal.
        """
        return True

    def pressing(self, state: State, called: Operation, waiting: Iterable[Operation]) -> Container[Hashable] | None:  # noqa: ARG002 - for subclasses
        """The parts of the object on which something may have to be placed before `called`; None when all may be.

        For objects whose effective operations touch one part each, `part`, and commute with those on others. What none
        of the pure operations that are `waiting` needs to be other than it is, and `called` does not touch, can wait.
        """
        return None

    def part(self, operation: Operation) -> Hashable:  # noqa: ARG002 - for subclasses
        """The part of the object that an effective operation touches."""
        return None

    def suited(self, operations: Sequence[Operation]) -> Model:  # noqa: ARG002 - for subclasses
        """The same object for one history, perhaps knowing more: a counter that is only added to never goes down."""
        return self

    @property
    def foresees(self) -> bool:
        """Whether `suited` made use of answers, so that a part of the history would be judged by what comes later."""
        return False

    def parts(self, operations: Sequence[Operation]) -> Parts | None:  # noqa: ARG002 - for subclasses
        """The parts of the object that can be judged each by itself, if every operation touches one: a map's keys."""
        return None

    # ---- histories that others recorded

    @classmethod
    def opened(cls, init: Value) -> Self:  # noqa: ARG003 - for subclasses
        """The object that holds `init` at first; ValueError, with the form that was expected, for what it can't."""
        raise ValueError("nothing: it takes no --init")

    def with_opening(self, calls: Sequence[Call]) -> Model:  # noqa: ARG002 - for subclasses
        """The object as it was before a history began, if the history shows that, and nobody said it."""
        return self

    def guesses(self, stuck: Operation) -> Iterable[Value]:  # noqa: ARG002 - for subclasses
        """What it may have held at first, going by an operation that fits nowhere, for a hint at --init."""
        return ()

    def read_call(self, call: Call) -> Operation:
        """A call as an operation of this object; BadHistoryError, with its line, for one that has not its form."""
        if self.functions and call.function not in self.functions:
            raise call.unknown(self.functions)
        asks = call.function in self.asking
        answer = call.answer if asks or call.answer != call.asked else None
        return operation_of(call, value=None if asks and call.asked == answer else call.asked, result=answer)

    def undecidable(self, operations: Sequence[Operation]) -> str | None:  # noqa: ARG002 - for subclasses
        """Why "holds" would say too much of these operations; None when it would not."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one part of an object is, and the operations on each part by its name."""

    model: Model
    operations: dict[str, list[Operation]]


class UnknownFunctionError(BadHistoryError):
    """The model doesn't know the function of an operation, or not with such a value."""

    def __init__(self, model: Model, operation: Operation) -> None:
        super().__init__(f"operation {operation.id}: {model.name or type(model).__name__} has no {operation}")


def operation_of(
    call: Call, *, value: Hashable = None, result: Hashable = None, function: str | None = None
) -> Operation:
    """A call as an operation with this value and result, and the function by the name that the model has for it."""
    return Operation(
        id=call.id,
        function=function or call.function,
        value=value,
        start_ns=call.start,
        end_ns=call.end,
        outcome=call.outcome,
        result=result if call.outcome == "ok" else None,
        process=call.process,
    )


def unknown_or_equal(operation: Operation, answer: Hashable) -> bool:
    """Whether an operation's result is what the model answers; an `info` operation's may be anything."""
    return operation.outcome != "ok" or operation.result == answer


def unsaid_or_equal(operation: Operation, answer: Hashable) -> bool:
    """As `unknown_or_equal`, for functions that need not answer: None says nothing."""
    return operation.result is None or operation.outcome != "ok" or operation.result == answer


def parts_of(model: Model, operation: Operation, count: int) -> tuple[Any, ...]:
    """The parts of an operation's value; UnknownFunctionError when there are not so many."""
    value = operation.value
    if not isinstance(value, tuple) or len(value) != count:
        raise UnknownFunctionError(model, operation)
    return value


def refused(operation: Operation) -> bool:
    """Whether an operation was answered with false."""
    return operation.result is False or operation.result is FALSE

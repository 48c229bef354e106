"""Calls: one actor's operations and turns as operations of a model.

The turn that answered a call has the call's interval; so has a call that was answered with what another one's turn had
returned: it is held to that answer like any other. Every other turn of it is an `info` operation of its own, invoked
at that turn's start: the runtime had tried again. Of a call that has no answer each turn is one, invoked when the call
was: which of them would have answered is not known, and so forgetting an answer never makes a history worse.

A turn that a reminder or a timer caused is an operation by what it saved, from its start on; an `info` one when that
was not acknowledged. Where saves say nothing it is one by its name and data, and `info`, too, when it is not known
whether it saved.

A turn that ended without having begun to save, or died so, left nothing behind and is left out. So is a call that no
turn carried. Both are conclusions from absence, so they are sound only for a history that is whole and was closed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

import msgspec

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.state.linearizability.declared import kind_of_type
from actorproof.properties.guarantees.state.linearizability.subject import STORED, Asked, Kind
from actorproof.properties.linearizability.model import Model
from actorproof.properties.linearizability.operation import Operation, Outcome
from actorproof.properties.linearizability.users import FIRED, json_text
from actorproof.properties.views.records import Operation as Call
from actorproof.properties.views.records import Save, Turn
from actorproof.properties.views.state.ledger import field_of, writes_of
from actorproof.properties.views.timeline import Timeline

Log = Mapping[str, ev.StoreCommitted] | None
"""The commit that has a turn's save, by turn; None when the store's log does not tell."""


class StrangeCallError(ValueError):
    """A call, an answer or a save that the models do not know: its actor can't be judged. The message says which."""


@dataclass(slots=True, kw_only=True)
class Calls:
    """One actor's part of a history.

    Attributes:
        actor: the actor, ``Type/id``.
        kind: how its calls are read.
        operations: as the search takes them; ids are those of calls and turns.
        turns: by an operation's id the turn that it stands for.
        calls: by an operation's id the call.
    """

    actor: str
    kind: Kind
    operations: list[Operation] = field(default_factory=list)
    turns: dict[str, Turn] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)

    def doubted(self, turns: AbstractSet[str]) -> list[Operation]:
        """The operations, with some turns taken to have had their effect at any time, or never."""
        return [
            replace(each, outcome="info", end_ns=None, result=None) if self.turns[each.id].id in turns else each
            for each in self.operations
        ]

    @property
    def model(self) -> Model:
        """What they are held to: the kind's model, or the loose one where a turn is known by its save alone."""
        return self.kind.loose if any(each.function == STORED for each in self.operations) else self.kind.model

    def freed(self, turns: AbstractSet[str], log: Log) -> list[Operation]:
        """The operations with some turns no longer held to the model: what they answered is forgotten, and what they
        saved is put in place as it was saved.

        `log` is where the store's log has the saves of each turn: with it no operation is in doubt. StrangeCallError
        when a save is not understood.
        """
        kept: list[Operation] = []
        for operation in self.operations:
            turn = self.turns[operation.id]
            if turn.id in turns:
                continue
            if operation.outcome != "info":
                kept.append(operation)
                continue
            windows = [window for save in turn.saves if (window := committed_within(save, log)) is not None]
            if windows:
                _, end_ns = windows[-1]
                outcome: Outcome = "info" if end_ns is None else "ok"
                answer = self._answer(turn) if end_ns is not None else None
                kept.append(replace(operation, outcome=outcome, end_ns=end_ns, result=answer))
        for turn in {each.id: each for each in self.turns.values()}.values():  # one may have answered two calls
            if turn.id in turns:
                kept += [put for save in turn.saves if (put := _stored(self.kind, save, log)) is not None]
        return kept

    def _answer(self, turn: Turn) -> Hashable:
        """What a turn answered, though nobody got it; None when that is not known."""
        if turn.end is None or not turn.end.completed or turn.start.cause != "call":
            return None
        try:
            return self.kind.result(turn.start.name, msgspec.json.decode(turn.end.result))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise StrangeCallError(f"the answer of turn {turn.id} is not understood: {error!r}") from error


def calls_of(timeline: Timeline, actor: str, kind: Kind) -> Calls:
    """Read one actor's calls; StrangeCallError names the first that is not understood."""
    read = Calls(actor=actor, kind=kind)
    for call in timeline.operations_of(actor):
        if call.start.action == "call":
            for id_, turn, operation in _operations(kind, call, timeline):
                read.operations.append(operation)
                read.calls[id_] = call
                read.turns[id_] = turn
    unlaid = [each for each in timeline.unattributed if each.what == "save" and each.actor == actor]
    for turn in timeline.turns_of(actor):
        known = turn.start.op is not None and timeline.operation(turn.start.op) is not None
        if turn.start.cause == "call" and not known and _may_have_saved(turn):
            raise StrangeCallError(f"turn {turn.id} of {actor} belongs to no call of the history")
        if effect := _against_its_word(timeline, turn):
            raise StrangeCallError(f"turn {turn.id} saved, and its method {turn.start.name} declares effect {effect}")
        if turn.start.cause != "call" and (turn.saves if kind.reads_saves else not _left_nothing(turn, unlaid)):
            for operation in _fired(kind, turn):
                read.operations.append(operation)
                read.turns[operation.id] = turn
    return read


def kind_of(timeline: Timeline, actor: str) -> Kind | None:
    """How the calls of an actor are read; None when its type declares no model that it can be held to."""
    declared = timeline.run.type_of(actor) if timeline.run is not None else None
    return None if declared is None else kind_of_type(declared)


def _against_its_word(timeline: Timeline, turn: Turn) -> str:
    """The effect that a turn's method declares, when the turn saved a change of its own all the same; else empty.

    What it saved of another turn's, as a host does that keeps the changes of failed ones, is no word of its method's.
    """
    declared = timeline.run.type_of(turn.actor) if timeline.run is not None and turn.saves else None
    if declared is None or turn.start.cause != "call":
        return ""
    effects = {method.name: method.effect for method in declared.methods}
    effect = effects.get(turn.start.name, "writes")
    own = any(field_of(value, "turn") == turn.id for save in turn.saves for _, value in writes_of(save))
    return effect if own and effect != "writes" else ""


def _operations(kind: Kind, call: Call, timeline: Timeline) -> Iterator[tuple[str, Turn, Operation]]:
    """The operations that one call becomes: each with its id and turn."""
    start, end = call.start, call.end
    try:
        args = msgspec.json.decode(start.args)
        if end is None or end.outcome != "ok":
            for turn in call.turns:
                if _may_have_acted(kind, turn) and (asked := kind.ask(start.name, args, turn.id)) is not None:
                    yield turn.id, turn, _doubtful(turn, call, asked, start_ns=call.start_ns)
            return
        answering = call.turns[0] if end.turn is None and len(call.turns) == 1 else call.answering
        if answering is None and not kind.reads_saves:  # which of them answered makes no difference
            answering = next((turn for turn in reversed(call.turns) if turn.ended != "failed"), None)
        turn_id = answering.id if answering is not None else call.id
        if answering is None:  # another call's turn of this actor, and its own name for what it asked
            other = timeline.turn(end.turn) if end.turn is not None else None
            answering = other if other is not None and other.actor == start.actor else None
        if answering is None:
            raise StrangeCallError(f"the turn that answered operation {call.id} of {start.actor} is not known")
        asked = kind.ask(start.name, args, turn_id)
        if asked is None:
            return
        result = kind.result(start.name, msgspec.json.decode(end.result))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, StrangeCallError):
            raise
        raise StrangeCallError(f"operation {call.id} of {start.actor} is not understood: {error!r}") from error
    function, value = asked
    yield (
        call.id,
        answering,
        Operation(
            id=call.id,
            function=function,
            value=value,
            start_ns=call.start_ns,
            end_ns=call.end_ns,
            result=result,
            process=start.client,
            key=start.actor,
        ),
    )
    for turn in call.turns:
        if turn is not answering and _may_have_acted(kind, turn):
            again = kind.ask(start.name, args, turn.id)
            if again is not None:
                yield turn.id, turn, _doubtful(turn, call, again, start_ns=turn.start_ns)


def _fired(kind: Kind, turn: Turn) -> Iterator[Operation]:
    """The operations of a turn that no call caused: one a save, or one where saves say nothing."""
    if not kind.reads_saves:
        done = turn.ended == "completed" and bool(turn.saves)
        yield Operation(
            id=turn.id,
            function=f"{FIRED}{turn.start.callback or turn.start.name}",
            value=json_text(msgspec.json.decode(turn.start.data)),
            start_ns=turn.start_ns,
            end_ns=turn.end_ns if done else None,
            outcome="ok" if done else "info",
            process=turn.process,
            key=turn.actor,
        )
        return
    for number, save in enumerate(turn.saves):
        value = _stored_value(kind, save)
        asked, answer = kind.fired(value) if kind.fired is not None else ((STORED, value), None)
        answered = save.end if save.acknowledged else None
        yield Operation(
            id=f"{turn.id}/{number}" if number else turn.id,
            function=asked[0],
            value=asked[1],
            start_ns=turn.start_ns,
            end_ns=answered.t_ns if answered else None,
            outcome="ok" if answered else "info",
            result=answer if answered else None,
            process=turn.process,
            key=turn.actor,
        )


def _doubtful(turn: Turn, call: Call, asked: Asked, *, start_ns: int) -> Operation:
    function, value = asked
    return Operation(
        id=turn.id,
        function=function,
        value=value,
        start_ns=start_ns,
        outcome="info",
        process=call.start.client,
        key=turn.actor,
    )


def _may_have_acted(kind: Kind, turn: Turn) -> bool:
    """Whether a turn that did not answer its call may have changed something all the same.

    One that failed without a save may have left its change to its instance, whose next turn saves it: so SDKs do.
    """
    return _may_have_saved(turn) if kind.reads_saves else True


def _left_nothing(turn: Turn, unlaid: Sequence[ev.Unattributed]) -> bool:
    """Whether a turn ended well without a save, and none that was laid to no turn may be its own."""
    may_be_own = any(each.process == turn.process and turn.start_ns <= each.t_ns <= turn.end_ns for each in unlaid)
    return turn.ended == "completed" and not turn.saves and not may_be_own


def _may_have_saved(turn: Turn) -> bool:
    return bool(turn.saves) or turn.ended == "open"


def _stored(kind: Kind, save: Save, log: Log) -> Operation | None:
    """A save as the operation that puts it in place: within the save if it was acknowledged or its commit is known.

    None for one that was never committed.
    """
    value = _stored_value(kind, save)
    window = committed_within(save, log)
    if window is None:
        return None
    start_ns, end_ns = window
    return Operation(
        id=save.id,
        function=STORED,
        value=value,
        start_ns=start_ns,
        end_ns=end_ns,
        outcome="info" if end_ns is None else "ok",
        key=save.actor,
    )


def _stored_value(kind: Kind, save: Save) -> Hashable:
    """What a save puts in place; StrangeCallError when it is not understood."""
    try:
        writes = {key: None if value is None else msgspec.json.decode(value) for key, value in writes_of(save)}
        return kind.stored(writes)
    except (KeyError, TypeError, AttributeError, ValueError, StopIteration) as error:
        raise StrangeCallError(f"save {save.id} of {save.actor} is not understood: {error!r}") from error


def committed_within(save: Save, log: Log) -> tuple[int, int | None] | None:
    """Not before and not after when a save was committed: no end if it may never have been, None if it wasn't."""
    start_ns = save.start.t_ns
    end_ns = save.end.t_ns if save.end is not None and save.acknowledged else None
    commit = None if log is None else log.get(save.turn)
    if commit is not None:
        end_ns = commit.t_ns if end_ns is None else min(end_ns, commit.t_ns)
        return min(max(start_ns, commit.not_before_ns), end_ns), end_ns
    return None if log is not None and end_ns is None else (start_ns, end_ns)


def commits_by_turn(timeline: Timeline) -> Log:
    """The first commit of each turn; None when absence from the store's log proves nothing."""
    if not timeline.commits or timeline.store_log_broken or not timeline.closed:
        return None
    found: dict[str, ev.StoreCommitted] = {}
    for commit in timeline.commits:
        for write in commit.writes:
            turn = field_of(write.value, "turn")
            if isinstance(turn, str):
                found.setdefault(turn, commit)
    return found

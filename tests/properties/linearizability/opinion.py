"""Random histories of a few calls, and what a naive implementation says of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.linearizability import oracle
from tests.properties.linearizability.parts import run
from tests.properties.opinion import Opinion

ACTORS = ("Counter/a", "Register/a")
NOT_JUDGED = "not judged"


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A few calls of two actors, some retried, some unanswered; most answer what a sequential actor would."""
    h = History()
    apps = [h.app("host-1"), h.app("host-2")]
    states: dict[str, Any] = {ACTORS[0]: 0, ACTORS[1]: None}
    retried = draw(st.integers(0, 6))  # at most one: the second opinion tries every order
    for at in range(draw(st.integers(0, 5))):
        actor = draw(st.sampled_from(ACTORS))
        from_s = 1.0 + at * draw(st.sampled_from((0.5, 2.0)))
        to_s = from_s + draw(st.sampled_from((0.4, 1.0, 3.0)))
        outcome: ev.Outcome = draw(st.sampled_from(("ok", "ok", "ok", "info")))
        method, args, result, state = _asked(draw, actor, states[actor])
        op = h.operation(
            actor, from_s, to_s, name=method, args=args, outcome=outcome, turn=f"t{at}" if outcome == "ok" else None,
            result=result,
        )  # fmt: skip
        for turn in [f"t{at}", f"again{at}"] if at == retried else [f"t{at}"]:
            saves = method in {"add", "write"} or (method == "cas" and result is True)
            works = outcome == "ok" or draw(st.booleans())
            run(
                h, draw(st.sampled_from(apps)), from_s + 0.1, to_s - 0.1, method, args, result, op=op, turn=turn,
                actor=actor, writes={"value": {"value": state}} if saves else None,
                acknowledged=works, committed=works,
            )  # fmt: skip
            if saves and works:
                states[actor] = state
    h.close(100.0)
    return h


def _asked(draw: st.DrawFn, actor: str, state: Any) -> tuple[str, Any, Any, Any]:
    """Method, arguments, answer and next state; now and then the answer is of another state."""
    if draw(st.integers(0, 7)) == 0:
        state = draw(st.integers(0, 2))
    if actor == ACTORS[0]:
        if draw(st.booleans()):
            return "get", {}, state, state
        return "add", {"by": 1}, state + 1, state + 1
    match draw(st.sampled_from(("read", "write", "cas"))):
        case "read":
            return "read", {}, state, state
        case "write":
            value = draw(st.integers(0, 2))
            return "write", {"value": value}, None, value
        case _:
            old, new = draw(st.sampled_from((state, 0, 1))), draw(st.integers(0, 2))
            return "cas", {"old": old, "new": new}, state == old, new if state == old else state


def naive(events: list[ev.Event]) -> set[str]:
    """The actors whose answers fit no order, by another reading of the history and by trying every order."""
    begun = {event.op: event for event in events if isinstance(event, ev.Invoked)}
    ended = {event.op: event for event in events if isinstance(event, ev.Completed)}
    saved = {event.turn for event in events if isinstance(event, ev.SaveStarted)}
    turns = [event for event in events if isinstance(event, ev.TurnStarted)]
    operations: dict[str, list[Operation]] = {actor: [] for actor in ACTORS}
    for op, call in begun.items():
        end = ended[op]
        bare = Operation(id=op, function=call.name, value=_value(call), start_ns=call.t_ns)
        if end.outcome == "ok":
            answer = json.loads(end.result)
            operations[call.actor].append(replace(bare, end_ns=end.t_ns, result=answer))
        for turn in turns:
            if turn.op == op and turn.turn in saved and not (end.outcome == "ok" and turn.turn == end.turn):
                start_ns = turn.t_ns if end.outcome == "ok" else call.t_ns
                operations[call.actor].append(replace(bare, id=turn.turn, start_ns=start_ns, outcome="info"))
    broken = set()
    for actor, its in operations.items():
        apply = oracle.register if actor == ACTORS[1] else oracle.counter
        named = [replace(op, function="read" if op.function == "get" else op.function) for op in its]
        if not oracle.linearizable(named, apply, None if actor == ACTORS[1] else 0):
            broken.add(actor)
    return broken


def _value(call: ev.Invoked) -> Any:
    args = json.loads(call.args)
    return args.get("by", args.get("value")) if call.name != "cas" else (args["old"], args["new"])


def shown(verdict: Verdict, _: list[ev.Event]) -> set[str]:
    """The actors that are broken, and whether any was not judged."""
    return {violation.actor for violation in verdict.violations} | ({NOT_JUDGED} if verdict.missing else set())


OPINION = Opinion(
    guarantee="linearizability",
    histories=histories(),
    shown=shown,
    naive=naive,
    same=lambda each: None if each == NOT_JUDGED else each,
    examples=150,
    is_of_cases=False,
)

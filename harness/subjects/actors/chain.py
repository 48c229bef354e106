"""Chain: an actor that calls itself and others, as far as it is told; Lone: the same under another name.

Topologies turn reentrancy on for one of the two and off for the other.
"""

from __future__ import annotations

from collections.abc import Mapping

from actorproof.harness.subjects.actors.subject import Args, Subject, SubjectError, Turn, method

# Each caller waits for so much less long than its own: whoever waits for the last call is the first to give up.
STEP_S = 0.3
# How long a tick waits for its own call.
TICK_PATIENCE_S = 4.0


class Chain(Subject):
    """Has no state: what counts is who is let in while it waits for its own call."""

    __slots__ = ()

    @method("none")
    async def walk(self, turn: Turn, args: Args) -> dict[str, object]:
        """Hold on, call the first actor of `route` to go on with the rest, and hold on again.

        Returns how many turns were run from here on, and why the walk stopped before the route's end, if it did: a call
        that is not answered with a result within `patience_s` ends it, and fails no turn.
        """
        route = _route(args)
        await turn.hold()
        if not route:
            return {"turns": 1, "stopped": None}
        patience_s = _seconds(args, "patience_s")
        left: Mapping[str, object] = {
            "route": route[1:],
            "hold_s": turn.hold_s,
            "patience_s": patience_s - turn.hold_s - STEP_S,
        }
        answer = await turn.call(route[0], "walk", left, patience_s=patience_s)
        await turn.hold()
        if not isinstance(answer.result, dict):
            return {"turns": 1, "stopped": answer.reason}
        return {"turns": 1 + int(answer.result["turns"]), "stopped": answer.result["stopped"]}

    async def tick(self, turn: Turn, _args: Args) -> None:
        """A reminder or timer fired: call this actor itself, which is a chain that no client began."""
        await turn.call(turn.mark.actor, "walk", {}, patience_s=TICK_PATIENCE_S)


class Lone(Chain):
    """A Chain of another type."""

    __slots__ = ()


def _route(args: Args) -> list[str]:
    route = args.get("route", [])
    if not isinstance(route, list) or not all(isinstance(actor, str) for actor in route):
        raise SubjectError(f"argument route is {route!r}: a list of actors is wanted")
    return route


def _seconds(args: Args, name: str) -> float:
    value = args.get(name)
    if not isinstance(value, int | float) or value <= 0:
        raise SubjectError(f"argument {name} is {value!r}: a positive number of seconds is wanted")
    return float(value)

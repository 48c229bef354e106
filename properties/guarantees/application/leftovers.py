"""Leftovers: what a turn changed before it failed, saved by a later turn of the same instance.

Seen where it can't be anything else: a method that only reads saves nothing by itself, and saves just after a turn of
its instance that failed. What other turns save may be their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from actorproof.properties.guarantees.application.mistake import Limits, Mistake, Seen
from actorproof.properties.views.records import FAR_PAST_NS, Instance, Save, Turn
from actorproof.properties.views.timeline import Timeline

ENOUGH = 3  # turns of a method that save nothing, as long as no turn has failed


def _find(timeline: Timeline, limits: Limits) -> Iterator[Seen]:
    del limits
    clean: Counter[str] = Counter()
    writes: set[str] = set()
    found: list[tuple[str, Turn, Turn, Save]] = []
    for instance in timeline.instances:
        for turn, failed in _alone(instance):
            if turn.start.cause != "call" or not timeline.reads(turn.actor, turn.start.name):
                continue
            method = f"{turn.actor.partition('/')[0]}.{turn.start.name}"
            saved = next((save for save in turn.saves if save.start.writes != "[]"), None)
            if saved is None:
                clean[method] += 1
            elif failed is None:
                writes.add(method)
            else:
                found.append((method, failed, turn, saved))
    for method, failed, turn, saved in found:
        if method not in writes and clean[method] >= ENOUGH:
            yield Seen(
                actor=turn.actor,
                what=f"{turn.start.name}, which only reads, saved {saved.start.writes[:60]} after"
                f" {failed.start.name} had failed",
                events=(
                    (failed.start, f"turn {failed.start.name} of the same instance, which fails"),
                    (turn.start, f"turn {turn.start.name}, which only reads"),
                    (saved.start, "it saves"),
                ),
            )


def _alone(instance: Instance) -> Iterator[tuple[Turn, Turn | None]]:
    """Turns that ran beside no other one of their instance, each with the failed one whose changes may be left."""
    failed: Turn | None = None
    until_ns = FAR_PAST_NS
    for turn, following in zip(instance.turns, (*instance.turns[1:], None), strict=True):
        if turn.ended == "lost":
            return  # what nobody sees any more may still change the state
        if turn.start_ns > until_ns and (following is None or following.start_ns > turn.end_ns):
            yield turn, failed
        until_ns = max(until_ns, turn.end_ns)
        if turn.ended == "failed":
            failed = turn
        elif any(save.acknowledged for save in turn.saves):
            failed = None


MISTAKE = Mistake(
    name="keeps a failed turn's changes",
    remedy="drop what a turn changed when it fails, or the actor itself, so that the next turn reads the state again",
    find=_find,
)

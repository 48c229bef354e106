"""Canary: actors that break two promises on purpose in every run. If their checkers don't see it, nothing holds.

A canary that is missed in a part that is whole and closed, or that never sang there, is an error: it is the check that
doesn't work, and no more runs would mend it. Where the history has gaps, was not closed or lacks the store's own log,
the canary may be missed for that reason, and it is `unknown` as everything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from actorproof.plural import some
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Budget, Terms
from actorproof.properties.verdict.verdict import Canary
from actorproof.properties.views.records import CANARY
from actorproof.properties.views.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What became of a canary in one part: its violations, or why it was `missed`, and whether that is an error."""

    violations: int = 0
    missed: str = ""
    blind: bool = False


def hear(
    timeline: Timeline, *, guarantees: Mapping[str, Guarantee], terms: Mapping[str, Terms], budget: Budget, where: str
) -> Mapping[str, Heard]:
    """Check the canary's half of one part, which sentences call `where`, by each promise of `terms`."""
    return {id_: _heard(guarantees[id_], timeline, of_one, budget, where) for id_, of_one in terms.items()}


def heard(parts: Sequence[Mapping[str, Heard]], *, guarantees: Sequence[str]) -> tuple[Canary, ...]:
    """What became of it in the whole run: one answer for each of the promises that it breaks."""
    return tuple(_answer(guarantee, [part[guarantee] for part in parts]) for guarantee in guarantees)


def _heard(guarantee: Guarantee, timeline: Timeline, terms: Terms, budget: Budget, where: str) -> Heard:
    sound = timeline.closed and not timeline.store_log_broken
    if not any(operation.start.actor.startswith(f"{CANARY}/") for operation in timeline.operations):
        return Heard(missed=f"{where} has no canary operation", blind=sound)
    try:
        violations = guarantee.findings(timeline, terms, budget).violations
    except Exception as error:  # noqa: BLE001 - a checker that fails has not seen the canary
        return Heard(missed=f"in {where} the checker failed: {error!r}", blind=True)
    if not violations:
        return Heard(missed=f"in {where} the canary broke {guarantee.id} and was not seen", blind=sound)
    return Heard(violations=len(violations))


def _answer(guarantee: str, parts: Sequence[Heard]) -> Canary:
    missed = [each.missed for each in parts if each.missed] if parts else ["there is no history"]
    count = sum(each.violations for each in parts)
    return Canary(
        guarantee=guarantee,
        seen=not missed,
        detail="; ".join(missed) if missed else f"{some(count, 'violation')} by the canary seen",
        blind=any(each.blind for each in parts),
    )

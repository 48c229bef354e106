"""Canary: actors that break two promises on purpose in every run. If their checkers don't see it, nothing holds.

A canary that is missed in a part that is whole and closed, or that never sang there, is an error: it is the check that
doesn't work, and no more runs would mend it. Where the history has gaps, was not closed or lacks the store's own log,
the canary may be missed for that reason, and it is `unknown` as everything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from actorproof.plural import some
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.verdict.findings import Budget, Terms
from actorproof.properties.verdict.verdict import Canary
from actorproof.properties.views.timeline import CANARY, Timeline


def listen(
    parts: Sequence[Timeline], *, guarantees: Mapping[str, Guarantee], terms: Mapping[str, Terms], budget: Budget
) -> tuple[Canary, ...]:
    """Check the canary's half of every part: one answer for each promise that it breaks."""
    return tuple(
        _heard(guarantees[id_], parts, of_one, budget)
        for id_, of_one in terms.items()
        if id_ in guarantees and guarantees[id_].canary
    )


def _heard(guarantee: Guarantee, parts: Sequence[Timeline], terms: Terms, budget: Budget) -> Canary:
    missed: list[str] = []
    blind = False
    count = 0
    for number, timeline in enumerate(parts, start=1):
        where = f"part {number}" if len(parts) > 1 else "the run"
        sound = timeline.closed and not timeline.store_log_broken
        if not any(operation.start.actor.startswith(f"{CANARY}/") for operation in timeline.operations):
            missed.append(f"{where} has no canary operation")
            blind = blind or sound
            continue
        try:
            violations = guarantee.findings(timeline, terms, budget).violations
        except Exception as error:  # noqa: BLE001 - a checker that fails has not seen the canary
            missed.append(f"in {where} the checker failed: {error!r}")
            blind = True
            continue
        count += len(violations)
        if not violations:
            missed.append(f"in {where} the canary broke {guarantee.id} and was not seen")
            blind = blind or sound
    if not parts:
        missed.append("there is no history")
    detail = "; ".join(missed) if missed else f"{some(count, 'violation')} by the canary seen"
    return Canary(guarantee=guarantee.id, seen=not missed, detail=detail, blind=blind)

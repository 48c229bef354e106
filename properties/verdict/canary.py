"""Canary: actors that break two promises on purpose in every run. If their checkers don't see it, nothing holds.

A canary that is missed in a part that is whole and closed, or that never sang there, is an error: it is the check that
doesn't work, and no more runs would mend it. Where the history has gaps, was not closed or lacks the store's own log,
the canary may be missed for that reason, and it is `unknown` as everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from actorproof.properties.verdict.judgement import CanaryWord
from actorproof.properties.verdict.verdict import Budget, Outcome, Terms, Verdict
from actorproof.properties.views.timeline import CANARY, Timeline

Checker = Callable[[Timeline, Terms, Budget], Verdict]

GUARANTEES = ("turns", "durability")


def listen(
    parts: Sequence[Timeline], *, checkers: Mapping[str, Checker], terms: Mapping[str, Terms], budget: Budget
) -> tuple[CanaryWord, ...]:
    """Judge the canary's half of every part, with no evidence asked for: one word for each promise that it breaks."""
    return tuple(
        _word(guarantee, parts, checkers[guarantee], terms[guarantee], budget)
        for guarantee in GUARANTEES
        if guarantee in checkers and guarantee in terms
    )


def _word(guarantee: str, parts: Sequence[Timeline], check: Checker, terms: Terms, budget: Budget) -> CanaryWord:
    free = replace(terms, thresholds=dict.fromkeys(terms.thresholds, 0))
    dumb: list[str] = []
    blind = False
    count = 0
    for number, timeline in enumerate(parts, start=1):
        where = f"part {number}" if len(parts) > 1 else "the run"
        sound = timeline.closed and not timeline.store_log_broken
        if not any(operation.start.actor.startswith(f"{CANARY}/") for operation in timeline.operations):
            dumb.append(f"{where} has no canary operation")
            blind = blind or sound
            continue
        try:
            verdict = check(timeline, free, budget)
        except Exception as error:  # noqa: BLE001 - a checker that fails has not seen the canary
            dumb.append(f"in {where} the checker failed: {error!r}")
            blind = True
            continue
        count += len(verdict.violations)
        if verdict.outcome is not Outcome.VIOLATED:
            dumb.append(f"in {where} the canary broke {guarantee} and was not seen")
            blind = blind or sound
    if not parts:
        dumb.append("there is no history")
    detail = "; ".join(dumb) if dumb else f"{count} violations by the canary were seen"
    return CanaryWord(guarantee=guarantee, red=not dumb, detail=detail, blind=blind)

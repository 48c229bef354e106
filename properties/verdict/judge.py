"""Judge: from what was found in every part of a run to what is decided of the whole.

What is examined in each part is decided together in `verdict`:

- what is wrong with a history makes everything that would hold `unknown`; a contradiction in it is an `error`;
- a canary that was not seen makes everything that would hold `unknown`; where the history was whole and closed the
  run is an `error`, since a check that is blind must not pass for one that lacks evidence.

Nothing takes a violation away but a deviation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from actorproof.properties.causes.cause import causes
from actorproof.properties.causes.mechanism import Mechanism
from actorproof.properties.verdict import canary
from actorproof.properties.verdict.collector import without_collector
from actorproof.properties.verdict.deviation import Deviation, standings
from actorproof.properties.verdict.examination import Examination, Examiner, Place
from actorproof.properties.verdict.findings import SCHEDULERS
from actorproof.properties.verdict.verdict import Canary, Owed, RunVerdict, decide, total
from actorproof.properties.views import coverage
from actorproof.properties.views.coverage import Pair
from actorproof.properties.views.timeline import Timeline


def examine(parts: Sequence[Timeline], examiner: Examiner) -> tuple[Examination, ...]:
    """Examine every part of a run, one after the other."""
    with without_collector():
        return tuple(
            examiner.examine(part, place=Place(number=number, of=len(parts)))
            for number, part in enumerate(parts, start=1)
        )


def judge(
    parts: Sequence[Examination],
    examiner: Examiner,
    *,
    deviations: Iterable[Deviation],
    mechanisms: Sequence[Mechanism] = (),
    broken: str | None = None,
    owed: Mapping[str, Sequence[Pair]] | None = None,
    alone: bool = False,
) -> RunVerdict:
    """Decide what the parts of one run come to, as `examiner` examined them.

    `deviations` are those of what was run. `mechanisms` are what violations are traced back to. `broken` names a
    promise that the hosts broke on purpose: then no deviation is taken out, since it is not the runtime that is judged.
    `owed` are the pairs of fault and what is under way that each guarantee has to have seen; `alone` says that one
    scenario was run by itself, of which the profile's thresholds are not asked. ValueError when a guarantee or the
    profile is not known.
    """
    absent = _absent(parts)
    heard = canary.heard([part.heard for part in parts], guarantees=examiner.singing())
    problems = tuple(
        f"{part.name}: {problem}" if part.name else str(problem)
        for part in parts
        for problem in dict.fromkeys(part.problems)
    )
    doubts = _doubts(parts, problems, heard)
    findings = {name: [part.findings[name] for part in parts] for name in examiner.guarantees}
    found_causes = causes((each for part in parts for each in part.traced), mechanisms)
    listed = standings(
        deviations if broken is None else (),
        found_causes,
        {name: total(of).doubts for name, of in findings.items()},
        [part.exposure for part in parts],
    )
    covered = coverage.total(part.coverage for part in parts)
    verdicts = tuple(
        decide(
            terms.without(absent),
            findings[name],
            listed=listed,
            doubts=doubts,
            owed=[Owed(pair=pair, have=coverage.seen(covered, pair)) for pair in (owed or {}).get(name, ())],
            alone=alone,
        )
        for name, terms in examiner.terms().items()
    )
    return RunVerdict(
        guarantees=verdicts,
        causes=found_causes,
        canaries=heard,
        problems=problems,
        coverage=covered,
        contradictory=any(problem.kind == "contradiction" for part in parts for problem in part.problems),
    )


def _absent(parts: Sequence[Examination]) -> frozenset[str]:
    """What no part of a run had, of what evidence may need: Dapr before 1.14 has no scheduler."""
    none = parts and all(part.schedulers is False for part in parts)
    return frozenset({SCHEDULERS}) if none else frozenset()


def _doubts(parts: Sequence[Examination], problems: Sequence[str], canaries: Sequence[Canary]) -> list[str]:
    """Why nothing in this run holds; empty when it may."""
    doubts = [f"the canary of {each.guarantee} was not seen: {each.detail}" for each in canaries if not each.seen]
    if problems:
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        doubts.append(f"the history is not whole: {problems[0]}{more}")
    doubts += [f"{part.name or 'the run'} was not closed in order" for part in parts if not part.closed]
    if not parts:
        doubts.append("there is no history")
    return doubts

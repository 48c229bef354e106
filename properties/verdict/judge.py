"""Judge: every checker over every part of a run, and what is decided of the whole.

A part is one history: a run, or one scenario of several that are judged together. Each is split in two: the canary's
actors, and the rest, which the checkers look at. What they find is decided in `verdict`:

- what is wrong with a history makes everything that would hold `unknown`; a contradiction in it is an `error`;
- a canary that was not seen makes everything that would hold `unknown`; where the history was whole and closed the
  run is an `error`, since a check that is blind must not pass for one that lacks evidence.

Nothing takes a violation away but a deviation.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence

from actorproof.properties.causes.cause import Traced, Tracing, causes
from actorproof.properties.causes.mechanism import Mechanism
from actorproof.properties.guarantees.guarantee import Guarantee
from actorproof.properties.guarantees.registry import guarantees as registered
from actorproof.properties.verdict import canary
from actorproof.properties.verdict.baseline import exposure
from actorproof.properties.verdict.catalogue import Catalogue
from actorproof.properties.verdict.collector import without_collector
from actorproof.properties.verdict.deviation import Deviation, standings
from actorproof.properties.verdict.findings import SCHEDULERS, Budget, Findings, Terms
from actorproof.properties.verdict.verdict import Canary, Owed, RunVerdict, decide, total
from actorproof.properties.views import coverage
from actorproof.properties.views.coverage import Pair
from actorproof.properties.views.timeline import Timeline


def judge(
    parts: Sequence[Timeline],
    *,
    catalogue: Catalogue,
    deviations: Iterable[Deviation],
    profile: str,
    guarantees: Sequence[str],
    budget: Budget,
    broken: str | None = None,
    known: Mapping[str, Guarantee] | None = None,
    mechanisms: Sequence[Mechanism] = (),
    owed: Mapping[str, Sequence[Pair]] | None = None,
    alone: bool = False,
    canaries: Sequence[str] | None = None,
    fault_rate: str = "",
    store: str = "",
) -> RunVerdict:
    """Decide the named guarantees from the histories of one run, each as one timeline.

    `deviations` are those of what was run, which `fault_rate` and `store` say more of: a rate is known for the setting
    in which it was recorded. `broken` names a promise that the hosts broke on purpose: then no
    deviation is taken out, since it is not the runtime that is judged. `known` are the guarantees that there are; all
    that are registered when left out. `mechanisms` are what violations are traced back to. `owed` are the
    pairs of fault and what is under way that each guarantee has to have seen; `alone` says that one scenario was run by
    itself, of which the profile's thresholds are not asked. `canaries` are the guarantees whose canary sings; all that
    have one when left out. ValueError when a guarantee or the profile is not known.
    """
    absent = _absent(parts)
    terms = {guarantee: catalogue.terms(guarantee, profile).without(absent) for guarantee in guarantees}
    deviations = () if broken is not None else deviations
    found = registered() if known is None else known
    singing = catalogue.ids if canaries is None else canaries
    of_canary = {name: catalogue.terms(name, profile) for name in singing if name in found}
    with without_collector():
        rests, canary_parts = [part.halves[0] for part in parts], [part.halves[1] for part in parts]
        heard = canary.listen(canary_parts, guarantees=found, terms=of_canary, budget=budget)
        named = [(_name(number, part, parts), part) for number, part in enumerate(parts, start=1)]
        problems = tuple(
            f"{name}: {problem}" if name else str(problem)
            for name, part in named
            for problem in dict.fromkeys(part.problems)
        )
        doubts = _doubts(named, problems, heard)
        findings = {name: [_findings(found, rest, each, budget) for rest in rests] for name, each in terms.items()}
        traced = tuple(_traced(rests, [name for name, _ in named], findings))
        found_causes = causes(traced, mechanisms)
        listed = standings(
            deviations,
            found_causes,
            {name: total(of).doubts for name, of in findings.items()},
            [exposure(rest, fault_rate=fault_rate, store=store) for rest in rests],
        )
        covered = coverage.total(coverage.coverage(rest) for rest in rests)
        verdicts = tuple(
            decide(
                each,
                findings[name],
                listed=listed,
                doubts=doubts,
                owed=[Owed(pair=pair, have=coverage.seen(covered, pair)) for pair in (owed or {}).get(name, ())],
                alone=alone,
            )
            for name, each in terms.items()
        )
    return RunVerdict(
        guarantees=verdicts,
        causes=found_causes,
        canaries=heard,
        problems=problems,
        coverage=covered,
        contradictory=any(problem.kind == "contradiction" for part in parts for problem in part.problems),
    )


def _absent(parts: Sequence[Timeline]) -> frozenset[str]:
    """What no part of a run had, of what evidence may need: Dapr before 1.14 has no scheduler."""
    none = parts and all(part.run is not None and not part.run.schedulers for part in parts)
    return frozenset({SCHEDULERS}) if none else frozenset()


def _traced(
    parts: Sequence[Timeline], names: Sequence[str], findings: Mapping[str, Sequence[Findings]]
) -> Iterator[Traced]:
    """Every violation of every part, with what led to it."""
    for at, (part, name) in enumerate(zip(parts, names, strict=True)):
        tracing = Tracing(part, part=name)
        for guarantee, found in findings.items():
            for violation in found[at].violations:
                yield tracing.trace(guarantee, violation)


def _name(number: int, part: Timeline, parts: Sequence[Timeline]) -> str:
    """What a part is called where there are several."""
    if len(parts) == 1:
        return ""
    return part.run.scenario if part.run else f"part {number}"


def _doubts(parts: Sequence[tuple[str, Timeline]], problems: Sequence[str], canaries: Sequence[Canary]) -> list[str]:
    """Why nothing in this run holds; empty when it may."""
    doubts = [f"the canary of {each.guarantee} was not seen: {each.detail}" for each in canaries if not each.seen]
    if problems:
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        doubts.append(f"the history is not whole: {problems[0]}{more}")
    doubts += [f"{name or 'the run'} was not closed in order" for name, part in parts if "closed" not in part.phases]
    if not parts:
        doubts.append("there is no history")
    return doubts


def _findings(known: Mapping[str, Guarantee], timeline: Timeline, terms: Terms, budget: Budget) -> Findings:
    """What one checker finds in one part; one that fails, or is not there, found a fault."""
    try:
        findings = known[terms.guarantee].findings(timeline, terms, budget)
        terms.check(findings)
    except Exception as error:  # noqa: BLE001 - whatever a checker raises, the others go on
        return Findings(fault=traceback.format_exception_only(error)[-1].strip())
    return findings

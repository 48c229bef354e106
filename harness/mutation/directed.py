"""Directed: the hunt for a bug that one scenario shows, and drawn plans hardly ever do."""

from __future__ import annotations

import time
from dataclasses import replace

import msgspec

from actorproof.harness.mutation.find import FEW, Find
from actorproof.harness.mutation.scenes import performed
from actorproof.harness.mutation.trial import trial, violated
from actorproof.harness.session.scenario import Options, setting
from actorproof.harness.workload.smaller import calm, smaller
from actorproof.harness.workload.step import AnyStep, Plan


def directed(bug: str, name: str, *, seed: int, shrink: bool) -> Find:
    """Perform the scenario or scene of that name with a bug planted, then less and less of its plan."""
    began_s = time.process_time()
    found = performed(name)
    options = Options(seed=seed, driver="simulated")
    actors = found.actors_for(options)
    # As long as the shortest profile that has it: what takes longer is left out of it.
    shortest = (found.profiles or ("quick",))[0]
    given = setting(options, topology=found.topology, duration_s=found.duration_s[shortest], actors=actors)
    best: tuple[AnyStep, ...] = found.plan(given).steps if found.plan is not None else ()
    seen: dict[bytes, tuple[str, str] | None] = {}

    def judged(steps: tuple[AnyStep, ...]) -> tuple[str, str] | None:
        said = msgspec.json.encode(steps)  # steps hold maps, so they can't be keys
        if said not in seen:
            shown = replace(found, plan=lambda _: Plan(steps=steps))
            seen[said] = violated(trial(shown, options, bug=bug))
        return seen[said]

    if shrink and judged(best):
        best = calm(best) if judged(calm(best)) else best
        best = smaller(best, shows=lambda steps: judged(steps) is not None, enough=FEW)
    guarantee, anomaly = judged(best) or ("", "")
    return Find(
        bug=bug,
        guarantee=guarantee,
        anomaly=anomaly,
        examples=1,
        trials=len(seen),
        seconds=time.process_time() - began_s,
        replicas=found.topology.placements,
        plan=best if guarantee else (),
        scenario=found.name,
    )

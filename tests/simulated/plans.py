"""Finds the plans of ``plans.json`` again: ``python -m tests.simulated.plans [BUG...]``, all bugs when none is named.

For each planted bug the smallest plan that a hunt found, whole: with the heals that a count of steps leaves out.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from actorproof.harness.mutation.hunt import hunt
from actorproof.harness.mutation.scene import TOPOLOGIES, scene
from actorproof.harness.mutation.scenes import performed
from actorproof.harness.mutation.trial import trial
from actorproof.harness.runtimes.simulated.planting import bugs as all_bugs
from actorproof.harness.session.scenario import Options
from actorproof.harness.workload.smaller import weight
from actorproof.harness.workload.step import Plan
from actorproof.properties.verdict.verdict import RunVerdict

FILE = Path(__file__).with_name("plans.json")


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A plan that shows a bug, and which guarantee it violates, in which class.

    Attributes:
        replicas: of placement and schedulers.
        mechanism: the one that the first cause names; empty where that is not what was planted.
        scenario: the one, or the scene, whose load and topology the plan needs; the hunt's own when empty.
    """

    guarantee: str
    anomaly: str
    mechanism: str = ""
    replicas: int = 1
    scenario: str = ""
    plan: Plan

    def tried(self, bug: str | None) -> RunVerdict:
        """What comes of the plan with a bug, or without one."""
        options = Options(seed=0, driver="simulated")
        if self.scenario:
            tried = replace(performed(self.scenario), plan=lambda _: self.plan)
        else:
            topology = next(each for each in TOPOLOGIES if each.placements == self.replicas)
            tried = scene(self.plan.steps, topology=topology)
        return trial(tried, options, bug=bug)


def plans() -> dict[str, Shown]:
    """The plans by bug."""
    return msgspec.json.decode(FILE.read_bytes(), type=dict[str, Shown]) if FILE.exists() else {}


def find(bug: str) -> Shown | None:
    """Hunt a bug; None when it isn't found."""
    found = hunt(bug)
    if not found.found:
        return None
    return Shown(
        guarantee=found.guarantee,
        anomaly=found.anomaly,
        replicas=found.replicas,
        scenario=found.scenario,
        plan=Plan(steps=found.plan),
    )


def main(bugs: Sequence[str]) -> None:
    known = plans()
    for bug in bugs or all_bugs():
        shown = find(bug)
        if shown is not None:
            known[bug] = shown
        said = "nothing" if shown is None else f"{shown.guarantee}, {shown.anomaly}, {weight(shown.plan.steps)} steps"
        sys.stdout.write(f"{bug}: {said}\n")
        sys.stdout.flush()
        listed = {bug: known[bug] for bug in all_bugs() if bug in known}
        FILE.write_bytes(msgspec.json.format(msgspec.json.encode(listed), indent=1) + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])

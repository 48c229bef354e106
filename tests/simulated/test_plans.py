"""Quality: each planted bug is shown by a plan of a few steps, and nothing is shown without the bug.

The plans are what hunts shrank to (see `plans`), so that showing a bug takes a second; `make mutation` hunts for all. A
bug without a plan there is hunted here.
"""

from __future__ import annotations

import re

import pytest

from actorproof.harness.mutation.find import LONGEST
from actorproof.harness.mutation.trial import violations
from actorproof.harness.run.shipped import catalogue, mechanisms
from actorproof.harness.runtimes.simulated.planting import bugs
from actorproof.harness.workload.smaller import weight

from .plans import find, plans

PLANS = plans()
BUGS = bugs()


def test_there_is_no_plan_of_another_bug() -> None:
    assert set(PLANS) <= set(BUGS)


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_says_which_guarantee_it_breaks(bug: str) -> None:
    text = BUGS[bug].substitute.__doc__ or ""
    named = re.search(r"\n\n +Breaks ([^:]+): ", text)
    assert named is not None
    assert set(re.findall(r"`(.+?)`", named[1])) <= set(catalogue().ids)


@pytest.mark.parametrize("bug", BUGS)
def test_its_plan_shows_a_bug_in_a_few_steps(bug: str) -> None:
    shown = PLANS.get(bug) or find(bug)
    assert shown is not None
    assert weight(shown.plan.steps) <= LONGEST == 6
    verdict = shown.tried(bug)
    assert (shown.guarantee, shown.anomaly) in violations(verdict)
    if shown.mechanism:
        assert verdict.causes[0].mechanism is not None
        assert verdict.causes[0].mechanism.id == shown.mechanism


def test_the_first_cause_names_what_was_planted_for_at_least_sixty_bugs() -> None:
    assert sum(bool(shown.mechanism) for shown in PLANS.values()) >= 60
    assert {shown.mechanism for shown in PLANS.values()} - {""} <= {mechanism.id for mechanism in mechanisms()}


@pytest.mark.parametrize("bug", PLANS)
def test_its_plan_shows_nothing_without_the_bug(bug: str) -> None:
    verdict = PLANS[bug].tried(None)
    assert violations(verdict) == ()
    assert verdict.causes == ()

"""Quality: each planted bug is shown by its plan, in a few steps, and nothing is without the bug.

The plans are what hunts shrank to (see `plans`), so that showing a bug takes a second; `make mutation` hunts for all.
"""

from __future__ import annotations

import pytest

from actorproof.harness.mutation.hunt import LONGEST
from actorproof.harness.runtimes.simulated.bugs import BUGS
from actorproof.harness.workload.smaller import weight

from .plans import plans

PLANS = plans()


def test_there_is_no_plan_of_another_bug() -> None:
    assert list(PLANS) == list(BUGS)


@pytest.mark.parametrize("bug", BUGS)
def test_its_plan_shows_a_bug_in_a_few_steps(bug: str) -> None:
    shown = PLANS[bug]
    assert weight(shown.plan.steps) <= LONGEST == 6
    assert shown.violates(bug) == (shown.guarantee, shown.anomaly)


@pytest.mark.parametrize("bug", BUGS)
def test_its_plan_shows_nothing_without_the_bug(bug: str) -> None:
    assert PLANS[bug].violates(None) is None

"""A run that is right is right at every instant: judging it before its end never shows a violation."""

from __future__ import annotations

import pytest

from actorproof.harness.mutation.trial import history, judged, violations
from actorproof.harness.session.scenario import Options
from actorproof.scenarios.registry import scenario

CUTS = 8
CLIENTS = 3


@pytest.mark.parametrize("name", ["kill-and-recover", "scale-out-drain", "reminder-failover", "timers", "leader-loss"])
def test_no_beginning_of_a_history_shows_a_violation(name: str) -> None:
    found = scenario(name)
    # The plan is done whoever calls, and each beginning is judged anew: so few call.
    options = Options(seed=5, driver="simulated", clients=min(CLIENTS, found.load.clients))
    events, _ = history(found, options)
    for cut in range(1, CUTS + 1):
        verdict = judged(found, options, events[: len(events) * cut // CUTS])
        assert violations(verdict) == (), f"after {cut} of {CUTS}"

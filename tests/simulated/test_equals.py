"""Equal runs of the simulated runtime are taken for equal, and a bug is told from none."""

from __future__ import annotations

import random
from collections import Counter

from actorproof.harness.mutation.trial import trial
from actorproof.harness.session.scenario import Options
from actorproof.properties.causes.cause import key_of
from actorproof.properties.verdict.comparison import GATES, Sample, compare
from actorproof.scenarios.registry import scenario


def test_twenty_pairs_of_equal_runs_of_the_simulated_runtime_show_no_red() -> None:
    everything = scenario("everything-at-once")

    def sample(seed: int) -> Sample:
        options = Options(seed=seed, driver="simulated", duration_s=6, clients=2)
        verdict = trial(everything, options, bug="reads-share-the-lock")
        found = [(cause, traced) for cause in verdict.causes for traced in cause.traced]
        return Sample(
            scenario=everything.name,
            causes=Counter(key_of(cause, traced) for cause, traced in found),
            broken=Counter(traced.guarantee for _, traced in found),
        )

    pool = [sample(seed) for seed in range(20)]
    assert len({name for each in pool for name in each.causes}) >= 3
    rng = random.Random(7)
    for _ in range(20):
        mixed = rng.sample(pool, len(pool))
        assert not compare(mixed[:10], mixed[10:]).met(frozenset(GATES))
    # The same runs tell a runtime without that bug from it.
    assert compare([Sample(scenario=everything.name)] * 20, pool).exit_code() == 1

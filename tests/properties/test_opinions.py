"""Each check agrees with a naive second implementation, and a weaker history is never worse than the whole one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.case import Case, cases
from tests.properties.opinion import Opinion, opinions
from tests.properties.weaker import leave_out, seeds, thorough, unsure, widened

OF_CASES = [(opinion, case) for opinion in opinions() if opinion.is_of_cases for case in cases(opinion.guarantee)]
every = pytest.mark.parametrize("opinion", opinions(), ids=str)


@every
def test_a_check_agrees_with_a_naive_one(opinion: Opinion) -> None:
    @thorough(opinion.examples)
    @given(history=opinion.histories)
    def agree(history) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - given's wrapper has no types
        events = history.events()
        assert opinion.of(events) == opinion.naive(events)

    agree()


@pytest.mark.parametrize(("opinion", "case"), OF_CASES, ids=[case.name for _, case in OF_CASES])
def test_they_agree_on_the_cases(opinion: Opinion, case: Case) -> None:
    events = case.events()
    assert opinion.of(events) == opinion.naive(events)


@every
def test_a_weaker_history_shows_nothing_new(opinion: Opinion) -> None:
    any_ones = opinion.histories if opinion.weakened is None else opinion.weakened
    calm_ones = any_ones if opinion.calm is None else opinion.calm

    @thorough(opinion.examples // 2)
    @given(calm=calm_ones, history=any_ones, seed=seeds, share=st.sampled_from((0.02, 0.1, 0.5)))
    def weaken(calm, history, seed, share) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as above
        events = calm.events()
        assert not opinion.kept(unsure(events, seed)) - opinion.kept(events)
        events = history.events()
        whole = opinion.kept(events)
        if opinion.widens:
            assert not opinion.kept(widened(events, seed)) - whole
        part = leave_out(events, lambda _: seed.random() < share)
        assert not opinion.kept(part) - whole
        assert not opinion.kept(part, numbered=False) - whole

    weaken()

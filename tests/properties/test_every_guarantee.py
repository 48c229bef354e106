"""Every guarantee is held to what it says: by histories, by a second opinion, and by a bug that it has to find."""

from __future__ import annotations

import pytest

from actorproof.properties.guarantees.registry import guarantees
from tests.properties.case import CASES
from tests.properties.opinion import opinions
from tests.properties.terms import CATALOGUE
from tests.simulated.plans import plans

# One without a class of violations only counts: nothing can break it.
JUDGED = [name for name in guarantees() if CATALOGUE.terms(name, "quick").classes]


@pytest.mark.parametrize("guarantee", guarantees())
def test_it_has_good_and_bad_histories(guarantee: str) -> None:
    assert any((CASES / guarantee / "good").glob("*.jsonl"))
    assert any((CASES / guarantee / "bad").glob("*.jsonl")) is (guarantee in JUDGED)


def test_it_has_a_second_opinion() -> None:
    assert sorted(opinion.guarantee for opinion in opinions()) == list(guarantees())


@pytest.mark.parametrize("guarantee", JUDGED)
def test_it_is_what_a_planted_bug_violates_first(guarantee: str) -> None:
    assert guarantee in {shown.guarantee for shown in plans().values()}

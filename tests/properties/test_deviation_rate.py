"""A deviation's rate is exceeded by more than chance, and not by less."""

from __future__ import annotations

import pytest

from actorproof.properties.verdict.deviation import exceeds


@pytest.mark.parametrize(
    ("violations", "opportunities", "max_rate", "expected"),
    [
        (0, 0, 0.1, False),
        (10, 100, 0.1, False),
        (1, 3, 0.1, False),
        (3, 3, 0.1, False),
        (3, 3, 0.05, True),
        (15, 100, 0.1, False),
        (25, 100, 0.1, True),
        (130, 1000, 0.1, False),
        (140, 1000, 0.1, True),
        (60, 10_000, 0.005, False),
        (90, 10_000, 0.005, True),
        (5, 5, 1.0, False),
    ],
)
def test_exceeds(violations: int, opportunities: int, max_rate: float, *, expected: bool) -> None:
    assert exceeds(violations, opportunities, max_rate) is expected

"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

from tests.properties import naive
from tests.properties.random_history import opinion_of

OPINION = opinion_of("activation", naive.activation)

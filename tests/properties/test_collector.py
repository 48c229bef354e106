from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from actorproof.properties.verdict.collector import without_collector


@pytest.fixture(autouse=True)
def _collector_as_it_was() -> Iterator[None]:
    was_on = gc.isenabled()
    yield
    (gc.enable if was_on else gc.disable)()


@pytest.mark.parametrize("was_on", [True, False])
def test_the_collector_is_off_within_and_as_it_was_afterwards(*, was_on: bool) -> None:
    (gc.enable if was_on else gc.disable)()
    with without_collector():
        assert not gc.isenabled()
        with without_collector():
            pass
        assert not gc.isenabled()
    assert gc.isenabled() is was_on


def test_an_error_turns_it_on_again() -> None:
    gc.enable()
    with pytest.raises(ValueError, match="some"), without_collector():
        raise ValueError("some")
    assert gc.isenabled()

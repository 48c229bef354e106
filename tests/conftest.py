"""What holds for all tests."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name the command line takes what the machine has; a test means one driver."""
    monkeypatch.setenv("ACTORPROOF_DRIVER", "process")

"""What pytest needs in a checkout: Actorproof's plugin, which collects the scenarios and has the fixtures."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Refuse an environment that was set up before there was a plugin."""
    if not config.pluginmanager.has_plugin("actorproof"):
        raise pytest.UsageError("Actorproof's pytest plugin is not installed here: run `make setup` once")

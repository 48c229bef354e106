"""The SDK is judged as it is: what a failed turn staged stays with its actor, unless its host is repaired."""

from __future__ import annotations

import pytest

from .conftest import Start


@pytest.mark.parametrize(("options", "seen"), [((), 1), (("--repaired", "true"), 0)])
async def test_what_a_failed_turn_staged(start: Start, options: tuple[str, ...], seen: int) -> None:
    async with start(kind="sdk", options=options) as host:
        assert (await host.call("Counter/c", "fail"))[0] == 500
        assert not host.sidecar.state, "it failed before anything was saved"
        assert (await host.call("Counter/c", "get"))[1]["result"] == seen
        assert bool(host.sidecar.state) is bool(seen), "the save of the next turn takes it along"

"""The docker driver: the contract, without and with proxies, and what is its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from actorproof.harness.drivers.docker.ground import LABEL, Ground

from .containers import ground, rig
from .contract import ClusterContract, LinkedClusterContract, Played, Rig


@pytest.fixture
def _ground(tmp_path: Path) -> Iterator[Ground]:
    with ground(tmp_path) as opened:
        yield opened
        opened.close()
        client, label = opened.engine.client, f"{LABEL}={opened.run}"
        assert client.containers.list(all=True, filters={"label": label}) == []
        assert client.networks.list(filters={"label": label}) == []
        assert client.volumes.list(filters={"label": label}) == []
    assert not (tmp_path / "scratch").exists()


class TestWithoutProxies(Played):
    """What a run without proxies does by other means than one with them."""

    test_up_starts_the_initial_units_only = ClusterContract.test_up_starts_the_initial_units_only
    test_kill_then_start = ClusterContract.test_kill_then_start_is_the_next_incarnation
    test_down_ends_everything = ClusterContract.test_down_ends_everything_and_again_does_nothing

    @pytest.fixture(autouse=True)
    def _opened(self, _ground: Ground) -> None:
        self.ground = _ground

    def make(self, folder: Path) -> Rig:
        return rig(folder, self.ground, proxied=False)

    async def test_a_container_that_the_engine_has_frozen_or_freed_already_is_no_failure(self, rig: Rig) -> None:
        # Seen on a busy machine: the engine had freed a paused sidecar, answered late, and was asked again.
        (container,) = self.ground.engine.client.containers.list(
            filters={"label": [f"{LABEL}={self.ground.run}", f"actorproof.unit={rig.server}"]}
        )
        container.pause()
        await rig.cluster.pause(rig.server)
        container.unpause()
        await rig.cluster.resume(rig.server)
        await rig.cluster.ready(rig.server)
        assert rig.story(rig.server)[1:4] == ["ready 1", "SIGSTOP 1", "SIGCONT 1"]


class TestWithProxies(LinkedClusterContract):
    @pytest.fixture(autouse=True)
    def _opened(self, _ground: Ground) -> None:
        self.ground = _ground

    def make(self, folder: Path) -> Rig:
        return rig(folder, self.ground, proxied=True)

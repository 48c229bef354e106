"""The docker driver: the contract, without and with proxies, and what is its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from actorproof.harness.drivers.docker.ground import LABEL, Ground

from .containers import ground, rig
from .contract import ClusterContract, LinkedClusterContract, Rig


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


class TestWithoutProxies(ClusterContract):
    @pytest.fixture(autouse=True)
    def _opened(self, _ground: Ground) -> None:
        self.ground = _ground

    def rig(self, folder: Path) -> Rig:
        return rig(folder, self.ground, proxied=False)


class TestWithProxies(LinkedClusterContract):
    @pytest.fixture(autouse=True)
    def _opened(self, _ground: Ground) -> None:
        self.ground = _ground

    def rig(self, folder: Path) -> Rig:
        return rig(folder, self.ground, proxied=True)

"""What can't be brought up as a Ray cluster is said before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.cluster.addresses import Loopback
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.errors import TopologyError
from actorproof.harness.provision.program import Program, Programs
from actorproof.harness.runtimes.registry import deployable


def test_a_folder_whose_name_is_too_long_for_sockets_is_one_line(tmp_path: Path) -> None:
    tried = deployable("ray-workflow")
    python = Program(name="ray", version="1.13.0", path=Path("python"), origin="a test", sha256="")
    with (
        Slot.acquire() as slot,
        pytest.raises(TopologyError, match="bytes too long: set TMPDIR to a"),
    ):
        tried.deploy(
            topology=tried.fit(Topology(version="1.13.0")),
            programs=Programs(version="1.13.0", found={"ray": python}),
            addresses=Loopback(slot),
            scratch=tmp_path / ("long" * 30),
            run_dir=tmp_path,
            python="python",
        )
    assert not list(tmp_path.iterdir())

"""A campaign on a Ray cluster of several nodes, of which one is lost, judges each cell once."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from actorproof.harness.fanout.ray import said
from actorproof.harness.scratch import PREFIX

from .conftest import Actorproof

MATRIX = """
keep = "red"
scenarios = ["kill-and-recover"]
drivers = ["simulated"]
seeds = { count = 24 }

[[configurations]]
name = "short"
duration_s = 2.0
clients = 2
"""
# A process of its own: Ray's own threads and warnings are none of the other tests' business.
SCRIPT = """
import os
import signal
from pathlib import Path
from ray.cluster_utils import Cluster
from actorproof.harness.fanout.ray import Ray
from actorproof.harness.run.campaign.campaign import Campaign
from actorproof.harness.run.campaign.matrix import read

def lost_once(name):
    try:
        os.close(os.open(name, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return name
    os.kill(os.getpid(), signal.SIGKILL)

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
try:
    nodes = [cluster.add_node(num_cpus=1) for _ in range(3)]
    fanout = Ray(cluster.address, cpus=1)
    campaign = Campaign(read(Path("matrix.toml")), folder=Path("done"))
    seen = []
    for each in campaign.run(fanout):
        seen.append(each.key)
        if len(seen) == 4:
            cluster.remove_node(nodes[0], allow_graceful=False)
    before = fanout.again
    here = [str(Path(name).absolute()) for name in ("x", "y")]
    assert sorted(fanout.run(lost_once, here)) == here
    assert fanout.again == before + 2
    fanout.close()
finally:
    cluster.shutdown()
print(len(seen), len(set(seen)))
"""


@pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="the library ray is not installed: pip install 'actorproof[ray]'"
)
def test_a_node_that_is_lost_has_its_cells_done_again_and_each_is_judged_once(tmp_path: Path) -> None:
    (tmp_path / "matrix.toml").write_text(MATRIX, "utf-8")
    (tmp_path / "script.py").write_text(SCRIPT, "utf-8")
    (tmp_path / "tmp").mkdir()
    said = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env=os.environ | {"RAY_USAGE_STATS_ENABLED": "0", "RAY_TMPDIR": "/tmp", "TMPDIR": str(tmp_path / "tmp")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.split()[-2:] == ["24", "24"]
    lines = (tmp_path / "done" / "cells.jsonl").read_text("utf-8").splitlines()
    assert len({json.loads(line)["key"] for line in lines}) == len(lines) == 24
    assert not list((tmp_path / "tmp").glob(f"{PREFIX}*")), "a lost worker's scratch folder is left"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Initialization failure from server:\nTraceback\n\nRuntimeError: it took too long\n",
         "Initialization failure from server: RuntimeError: it took too long"),
        ("No node answers\nmore of it", "No node answers"),
        ("Refused:", "Refused"),
        ("", "ConnectionError"),
    ],
)  # fmt: skip
def test_what_ray_says_is_one_line_with_its_reason(text: str, told: str) -> None:
    assert said(ConnectionError(text)) == told


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the library ray is not installed")
def test_an_address_that_nobody_answers_at_is_one_line(actorproof: Actorproof, tmp_path: Path) -> None:
    (tmp_path / "matrix.toml").write_text(MATRIX, "utf-8")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"ray://127.0.0.1:{taken.getsockname()[1]}"
        said = actorproof("campaign", "matrix.toml", "--on", address, "--out", "done")
    assert (said.code, said.out) == (3, "")
    assert f"no Ray cluster answers at {address} (Connection refused)" in said.err.splitlines()[-1]
    assert actorproof("campaign", "matrix.toml", "--on", "ray://:x", "--out", "done").code == 64
    assert not (tmp_path / "done").exists()

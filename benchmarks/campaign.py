"""Campaign: simulated seeds on a local Ray cluster of several nodes, one of them lost, against the pool of one machine.

First some seeds by the pool and by Ray, in turn, so that both meet the same neighbours: what Ray costs against the
pool, in seeds a second and in processor time. Then all seeds of a campaign by Ray, of which one raylet is killed when a
third is judged. Each seed has to be judged once, and nothing may be left in the folder for temporary files.

``python -m benchmarks.campaign [--seeds 10000] [--part 500] [--rounds 3] [--workers 3] [--nice 10]``; exit code 1 when
a seed was not judged, or twice, or something is left; 3 without Ray.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import chdir, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from actorproof.harness.fanout.port import Fanout
from actorproof.harness.fanout.processes import Processes
from actorproof.harness.fanout.ray import Ray
from actorproof.harness.run.campaign.campaign import LEDGER, Campaign
from actorproof.harness.run.campaign.matrix import read
from actorproof.harness.scratch import PREFIX

SCENARIO = """
name = "tiny"
summary = "a host is killed under a few calls"
guarantees = ["turns", "activation", "linearizability"]
duration_s = 1.0
topology = { hosts = 2, spare_hosts = 0, idle_timeout_s = 30.0 }
load = { pause_s = 0.05, clients = 2, fickle = 0, probes = 1, actors = 2 }
steps = [
  { step = "inject", id = "f1", verb = "kill", target = "host-2" },
  { step = "wait", for_s = 0.5 },
  { step = "heal", id = "f1" },
]
"""
TOLD_EVERY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What a campaign took: seeds a second once the first was there, and processor time a seed, of all processes."""

    per_s: float
    spent_s: float


def campaign(name: str, *, first: int, count: int) -> Campaign:
    """`count` seeds from `first` on, in a folder of their own."""
    matrix = Path(f"{name}.toml")
    seeds = f"{{ first = {first}, count = {count} }}"
    matrix.write_text(f'keep = "red"\nscenarios = ["tiny.toml"]\ndrivers = ["simulated"]\nseeds = {seeds}\n', "utf-8")
    return Campaign(read(matrix), folder=Path(name))


def spent_s() -> float:
    """The processor time of this process and all below it, those that have ended included."""
    found = 0.0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        with suppress(psutil.Error):
            times = process.cpu_times()
            found += times.user + times.system + times.children_user + times.children_system
    return found


def timed(name: str, made: Campaign, fanout: Fanout, *, judged: Callable[[int], None] = lambda _count: None) -> Speed:
    """Run a campaign, and say how many seeds it judged a second, from the first one on and with the start."""
    before, began_s, first_s = fanout.again, time.monotonic(), 0.0
    spent_before_s, count = 0.0, 0
    for count, _ in enumerate(made.run(fanout), start=1):
        if count == 1:
            first_s, spent_before_s = time.monotonic(), spent_s()
        judged(count)
        if count % TOLD_EVERY == 0:
            print(f"{name}: {count:,} after {time.monotonic() - began_s:.0f} s", flush=True)
    ended_s = time.monotonic()
    speed = Speed(
        per_s=(count - 1) / max(ended_s - first_s, 1e-9), spent_s=(spent_s() - spent_before_s) / max(count - 1, 1)
    )
    print(
        f"{name}: {count:,} seeds, the first after {first_s - began_s:.1f} s, then {speed.per_s:.1f} a second"
        f" ({count / (ended_s - began_s):.1f} with the start), {fanout.again - before} done again",
        flush=True,
    )
    return speed


def each_once(made: Campaign) -> bool:
    """Whether each cell stands in the ledger once, and what they came to."""
    lines = [json.loads(line) for line in (made.folder / LEDGER).read_text("utf-8").splitlines()]
    times = Counter(line["key"] for line in lines)
    outcomes = Counter(line["outcome"] for line in lines)
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common())
    print(f"{len(times):,} of {len(made.cells):,} seeds judged, none more than {max(times.values())} times: {told}")
    return set(times) == {cell.key for cell in made.cells} and max(times.values()) == 1


def lose(cluster: Any, node: Any) -> None:
    """Kill a raylet and its workers, as when their machine is lost, in the middle of what they do."""
    (raylet,) = (each.process for each in node.all_processes["raylet"])
    for worker in psutil.Process(raylet.pid).children(recursive=True):
        worker.kill()
    cluster.remove_node(node, allow_graceful=False)


def measure(cluster: Any, nodes: list[Any], options: argparse.Namespace) -> bool:
    """Both in turn, then the campaign that loses a raylet."""
    fanout = Ray(cluster.address, cpus=1)
    try:
        timed("ray warms up", campaign("warm", first=10 * options.seeds, count=10 * options.workers), fanout)
        pairs = []
        for round_ in range(options.rounds):
            first = 2 * options.seeds + 2 * round_ * options.part
            pool, ray = f"pool {round_ + 1}", f"ray {round_ + 1}"
            pairs.append(
                (
                    timed(pool, campaign(pool, first=first, count=options.part), Processes(options.workers)),
                    timed(ray, campaign(ray, first=first + options.part, count=options.part), fanout),
                )
            )
        for what, ratios in (
            ("seeds a second", [ray.per_s / pool.per_s for pool, ray in pairs]),
            ("processor time a seed", [ray.spent_s / pool.spent_s for pool, ray in pairs]),
        ):
            each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
            print(f"{what}, Ray to pool: {median(ratios):.2f} in the median ({each})", flush=True)

        def judged(count: int) -> None:
            if count == options.seeds // 3:
                lose(cluster, nodes[0])
                print(f"a raylet was killed with its workers after {count:,} seeds", flush=True)

        made = campaign("all", first=0, count=options.seeds)
        timed("all", made, fanout, judged=judged)
        return each_once(made)
    finally:
        fanout.close()


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--part", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--nice", type=int, default=10)
    options = parser.parse_args()
    if importlib.util.find_spec("ray") is None:
        print("campaign: Ray is missing: pip install 'actorproof[ray]'", file=sys.stderr)
        return 3
    os.setpriority(os.PRIO_PROCESS, 0, options.nice)
    with tempfile.TemporaryDirectory(prefix="ap-") as folder, chdir(folder):
        Path("tmp").mkdir()
        # Ray's own folder has sockets in it, whose names must be short; Ray sets its workers' niceness by itself.
        os.environ |= {
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_worker_niceness": str(options.nice),
            "RAY_TMPDIR": folder,
            "TMPDIR": f"{folder}/tmp",
        }
        tempfile.tempdir = None
        cluster_utils: Any = importlib.import_module("ray.cluster_utils")
        Path("tiny.toml").write_text(SCENARIO, "utf-8")
        cluster = cluster_utils.Cluster(
            initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
        )
        try:
            nodes = [cluster.add_node(num_cpus=1) for _ in range(options.workers)]
            once = measure(cluster, nodes, options)
        finally:
            cluster.shutdown()
        left = [each.name for each in Path("tmp").glob(f"{PREFIX}*")]
        print(f"left in the folder for temporary files: {', '.join(left) or 'nothing'}")
        return 0 if once and not left else 1


if __name__ == "__main__":
    sys.exit(main())

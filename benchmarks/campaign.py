"""Campaign: simulated seeds on a local Ray cluster of several nodes, one of them lost, against the pool of one machine.

First some seeds by the pool and by Ray, in turn, twice; then all seeds of a campaign by Ray, of which one raylet is
killed when a third is judged. Each seed has to be judged once. Ray's workers run with niceness 15; so does the pool.

``python benchmarks/campaign.py [--seeds 10000] [--part 500] [--workers 3]``; exit code 1 when a seed was not judged, or
twice; 3 without Ray.
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
from contextlib import chdir
from pathlib import Path
from typing import Any

from actorproof.harness.fanout.port import Fanout
from actorproof.harness.fanout.processes import Processes
from actorproof.harness.fanout.ray import Ray
from actorproof.harness.run.campaign.campaign import LEDGER, Campaign
from actorproof.harness.run.campaign.matrix import read

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
NICE = 15
TOLD_EVERY = 500


def campaign(name: str, *, first: int, count: int) -> Campaign:
    """`count` seeds from `first` on, in a folder of their own."""
    matrix = Path(f"{name}.toml")
    seeds = f"{{ first = {first}, count = {count} }}"
    matrix.write_text(f'keep = "red"\nscenarios = ["tiny.toml"]\ndrivers = ["simulated"]\nseeds = {seeds}\n', "utf-8")
    return Campaign(read(matrix), folder=Path(name))


def timed(name: str, made: Campaign, fanout: Fanout, judged: Callable[[int], None] = lambda _count: None) -> None:
    """Run a campaign, and say how many seeds it judged a second, from the first one on and with the start."""
    before, began_s = fanout.again, time.monotonic()
    first_s, count = began_s, 0
    for count, _ in enumerate(made.run(fanout), start=1):
        if count == 1:
            first_s = time.monotonic()
        judged(count)
        if count % TOLD_EVERY == 0:
            print(f"{name}: {count:,} after {time.monotonic() - began_s:.0f} s", flush=True)
    ended_s = time.monotonic()
    rate, whole = (count - 1) / max(ended_s - first_s, 1e-9), count / (ended_s - began_s)
    print(
        f"{name}: {count:,} seeds, the first after {first_s - began_s:.1f} s, then {rate:.1f} a second"
        f" ({whole:.1f} with the start), {fanout.again - before} done again",
        flush=True,
    )


def each_once(made: Campaign) -> bool:
    """Whether each cell stands in the ledger once, and what they came to."""
    lines = [json.loads(line) for line in (made.folder / LEDGER).read_text("utf-8").splitlines()]
    times = Counter(line["key"] for line in lines)
    outcomes = Counter(line["outcome"] for line in lines)
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common())
    print(f"{len(times):,} of {len(made.cells):,} seeds judged, none more than {max(times.values())} times: {told}")
    return set(times) == {cell.key for cell in made.cells} and max(times.values()) == 1


def measure(cluster: Any, nodes: list[Any], options: argparse.Namespace) -> bool:
    """Both in turn, then the campaign that loses a raylet."""
    fanout = Ray(cluster.address, cpus=1)
    os.setpriority(os.PRIO_PROCESS, 0, NICE)
    try:
        for round_ in (1, 2):
            first = options.seeds + 2 * round_ * options.part
            pool, ray = f"pool {round_}", f"ray {round_}"
            timed(pool, campaign(pool, first=first, count=options.part), Processes(options.workers))
            timed(ray, campaign(ray, first=first + options.part, count=options.part), fanout)

        def judged(count: int) -> None:
            if count == options.seeds // 3:
                cluster.remove_node(nodes[0], allow_graceful=False)
                print(f"a raylet was killed after {count:,} seeds", flush=True)

        made = campaign("all", first=0, count=options.seeds)
        timed("all", made, fanout, judged)
        return each_once(made)
    finally:
        fanout.close()


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--part", type=int, default=500)
    parser.add_argument("--workers", type=int, default=3)
    options = parser.parse_args()
    if importlib.util.find_spec("ray") is None:
        print("campaign: Ray is missing: pip install 'actorproof[ray]'", file=sys.stderr)
        return 3
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    cluster_utils: Any = importlib.import_module("ray.cluster_utils")
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path("tiny.toml").write_text(SCENARIO, "utf-8")
        cluster = cluster_utils.Cluster(
            initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
        )
        try:
            nodes = [cluster.add_node(num_cpus=1) for _ in range(options.workers)]
            return 0 if measure(cluster, nodes, options) else 1
        finally:
            cluster.shutdown()


if __name__ == "__main__":
    sys.exit(main())

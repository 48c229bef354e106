"""Load: how much Actorproof's own clients get out of a cluster, against wrk on the same one.

One cluster of two hosts, Redis saving each call, all links proxied, the witness on in both. Rounds in turn: wrk, then
Actorproof's clients with everything that writes the history in the harness's process (journal, store's log, census,
heartbeat), then wrk again, and so on. Both have as many connections, half of them to each host's link, and call `add`
of the same counters; only answers with 200 count. The target is a median ratio of at least 0.7.

``python -m benchmarks.load [--pairs 5] [--round-s 6] [--connections 32] [--actors 64]``; exit code 3 without wrk, and 1
below the target.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil

from actorproof.harness.clock import SystemClock
from actorproof.harness.cluster.addresses import Loopback
from actorproof.harness.cluster.http import HttpTransport
from actorproof.harness.cluster.topology import Topology
from actorproof.harness.drivers.process.cluster import ProcessCluster
from actorproof.harness.drivers.process.slot import Slot
from actorproof.harness.errors import ActorproofError, ClusterError
from actorproof.harness.history.folder import RunFolder
from actorproof.harness.history.journal import Journal
from actorproof.harness.provision.programs import provide
from actorproof.harness.request import Addressed
from actorproof.harness.runtimes.dapr.api import HttpApi
from actorproof.harness.runtimes.dapr.census import Census
from actorproof.harness.runtimes.dapr.plan import Deployment, plan
from actorproof.harness.session.heartbeat import beat
from actorproof.harness.stores.storelog import StoreLog
from actorproof.harness.workload.client import Client

TARGET = 0.7
HOSTS = ("host-1", "host-2")
SCRIPT = Path(__file__).with_suffix(".lua")
NO_WRK = "load: wrk is missing; install it (Debian, Ubuntu: apt-get install wrk; macOS: brew install wrk) and run again"
WARM_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is asked for on the command line."""

    pairs: int
    round_s: float
    connections: int
    actors: int
    proxied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round: calls answered with 200, all others, how long it really took, and what CPU time it cost."""

    ok: int
    bad: int
    duration_s: float
    client_s: float
    cluster_s: float

    @property
    def call_us(self) -> float:
        """CPU time of all processes for each call."""
        return self.client_us + self.cluster_us

    @property
    def client_us(self) -> float:
        """CPU time of the clients' process for each call, the history's writing included."""
        return self.client_s / (self.ok + self.bad or 1) * 1e6

    @property
    def cluster_us(self) -> float:
        """CPU time of everything else for each call."""
        return self.cluster_s / (self.ok + self.bad or 1) * 1e6

    @property
    def rate(self) -> float:
        """Answers with 200 a second."""
        return self.ok / self.duration_s


class WrkResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What load.lua prints at the end."""

    requests: int
    duration_us: int
    bad_status: int
    lost: int


class Bench:
    """A cluster that is up, and the two ways to load it."""

    def __init__(self, settings: Settings, deployment: Deployment, journal: Journal, clock: SystemClock) -> None:
        self._settings = settings
        self._deployment = deployment
        self._journal = journal
        self._clock = clock
        self._addresses = {host: deployment.endpoints.sidecar_http[host] for host in HOSTS}
        self._store_log = StoreLog(deployment.endpoints.store_log, journal, clock, store=deployment.endpoints.store)
        self._census = Census(deployment, journal, clock)

    async def warm(self) -> None:
        """Call every counter through both hosts until each has answered."""
        transport = HttpTransport(self._addresses)
        client = Client("warm", requests=Addressed(transport, HttpApi()), journal=self._journal)
        deadline_ns = self._clock.now_ns() + int(WARM_TIMEOUT_S * 1e9)
        try:
            for number in range(self._settings.actors):
                for host in HOSTS:
                    while (
                        await client.call(f"Counter/b{number}", "add", {"by": 1}, via=host, timeout_s=5)
                    ).outcome != "ok":
                        if self._clock.now_ns() > deadline_ns:
                            raise ClusterError(f"Counter/b{number} does not answer through {host}")
                        await self._clock.sleep(0.1)
        finally:
            await transport.close()

    async def wrk(self, program: str, mark: str) -> Round:
        """One round of wrk; the harness does nothing meanwhile."""
        cluster_s, children_s = _cluster_cpu_s(), _reaped_cpu_s()
        process = await asyncio.create_subprocess_exec(
            program,
            f"--threads={len(HOSTS)}",
            f"--connections={self._settings.connections}",
            f"--duration={self._settings.round_s:g}s",
            "--timeout=20s",
            f"--script={SCRIPT}",
            f"http://{self._addresses[HOSTS[0]]}",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={
                **os.environ,
                "ADDRESSES": " ".join(str(address) for address in self._addresses.values()),
                "ACTORS": str(self._settings.actors),
                "ROUND": mark,
            },
        )
        output, _ = await process.communicate()
        line = next((line for line in output.splitlines() if line.startswith(b"RESULT ")), None)
        if process.returncode != 0 or line is None:
            raise ClusterError(f"wrk failed: {output.decode(errors='replace').strip()[-300:]}")
        result = msgspec.json.decode(line.removeprefix(b"RESULT "), type=WrkResult)
        return Round(
            ok=result.requests - result.bad_status,
            bad=result.bad_status + result.lost,
            duration_s=result.duration_us / 1e6,
            client_s=_reaped_cpu_s() - children_s,
            cluster_s=_cluster_cpu_s() - cluster_s,
        )

    async def own(self, mark: str) -> Round:
        """One round of Actorproof's clients, with all that a run writes."""
        await self._store_log.poll()  # what wrk left there is not this round's to read
        transport = HttpTransport(self._addresses)
        cluster_s, client_s = _cluster_cpu_s(), time.process_time()
        async with self._observed():
            deadline_s = time.monotonic() + self._settings.round_s
            counts = await asyncio.gather(
                *(self._caller(f"{mark}-{n}", transport, n, deadline_s) for n in range(self._settings.connections))
            )
        await transport.close()
        return Round(
            ok=sum(ok for ok, _ in counts),
            bad=sum(bad for _, bad in counts),
            duration_s=self._settings.round_s,
            client_s=time.process_time() - client_s,
            cluster_s=_cluster_cpu_s() - cluster_s,
        )

    async def _caller(self, name: str, transport: HttpTransport, number: int, deadline_s: float) -> tuple[int, int]:
        """Call until the deadline; an answer after it counts for nothing."""
        client = Client(name, requests=Addressed(transport, HttpApi()), journal=self._journal)
        rng = random.Random(name)
        via = HOSTS[number % len(HOSTS)]
        ok = bad = 0
        while True:
            actor = f"Counter/b{rng.randrange(self._settings.actors)}"
            answer = await client.call(actor, "add", {"by": 1}, via=via, timeout_s=20.0)
            if time.monotonic() > deadline_s:
                return ok, bad
            if answer.outcome == "ok":
                ok += 1
            else:
                bad += 1

    @contextlib.asynccontextmanager
    async def _observed(self) -> AsyncIterator[None]:
        """What else writes the history in the harness's process."""
        observers = [
            asyncio.create_task(work)
            for work in (self._census.run(), self._store_log.run(), beat(self._journal, self._clock))
        ]
        try:
            yield
        finally:
            for observer in observers:
                observer.cancel()
            ends = await asyncio.gather(*observers, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def close(self) -> None:
        await self._census.close()
        await self._store_log.close()


def _cluster_cpu_s() -> float:
    """CPU time of every living process below this one: the cluster, between rounds."""
    total_s = 0.0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total_s += times.user + times.system
    return total_s


def _reaped_cpu_s() -> float:
    """CPU time of children that have ended: wrk, between rounds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


async def measure(settings: Settings, program: str) -> list[tuple[Round, Round]]:
    """Bring the cluster up, run the rounds, and take everything down."""
    topology = Topology(hosts=len(HOSTS), spare_hosts=0, proxied=settings.proxied, idle_timeout_s=60.0)
    programs = provide(version=topology.version, progress=print)
    clock = SystemClock()
    with contextlib.ExitStack() as stack:
        top = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="actorproof-bench-")))
        folder = RunFolder.create(top / "run")
        journal = stack.enter_context(Journal.open(folder.raw / "harness.jsonl", process="harness", clock=clock))
        slot = stack.enter_context(Slot.acquire())
        scratch = top / "scratch"
        scratch.mkdir()
        deployment = plan(
            topology=topology,
            programs=programs,
            addresses=Loopback(slot),
            scratch=scratch,
            run_dir=folder.path,
            python=sys.executable,
        )
        cluster = ProcessCluster(
            blueprint=deployment.blueprint, journal=journal, run_dir=folder.path, scratch=scratch, clock=clock
        )
        try:
            await cluster.up()
            bench = Bench(settings, deployment, journal, clock)
            await bench.warm()
            gc.collect()
            pairs = []
            for number in range(1, settings.pairs + 1):
                theirs = await bench.wrk(program, f"w{number}")
                ours = await bench.own(f"o{number}")
                pairs.append((theirs, ours))
                print(f"pair {number}: wrk        {_line(theirs)}")
                print(f"        actorproof {_line(ours)}, ratio {ours.rate / theirs.rate:.2f}", flush=True)
            await bench.close()
            return pairs
        finally:
            await cluster.down()


def _line(part: Round) -> str:
    return (
        f"{part.rate:6.0f}/s, {part.bad} not ok,"
        f" CPU per call {part.client_us:4.0f} us client + {part.cluster_us:5.0f} us cluster"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--round-s", type=float, default=6.0)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--actors", type=int, default=64)
    parser.add_argument("--unproxied", action="store_true", help="dial the sidecars themselves")
    args = parser.parse_args()
    settings = Settings(
        pairs=args.pairs,
        round_s=args.round_s,
        connections=args.connections,
        actors=args.actors,
        proxied=not args.unproxied,
    )
    program = shutil.which("wrk")
    if program is None:
        print(NO_WRK, file=sys.stderr)
        return 3
    try:
        pairs = asyncio.run(measure(settings, program))
    except ActorproofError as error:
        print(f"load: {error}", file=sys.stderr)
        return error.exit_code
    ratios = [ours.rate / theirs.rate for theirs, ours in pairs]
    median = statistics.median(ratios)
    print(f"ratios {', '.join(f'{ratio:.2f}' for ratio in ratios)}; median {median:.2f}, target at least {TARGET}")
    cpu = statistics.median(theirs.call_us / ours.call_us for theirs, ours in pairs)
    print(f"by CPU time per call alone, which other work on the machine disturbs less: {cpu:.2f}")
    return 0 if median >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())

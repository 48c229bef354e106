"""What a witness costs, and that it changes nothing: ``python -m benchmarks.witness [--rounds N] [--seconds S]``

1. 10,000 requests of any length through it: a recording peer has to get the same bytes in the same order, and the
   caller the same answers; nothing may come twice.
2. Go applications whose method does nothing, with Dapr's Go SDK and without, called directly and through the witness,
   in rounds by turns: the median that is added at one caller, and the ratio of the calls a second at 32; and what the
   witness itself takes of the processors, which other work on the machine changes less. Everything runs on the same
   cores.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import socket
import statistics
import subprocess
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from actorproof.harness.drivers.process.slot import free_port
from benchmarks._witnessed import Ports, witnessed
from tests.application.rig import Peer, answer, connect, put, read_request, rig

REQUESTS = 10_000
SOURCE = Path(__file__).parent / "witness"


def main() -> None:
    words = argparse.ArgumentParser(description="What a witness costs.")
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--seconds", type=float, default=3.0)
    options = words.parse_args()
    same()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(costs(Path(folder), rounds=options.rounds, seconds=options.seconds))


def same() -> None:
    """Compare what a peer gets with what was sent, byte by byte."""
    rng = random.Random(1)
    came: list[bytes] = []
    replies: dict[bytes, bytes] = {}

    def handle(connection: socket.socket) -> None:
        while request := read_request(connection):
            came.append(request)
            connection.sendall(replies[request])

    sent: list[bytes] = []
    for number in range(REQUESTS):
        headers = [f"{''.join(rng.choice((c.upper(), c)) for c in 'x-header')}-{k}:  {rng.random()}" for k in range(3)]
        request = put(f"/actors/Cart/a%2F{number}/method/add", rng.randbytes(rng.randrange(300)), *headers)
        sent.append(request)
        status = rng.choice((200, 200, 404, 500))
        replies[request] = answer(status, rng.randbytes(rng.randrange(300)), *reversed(headers))
    peer = Peer(handle)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, rig(Path(folder), app=peer, sidecar=peer) as r:
        for begin in range(0, REQUESTS, REQUESTS // 10):
            with connect(r.inbound) as connection:
                for request in sent[begin : begin + REQUESTS // 10]:
                    connection.sendall(request)
                    wrong += read_request(connection) != replies[request]
    print(
        f"{len(sent)} requests: {sum(a != b for a, b in zip(sent, came, strict=False))} changed,"
        f" {len(came) - len(sent)} repeated or lost, {wrong} answers changed"
    )


@dataclass(frozen=True, kw_only=True)
class Round:
    """What callers saw: the median in ms and the calls a second; how many calls there were."""

    median_ms: float
    rate: float
    calls: int


async def costs(folder: Path, *, rounds: int, seconds: float) -> None:
    """Print medians and ratios."""
    program = folder / "load"
    subprocess.run(["go", "build", "-o", program, "."], cwd=SOURCE, check=True)  # noqa: ASYNC221 - nothing else goes on
    for kind in ("sdk", "plain"):
        ports = Ports(app=free_port(), inbound=free_port(), out=((free_port(), 1),))
        async with application(program, kind, ports) as pid:
            print(f"a Go application, {kind}:")
            for callers in (1, 32):
                await compare(program, ports, pid, callers=callers, rounds=rounds, seconds=seconds)


async def compare(program: Path, ports: Ports, pid: int, *, callers: int, rounds: int, seconds: float) -> None:
    """Print what one application shows."""
    pairs: list[tuple[Round, Round]] = []
    taken: list[float] = []
    for _ in range(rounds):
        direct = await load(program, ports.app, callers, seconds)
        before = processor_s(pid)
        through = await load(program, ports.inbound, callers, seconds)
        taken.append((processor_s(pid) - before) / through.calls)
        pairs.append((direct, through))
    directly, seen = ([pair[k] for pair in pairs] for k in (0, 1))
    ratio = statistics.median(b.rate / a.rate for a, b in pairs)
    added = statistics.median(b.median_ms - a.median_ms for a, b in pairs)
    print(
        f"{callers} callers: median {statistics.median(each.median_ms for each in directly):.3f} ms direct,"
        f" {statistics.median(each.median_ms for each in seen):.3f} ms through the witness, {added:+.3f} ms;"
        f" {statistics.median(each.rate for each in directly):.0f}/s and"
        f" {statistics.median(each.rate for each in seen):.0f}/s, ratio {ratio:.2f};"
        f" the witness takes {1e4 * statistics.median(taken):.2f} s of a processor for 10,000 calls",
        flush=True,
    )


@contextlib.asynccontextmanager
async def application(program: Path, kind: str, ports: Ports) -> AsyncIterator[int]:
    """The application behind a witness, whose process is told."""
    async with witnessed([str(program), kind], ports, told={"APP_PORT": str(ports.app)}, cwd=program.parent) as running:
        with connect(ports.inbound) as connection:
            connection.sendall(put("/actors/Cart/a/method/Add", b'{"by":1}'))
            assert read_request(connection).startswith(b"HTTP/1.1 200")
        yield running.witness.pid


async def load(program: Path, number: int, callers: int, seconds: float) -> Round:
    """One round, after which every call has been answered."""
    process = await asyncio.create_subprocess_exec(
        program, "load", f"127.0.0.1:{number}", str(callers), f"{seconds}s", stdout=subprocess.PIPE
    )
    said, _ = await process.communicate()
    median, rate, failed = said.split()
    if int(failed):
        raise SystemExit(f"{int(failed)} calls failed")
    return Round(median_ms=float(median), rate=float(rate), calls=round(float(rate) * seconds))


def processor_s(pid: int) -> float:
    """The time of processors that a process has taken, its own and the system's for it."""
    numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()

"""What a witness costs, and that it changes nothing: ``python -m benchmarks.witness [--rounds N] [--seconds S]``

With ``--program PATH``, which may be given again, the programs of other witnesses are compared, each of them started
``--starts`` times, by turns.

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
import itertools
import os
import random
import socket
import statistics
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from actorproof.harness.drivers.process.slot import Slot
from benchmarks._witnessed import Ports, witnessed
from tests.application.rig import Peer, answer, connect, put, read_request, rig, witness_program

REQUESTS = 10_000
KINDS = ("sdk", "plain")
CALLERS = (1, 32)
SOURCE = Path(__file__).parent / "witness"


def main() -> None:
    words = argparse.ArgumentParser(description="What a witness costs.")
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--seconds", type=float, default=3.0)
    words.add_argument("--starts", type=int, default=1, help="how often each witness is started")
    words.add_argument("--program", type=Path, action="append", help="a witness; may be given again")
    words.add_argument("--kind", choices=KINDS, action="append", help="the application: with the SDK, or without")
    words.add_argument("--callers", type=int, action="append", help="how many at once")
    options = words.parse_args()
    if not options.program:
        same()
    plan = Plan(
        programs=tuple(options.program or [witness_program()]),
        kinds=tuple(options.kind or KINDS),
        callers=tuple(options.callers or CALLERS),
        starts=options.starts,
        rounds=options.rounds,
        seconds=options.seconds,
    )
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(costs(Path(folder), plan))


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
class Plan:
    """Which witnesses are measured, before which applications, by how many callers at once, and for how long."""

    programs: tuple[Path, ...]
    kinds: tuple[str, ...]
    callers: tuple[int, ...]
    starts: int
    rounds: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Round:
    """What callers saw: the median in ms and the calls a second; how many calls there were."""

    median_ms: float
    rate: float
    calls: int


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A round without the witness, and one with it; what it took of the processors, in s a call."""

    direct: Round
    through: Round
    taken_s: float


async def costs(folder: Path, plan: Plan) -> None:
    """Print medians and ratios."""
    load_program = folder / "load"
    subprocess.run(["go", "build", "-o", load_program, "."], cwd=SOURCE, check=True)  # noqa: ASYNC221 - nothing else goes on
    for kind in plan.kinds:
        pairs: dict[tuple[int, Path], list[Pair]] = {}
        for _, witness in itertools.product(range(plan.starts), plan.programs):
            async with contextlib.AsyncExitStack() as stack:
                slot = stack.enter_context(Slot.acquire())
                ports = Ports(app=slot.port(), inbound=slot.port(), out=((slot.port(), 1),))
                pid = await stack.enter_async_context(application(load_program, kind, ports, witness))
                for callers, _ in itertools.product(plan.callers, range(plan.rounds)):
                    pair = await compare(load_program, ports, pid, callers=callers, seconds=plan.seconds)
                    pairs.setdefault((callers, witness), []).append(pair)
        print(f"a Go application, {kind}:")
        for callers, witness in itertools.product(plan.callers, plan.programs):
            name = f"{witness}, " if len(plan.programs) > 1 else ""
            print(f"{name}{callers} callers: {summary(pairs[callers, witness])}", flush=True)


async def compare(program: Path, ports: Ports, pid: int, *, callers: int, seconds: float) -> Pair:
    """One round without the witness, and one with it."""
    direct = await load(program, ports.app, callers, seconds)
    before = processor_s(pid)
    through = await load(program, ports.inbound, callers, seconds)
    return Pair(direct=direct, through=through, taken_s=(processor_s(pid) - before) / through.calls)


def summary(pairs: list[Pair]) -> str:
    """The medians of all rounds."""

    def of(value: Callable[[Pair], float]) -> float:
        return statistics.median(map(value, pairs))

    ratios = sorted(pair.through.rate / pair.direct.rate for pair in pairs)
    return (
        f"median {of(lambda pair: pair.direct.median_ms):.3f} ms direct,"
        f" {of(lambda pair: pair.through.median_ms):.3f} ms through the witness,"
        f" {of(lambda pair: pair.through.median_ms - pair.direct.median_ms):+.3f} ms;"
        f" {of(lambda pair: pair.direct.rate):.0f}/s and {of(lambda pair: pair.through.rate):.0f}/s,"
        f" ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f} in {len(pairs)} rounds);"
        f" the witness takes {1e4 * of(lambda pair: pair.taken_s):.2f} s of a processor for 10,000 calls"
    )


@contextlib.asynccontextmanager
async def application(program: Path, kind: str, ports: Ports, witness: Path) -> AsyncIterator[int]:
    """The application behind a witness, whose process is told."""
    told = {"APP_PORT": str(ports.app)}
    async with witnessed([str(program), kind], ports, told=told, cwd=program.parent, program=witness) as running:
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

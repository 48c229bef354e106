"""What a witness costs, and that it changes nothing: ``python -m benchmarks.witness [--rounds N] [--seconds S]``

1. 10,000 requests of any length through it: a recording peer has to get the same bytes in the same order, and the
   caller the same answers; nothing may come twice.
2. Go applications whose method does nothing, with Dapr's Go SDK and without, called directly and through the witness,
   in rounds by turns: the median that is added at one caller, and the ratio of the calls a second at 32. Everything
   runs on the same cores.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import socket
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from actorproof.harness.drivers.process.slot import free_port
from tests.application.rig import Peer, answer, connect, put, read_request, rig, witness_program

REQUESTS = 10_000
SOURCE = Path(__file__).parent / "witness"


def main() -> None:
    words = argparse.ArgumentParser(description="What a witness costs.")
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--seconds", type=float, default=3.0)
    options = words.parse_args()
    same()
    with tempfile.TemporaryDirectory() as folder:
        costs(Path(folder), rounds=options.rounds, seconds=options.seconds)


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


def costs(folder: Path, *, rounds: int, seconds: float) -> None:
    """Print medians and ratios."""
    program = folder / "load"
    subprocess.run(["go", "build", "-o", program, "."], cwd=SOURCE, check=True)
    for kind in ("sdk", "plain"):
        with application(folder / kind, program, kind) as (direct, through):
            print(f"a Go application, {kind}:")
            compare(program, direct, through, rounds=rounds, seconds=seconds)


def compare(program: Path, direct: int, through: int, *, rounds: int, seconds: float) -> None:
    """Print what one application shows."""
    for callers in (1, 32):
        pairs = [
            (load(program, direct, callers, seconds), load(program, through, callers, seconds)) for _ in range(rounds)
        ]
        plain, seen = ([pair[k][0] for pair in pairs] for k in (0, 1))
        ratio = statistics.median(b[1] / a[1] for a, b in pairs)
        added = statistics.median(b[0] - a[0] for a, b in pairs)
        print(
            f"{callers} callers: median {statistics.median(plain):.3f} ms direct, {statistics.median(seen):.3f} ms"
            f" through the witness, {added:+.3f} ms; {statistics.median(a[1] for a, _ in pairs):.0f}/s and"
            f" {statistics.median(b[1] for _, b in pairs):.0f}/s, ratio {ratio:.2f}"
        )


@contextlib.contextmanager
def application(folder: Path, program: Path, kind: str) -> Iterator[tuple[int, int]]:
    """The application behind a witness; its own port, and that of the witness."""
    number, inbound, out = free_port(), free_port(), free_port()
    folder.mkdir()
    (folder / "run").write_text("a benchmark")
    process = subprocess.Popen(
        [
            *(witness_program(), "--process", "host-1/app#1", "--journal", folder / "host-1_app_1.jsonl"),
            *("--listen", f"127.0.0.1:{inbound}", "--app", f"127.0.0.1:{number}"),
            *("--out", f"127.0.0.1:{out}=127.0.0.1:1", "--", program, kind),
        ],
        env={**os.environ, "APP_PORT": str(number)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with connect(inbound) as connection:
            connection.sendall(put("/actors/Cart/a/method/Add", b'{"by":1}'))
            assert read_request(connection).startswith(b"HTTP/1.1 200")
        yield number, inbound
    finally:
        process.kill()
        process.wait()


def load(program: Path, number: int, callers: int, seconds: float) -> tuple[float, float]:
    """Median in ms and calls a second of one round."""
    words = [program, "load", f"127.0.0.1:{number}", str(callers), f"{seconds}s"]
    median, rate, failed = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    if int(failed):
        raise SystemExit(f"{failed} calls failed")
    return float(median), float(rate)


if __name__ == "__main__":
    main()

"""Transactions: how long `actorproof analyze` takes on 100,000 of them, on lists and on registers, and how much memory.

A strictly serializable store, 20 clients, five keys at a time; a key is left after 100 writes. The command line itself
is measured, reading the file included: its CPU time (user and system), so that what else the machine does does not
count, and its peak memory.

``python -m benchmarks.transactions [--count 100000] [--keep FOLDER] [MODEL...]``; exit code 1 above 10 s or 1 GB, or
when the store is not found sound.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CLIENTS, KEYS, MOST_WRITES, MOST_STEPS = 20, 5, 100, 4
TARGET_S, TARGET_MB = 10.0, 1000
KIB_PER_MB = 1024 if sys.platform != "darwin" else 1024 * 1024  # ru_maxrss: KiB on Linux, bytes on macOS
WRITES = {"list-append": "append", "rw-register": "w"}
Step = tuple[int, int | None]  # a key, and what is written, None for a read


class Store:
    """Lists or registers by key, and the transactions that its clients ask for."""

    def __init__(self, rng: random.Random, model: str) -> None:
        self._rng = rng
        self._write = WRITES[model]
        self._keys = list(range(KEYS))
        self._asked: dict[int, int] = dict.fromkeys(self._keys, 0)
        self._written: dict[int, list[int]] = {}

    def asked(self) -> list[Step]:
        """What a client asks for next."""
        steps: list[Step] = []
        for _ in range(self._rng.randint(1, MOST_STEPS)):
            key = self._rng.choice(self._keys)
            if self._rng.random() < 0.5:
                steps.append((key, None))
                continue
            self._asked[key] += 1
            steps.append((key, self._asked[key]))
            if self._asked[key] == MOST_WRITES:
                self._keys.remove(key)
                self._keys.append(max(self._asked) + 1)
                self._asked[self._keys[-1]] = 0
        return steps

    def done(self, steps: list[Step]) -> str:
        """All steps at once, and what they answer."""
        words = []
        for key, value in steps:
            written = self._written.setdefault(key, [])
            if value is not None:
                written.append(value)
                words.append(f"[:{self._write} {key} {value}]")
            elif self._write == "append":
                words.append(f"[:r {key} [{' '.join(map(str, written))}]]")
            else:
                words.append(f"[:r {key} {written[-1] if written else 'nil'}]")
        return " ".join(words)


def write(path: Path, model: str, count: int) -> None:
    """Write a history of so many transactions, in EDN."""
    rng = random.Random(1)
    store = Store(rng, model)
    asked: dict[int, list[Step]] = {}
    answers: dict[int, str] = {}
    begun = 0
    with path.open("w") as file:
        while begun < count or asked:
            client = rng.randrange(CLIENTS)
            if client in answers:
                file.write(f"{{:process {client}, :type :ok, :f :txn, :value [{answers.pop(client)}]}}\n")
                del asked[client]
            elif client in asked:
                answers[client] = store.done(asked[client])
            elif begun < count:
                asked[client] = store.asked()
                steps = " ".join(
                    f"[:r {key} nil]" if value is None else f"[:{WRITES[model]} {key} {value}]"
                    for key, value in asked[client]
                )
                file.write(f"{{:process {client}, :type :invoke, :f :txn, :value [{steps}]}}\n")
                begun += 1


def measured(path: Path, model: str) -> bool:
    """Print one line; whether the targets are met and the store was found sound."""
    began_s = time.perf_counter()
    asked = [sys.executable, "-m", "actorproof", "analyze", str(path), "--model", model]
    command = subprocess.Popen(asked)
    _, status, used = os.wait4(command.pid, 0)
    command.returncode = os.waitstatus_to_exitcode(status)
    cpu_s, peak_mb = used.ru_utime + used.ru_stime, used.ru_maxrss / KIB_PER_MB
    met = cpu_s < TARGET_S and peak_mb < TARGET_MB
    wall_s = time.perf_counter() - began_s
    word = "met" if met else f"ABOVE {TARGET_S:g} s or 1 GB"
    print(f"{model}: {wall_s:.1f} s, {cpu_s:.1f} s of CPU, {peak_mb:.0f} MB: {word}", flush=True)
    return met and command.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a folder for the histories, or with those of an earlier --keep")
    parser.add_argument("models", nargs="*", help=f"of {', '.join(WRITES)}; both if none is named")
    given = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory(prefix="actorproof-bench-") as folder:
        for model in given.models or WRITES:
            path = (given.keep or Path(folder)) / f"{model}.edn"
            if not path.exists():
                write(path, model, given.count)
            good = measured(path, model) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

"""Transactions: how long `actorproof analyze --model list-append` takes on 100,000 of them, and how much memory.

A strictly serializable store of lists, 20 clients, five keys at a time; a key is left after 100 appends. The command
line itself is measured, reading the file included: its CPU time (user and system), so that what else the machine does
does not count, and its peak memory.

``python benchmarks/transactions.py [--count 100000] [--keep FILE]``; exit code 1 above 10 s or 1 GB, or when the store
is not found sound.
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

CLIENTS, KEYS, MOST_APPENDS, MOST_STEPS = 20, 5, 100, 4
TARGET_S, TARGET_MB = 10.0, 1000
KIB_PER_MB = 1024 if sys.platform != "darwin" else 1024 * 1024  # ru_maxrss: KiB on Linux, bytes on macOS
Step = tuple[int, int | None]  # a key, and the element that is appended, None for a read


class Store:
    """Lists by key, and the transactions that its clients ask for."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._keys = list(range(KEYS))
        self._asked: dict[int, int] = dict.fromkeys(self._keys, 0)
        self._lists: dict[int, list[int]] = {}

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
            if self._asked[key] == MOST_APPENDS:
                self._keys.remove(key)
                self._keys.append(max(self._asked) + 1)
                self._asked[self._keys[-1]] = 0
        return steps

    def done(self, steps: list[Step]) -> str:
        """All steps at once, and what they answer."""
        words = []
        for key, element in steps:
            if element is None:
                words.append(f"[:r {key} [{' '.join(map(str, self._lists.get(key, ())))}]]")
            else:
                self._lists.setdefault(key, []).append(element)
                words.append(f"[:append {key} {element}]")
        return " ".join(words)


def write(path: Path, count: int) -> None:
    """Write a history of so many transactions, in EDN."""
    rng = random.Random(1)
    store = Store(rng)
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
                steps = " ".join(f"[:r {k} nil]" if e is None else f"[:append {k} {e}]" for k, e in asked[client])
                file.write(f"{{:process {client}, :type :invoke, :f :txn, :value [{steps}]}}\n")
                begun += 1


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a file to write, or one that an earlier --keep has written")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="actorproof-bench-") as folder:
        path = given.keep or Path(folder) / "list-append.edn"
        if not path.exists():
            write(path, given.count)
        began_s = time.perf_counter()
        asked = [sys.executable, "-m", "actorproof", "analyze", str(path), "--model", "list-append"]
        command = subprocess.Popen(asked)
        _, status, used = os.wait4(command.pid, 0)
        command.returncode = os.waitstatus_to_exitcode(status)
    cpu_s, peak_mb = used.ru_utime + used.ru_stime, used.ru_maxrss / KIB_PER_MB
    met = cpu_s < TARGET_S and peak_mb < TARGET_MB
    wall_s = time.perf_counter() - began_s
    print(
        f"{wall_s:.1f} s, {cpu_s:.1f} s of CPU, {peak_mb:.0f} MB: {'met' if met else f'ABOVE {TARGET_S:g} s or 1 GB'}"
    )
    return 0 if met and command.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())

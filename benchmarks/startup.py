"""How long Actorproof takes to start, against `python -c pass`: best of several, in seconds of CPU time.

Targets: what loads nothing heavy (`--version`, `--help`, `list`), and `analyze` of a history of ten operations, take
0.3 s at most.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

TIMES = 7
MOST_S = 0.3
TEN = "".join(
    f"{{:process 0, :type :invoke, :f :write, :value {value}}}\n{{:process 0, :type :ok, :f :write, :value {value}}}\n"
    f"{{:process 0, :type :invoke, :f :read, :value nil}}\n{{:process 0, :type :ok, :f :read, :value {value}}}\n"
    for value in range(5)
)


def best_s(*words: str) -> float:
    taken = []
    for _ in range(TIMES):
        command = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(command.pid, 0)
        command.returncode = os.waitstatus_to_exitcode(status)
        if command.returncode:
            raise SystemExit(f"python {' '.join(words)} failed: exit code {command.returncode}")
        taken.append(used.ru_utime + used.ru_stime)
    return min(taken)


def main() -> int:
    base_s = best_s("-c", "pass")
    print(f"{'python -c pass':<24} {base_s:6.3f} s")
    missed = False
    for word in ("--version", "--help", "list"):
        took_s = best_s("-m", "actorproof", word)
        missed |= took_s > MOST_S
        print(f"actorproof {word:<13} {took_s:6.3f} s, {took_s / base_s:4.1f} times as long")
    with tempfile.TemporaryDirectory(prefix="actorproof-bench-") as folder:
        history = Path(folder) / "ten.edn"
        history.write_text(TEN)
        took_s = best_s("-m", "actorproof", "analyze", str(history), "--model", "register")
    missed |= took_s > MOST_S
    print(f"{'analyze of ten':<24} {took_s:6.3f} s, {took_s / base_s:4.1f} times as long")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())

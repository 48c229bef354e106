"""How long Actorproof takes to start, against `python -c pass`: best of several, in seconds.

Target: what loads nothing heavy (`--version`, `--help`, `list`) takes 0.2 s more at most, on a machine that is idle.
"""

from __future__ import annotations

import subprocess
import sys
import time

TIMES = 7
EXTRA_S = 0.2


def best_s(*words: str) -> float:
    taken = []
    for _ in range(TIMES):
        began_s = time.perf_counter()
        subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, check=True)
        taken.append(time.perf_counter() - began_s)
    return min(taken)


def main() -> int:
    base_s = best_s("-c", "pass")
    print(f"{'python -c pass':<24} {base_s:6.3f} s")
    missed = False
    for word in ("--version", "--help", "list"):
        took_s = best_s("-m", "actorproof", word)
        missed |= took_s > base_s + EXTRA_S
        print(f"actorproof {word:<13} {took_s:6.3f} s, {took_s / base_s:4.1f} times as long")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())

"""Versus Porcupine: the same histories, one after the other in one run, to our search and to Go's.

Needs Go, and Porcupine's module from Go's module proxy. Both are timed by the wall clock, each by itself, so what else
the machine does meets both; where both take less than a second, the best of several turns counts.
``python benchmarks/versus_porcupine.py [--limit SECONDS]``; exit code 1 when the two contradict each other, or
Porcupine can't be built.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from _porcupine import MissingError, Question, ask, build
from linearizability import ROWS

from actorproof.properties.linearizability.check import check
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.outcome import Outcome

# Porcupine has no 1,000,000 operations in one history, and neither has one of ours: those are many small ones.
NAMES = tuple(name for name in ROWS if not name.startswith("1,000,000"))
TURNS = 7
SHORT_S = 1.0
OURS = {Outcome.HOLDS: "ok", Outcome.VIOLATED: "illegal", Outcome.UNKNOWN: "unknown"}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--limit", type=float, default=40.0, help="seconds that each may take for a history")
    parser.add_argument("rows", nargs="*", help="only rows whose name holds one of these")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="actorproof-porcupine-") as folder:
        try:
            program = build(Path(folder))
        except MissingError as error:
            print(f"Porcupine is not there: {error}", file=sys.stderr)
            return 1
        print(f"{'history':50} {'ours s':>8} {'Porcupine s':>12}  ratio")
        agree = True
        for name in NAMES:
            if not given.rows or any(part in name for part in given.rows):
                agree = row(name, program, given.limit) and agree
    return 0 if agree else 1


def row(name: str, program: Path, limit_s: float) -> bool:
    """Print one line; whether the two agree, or one of them ran out of time."""
    chosen = ROWS[name]
    objects = chosen.make()
    operations = objects["a"]
    initial = chosen.model.initial
    assert initial is None or isinstance(initial, int)
    question = Question(model=chosen.model.name, operations=operations, initial=initial, limit_s=limit_s)
    ours_s = theirs_s = limit_s * 2
    for _ in range(TURNS):
        began_s = time.perf_counter()
        found = check(objects, chosen.model, budget=Budget(time_s=limit_s), now=time.monotonic)
        ours_s = min(ours_s, time.perf_counter() - began_s)
        said, took_s = ask(program, [question])[0]
        theirs_s = min(theirs_s, took_s)
        if max(ours_s, theirs_s) > SHORT_S:
            break
    ours = OURS[found.outcome]
    gave_up = "unknown" in {ours, said}
    ratio = f"{theirs_s / ours_s:9.2f}x" if said != "unknown" else f"> {theirs_s / ours_s:7.1f}x"
    word = "" if ours == said else f"  ours {ours}, Porcupine {'gave up' if said == 'unknown' else said}"
    print(f"{name:50} {ours_s:8.2f} {theirs_s:12.2f} {ratio}{word}", flush=True)
    return ours == said or gave_up


if __name__ == "__main__":
    sys.exit(main())

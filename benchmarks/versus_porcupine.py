"""Versus Porcupine: the same histories, one after the other in one run, to our search and to Go's.

Needs Go, and Porcupine's module from Go's module proxy. Both are timed by their CPU time (user and system), Go's
threads together, so that what else the machine does counts for neither; where both take less than a second, the best of
several turns counts. The target is to be level with Porcupine: a row that is slower, by more than what turns differ by,
is marked. One for which Porcupine takes the limit is not marked, since nobody knows how long it would take.
``python -m benchmarks.versus_porcupine [--limit SECONDS] [ROW...]``; exit code 1 when a row is marked, when the two
contradict each other, or when Porcupine can't be built.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from actorproof.properties.formats.values import FrozenMap
from actorproof.properties.linearizability.check import check
from actorproof.properties.linearizability.models.counter import Counter
from actorproof.properties.linearizability.models.map import Map
from actorproof.properties.linearizability.models.register import CasRegister, Register
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.outcome import Outcome
from benchmarks._porcupine import NUMBERS, MissingError, Question, ask, build, held
from benchmarks.linearizability import ROWS, Row, counters, history, one, registers

Objects = dict[str, list[Operation]]


def sums(count: int) -> Objects:
    """Unanswered additions of amounts at random, and a read that no sum of some of them explains."""
    rng = random.Random(count)
    amounts = [rng.randrange(10**6, 10**7) for _ in range(count)]
    added = [
        Operation(id=f"i{number}", key="a", function="add", value=amount, start_ns=0, outcome="info")
        for number, amount in enumerate(amounts)
    ]
    near = sum(amount for amount in amounts if rng.random() < 0.5) + 1
    return {"a": [*added, Operation(id="r", key="a", function="read", start_ns=1, end_ns=2, result=near)]}


def maps(*, count: int, keys: int, infos: int = 0) -> Objects:
    """Maps of five values a key: two fifths puts, two fifths gets, and reads of all keys."""

    def ask_for(rng: random.Random, _number: int) -> tuple[str, Any]:
        share, key = rng.random(), f"k{rng.randrange(keys)}"
        return ("read", None) if share < 0.2 else ("get", key) if share < 0.6 else ("put", (key, rng.randrange(5)))

    return {"a": history(ask=ask_for, initial=FrozenMap(()), count=count, clients=10, infos=infos, apply=apply_to_map)}


def apply_to_map(state: Any, function: str, value: Any) -> tuple[Any, Any]:
    """(answer, next state)."""
    if function == "put":
        return None, state.put(*value)
    return (state if function == "read" else state.pairs.get(value)), state


# Porcupine has no 1,000,000 operations in one history, and neither has one of ours: those are many small ones.
HARD = {name: row for name, row in ROWS.items() if not name.startswith("1,000,000")} | {
    name: Row(model=model, make=make, target_s=60, expected=expected)
    for name, model, make, expected in (
        *(
            (
                f"{count:,} with {infos:,} info, {model.name}, {clients} clients",
                model,
                one(ask_for, model.initial, count=count, clients=clients, infos=infos),
                Outcome.HOLDS,
            )
            for count, clients, infos, model, ask_for in (
                (2_000, 10, 100, Counter(), counters),
                (5_000, 10, 1_000, Counter(), counters),
                (20_000, 5, 10_000, Counter(), counters),
                (10_000, 5, 200, Register(), registers(5)),
                (10_000, 5, 1_000, Register(), registers(5)),
                (20_000, 5, 10_000, Register(), registers(5)),
                (10_000, 100, 500, Register(), registers(50)),
                (10_000, 5, 1_000, CasRegister(0), registers(5, cas=0.2)),
                (20_000, 5, 10_000, CasRegister(0), registers(5, cas=0.2)),
            )
        ),
        ("20 unanswered additions, a sum of none", Counter(), lambda: sums(20), Outcome.VIOLATED),
        ("24 unanswered additions, a sum of none", Counter(), lambda: sums(24), Outcome.VIOLATED),
        ("map with whole reads, 1,000, 5 keys", Map(), lambda: maps(count=1_000, keys=5), Outcome.HOLDS),
        ("map with whole reads, 5,000, 150 info", Map(), lambda: maps(count=5_000, keys=5, infos=150), Outcome.HOLDS),
        ("map with whole reads, 10,000, 20 keys", Map(), lambda: maps(count=10_000, keys=20), Outcome.HOLDS),
    )
}
TURNS = 7
SHORT_S = 1.0
LEVEL = 1.1
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
        print(f"{'history':50} {'ours s':>8} {'Porcupine s':>12}  ratio (CPU time)")
        good = True
        for name in HARD:
            if not given.rows or any(part in name for part in given.rows):
                good = row(name, program, given.limit) and good
    return 0 if good else 1


def row(name: str, program: Path, limit_s: float) -> bool:
    """Print one line; whether ours is level, and the two agree or one of them ran out of time."""
    chosen = HARD[name]
    objects = chosen.make()
    operations = objects["a"]
    initial: Any = chosen.model.initial
    first = {"initial": initial} if chosen.model.name in NUMBERS else {"holds": held(initial)}
    # Porcupine's own limit is one of the wall clock: longer by as much as the machine is busy.
    wall_s = limit_s * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    question = Question(model=chosen.model.name, operations=operations, limit_s=wall_s, **first)
    ours_s = theirs_s = limit_s * 2
    for _ in range(TURNS):
        began_s = time.process_time()
        found = check(objects, chosen.model, budget=Budget(time_s=limit_s), now=time.process_time)
        ours_s = min(ours_s, time.process_time() - began_s)
        theirs = ask(program, [question])[0]
        theirs_s = min(theirs_s, theirs.cpu_s)
        if max(ours_s, theirs_s) > SHORT_S:
            break
    ours, said = OURS[found.outcome], theirs.word
    gave_up = "unknown" in {ours, said}
    level = said == "unknown" or (ours != "unknown" and ours_s <= theirs_s * LEVEL)
    ratio = f"{theirs_s / ours_s:9.2f}x" if said != "unknown" else f"> {theirs_s / ours_s:7.1f}x"
    word = "" if ours == said else f"  ours {ours}, Porcupine {'gave up' if said == 'unknown' else said}"
    if ours == said == "unknown":
        word = "  both gave up"
    print(f"{name:50} {ours_s:8.2f} {theirs_s:12.2f} {ratio}{word}{'' if level else '  SLOWER'}", flush=True)
    return level and (ours == said or gave_up)


if __name__ == "__main__":
    sys.exit(main())

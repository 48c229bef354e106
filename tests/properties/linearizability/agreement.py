"""Agreement: our search against two others on random small histories.

``python -m tests.properties.linearizability.agreement [--brute-force 100000] [--porcupine 10000] [--seed 1]``, the
latter of each model; exit code 1 when any history is judged differently (it is printed), or Porcupine can't be built.
What `make oracle` runs; the tests take a small part.

Brute force tries every order of every choice of `info` operations, on models of its own; Porcupine is Go's checker.
Histories are as Hypothesis draws them in `strategies`, made by a plain generator since a hundred thousand are wanted.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from actorproof.properties.linearizability.answer import Linearizable
from actorproof.properties.linearizability.model import Model
from actorproof.properties.linearizability.models.ledger import Entries
from actorproof.properties.linearizability.operation import Operation, Outcome
from actorproof.properties.linearizability.search import search
from benchmarks._porcupine import NUMBERS, MissingError, Question, ask, build, held
from tests.properties.linearizability import oracle
from tests.properties.linearizability.strategies import OBJECTS, told

MOST = 8
OUTCOMES: tuple[Outcome, ...] = ("ok", "ok", "ok", "ok", "info", "fail")
CORES = 2
BATCH = 1000


def asked(rng: random.Random, kind: str) -> tuple[str, Any]:
    """A function and its value, at random."""
    few = rng.randrange(3)
    name = rng.choice("ab")
    options: dict[str, list[tuple[str, Any]]] = {
        "register": [("read", None), ("write", few)],
        "cas-register": [("read", None), ("write", few), ("cas", (few, rng.randrange(3)))],
        "counter": [("read", None), ("add", few)],
        "ledger": [("read", None), ("count", None), ("append", few)],
        "accounts": [
            ("balance", name),
            ("deposit", (name, 1 + few % 2)),
            ("transfer", rng.choice([("a", "b", 1), ("b", "a", 1), ("a", "b", 2)])),
        ],
        "map": [("get", name), ("put", (name, few)), ("delete", name), ("read", None)],
        "pn-counter": [("read", None), ("add", few - 1)],
        "mutex": [("acquire", None), ("release", None)],
        "set": [("read", None), ("add", few), ("remove", few), ("contains", few)],
        "grow-only-set": [("read", None), ("add", few), ("contains", few)],
        "fifo-queue": [("enqueue", few), ("dequeue", None)],
        "multi-register": [("txn", tuple(_micro(rng, few) for _ in range(rng.randint(1, 2))))],
        "kv": [
            ("get", name),
            ("get", name),
            ("put", (name, "xyz"[few])),
            ("append", (name, "xyz"[few])),
            ("append", (name, "xy"[few % 2])),
            *([("delete", name), ("read", None)] if rng.randrange(8) == 0 else []),
        ],
    }
    options |= {"accounts-overdraft": options["accounts"], "unordered-queue": options["fifo-queue"]}
    return rng.choice(options[kind])


def _micro(rng: random.Random, few: int) -> tuple[str, str, int | None]:
    return ("read", rng.choice("ab"), None) if rng.randrange(2) else ("write", rng.choice("ab"), few)


def history(rng: random.Random, kind: str, *, most: int = MOST) -> list[Operation]:
    """Two to `most` operations in any order; in most of them some answer what the object had at other times."""
    _, apply, state, _ = OBJECTS[kind]
    rows: list[tuple[int, int, str, Any, int, int]] = []
    states = [state]
    spoil = rng.choice([0, 4, 4])  # of some histories, how far an answer may lie from its interval
    for number in range(rng.randint(2, most)):
        start, length = rng.randint(0, 14), rng.randint(0, 4)
        instant = start + rng.randint(0, length) + rng.randint(-spoil, spoil)
        rows.append((instant, number, *asked(rng, kind), start, start + length))
    operations = []
    for _, number, function, value, start, end in sorted(rows, key=lambda row: row[:2]):
        bare = Operation(id=str(number), function=function, value=value, start_ns=start, end_ns=end, outcome="info")
        there = rng.choice(states) if spoil and rng.randrange(2) else state
        answer, following = rng.choice(oracle.steps(apply, there, bare))
        outcome: Outcome = rng.choice(OUTCOMES)
        if answer == oracle.ILLEGAL and rng.randrange(8):
            outcome = "fail"
        tells = rng.randrange(8) > 0
        if outcome == "ok" or (outcome == "info" and tells):
            state = following
            states.append(state)
        if outcome == "ok":
            changed = answer if function == "txn" and answer != oracle.ILLEGAL else value
            said = told(function, answer, tells=tells)
            operations.append(replace(bare, outcome="ok", value=changed, result=said))
        else:
            operations.append(replace(bare, outcome=outcome, end_ns=end if tells else None))
    rng.shuffle(operations)
    answered = [at for at, operation in enumerate(operations) if operation.outcome == "ok"]
    for one, other in itertools.combinations(answered, 2):
        mine, yours = operations[one], operations[other]
        if spoil and mine.function == yours.function and mine.result != yours.result:
            operations[one], operations[other] = (
                replace(mine, result=yours.result),
                replace(yours, result=mine.result),
            )
            break
    return operations


def decidable(rng: random.Random, kind: str, *, most: int = MOST) -> list[Operation]:
    """A history that the model can decide."""
    while True:
        operations = history(rng, kind, most=most)
        if OBJECTS[kind][0].undecidable(operations) is None:
            return operations


def by_parts(model: Model, operations: Sequence[Operation]) -> bool | None:
    """Whether the operations on each part of the object fit; None when it has no parts."""
    parts = model.parts(operations)
    if parts is None:
        return None
    return all(isinstance(search(of_part, parts.model), Linearizable) for of_part in parts.operations.values())


def disputed_by_brute_force(kind: str, seed: str, count: int) -> tuple[list[str], int]:
    """The histories on which the search and brute force disagree, and how many of all fit."""
    rng = random.Random(f"{seed}/{kind}")
    model, apply, initial, _ = OBJECTS[kind]
    found, fit = [], 0
    for _ in range(count):
        operations = decidable(rng, kind)
        answer = search(operations, model)
        fits = oracle.linearizable(operations, apply, initial)
        fit += fits
        good = isinstance(answer, Linearizable) is fits
        if isinstance(answer, Linearizable):
            good = good and oracle.fits(answer.order, apply, initial)
        good = good and by_parts(model, operations) in {None, fits}
        if not good:
            found.append(f"{kind}: {answer}: {operations}")
    return found, fit


def disputed_by_porcupine(program: Path, kind: str, *, seed: int, count: int) -> tuple[list[str], int]:
    """The histories on which the search and Porcupine disagree, and how many of all fit."""
    rng = random.Random(f"{seed}/{kind}")
    model = OBJECTS[kind][0]
    histories = [decidable(rng, kind) for _ in range(count)]
    questions = [question(model, kind, operations) for operations in histories]
    said = [answer.word for answer in ask(program, questions)]
    assert len(said) == count
    found, fit = [], 0
    for operations, theirs in zip(histories, said, strict=True):
        ours = isinstance(search(operations, model), Linearizable)
        fit += ours
        assert by_parts(model, operations) in {None, ours}, operations
        if theirs != ("ok" if ours else "illegal"):
            found.append(f"{kind}: Porcupine says {theirs}, ours {ours}: {operations}")
    return found, fit


def question(model: Model, kind: str, operations: Sequence[Operation]) -> Question:
    initial: Any = model.initial
    if kind in NUMBERS:
        return Question(model=kind, operations=operations, initial=initial)
    holds = initial if isinstance(initial, str) else "" if isinstance(initial, Entries) else held(initial)
    return Question(model=kind, operations=operations, holds=holds)


def brute_force(seed: int, count: int) -> tuple[list[str], int]:
    """The same over all kinds, on all cores."""
    kinds = list(OBJECTS)
    jobs: list[tuple[str, str, int]] = []
    for at, kind in enumerate(kinds):
        left = count // len(kinds) + (at < count % len(kinds))
        while left > 0:
            jobs.append((kind, f"{seed}/{len(jobs)}", min(BATCH, left)))
            left -= BATCH
    found: list[str] = []
    fit = 0
    with ProcessPoolExecutor(CORES) as executor:
        for disputed, fitting in executor.map(disputed_by_brute_force, *zip(*jobs, strict=True)):
            found += disputed
            fit += fitting
    return found, fit


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--brute-force", type=int, default=100_000)
    parser.add_argument("--porcupine", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(words)
    disputes: list[str] = []

    def tell(whom: str, count: int, found: list[str], fit: int, began_s: float) -> None:
        disputes.extend(found)
        took_s = time.monotonic() - began_s
        print(f"{whom}: {count} histories, {fit} of them fit, {len(found)} disputed, {took_s:.0f} s", flush=True)

    if given.brute_force:
        began_s = time.monotonic()
        tell("brute force", given.brute_force, *brute_force(given.seed, given.brute_force), began_s)
    if given.porcupine:
        began_s = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="actorproof-porcupine-") as folder:
            try:
                program = build(Path(folder))
            except MissingError as error:
                print(f"Porcupine is not there: {error}", file=sys.stderr)
                return 1
            for kind in OBJECTS:
                began_s = time.monotonic()
                found, fit = disputed_by_porcupine(program, kind, seed=given.seed, count=given.porcupine)
                tell(f"Porcupine, {kind}", given.porcupine, found, fit, began_s)
    for dispute in disputes[:10]:
        print(dispute)
    return 1 if disputes else 0


if __name__ == "__main__":
    sys.exit(main())

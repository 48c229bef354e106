"""Linearizability: how long the search takes on large histories, and how much memory.

Histories that fit by construction (each operation takes effect at a random instant of its interval), and two that are
spoiled near their end. Each row comes from a process of its own. Its peak memory is that of Python, the history and the
search; what making the history took before does not count (where the kernel lets the peak be forgotten: Linux).

Targets are for the wall clock of a machine that does nothing else. Where others are at work too, more of them than
there are cores left, a row whose own CPU time, divided by its cores, is within the target is marked `busy`, not missed.

``python -m benchmarks.linearizability [ROW...]``; exit code 1 above a target or on a wrong answer.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import heapq
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from actorproof.properties.linearizability.answer import Linearizable, Unknown
from actorproof.properties.linearizability.check import check
from actorproof.properties.linearizability.model import Model
from actorproof.properties.linearizability.models.counter import Counter
from actorproof.properties.linearizability.models.register import CasRegister, Register
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.outcome import Outcome

KIB_PER_MB = 1024 if sys.platform != "darwin" else 1024 * 1024  # ru_maxrss: KiB on Linux, bytes on macOS
CORES = 2
LIMIT_S = 120.0

Ask = Callable[[random.Random, int], tuple[str, Any]]
Apply = Callable[[Any, str, Any], tuple[Any, Any]]


def registers(values: int | None, *, cas: float = 0.0) -> Ask:
    """Half reads, some compare-and-set, the rest writes; of as many values, or each of one of its own."""

    def ask(rng: random.Random, number: int) -> tuple[str, Any]:
        share = rng.random()
        if share < 0.5:
            return "read", None
        if share < 0.5 + cas:
            return "cas", (rng.randrange(values or 1), rng.randrange(values or 1))
        return "write", number if values is None else rng.randrange(values)

    return ask


def counters(rng: random.Random, _number: int) -> tuple[str, Any]:
    return ("read", None) if rng.random() < 0.3 else ("add", rng.randint(1, 3))


def apply(state: Any, function: str, value: Any) -> tuple[Any, Any]:
    """(answer, next state), for registers and counters."""
    match function:
        case "read":
            return state, state
        case "write":
            return None, value
        case "cas":
            return (True, value[1]) if state == value[0] else (False, state)
        case _:
            return state + value, state + value


def history(
    *,
    ask: Ask,
    initial: Any,
    count: int,
    clients: int,
    infos: int = 0,
    seed: int = 1,
    key: str = "a",
    apply: Apply = apply,
) -> list[Operation]:
    rng = random.Random(seed)
    names = [str(client) for client in range(clients)]
    free = [(rng.random(), client) for client in range(clients)]
    heapq.heapify(free)
    planned = []
    for number in range(count):
        start, client = heapq.heappop(free)
        length = rng.expovariate(1)
        planned.append((start + rng.random() * length, number, start, start + length, client, *ask(rng, number)))
        heapq.heappush(free, (start + length + rng.random() / 5, client))
    unanswered = set(rng.sample(range(count), infos))
    state, operations = initial, []
    for _, number, start, end, client, function, value in sorted(planned):
        bare = Operation(
            id=f"{key}{number}",
            key=key,
            process=names[client],
            function=function,
            value=value,
            start_ns=int(start * 1e6),
            outcome="info",
        )
        answer, following = apply(state, function, value)
        if number not in unanswered:
            state = following
            operations.append(replace(bare, outcome="ok", end_ns=int(end * 1e6) + 1, result=answer))
        else:
            state = following if rng.random() < 0.5 else state
            operations.append(bare)
    return operations


def spoiled(operations: list[Operation]) -> list[Operation]:
    """The last tenth's first read answers what nobody wrote."""
    at = next(n for n in range(len(operations) * 9 // 10, len(operations)) if operations[n].function == "read")
    return [*operations[:at], replace(operations[at], result=-1), *operations[at + 1 :]]


def stale(operations: list[Operation]) -> list[Operation]:
    """The last tenth's first read answers what a read had seen a thousand operations before."""
    at = next(n for n in range(len(operations) * 9 // 10, len(operations)) if operations[n].function == "read")
    seen = next(operation for operation in operations[at - 1000 :] if operation.function == "read").result
    return [*operations[:at], replace(operations[at], result=seen), *operations[at + 1 :]]


@dataclass(frozen=True, kw_only=True)
class Row:
    model: Model
    make: Callable[[], dict[str, list[Operation]]]
    target_s: float
    target_mb: int | None = None
    expected: Outcome = Outcome.HOLDS
    cores: int = 1


def one(ask: Ask, initial: Any, **more: Any) -> Callable[[], dict[str, list[Operation]]]:
    return lambda: {"a": history(ask=ask, initial=initial, **more)}


ROWS = {
    "100,000 on a counter, 5 clients": Row(
        model=Counter(), make=one(counters, 0, count=100_000, clients=5), target_s=1, target_mb=100
    ),
    "100,000 on a register, 5 clients": Row(
        model=Register(), make=one(registers(None), None, count=100_000, clients=5), target_s=1, target_mb=100
    ),
    "10,000 on a register, 20 clients, 5 values": Row(
        model=Register(), make=one(registers(5), None, count=10_000, clients=20), target_s=1
    ),
    "10,000 on a register, 20 clients, distinct values": Row(
        model=Register(), make=one(registers(None), None, count=10_000, clients=20), target_s=1
    ),
    "10,000 on a cas-register, 20 clients, 5 values": Row(
        model=CasRegister(0), make=one(registers(5, cas=0.2), 0, count=10_000, clients=20), target_s=1
    ),
    "the register of distinct values, spoiled": Row(
        model=Register(),
        make=lambda: {"a": spoiled(history(ask=registers(None), initial=None, count=10_000, clients=20))},
        target_s=2,
        expected=Outcome.VIOLATED,
    ),
    "the register of distinct values, a stale read": Row(
        model=Register(),
        make=lambda: {"a": stale(history(ask=registers(None), initial=None, count=10_000, clients=20))},
        target_s=2,
        expected=Outcome.VIOLATED,
    ),
    "10,000 with 200 info, counter, 5 clients": Row(
        model=Counter(), make=one(counters, 0, count=10_000, clients=5, infos=200), target_s=1
    ),
    "10,000 with 200 info, cas-register, 5 clients": Row(
        model=CasRegister(0), make=one(registers(5, cas=0.2), 0, count=10_000, clients=5, infos=200), target_s=1
    ),
    "1,000,000 over 10,000 counters, 5 clients each": Row(
        model=Counter(),
        make=lambda: {
            f"a{n}": history(ask=counters, initial=0, count=100, clients=5, seed=n, key=f"a{n}-") for n in range(10_000)
        },
        target_s=30,
        cores=CORES,
    ),
}


def peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MB


def forget_peak() -> None:
    gc.collect()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def cpu_s() -> float:
    """CPU time of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def measure(name: str) -> dict[str, Any]:
    row = ROWS[name]
    objects = row.make()
    forget_peak()
    before_mb = peak_mb()
    budget = Budget(time_s=LIMIT_S)
    began_s, used_s = time.perf_counter(), cpu_s()
    if row.cores > 1:
        with ProcessPoolExecutor(row.cores) as executor:
            found = check(objects, row.model, budget=budget, now=time.monotonic, executor=executor)
    else:
        found = check(objects, row.model, budget=budget, now=time.monotonic)
    wall_s, used_s = time.perf_counter() - began_s, cpu_s() - used_s
    said = found.outcome.word
    for answer in found.answers.values():
        if isinstance(answer, Linearizable):
            continue
        said += f" ({answer.reason} after {answer.placed})" if isinstance(answer, Unknown) else ""
    mark = ""
    others = os.getloadavg()[0] - row.cores
    if found.outcome is not row.expected:
        mark = "WRONG"
    elif row.target_mb is not None and peak_mb() > row.target_mb:
        mark = f"ABOVE {row.target_mb} MB"
    elif used_s / row.cores > row.target_s or (wall_s > row.target_s and others < CORES - row.cores + 0.5):
        mark = "ABOVE TARGET"
    elif wall_s > row.target_s:
        mark = "busy"
    return {
        "wall_s": wall_s,
        "cpu_s": used_s,
        "more_mb": peak_mb() - before_mb,
        "peak_mb": peak_mb(),
        "said": said,
        "mark": mark,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", help="only rows whose name holds one of these")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure)))
        return 0
    print(f"{'history':50} {'wall s':>7} {'cpu s':>7} {'target':>7} {'peak MB':>8} {'search MB':>9}  answer")
    good = True
    for name, row in ROWS.items():
        if given.rows and not any(part in name for part in given.rows):
            continue
        ran = subprocess.run(
            [sys.executable, "-m", "benchmarks.linearizability", "--measure", name],
            check=True,
            capture_output=True,
            text=True,
        )
        figures = json.loads(ran.stdout)
        good = good and figures["mark"] in {"", "busy"}
        print(
            f"{name:50} {figures['wall_s']:7.2f} {figures['cpu_s']:7.2f} {row.target_s:7.0f} {figures['peak_mb']:8.0f}"
            f" {figures['more_mb']:9.0f}  {figures['said']}  {figures['mark']}".rstrip(),
            flush=True,
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

"""Curve: how the cost of each checker grows with the history, from a thousand events to a million.

A long run on the simulated runtime (`_run`), which has what each checker looks at, in four sizes; each is read, indexed
and decided by each checker in a process of its own, in CPU time, which other work on the machine disturbs least. The
last column is the exponent of the growth over the last two sizes: 1 is proportional to the events, 2 is as their
square. A second table says how often each checker had something to decide, since the cost of one that had nothing to do
says nothing: that is how often its classes could have occurred. Below it stands the evidence that it found.

``python -m benchmarks.curve [--most 1000000] [--made-up]``; exit code 1 when a checker grows faster than events to the
power of 1.4, or reading and judging the largest history takes over 60 s of CPU or 1 GB, or a checker found none of some
kind of evidence in it, or a violation. `--made-up` takes the history of `checkers` instead: a thousand actors, some of
them called a thousand times and more, and little else.
"""

from __future__ import annotations

import argparse
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from actorproof.harness.history.merge import read_history
from actorproof.harness.run import shipped
from actorproof.properties.guarantees.registry import guarantees
from actorproof.properties.verdict.collector import without_collector
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.verdict.verdict import Verdict, decide
from actorproof.properties.views.timeline import Timeline
from benchmarks import _history

RUN = (sys.executable, "-m", "benchmarks._run")  # a program of its own: what it imports takes room
EVENTS_AN_OPERATION = 7
FULL_OPERATIONS = 20_000  # from here on it has all its actors
STEEPEST = 1.4  # a history that is longer has more faults, too, and some checkers look at each for each disturbed turn
NOTICED_S = 0.2  # what takes less tells nothing of growth
TARGET_S = 60.0
TARGET_MB = 1000
PROFILE = "quick"
KIB_PER_MB = 1024 if sys.platform != "darwin" else 1024 * 1024  # ru_maxrss: KiB on Linux, bytes on macOS


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One size: events, CPU seconds by stage in order, and the peak memory of the whole.

    Of each checker, how often a class of its could have occurred, and its evidence; and which of them found violations.
    """

    events: int
    cpu_s: dict[str, float]
    peak_mb: int
    decided: dict[str, int]
    evidence: dict[str, dict[str, int]]
    violated: list[str]


def measure(path: Path) -> Column:
    """Read and judge one history, stage by stage."""
    catalogue = shipped.catalogue()
    taken: dict[str, float] = {}
    verdicts: dict[str, Verdict] = {}
    began_s = time.process_time()

    def lap(name: str) -> None:
        nonlocal began_s
        now_s = time.process_time()
        taken[name], began_s = now_s - began_s, now_s

    with without_collector():  # as the judge does it
        events = read_history(path)
        lap("read")
        timeline = Timeline(events).halves[0]
        lap("timeline")
        for name, guarantee in guarantees().items():
            budget = Budget(time_s=TARGET_S, now=time.monotonic)
            terms = catalogue.terms(name, PROFILE)
            verdicts[name] = decide(terms, [guarantee.findings(timeline, terms, budget)])
            lap(name)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIB_PER_MB
    return Column(
        events=len(events),
        cpu_s=taken,
        peak_mb=peak_mb,
        decided={name: decided(verdict) for name, verdict in verdicts.items()},
        evidence={name: {each.name: each.have for each in verdict.evidence} for name, verdict in verdicts.items()},
        violated=[name for name, verdict in verdicts.items() if verdict.outcome is Outcome.VIOLATED],
    )


def decided(verdict: Verdict) -> int:
    """How often a class could have occurred; what was counted, where there is none."""
    if not verdict.opportunities:
        return max((round(figure.value) for figure in verdict.figures), default=0)
    return sum(verdict.opportunities.values())


def make_up(path: Path, events: int) -> None:
    """Write a made-up history; one that is smaller than usual has fewer actors, so that they still meet."""
    operations = max(1, events // EVENTS_AN_OPERATION)
    scale = min(1.0, operations / FULL_OPERATIONS)
    _history.LEDGERS = max(10, int(_history.LEDGERS * scale))
    _history.COUNTERS = max(_history.PROBES, int(_history.COUNTERS * scale))
    _history.RECORDERS = max(1, int(_history.RECORDERS * scale))
    _history.HOT = min(_history.HOT, _history.COUNTERS)
    _history.write(path, operations)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--most", type=int, default=1_000_000, help="events of the largest history, about")
    parser.add_argument("--made-up", action="store_true", help="the history of checkers.py instead")
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        make_up(given.file, given.make)
        return 0
    if given.measure:
        sys.stdout.buffer.write(msgspec.json.encode(measure(given.file)))
        return 0
    sizes = [given.most // divisor for divisor in (1000, 100, 10, 1)]
    with tempfile.TemporaryDirectory(prefix="actorproof-bench-") as folder:
        columns = [column(Path(folder) / f"{size}.jsonl", size, made_up=given.made_up) for size in sizes]
    met = table(columns)
    full = decisions(columns)
    return 0 if met and (full or given.made_up) else 1


def column(path: Path, events: int, *, made_up: bool) -> Column:
    """Make a history of about so many events, and measure it; both in processes of their own."""
    ask = [sys.executable, "-m", "benchmarks.curve", "--file", str(path)]
    make = [*ask, "--make", str(events)] if made_up else [*RUN, str(events), str(path)]
    subprocess.run(make, check=True)
    ran = subprocess.run([*ask, "--measure"], check=True, stdout=subprocess.PIPE)
    path.unlink()
    return msgspec.json.decode(ran.stdout, type=Column)


def table(columns: list[Column]) -> bool:
    """Print the curves; whether all targets are met."""
    good = True
    print(f"{'CPU s':16}" + "".join(f"{each.events:>10,}" for each in columns) + "  growth")
    before, last = columns[-2:]
    for name in last.cpu_s:
        row = "".join(f"{each.cpu_s[name]:10.3f}" for each in columns)
        growth = math.log(last.cpu_s[name] / max(before.cpu_s[name], 1e-9)) / math.log(last.events / before.events)
        steep = growth > STEEPEST and last.cpu_s[name] > NOTICED_S
        good = good and not steep
        print(f"{name:16}{row}  {growth:6.2f}" + ("  TOO STEEP" if steep else ""), flush=True)
    whole_s = [sum(each.cpu_s.values()) for each in columns]
    print(f"{'all':16}" + "".join(f"{each:10.3f}" for each in whole_s))
    print(f"{'peak MB':16}" + "".join(f"{each.peak_mb:10}" for each in columns))
    met = whole_s[-1] < TARGET_S and last.peak_mb < TARGET_MB
    print(f"target for the largest: under {TARGET_S:g} s and {TARGET_MB} MB: {'met' if met else 'missed'}")
    return good and met


def decisions(columns: list[Column]) -> bool:
    """Print what each checker had to decide; whether all had something of each kind, and found nothing wrong."""
    last = columns[-1]
    print(f"\n{'to decide':16}" + "".join(f"{each.events:>10,}" for each in columns))
    for name in last.decided:
        print(f"{name:16}" + "".join(f"{each.decided[name]:10,}" for each in columns))
    print()
    for name, evidence in last.evidence.items():
        print(f"{name:16} " + ", ".join(f"{kind} {have:,}" for kind, have in evidence.items()))
    empty = [f"{name}: {kind}" for name, found in last.evidence.items() for kind, have in found.items() if not have]
    empty += [name for name, count in last.decided.items() if not count]
    for words, names in (("nothing to decide for", empty), ("violated", last.violated)):
        if names:
            print(f"{words}: {', '.join(names)}")
    return not empty and not last.violated


if __name__ == "__main__":
    sys.exit(main())

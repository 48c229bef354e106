"""Checkers: how long judging a large history takes, and how much memory.

A made-up history of 100,000 operations over 1,000 actors is read, indexed, and decided by each checker and by the judge
as a whole. Each figure comes from a process of its own, so that its peak memory is its own. The target, reading and
judging together: under 10 s and 500 MB.

``python -m benchmarks.checkers [--operations 100000]``; exit code 1 above the target or when the verdict is wrong.
"""

from __future__ import annotations

import argparse
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
from actorproof.properties.verdict.examination import Examiner
from actorproof.properties.verdict.findings import Budget
from actorproof.properties.verdict.judge import examine, judge
from actorproof.properties.verdict.outcome import Outcome
from actorproof.properties.views.timeline import Timeline
from benchmarks import _history

TARGET_S = 10.0
TARGET_MB = 500
PROFILE = "quick"
KIB_PER_MB = 1024 if sys.platform != "darwin" else 1024 * 1024  # ru_maxrss: KiB on Linux, bytes on macOS


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What one stage took, and what it says."""

    wall_s: float
    cpu_s: float
    peak_mb: int
    events: int
    said: str = ""
    good: bool = True


def stage(name: str, path: Path) -> Figures:
    """Run one stage in this process; what it needs beforehand is not timed, but is in its memory."""
    said, good = "", True
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    events = read_history(path)
    if name != "read":
        catalogue = shipped.catalogue()
        if name == "judge":
            examiner = Examiner(catalogue=catalogue, profile=PROFILE, guarantees=list(guarantees()), budget=Budget())
            verdict = judge(examine([Timeline(events)], examiner), examiner, deviations=())
            violations = sum(len(each.violations) for each in verdict.guarantees)
            seen = all(each.seen for each in verdict.canaries)
            words = ", ".join(f"{each.guarantee} {each.outcome.word}" for each in verdict.guarantees)
            said = f"{words}; {violations} violations, canary {'seen' if seen else 'not seen'}"
            said += f"; {verdict.problems[0]}" if verdict.problems else ""
            # Evidence may be too little for `holds`, but nothing may be found broken, and no checker may fail.
            good = not violations and seen and not verdict.problems and verdict.outcome <= Outcome.UNKNOWN
        else:
            if name == "timeline":
                wall_s, cpu_s = time.perf_counter(), time.process_time()
            timeline = Timeline(events).halves[0]
            if name != "timeline":
                guarantee = guarantees()[name]
                wall_s, cpu_s = time.perf_counter(), time.process_time()
                guarantee.findings(timeline, catalogue.terms(name, PROFILE), Budget())
    return Figures(
        wall_s=time.perf_counter() - wall_s,
        cpu_s=time.process_time() - cpu_s,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIB_PER_MB,
        events=len(events),
        said=said,
        good=good,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.stage == "make":
        _history.write(args.file, args.operations)
        return 0
    if args.stage:
        sys.stdout.buffer.write(msgspec.json.encode(stage(args.stage, args.file)))
        return 0
    with tempfile.TemporaryDirectory(prefix="actorproof-bench-") as folder:
        return report(Path(folder) / "history.jsonl", args.operations)


def report(path: Path, operations: int) -> int:
    """Make the history, run each stage in a process of its own, and print the figures."""
    # This process stays small: on Linux a child's peak memory begins with its parent's.
    _run("make", path, operations)
    print(f"{operations} operations over {_history.ACTORS} actors, {path.stat().st_size / 1e6:.0f} MB")
    for name in ("read", "timeline", *guarantees()):
        _print(name, msgspec.json.decode(_run(name, path), type=Figures))
    whole = msgspec.json.decode(_run("judge", path), type=Figures)
    _print("read + judge", whole)
    print(f"{whole.events} events: {whole.said}")
    met = whole.wall_s < TARGET_S and whole.peak_mb < TARGET_MB
    print(f"target: under {TARGET_S:g} s and {TARGET_MB} MB: {'met' if met else 'missed'}")
    return 0 if met and whole.good else 1


def _run(name: str, path: Path, operations: int = 0) -> bytes:
    stage = [sys.executable, "-m", "benchmarks.checkers", "--stage", name]
    command = [*stage, "--file", str(path), "--operations", str(operations)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def _print(name: str, figures: Figures) -> None:
    print(f"{name:14} {figures.wall_s:6.2f} s ({figures.cpu_s:5.2f} s CPU), peak {figures.peak_mb:4} MB", flush=True)


if __name__ == "__main__":
    sys.exit(main())

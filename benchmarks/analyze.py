"""Analyze: how long `actorproof analyze FOLDER` takes on a run with a million events, and how much memory.

The folder is a run's, as the harness leaves it: run.json, and the history of a long run on the simulated runtime
(`_run`), which has what each checker looks at; with `--made-up` that of `checkers`, with more actors and less of all
else. The command line itself is measured, from its start to its end, reports included: by the wall clock, and at its
peak the memory of all its processes together.

Targets are for a machine that does nothing else. Where others are at work, more of them than there are cores left, a
command whose CPU time is within the target is `busy`, not missed.

``python -m benchmarks.analyze [--events 1000000] [--parts 1] [--made-up] [--keep FOLDER]``; exit code 1 above 60 s or
1 GB, or when the command's own exit code is another than that of a sound history (0, or 2 where evidence is short).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import psutil

from actorproof.harness.history.folder import RunFolder, utc_now
from actorproof.harness.history.info import RunInfo
from actorproof.properties.guarantees.registry import guarantees
from benchmarks import _history

RUN = (sys.executable, "-m", "benchmarks._run")  # a program of its own: what it imports takes room
EVENTS_AN_OPERATION = 6.83
TARGET_S = 60.0
TARGET_MB = 1000
SOUND = (0, 2)
LOOK_S = 0.05
KIB_PER_MB = 1024 if sys.platform != "darwin" else 1024 * 1024  # ru_maxrss: KiB on Linux, bytes on macOS


def make(path: Path, events: int, parts: int, *, made_up: bool) -> None:
    """Write a run's folder, with one history or several parts."""
    whole = RunFolder.create(path)
    names = tuple(f"part-{number}" for number in range(1, parts + 1)) if parts > 1 else ()
    for number, folder in enumerate([whole.path / name for name in names] or [whole.path], start=1):
        part = RunFolder.create(folder) if names else whole
        part.write_info(_info(folder.name, ()))
        if made_up:
            _history.write(part.history, int(events / EVENTS_AN_OPERATION) // parts, seed=number)
        else:
            command = [*RUN, str(events // parts), str(part.history), str(number)]
            subprocess.run(command, check=True)
    whole.write_info(_info("benchmark", names))


def repeat(source: Path, path: Path, events: int) -> None:
    """Write a run's folder that has the parts of a recorded one again and again, under names of their own."""
    recorded = RunFolder.open(source)
    info = recorded.read_info()
    parts = [(name, recorded.part(name)) for name in info.parts] or [(info.scenario, recorded)]
    whole = RunFolder.create(path)
    names: list[str] = []
    while events > 0:
        for name, part in parts:
            names.append(f"{name}-{len(names) // len(parts) + 1}")
            copy = RunFolder.create(path / names[-1])
            copy.write_info(part.read_info())
            copy.history.symlink_to(part.history.resolve())
            events -= part.history.read_bytes().count(b"\n")
    whole.write_info(msgspec.structs.replace(info, parts=tuple(names)))


def _info(name: str, parts: tuple[str, ...]) -> RunInfo:
    return RunInfo(
        run="benchmark",
        scenario=name,
        profile="quick",
        seed=1,
        command="actorproof run benchmark --seed 1",
        state="complete",
        started=utc_now(),
        finished=utc_now(),
        actorproof="0",
        python=platform.python_version(),
        platform=platform.platform(),
        runtime="dapr",
        version="1.18.2",
        driver="process",
        topology=None,
        duration_s=0.0,
        fault_rate="medium",
        guarantees=tuple(guarantees()),
        parts=parts,
    )


def together_mb(root: int) -> float:
    """The memory of a process and all its descendants; pages that they share are divided among them, where that is
    known (Linux), and count for each elsewhere.
    """
    total = 0
    try:
        process = psutil.Process(root)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0.0
    for each in family:
        with contextlib.suppress(psutil.Error):
            used = each.memory_full_info() if len(family) > 1 else each.memory_info()
            total += getattr(used, "pss", used.rss)
    return total / 2**20


def measure(folder: Path, *, sound: tuple[int, ...]) -> int:
    """Run the command, print what it took; the exit code."""
    began_s = time.perf_counter()
    with (folder / "said").open("wb") as said:
        command = subprocess.Popen([sys.executable, "-m", "actorproof", "analyze", str(folder)], stdout=said)
    seen_mb = 0.0
    while True:
        pid, status, used = os.wait4(command.pid, os.WNOHANG)
        if pid:
            break
        seen_mb = max(seen_mb, together_mb(command.pid))
        time.sleep(LOOK_S)
    wall_s = time.perf_counter() - began_s
    command.returncode = os.waitstatus_to_exitcode(status)
    peak_mb = max(seen_mb, used.ru_maxrss / KIB_PER_MB)
    print((folder / "said").read_text())
    took_s = used.ru_utime + used.ru_stime
    print(f"analyze: {wall_s:.1f} s, {took_s:.1f} s of CPU, peak {peak_mb:.0f} MB of all processes")
    busy = wall_s >= TARGET_S > took_s and os.getloadavg()[0] > (os.cpu_count() or 1)
    met = (wall_s < TARGET_S or busy) and peak_mb < TARGET_MB
    due = command.returncode in sound
    print(f"target: under {TARGET_S:g} s and {TARGET_MB} MB: {'busy' if met and busy else 'met' if met else 'missed'}")
    if not due:
        print(f"exit code {command.returncode}: one of {', '.join(map(str, sound))} was due", file=sys.stderr)
    return 0 if met and due else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the history, about")
    parser.add_argument("--parts", type=int, default=1, help="scenarios that the run has, as verify makes them")
    parser.add_argument("--made-up", action="store_true", help="the history of checkers.py instead")
    parser.add_argument("--repeat", type=Path, help="a recorded run to repeat instead; its verdict may be any")
    parser.add_argument("--keep", type=Path, help="a folder to make, or one that an earlier --keep has made")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make and given.repeat:
        repeat(given.repeat, given.make, given.events)
        return 0
    if given.make:
        make(given.make, given.events, given.parts, made_up=given.made_up)
        return 0
    with tempfile.TemporaryDirectory(prefix="actorproof-bench-") as temporary:
        folder = given.keep or Path(temporary) / "run"
        if not folder.exists():
            # In a process of its own: a child's peak memory begins with its parent's.
            ask = ["--make", str(folder), "--events", str(given.events), "--parts", str(given.parts)]
            ask += ["--repeat", str(given.repeat)] if given.repeat else []
            ask += ["--made-up"] if given.made_up else []
            subprocess.run([sys.executable, "-m", "benchmarks.analyze", *ask], check=True)
        events = sum(path.read_bytes().count(b"\n") for path in folder.rglob("history.jsonl"))
        size_mb = sum(path.stat().st_size for path in folder.rglob("history.jsonl")) / 1e6
        print(f"{events:,} events, {size_mb:.0f} MB", flush=True)
        return measure(folder, sound=(0, 1, 2) if given.repeat else SOUND)


if __name__ == "__main__":
    sys.exit(main())

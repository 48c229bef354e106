"""Mutants: how many small changes of the code under properties/ its tests notice (tests/properties and tests/formats).

``make mutants`` tries changes in a random order, with a seed that it prints, until its time is over (``TIME_S=600``;
0 for all of them), and prints those that no test noticed with file, line and change. The score is the share that was
noticed. Exit code 0: it is at least `PASSING`; 1: it is less; 3: the tests fail without any change, or none was tried.
Some survivors change nothing that anybody could see, such as which of two equal times is taken: this is why less than
all is asked for.

1. All tests run once, to learn which of them run which line and how long each takes. That is kept in
   ``build/mutants/`` until code or tests change.
2. A process for each core collects the tests once. For each mutant it forks; the child puts the changed code into the
   function where it stands in memory, and runs the tests of that statement, the quick ones first, until one fails.

A test that takes several times as long as without a change has noticed it; so has one that runs out of memory. A mutant
that no test notices within `MUTANT_S` of CPU time has survived: later tests might have noticed it, so the score is at
least what is said. Two tests are not run (`LEFT_OUT`): they take too long for each mutant.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import hashlib
import importlib
import json
import os
import random
import resource
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from types import CodeType, FunctionType

import coverage
import msgspec
import pytest

from tests.mutation import operators
from tests.mutation.operators import Mutant

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build" / "mutants"
PASSING = 0.95
TESTS = ("tests/properties", "tests/formats")
LEFT_OUT = (
    "tests/properties/linearizability/test_agreement.py::test_porcupine",
    "tests/properties/linearizability/test_search.py::test_no_more_memory_is_used_than_was_given",
)
# What reads texts and draws, and no checker stands on; tests of their own hold what is refused and shown.
PASSED_OVER = ("catalogue", "claim", "registry", "sketch")
FILES = tuple(
    path.relative_to(ROOT).as_posix()
    for path in sorted((ROOT / "properties").rglob("*.py"))
    if path.stem not in {"__init__", *PASSED_OVER}
)
MUTANT_S = 30.0  # of CPU time for all tests of one mutant
SLOWER = 8.0  # a test that takes so many times as long has noticed
DATA_MB = 4_000  # what a mutant's tests may take, several times what they do
HUNG_S = 600  # a child that waits for what never comes
NOTICED, SURVIVED, NOT_MADE = 1, 0, 9  # a child's exit codes
STRICT = ["-q", "-p", "no:cacheprovider", "--no-header", "-rN", "--tb=no"]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one mutant."""

    file: str
    function: str
    number: int
    before: str
    after: str
    tests: int
    noticed: bool
    took_s: float

    def __str__(self) -> str:
        tried = f"{self.tests} tests" if self.tests else "no test runs it"
        return f"{self.file}:{self.number} {self.function} ({tried})\n    - {self.before}\n    + {self.after}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mutant stands: the file, and its number among the file's mutants."""

    file: str
    index: int


def places(only: Sequence[str]) -> list[Place]:
    """All mutants, or those of the files that match a pattern."""
    return [
        Place(file, index)
        for file in FILES
        if not only or any(fnmatch(file, pattern) for pattern in only)
        for index in range(operators.count((ROOT / file).read_text("utf-8")))
    ]


def shuffled(found: Sequence[Place], seed: int) -> list[Place]:
    """In the order of the seed, the same each time."""
    order = list(found)
    random.Random(seed).shuffle(order)
    return order


# 1. Which test runs which line.


def state_of_the_code() -> str:
    """A digest of all that the map follows from."""
    digest = hashlib.sha256()
    for folder in ("properties", *TESTS, "harness/history"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


class Hurried:
    """A plugin of pytest: a mutant is noticed by an example; the smallest one takes a minute, and nobody reads it."""

    def pytest_configure(self) -> None:
        from hypothesis import HealthCheck, Phase, settings  # noqa: PLC0415 - pytest has to load it first

        settings.register_profile(
            "mutants",
            phases=(Phase.explicit, Phase.generate),
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutants")


class Timed(Hurried):
    """A plugin of pytest that notes which test runs, how long it took and whether it failed."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self.measured = measured
        self.took_s: dict[str, float] = {}
        self.failed: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.measured.switch_context(item.nodeid)
        began_s = time.process_time()
        try:
            return (yield)
        finally:
            self.took_s[item.nodeid] = time.process_time() - began_s
            self.measured.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


def measure(part: int, parts: int) -> None:
    """Run every so many-th file of the tests, and write which lines each test runs, and how long it takes."""
    measured = coverage.Coverage(
        data_file=str(KEPT / f"lines.{part}"), config_file=False, include=[f"{ROOT}/properties/*"], messages=False
    )
    timed = Timed(measured)
    files = [path for folder in TESTS for path in sorted((ROOT / folder).rglob("test_*.py"))]
    files.sort(key=lambda path: hashlib.sha256(path.name.encode()).digest())  # the slow ones lie side by side
    measured.start()
    code = pytest.main(
        [*STRICT, *_left_out(), *(path.relative_to(ROOT).as_posix() for path in files[part::parts])], plugins=[timed]
    )
    measured.stop()
    measured.save()
    failed = timed.failed or ([] if code in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} else [str(code)])
    (KEPT / f"times.{part}.json").write_text(json.dumps({"took_s": timed.took_s, "failed": failed}))


def prepare(jobs: int) -> str | None:
    """Have the map of lines and tests for the code as it is; a test that fails without a change, if one does."""
    state = KEPT / "state"
    now = state_of_the_code()
    if state.is_file() and state.read_text() == now:
        return None
    state.unlink(missing_ok=True)
    KEPT.mkdir(parents=True, exist_ok=True)
    began_s = time.monotonic()
    print("mutants: running all tests once, to learn which of them run which line", flush=True)
    children = [started("--measure", part, jobs) for part in range(jobs)]
    for child in children:
        child.wait()
    times: dict[str, float] = {}
    if any(child.returncode for child in children):
        return "the run itself"
    for part in range(jobs):
        said = json.loads((KEPT / f"times.{part}.json").read_text())
        if said["failed"]:
            return str(said["failed"][0])
        times |= said["took_s"]
    together = coverage.CoverageData(basename=str(KEPT / "lines"))
    together.erase()
    for part in range(jobs):
        one = coverage.CoverageData(basename=str(KEPT / f"lines.{part}"))
        one.read()
        together.update(one)
        one.erase()
    together.write()
    (KEPT / "times.json").write_text(json.dumps(times))
    state.write_text(now)
    print(f"mutants: {len(times)} tests in {time.monotonic() - began_s:.0f} s", flush=True)
    return None


def started(*words: object) -> subprocess.Popen[bytes]:
    """This program once more, with other words."""
    command = [sys.executable, "-m", "tests.mutation.mutants", *map(str, words)]
    with (KEPT / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)


def _left_out() -> list[str]:
    return [f"--deselect={test}" for test in LEFT_OUT]


# 2. One mutant after the other.


class Trials(Hurried):
    """A plugin of pytest that runs the tests of mutants alone, each in a child, until `ends_s` of time.monotonic()."""

    def __init__(self, order: Sequence[Place], *, ends_s: float, told: Path) -> None:
        self.order = order
        self.ends_s = ends_s
        self.told = told
        self.took_s: Mapping[str, float] = json.loads((KEPT / "times.json").read_text())
        self.lines = coverage.CoverageData(basename=str(KEPT / "lines"))
        self.lines.read()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of pytest's own loop."""
        items = {item.nodeid: item for item in session.items}
        with self.told.open("a", buffering=1) as told:
            for place in self.order:
                if time.monotonic() >= self.ends_s:
                    break
                if (result := self.one(place, items)) is not None:
                    told.write(msgspec.json.encode(result).decode() + "\n")
        return True

    def one(self, place: Place, items: Mapping[str, pytest.Item]) -> Result | None:
        """Try one; None for one that runs while its module loads only, or that Python does not take."""
        path = ROOT / place.file
        mutant = operators.mutant(path.read_text("utf-8"), place.index)
        by_line = self.lines.contexts_by_lineno(str(path))
        names = {name for line in mutant.lines for name in by_line.get(line, ())}
        if names == {""}:
            return None
        tests = sorted((name for name in names if name in items), key=lambda name: self.took_s.get(name, 0.0))
        began_s = time.monotonic()
        code = self.fork(place.file, mutant, [items[name] for name in tests])
        if code == NOT_MADE:
            return None
        return Result(
            file=place.file,
            function=mutant.function,
            number=mutant.number,
            before=mutant.before,
            after=mutant.after,
            tests=len(tests),
            noticed=code != SURVIVED,
            took_s=time.monotonic() - began_s,
        )

    def fork(self, file: str, mutant: Mutant, tests: Sequence[pytest.Item]) -> int:
        """Run the tests of a mutant in a child; its exit code, negative when a signal ended it."""
        child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        code = NOTICED
        with contextlib.suppress(BaseException):
            code = self.run(file, mutant, tests)
        os._exit(code)

    def run(self, file: str, mutant: Mutant, tests: Sequence[pytest.Item]) -> int:
        """In a child: change the code, then run tests until one fails."""
        resource.setrlimit(resource.RLIMIT_DATA, (DATA_MB * 1_000_000,) * 2)
        signal.alarm(HUNG_S)
        if not changed(file, mutant):
            return NOT_MADE
        watching = Watching()
        began_s = time.process_time()
        for test, following in zip(tests, [*tests[1:], None], strict=True):
            if time.process_time() - began_s > MUTANT_S:
                break
            if test is tests[0]:
                test.config.pluginmanager.register(watching)
            signal.setitimer(signal.ITIMER_PROF, 2 + SLOWER * self.took_s.get(test.nodeid, 0.0))
            test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
            if watching.failed:
                return NOTICED
        return SURVIVED


class Watching:
    """A plugin of pytest that knows whether a test has failed."""

    failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed


def changed(file: str, mutant: Mutant) -> bool:
    """Put the mutant's code into its function, wherever that is held; False when there is none that takes it."""
    name = f"actorproof.{file.removesuffix('.py').replace('/', '.')}"
    source = importlib.import_module(name).__file__
    assert source is not None
    code = code_of(compile(mutant.tree, source, "exec"), mutant.function)
    if code is None:
        return False
    took = False
    for found in gc.get_objects():
        if isinstance(found, FunctionType) and found.__module__ == name:
            old = found.__code__
            if (old.co_qualname, old.co_firstlineno) == (code.co_qualname, code.co_firstlineno):
                try:
                    found.__code__ = code
                except ValueError:  # it uses other names of what is around it
                    return False
                took = True
    return took


def code_of(module: CodeType, name: str) -> CodeType | None:
    """The code of a function, by its qualified name."""
    for part in module.co_consts:
        if isinstance(part, CodeType):
            if part.co_qualname == name:
                return part
            if name.startswith(f"{part.co_qualname}.") and (found := code_of(part, name)):
                return found
    return None


def serve(part: int, parts: int, seed: int, ends_s: float, only: Sequence[str]) -> None:
    """Try every so many-th mutant of the order."""
    order = shuffled(places(only), seed)[part::parts]
    with tempfile.TemporaryDirectory(prefix="actorproof-mutants-") as scratch:
        words = [*STRICT, *_left_out(), f"--basetemp={scratch}/tests", *TESTS]
        pytest.main(words, plugins=[Trials(order, ends_s=ends_s, told=KEPT / f"told.{part}.jsonl")])


# The command.


def told(jobs: int) -> list[Result]:
    """What all processes have said so far."""
    found = []
    for part in range(jobs):
        with contextlib.suppress(FileNotFoundError):
            lines = (KEPT / f"told.{part}.jsonl").read_text("utf-8").split("\n")[:-1]
            found += [msgspec.json.decode(line, type=Result) for line in lines]
    return found


def run(*, seed: int, room_s: float, jobs: int, only: Sequence[str]) -> int:
    """Try mutants, print; the exit code."""
    ends_s = time.monotonic() + room_s if room_s else float("inf")
    print(f"mutants: seed {seed}{f', {room_s:.0f} s' if room_s else ''}, {jobs} at once", flush=True)
    if (failed := prepare(jobs)) is not None:
        print(f"mutants: {failed} fails without any change: mend it first (see {KEPT / 'log'})", file=sys.stderr)
        return 3
    for stale in KEPT.glob("told.*"):
        stale.unlink()
    children = [started("--serve", part, jobs, "--seed", seed, "--ends", ends_s, *only) for part in range(jobs)]
    said = 0
    while any(child.poll() is None for child in children):
        time.sleep(1.0)
        found = told(jobs)
        if len(found) >= said + 50:
            said = len(found)
            noticed = sum(result.noticed for result in found)
            print(f"mutants: {said} tried, {noticed} noticed, {ends_s - time.monotonic():.0f} s left", flush=True)
    return judged(told(jobs))


def judged(results: Sequence[Result]) -> int:
    """Print the survivors and the score; the exit code."""
    for result in sorted((result for result in results if not result.noticed), key=lambda one: (one.file, one.number)):
        print(result)
    if not results:
        print(f"mutants: none was tried, see {KEPT / 'log'}: give it more time or another pattern", file=sys.stderr)
        return 3
    noticed = sum(result.noticed for result in results)
    files = len({result.file for result in results})
    score = noticed / len(results)
    print(f"mutants: of {files} of {len(FILES)} files; none of {', '.join(PASSED_OVER)}, which read texts and draw")
    print(f"mutants: score {score:.1%}, {noticed} of {len(results)} noticed; {PASSING:.0%} are asked for")
    return 0 if score >= PASSING else 1


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Changes the checkers' code and sees whether their tests notice")
    parser.add_argument("--seed", type=int, default=None, help="tries the same mutants in the same order")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long it may take, 0 for all mutants")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many run at once")
    parser.add_argument("--measure", type=int, nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--serve", type=int, nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--ends", type=float, help=argparse.SUPPRESS)
    parser.add_argument("only", nargs="*", help="files, * for any text: properties/views/*")
    asked = parser.parse_args()
    os.chdir(ROOT)
    if asked.measure:
        measure(*asked.measure)
    elif asked.serve:
        serve(*asked.serve, asked.seed, asked.ends, asked.only)
    else:
        seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
        return run(seed=seed, room_s=asked.seconds, jobs=asked.jobs, only=asked.only)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

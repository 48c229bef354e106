"""Mutants: how many small changes of the code under properties/ its tests notice (`TESTS`).

``make mutants`` tries changes in a random order, with a seed that it prints, until its time is over (``TIME_S=600``;
0 for all of them), and prints those that nothing noticed with file, line and change. The score is the share that was
noticed: by a test or, where none did, by mypy (see `typed`). Exit code 0: it is at least `PASSING`; 1: it is less; 3:
the tests fail without any change, or none was tried. Some survivors change nothing that anybody could see, such as
which of two equal times is taken: this is why less than all is asked for.

1. The tests are collected once. Those of which it is not known, or no longer, what they reach run once (see `reach`);
   that is kept in ``build/mutants/``.
2. A process for each core takes its share of the mutants. For each it forks; the child puts the changed code into the
   function where it stands in memory, and runs the tests that reach that statement, the quick ones first, until one
   fails.

A test that takes several times as long as without a change has noticed it; so has one that runs out of memory. A mutant
that no test notices within `MUTANT_S` of CPU time has survived: later tests might have noticed it, so the score is at
least what is said. Two tests are not run (`LEFT_OUT`): they take too long for each mutant.

``make mutants ARGS='properties/formats/* --tests tests/formats'`` tries some files' mutants with some of the tests.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import os
import random
import resource
import secrets
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from itertools import groupby, pairwise
from pathlib import Path
from types import CodeType, FunctionType
from typing import NoReturn, TypeVar

import msgspec
import pytest

from tests.mutation import operators, reach, typed
from tests.mutation.operators import Mutant
from tests.mutation.reach import One, Reaching, Watching, file_of_test

T = TypeVar("T")
Tell = Callable[[object], object]
ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build" / "mutants"
PASSING = 0.95
TESTS = ("tests/properties", "tests/formats", "tests/recorded")
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
FAILED = 3  # the exit code when the tests fail without any change, or no mutant was tried
# Rewriting of assertions would load the modules without their notes.
STRICT = ["-q", "-p", "no:cacheprovider", "--no-header", "-rN", "--tb=no", "-s", "--assert=plain"]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one mutant; `refused` is one that no test noticed, and that the types do not allow."""

    file: str
    index: int
    function: str
    number: int
    before: str
    after: str
    tests: int
    noticed: bool
    took_s: float
    refused: bool = False

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


class Trials(Hurried):
    """A plugin of pytest that runs the tests of mutants alone, each in a child, instead of pytest's own loop."""

    def __init__(self, order: Sequence[Place], reaching: Reaching, *, room_s: float, jobs: int) -> None:
        self.order = order
        self.reaching = reaching
        self.room_s = room_s
        self.jobs = jobs
        self.items: dict[str, pytest.Item] = {}
        self.known: dict[str, One] = {}
        self.by_stretch: dict[tuple[str, int], list[str]] = {}
        self.by_loading: set[tuple[str, int]] = set()  # what runs while its module loads alone, which is not tried
        self.code = FAILED

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Learn what the tests reach, try the mutants, print the score."""
        loaded = {(file, number) for file, numbers in self.reaching.taken().items() for number in numbers}
        self.items = {item.nodeid: item for item in session.items}
        if (failed := self.learn()) is not None:
            print(f"mutants: {failed} fails without any change: mend it first", file=sys.stderr)
            return True
        for name, one in sorted(self.known.items(), key=lambda each: each[1].took_s):
            for file, numbers in one.reached.items():
                for number in numbers:
                    self.by_stretch.setdefault((file, number), []).append(name)
        self.by_loading = loaded - self.by_stretch.keys()
        self.code = judged(checked(self.tried()))
        return True

    def learn(self) -> str | None:
        """Have what each test reaches; a test that fails, if one does."""
        stale: list[list[pytest.Item]] = []
        for file, group in groupby(self.items.values(), key=file_of_test):
            items = list(group)
            if (record := reach.kept(KEPT, file)) is None:
                stale.append(items)
            else:
                self.known.update(record.tests)
        if not stale:
            return None
        began_s = time.monotonic()
        print(f"mutants: running the tests of {len(stale)} files once, to learn what they reach", flush=True)
        stale.sort(key=len, reverse=True)

        def part(at: int, tell: Tell) -> None:
            items = [item for group in stale[at :: self.jobs] for item in group]
            if items and (failed := reach.measure(items, self.reaching, KEPT)) is not None:
                tell(failed)

        for failed in parts(self.jobs, part, str):
            return failed
        print(f"mutants: that took {time.monotonic() - began_s:.0f} s", flush=True)
        for items in stale:
            record = reach.kept(KEPT, file_of_test(items[0]))
            if record is None:
                return file_of_test(items[0])
            self.known.update(record.tests)
        return None

    def tried(self) -> list[Result]:
        """The results of the mutants that there was time for."""
        ends_s = time.monotonic() + self.room_s if self.room_s else float("inf")

        def part(at: int, tell: Tell) -> None:
            for place in self.order[at :: self.jobs]:
                if time.monotonic() >= ends_s:
                    break
                if (result := self.one(place)) is not None:
                    tell(result)

        found: list[Result] = []
        for result in parts(self.jobs, part, Result):
            found.append(result)
            if len(found) % 50 == 0:
                noticed = sum(each.noticed for each in found)
                print(f"mutants: {len(found)} tried, {noticed} noticed", flush=True)
        return found

    def one(self, place: Place) -> Result | None:
        """Try one; None for one that runs while its module loads only, or that Python does not take."""
        mutant = operators.mutant((ROOT / place.file).read_text("utf-8"), place.index)
        stretch = place.file, mutant.stretch
        if stretch in self.by_loading:
            return None
        tests = [self.items[name] for name in self.by_stretch.get(stretch, ()) if name in self.items]
        began_s = time.monotonic()
        code = self.fork(place.file, mutant, tests) if tests else SURVIVED
        if code == NOT_MADE:
            return None
        return Result(
            file=place.file,
            index=place.index,
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
        with contextlib.suppress(BaseException):  # a change may break whatever it likes
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
        for test, following in pairwise([*tests, None]):
            assert test is not None
            if time.process_time() - began_s > MUTANT_S:
                break
            if test is tests[0]:
                test.config.pluginmanager.register(watching)
            signal.setitimer(signal.ITIMER_PROF, 2 + SLOWER * self.known[test.nodeid].took_s)
            test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
            if watching.failed:
                return NOTICED
        return SURVIVED


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


def parts(jobs: int, part: Callable[[int, Tell], None], kind: type[T]) -> Iterator[T]:
    """Run `part` in a forked process for each job; what they tell, as it comes."""
    reader, writer = os.pipe()
    children = []
    for at in range(jobs):
        child = os.fork()
        if not child:
            _work(lambda: part(at, lambda said: os.write(writer, msgspec.json.encode(said) + b"\n")))  # noqa: B023
        children.append(child)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as lines:
        for line in lines:
            yield msgspec.json.decode(line, type=kind)
    for child in children:
        os.waitpid(child, 0)


def _work(work: Callable[[], None]) -> NoReturn:
    """In a child: do it, say what there is to say in the log, and end."""
    KEPT.mkdir(parents=True, exist_ok=True)
    log = os.open(KEPT / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        work()
    except BaseException:  # noqa: BLE001 - a fork of pytest must not go on as pytest
        traceback.print_exc()
    finally:
        os._exit(0)


# The command.


def checked(results: Sequence[Result]) -> list[Result]:
    """The same, those that no test noticed with whether mypy refuses them."""
    survived = [result for result in results if not result.noticed]
    changes = [
        (each.file, operators.mutant((ROOT / each.file).read_text("utf-8"), each.index).tree) for each in survived
    ]
    refused = typed.refused(changes, cache=KEPT / "types")
    found = dict(zip(((each.file, each.index) for each in survived), refused, strict=True))
    return [msgspec.structs.replace(each, refused=found.get((each.file, each.index), False)) for each in results]


def judged(results: Sequence[Result]) -> int:
    """Print the survivors and the score; the exit code."""
    survived = [result for result in results if not result.noticed and not result.refused]
    for result in sorted(survived, key=lambda one: (one.file, one.number)):
        print(result)
    if not results:
        print(f"mutants: none was tried: see {KEPT / 'log'}, or give it more time or another pattern", file=sys.stderr)
        return FAILED
    noticed = len(results) - len(survived)
    refused = sum(result.refused for result in results)
    files = len({result.file for result in results})
    score = noticed / len(results)
    print(f"mutants: of {files} of {len(FILES)} files; none of {', '.join(PASSED_OVER)}, which read texts and draw")
    by = f", {refused} of them by mypy alone" if refused else ""
    print(f"mutants: score {score:.1%}, {noticed} of {len(results)} noticed{by}; {PASSING:.0%} are asked for")
    return 0 if score >= PASSING else 1


def run(*, seed: int, room_s: float, jobs: int, only: Sequence[str], tests: Sequence[str]) -> int:
    """Try mutants, print; the exit code."""
    print(f"mutants: seed {seed}{f', {room_s:.0f} s' if room_s else ''}, {jobs} at once", flush=True)
    trials = Trials(shuffled(places(only), seed), Reaching(), room_s=room_s, jobs=jobs)
    with tempfile.TemporaryDirectory(prefix="actorproof-mutants-") as scratch:
        left_out = [f"--deselect={test}" for test in LEFT_OUT]
        pytest.main([*STRICT, *left_out, f"--basetemp={scratch}/tests", *tests], plugins=[trials])
    return trials.code


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Changes the checkers' code and sees whether their tests notice")
    parser.add_argument("--seed", type=int, default=None, help="tries the same mutants in the same order")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long it may take, 0 for all mutants")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many run at once")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="those that are to notice: tests/formats")
    parser.add_argument("only", nargs="*", help="files, * for any text: properties/views/*")
    asked = parser.parse_args()
    os.chdir(ROOT)
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    return run(seed=seed, room_s=asked.seconds, jobs=asked.jobs, only=asked.only, tests=asked.tests)


if __name__ == "__main__":
    raise SystemExit(main())

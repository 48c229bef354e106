"""Mutants: how many small changes of the code under properties/ its tests notice (tests/properties and tests/formats).

``make mutants`` draws a fresh sample that fits a time, with a seed that it prints: modules first, since to make the
mutants of all takes minutes, then mutants of these. ``make mutants TIME_S=0`` runs all.
One that no test notices has survived, and is listed with file, line and change. The score is the share of mutants that
were noticed. Exit code 0: it is at least `PASSING`; 1: it is less; 3: mutmut itself failed, or did not come to an end
with every mutant: its words are in ``build/mutants/log``. Some survivors change nothing that anybody could see, such as
which of two equal times is taken: this is why less than all is asked for.

A test that takes several times as long as without a change is ended, and has noticed it; so has one that runs out of
memory (`operators.DATA_MB`). Two kinds of tests are not run (`LEFT_OUT`), and the run says so: one builds Porcupine,
the others trace all memory, which takes too long for each mutant.

mutmut leaves decorated functions alone, and changes its own copy of the code only: so properties are spelled as plain
functions in that copy first. Constants of modules and class bodies stay unchanged.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import secrets
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from itertools import accumulate
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "mutants"
PASSING = 0.95
# What reads texts and draws, and no checker stands on; tests of their own hold what is refused and shown.
PASSED_OVER = ("catalogue", "claim", "registry", "sketch")
PACKAGE = "src/actorproof/properties"
PROPERTIES = [path.relative_to(ROOT / "properties") for path in sorted((ROOT / "properties").rglob("*.py"))]
MODULES = tuple(path.with_suffix("").as_posix() for path in PROPERTIES if path.stem not in {"__init__", *PASSED_OVER})
PLAIN = "__undecorated"  # no function's name ends so
LEFT_OUT = (
    "tests/properties/linearizability/test_agreement.py::test_porcupine",
    "tests/properties/linearizability/test_search.py::test_no_more_memory_is_used_than_was_given",
)
MODULE_S = 15.0  # of the time that there is, for one module more in the sample
STARTED_S = 0.2  # a fork, and pytest's collection from its cache
WORST_SHARE = 0.1  # of all tests' time that a mutant takes on average, measured: most are noticed early
# mutmut's codes.
SURVIVED = (0, 5, 33)  # the last two: no test touches it
KILLED = (1, 3)
TIMED_OUT = (-27, -24, 24, 36, 152, 255, -6, -9, -11)  # killed, too: a loop or a recursion without end; -27 is ours
SKIPPED = 34
SMALLEST = "verdict/quantile"
COLUMNS = ("mutants", "tried", "killed", "timed out", "survived")
SECTION = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = {only}
also_copy = ["conftest.py", "benchmarks"]
pytest_add_cli_args = {left_out}
pytest_add_cli_args_test_selection = ["tests/properties", "tests/formats"]
timeout_multiplier = 8
use_setproctitle = false
track_dependencies = false
use_git_change_detection = false
"""
# For conftest.py. A mutant is noticed by an example; the smallest one takes Hypothesis a minute, and nobody reads it.
# A limit for each test: mutmut has one for all of a mutant's tests together, minutes where these are many. It is in CPU
# time, so that a busy machine kills no mutant, and SIGPROF ends the process, whatever it is in.
HURRIED = """

import json
import signal
from pathlib import Path

from hypothesis import Phase, settings

settings.register_profile("mutants", phases=(Phase.explicit, Phase.generate))
settings.load_profile("mutants")
STATS = Path("mutmut-stats.json")
TOOK_S = json.loads(STATS.read_bytes())["duration_by_test"] if STATS.exists() else {}


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.nodeid in TOOK_S:
        signal.setitimer(signal.ITIMER_PROF, 2 + 8 * TOOK_S[item.nodeid])


def pytest_runtest_teardown(item: pytest.Item) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change: `line` (several are joined by a blank) became `becomes`, empty when it was removed."""

    name: str
    file: str
    function: str
    number: int
    line: str
    becomes: str

    def __str__(self) -> str:
        return f"properties/{self.file}:{self.number} {self.function}\n    - {self.line}\n    + {self.becomes}"


def plain(text: str) -> str:
    """A module with its properties spelled as functions that are decorated afterwards."""
    lines = text.splitlines()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    for node in sorted(functions, key=lambda node: node.lineno, reverse=True):
        match node.decorator_list:
            case [ast.Name(id="property" | "cached_property" as word)]:
                assert node.end_lineno is not None
                lines.insert(node.end_lineno, f"{' ' * node.col_offset}{node.name} = {word}({node.name}{PLAIN})")
                at = node.lineno - 1
                lines[at] = lines[at].replace(f"def {node.name}(", f"def {node.name}{PLAIN}(")
                del lines[at - 1]
    return "\n".join(lines) + "\n"


def chosen(*, seed: int, room_s: float, only: Sequence[str]) -> list[str]:
    """The modules of a sample; all that `only` names when it names some, and all of them when `room_s` is 0."""
    meant = [
        module
        for module in MODULES
        if not only
        or any(fnmatch(dotted(module), pattern.rpartition(".x")[0] or pattern.removesuffix(".*")) for pattern in only)
    ]
    if only or not room_s:
        return meant
    order = random.Random(seed).sample(meant, len(meant))
    return sorted(order[: max(1, round(room_s / MODULE_S))])


def dotted(module: str) -> str:
    """A module's name for Python."""
    return f"actorproof.properties.{module.replace('/', '.')}"


def prepare(modules: Iterable[str]) -> None:
    """A checkout for mutmut alone, made anew, in which these modules are changed."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    bare = shutil.ignore_patterns("__pycache__", "out")
    shutil.copytree(ROOT / "src", FOLDER / "src", ignore=bare)
    shutil.copytree(ROOT / "tests", FOLDER / "tests", ignore=bare)
    shutil.copytree(
        ROOT / "properties", FOLDER / "properties", ignore=bare
    )  # to tell lines by: somebody may go on editing
    (FOLDER / "benchmarks").mkdir()
    shutil.copy(ROOT / "benchmarks" / "_porcupine.py", FOLDER / "benchmarks")  # imported where its opinion is asked
    (FOLDER / "conftest.py").write_text((ROOT / "conftest.py").read_text("utf-8") + HURRIED, "utf-8")
    for module in modules:
        path = FOLDER / PACKAGE / f"{module}.py"
        path.write_text(plain(path.read_text("utf-8")), "utf-8")
    only = json.dumps([f"{PACKAGE}/{module}.py" for module in sorted(modules)])
    section = SECTION.format(only=only, left_out=json.dumps([f"--deselect={test}" for test in LEFT_OUT]))
    (FOLDER / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8") + section)


def mutmut(*args: str) -> None:
    """Run mutmut with our operators; CalledProcessError when it fails."""
    command = [sys.executable, str(Path(__file__).with_name("operators.py")), *args]
    with (FOLDER / "log").open("ab") as log:
        subprocess.run(command, cwd=FOLDER, stdout=log, stderr=subprocess.STDOUT, check=True)


def metas() -> Iterator[tuple[str, Path, dict[str, dict[str, float | None]]]]:
    """Each module, the file that holds what mutmut knows of its mutants, and that."""
    for module in MODULES:
        path = FOLDER / "mutants" / PACKAGE / f"{module}.py.meta"
        if path.exists():
            yield module, path, json.loads(path.read_bytes())


def cost_s(names: Sequence[str]) -> Mapping[str, float]:
    """About how long each mutant takes, from how long its tests took."""
    stats = json.loads((FOLDER / "mutants" / "mutmut-stats.json").read_bytes())
    took = stats["duration_by_test"]
    worst = {
        function: sum(took[test] for test in tests)
        for function, tests in stats["tests_by_mangled_function_name"].items()
    }
    return {name: STARTED_S + WORST_SHARE * worst.get(name.partition("__mutmut_")[0], 0.0) for name in names}


def draw(costs: Mapping[str, float], *, seed: int, room_s: float) -> list[str]:
    """The beginning of a shuffled list that takes so long; all of it when `room_s` is 0."""
    order = sorted(costs)
    random.Random(seed).shuffle(order)
    spent_s = accumulate(costs[name] for name in order)
    return [name for name, at_s in zip(order, spent_s, strict=True) if not room_s or at_s <= room_s]


def function_of(name: str) -> tuple[str, str]:
    """The file under properties/ and the function, ``Class.method``, that mutmut's name for a mutant stands for."""
    module, _, mangled = name.partition("__mutmut_")[0].rpartition(".")
    mangled = mangled.removesuffix(PLAIN)
    function = ".".join(mangled.split("\u01c1")[1:]) if mangled.startswith("x\u01c1") else mangled.removeprefix("x_")
    return f"{module.removeprefix('actorproof.properties.').replace('.', '/')}.py", function


@cache
def span(root: Path, file: str, function: str) -> tuple[int, int]:
    """Where a function stands in a checkout: its first and last line, from 1; KeyError when it doesn't."""
    body: Sequence[ast.stmt] = ast.parse((root / "properties" / file).read_text("utf-8")).body
    found: ast.stmt | None = None
    for part in function.split("."):
        defined = {node.name: node for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
        found = defined[part]
        body = found.body
    assert found is not None
    assert found.end_lineno is not None
    return found.lineno, found.end_lineno


def described(name: str, diff: str, *, root: Path = FOLDER) -> Mutant:
    """A mutant from its diff as mutmut shows it, and the checkout that was changed."""
    file, function = function_of(name)
    changed = diff.splitlines()[2:]
    gone = [line[1:].strip() for line in changed if line.startswith("-")]
    new = [line[1:].strip() for line in changed if line.startswith("+")]
    first, last = span(root, file, function)
    lines = (root / "properties" / file).read_text("utf-8").splitlines()
    offset = next((int(line[4:].split(",")[0]) for line in changed if line.startswith("@@")), 1)
    before = next((at for at, line in enumerate(changed[1:]) if line.startswith("-")), 0)
    same = [at for at in range(first, last + 1) if gone and lines[at - 1].strip() == gone[0]]
    number = min(same, key=lambda at: abs(at - (first + offset - 1 + before)), default=first)
    return Mutant(name=name, file=file, function=function, number=number, line=" ".join(gone), becomes=" ".join(new))


def survivors(names: Sequence[str]) -> list[Mutant]:
    """What was changed in each, by file and line."""
    if not names:
        return []
    shown = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("operators.py")), "show", *names],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=True,
    )
    diffs: Mapping[str, str] = json.loads(shown.stdout)
    return sorted((described(name, diff) for name, diff in diffs.items()), key=lambda m: (m.file, m.number, m.name))


def run(*, seed: int, room_s: float, jobs: int, only: Sequence[str]) -> int:
    """Draw, run, print; the exit code."""
    modules = chosen(seed=seed, room_s=room_s, only=only)
    if not modules:
        print(f"mutants: no module is meant by {' '.join(only)}", file=sys.stderr)
        return 3
    prepare({*modules, SMALLEST})
    workers = f"--max-children={jobs}"
    mutmut("run", workers, f"{dotted(SMALLEST)}.*")  # makes the mutants and times all tests
    names = [name for module, _, meta in metas() if module in modules for name in meta["exit_code_by_key"]]
    costs = cost_s([name for name in names if not only or any(fnmatch(name, pattern) for pattern in only)])
    drawn = set(draw(costs, seed=seed, room_s=room_s * jobs))
    about_s = sum(costs[name] for name in drawn) / jobs
    said = f"{len(drawn)} of {len(names)} in {len(modules)} of {len(MODULES)} modules"
    print(f"mutants: {said}, drawn with seed {seed}, about {about_s:.0f} s", flush=True)
    print(f"mutants: none of {', '.join(PASSED_OVER)}: they read texts and draw", flush=True)
    print(f"mutants: without {', '.join(test.partition('::')[2] for test in LEFT_OUT)}: they take too long", flush=True)
    for _, path, meta in metas():
        meta["exit_code_by_key"] = {name: None if name in drawn else SKIPPED for name in meta["exit_code_by_key"]}
        path.write_text(json.dumps(meta))
    mutmut("run", workers)
    return tell(drawn)


def tell(drawn: AbstractSet[str]) -> int:
    """Print the table, the survivors and the score; the exit code."""
    rows: list[tuple[str, Counter[str], float]] = []
    alive: list[str] = []
    for module, _, meta in metas():
        codes = {name: code for name, code in meta["exit_code_by_key"].items() if name in drawn}
        alive += [name for name, code in codes.items() if code in SURVIVED]
        took_s = sum(took or 0.0 for name, took in meta["durations_by_key"].items() if name in drawn)
        rows.append((module, counted(codes.values(), mutants=len(meta["exit_code_by_key"])), took_s))
    counts = sum((counts for _, counts, _ in rows), Counter[str]())
    rows.append(("all", counts, sum(took_s for _, _, took_s in rows)))
    print(f"{'module':32}" + "".join(f"{name:>11}" for name in COLUMNS) + f"{'seconds':>11}")
    for module, row, took_s in rows:
        print(f"{module:32}" + "".join(f"{row[name]:11}" for name in COLUMNS) + f"{took_s:11.1f}")
    for mutant in survivors(alive):
        print(mutant)
    return passed(killed=counts["killed"], survived=counts["survived"], tried=counts["tried"])


def counted(codes: Iterable[float | None], *, mutants: int) -> Counter[str]:
    """A row of the table from mutmut's codes for the mutants that were drawn."""
    row = Counter({"mutants": mutants})
    for code in codes:
        row["tried"] += 1
        row["timed out"] += code in TIMED_OUT
        row["killed"] += code in KILLED or code in TIMED_OUT
        row["survived"] += code in SURVIVED
    return row


def passed(*, killed: int, survived: int, tried: int) -> int:
    """Print the score; the exit code."""
    undecided = tried - killed - survived
    if undecided or not tried:
        print(f"mutants: mutmut came to no end with {undecided} of {tried}, see {FOLDER / 'log'}", file=sys.stderr)
        return 3
    score = killed / tried
    print(f"mutants: score {score:.1%}, {killed} of {tried} noticed; {PASSING:.0%} are asked for")
    return 0 if score >= PASSING else 1


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Changes the checkers' code and sees whether their tests notice")
    parser.add_argument("--seed", type=int, default=None, help="draws the same sample again")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long the sample may take, 0 for all mutants")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many run at once")
    parser.add_argument(
        "only", nargs="*", help="names of mutants, * for any text: actorproof.properties.guarantees.execution.turns.*"
    )
    asked = parser.parse_args()
    os.nice(19)
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    try:
        return run(seed=seed, room_s=asked.seconds, jobs=asked.jobs, only=asked.only)
    except subprocess.CalledProcessError as error:
        print(f"mutants: mutmut failed with {error.returncode}, see {FOLDER / 'log'}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    raise SystemExit(main())

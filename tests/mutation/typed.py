"""Typed: which changes the types refuse. Nobody can land one, since `make lint` has mypy check all code strictly."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = "src/actorproof"
ERROR = re.compile(rf"^{SOURCES}/([^:]+):\d+: error: ", re.MULTILINE)


def refused(changes: Sequence[tuple[str, ast.Module]], *, cache: Path) -> list[bool]:
    """Of each change, a file of the project and its module as changed: whether mypy finds more errors than without.

    Changes of several files are checked together, those of one file one after the other: as bodies of functions alone
    are changed, one can't be an error in another file. RuntimeError when mypy does not come to an end.
    """
    waiting: dict[str, list[int]] = defaultdict(list)
    for number, (file, _) in enumerate(changes):
        waiting[file].append(number)
    # What is written anew has no comments, and may have errors that a comment hid.
    unchanged = _errors({file: ast.parse((ROOT / file).read_text("utf-8")) for file in waiting}, cache)
    found = [False] * len(changes)
    while waiting:
        numbers = {file: left.pop() for file, left in waiting.items()}
        errors = _errors({file: changes[number][1] for file, number in numbers.items()}, cache)
        for file, number in numbers.items():
            found[number] = errors[file] > unchanged[file]
        waiting = {file: left for file, left in waiting.items() if left}
    return found


def _errors(modules: Mapping[str, ast.Module], cache: Path) -> Counter[str]:
    """How many errors mypy finds in each file, were it this module."""
    if not modules:
        return Counter()
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(cache), "--no-error-summary"]
    with tempfile.TemporaryDirectory(prefix="actorproof-mutants-") as folder:
        for number, (file, module) in enumerate(modules.items()):
            path = Path(folder) / f"{number}.py"
            path.write_text(ast.unparse(module), "utf-8")
            command += ["--shadow-file", f"{SOURCES}/{file}", str(path)]
        done = subprocess.run(
            [*command, *(f"{SOURCES}/{file}" for file in modules)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode not in {0, 1}:
        raise RuntimeError(f"mypy did not come to an end: {done.stderr.strip() or done.stdout.strip()}")
    return Counter(ERROR.findall(done.stdout))

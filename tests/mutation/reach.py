"""Reach: which test runs which part of the checkers, learned while the tests run once, and kept from run to run.

A function's statements fall into stretches: a body, and what follows a statement that has bodies of its own. The
modules under properties/ are loaded with a note at the start of each stretch, which costs far less than a tracer that
is told of every line.

What one file of tests reached is kept in a file of its own, and holds until something changes that it follows from:
those tests, what they are made with, or a module that they reached.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import importlib.machinery
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, ModuleType

import msgspec
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "actorproof.properties."
NOTE = "__reached__"  # of builtins: it takes a file's name and the number of a stretch in it
Function = ast.FunctionDef | ast.AsyncFunctionDef


class One(msgspec.Struct, frozen=True):
    """What one test reached, and how much CPU time it took."""

    took_s: float
    reached: dict[str, list[int]]


class Record(msgspec.Struct, frozen=True):
    """What the tests of one file reached, by their ids, and the state of all that this follows from."""

    tests: dict[str, One]
    state: str
    modules: dict[str, str]


def functions(body: Iterable[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Function]]:
    """The functions of a module and of its classes, by their qualified names."""
    for node in body:
        if isinstance(node, Function):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node.body, f"{prefix}{node.name}.")


def bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The lists of statements within a statement."""
    for field in ("body", "orelse", "finalbody"):
        if body := getattr(statement, field, None):
            yield body
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def stretches(tree: ast.Module) -> Iterator[tuple[int, list[ast.stmt], ast.stmt]]:
    """Every statement of every function: the number of its stretch in the module, the list it stands in, and itself."""
    number = -1

    def of(body: list[ast.stmt]) -> Iterator[tuple[int, list[ast.stmt], ast.stmt]]:
        nonlocal number
        number += 1
        for statement in body:
            yield number, body, statement
            within = list(bodies(statement))
            for each in within:
                yield from of(each)
            number += bool(within)

    for _, function in functions(tree.body):
        yield from of(function.body)


def noted(text: str, file: str) -> ast.Module:
    """A module that notes each stretch as it is reached."""
    tree = ast.parse(text)
    starts: dict[int, tuple[list[ast.stmt], ast.stmt]] = {}
    for number, body, statement in stretches(tree):
        if number not in starts and not _is_documentation(statement):
            starts[number] = body, statement
    for number, (body, statement) in starts.items():
        stretch = ast.Tuple([ast.Constant(file), ast.Constant(number)], ast.Load())
        note = ast.Expr(ast.Call(ast.Name(NOTE, ast.Load()), [stretch], []))
        at = next(at for at, each in enumerate(body) if each is statement)
        body.insert(at, ast.fix_missing_locations(ast.copy_location(note, statement)))
    return tree


def _is_documentation(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


class _Loader(importlib.machinery.SourceFileLoader):
    """Takes no code from a cache, which has no notes, and leaves none there."""

    def get_code(self, fullname: str) -> CodeType:
        path = Path(self.get_filename(fullname))
        return compile(noted(path.read_text("utf-8"), file_of(fullname)), str(path), "exec")


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if fullname.startswith(PACKAGE) and spec is not None and not spec.submodule_search_locations and spec.origin:
            spec.loader = _Loader(fullname, spec.origin)
            return spec
        return None


def file_of(module: str) -> str:
    """The file of a module of the checkers, from the checkout's folder."""
    return f"{module.removeprefix('actorproof.').replace('.', '/')}.py"


class Reaching:
    """Notes what is reached, from now on, by all modules of the checkers that are loaded from now on."""

    def __init__(self) -> None:
        self._now: set[tuple[str, int]] = set()
        setattr(builtins, NOTE, self._now.add)
        sys.meta_path.insert(0, _Finder())

    def taken(self) -> dict[str, list[int]]:
        """What was reached since this was called last."""
        found: dict[str, list[int]] = defaultdict(list)
        for file, number in sorted(self._now):
            found[file].append(number)
        self._now.clear()
        return dict(found)


# What is kept.


def kept(folder: Path, tests: str) -> Record | None:
    """What a file of tests reached, when that still holds."""
    try:
        record = msgspec.json.decode(_place(folder, tests).read_bytes(), type=Record)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    if record.state != _state(tests) or any(_digest(file) != state for file, state in record.modules.items()):
        return None
    return record


def keep(folder: Path, tests: str, found: Mapping[str, One]) -> None:
    """Keep what the tests of a file reached."""
    modules = {file: _digest(file) for one in found.values() for file in one.reached}
    place = _place(folder, tests)
    place.parent.mkdir(parents=True, exist_ok=True)
    scratch = place.with_suffix(f".{os.getpid()}")
    scratch.write_bytes(msgspec.json.encode(Record(dict(found), _state(tests), modules)))
    scratch.replace(place)


def _place(folder: Path, tests: str) -> Path:
    return folder / f"{tests.removesuffix('.py').replace('/', '.')}.json"


@cache
def _digest(file: str) -> str:
    path = ROOT / file
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


@cache
def _common() -> str:
    """Of what all tests are made with: their helpers, and the words and numbers of the guarantees."""
    helpers = [path for path in (ROOT / "tests/properties").rglob("*.py") if not path.name.startswith("test_")]
    digest = hashlib.sha256()
    for path in sorted([*helpers, *(ROOT / "properties").rglob("*.toml"), *(ROOT / "harness/history").rglob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _state(tests: str) -> str:
    """Of a file of tests, and of the cases that lie beside it."""
    beside = (ROOT / tests).parent.rglob("*")
    cases = sorted(
        f"{path.relative_to(ROOT)} {path.stat().st_size}" for path in beside if path.suffix not in {".py", ".pyc", ""}
    )
    return hashlib.sha256("\n".join([_digest(tests), _common(), *cases]).encode()).hexdigest()


# While tests run.


def measure(items: Sequence[pytest.Item], reaching: Reaching, folder: Path) -> str | None:
    """Run tests, whole files of them, and keep what each file's reached; the first that failed, if one did."""
    watching = Watching()
    found: dict[str, One] = {}
    reaching.taken()
    for item, following in zip(items, [*items[1:], None], strict=True):
        if item is items[0]:
            item.config.pluginmanager.register(watching)
        began_s = time.process_time()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        found[item.nodeid] = One(time.process_time() - began_s, reaching.taken())
        if watching.failed:
            return item.nodeid
        if following is None or file_of_test(following) != file_of_test(item):
            keep(folder, file_of_test(item), found)
            found.clear()
    return None


def file_of_test(item: pytest.Item) -> str:
    """The file of a test, from the checkout's folder."""
    return item.nodeid.partition("::")[0]


class Watching:
    """A plugin of pytest that knows whether a test has failed."""

    failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed

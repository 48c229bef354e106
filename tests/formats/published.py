"""Published: histories that Knossos, Porcupine, Elle and elle-cli publish with a verdict, judged again.

``python -m tests.formats.published FOLDER [--budget SECONDS] [NAME...]``: FOLDER holds copies of their repositories as
``OWNER+NAME`` or ``NAME`` (jepsen-io/knossos, jepsen-io/elle, anishathalye/porcupine, ligurio/elle-cli); nothing is
fetched. Each history that is not judged as published is named; exit code 1 when one is judged the opposite or refused,
2 when there is none at all. `unknown` is no wrong answer, and is named and counted, too.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from actorproof.harness.errors import HistoryError
from actorproof.harness.run import foreign

KNOWN = frozenset({"edn", "json"})  # endings of Knossos' and elle-cli's histories
INIT = {"multi-register": "{:x 0, :y 0}"}
VERDICT = {"good": 0, "bad": 1}
# What their authors say of the others, in their READMEs, tests and names: file, model, and whether it is violated.
ELLE = (
    ("huge-scc.edn", "list-append", 1, None),
    ("paper-example.edn", "list-append", 1, None),
    ("si-without-g-single.edn", "list-append", 1, None),
)
ELLE_CLI = (
    ("elle/rw-register.edn", "rw-register", 0, None),
    ("elle/rw-register.json", "rw-register", 0, None),
    ("elle/paper-example.edn", "list-append", 1, None),
    ("elle/paper-example.json", "list-append", 1, None),
    ("elle/list-append-gh-30.edn", "list-append", 1, "serializable"),
    ("jepsen/counter.edn", "counter", 0, None),
    ("jepsen/counter.json", "counter", 0, None),
    ("jepsen/set_full.edn", "set-full", 1, None),
    ("jepsen/set_full.json", "set-full", 1, None),
    ("jepsen/set.edn", "set", 0, None),
    ("jepsen/bank.edn", "bank", 0, None),
    ("jepsen/bank.json", "bank", 0, None),
    ("jepsen/bank-tidb.edn", "bank", 1, None),
    ("jepsen/bank-neg.edn", "bank", 0, None),
    ("jepsen/bank-negative-balances.json", "bank", 1, None),
    ("jepsen/long-fork.edn", "long-fork", 1, None),
)
Answer = Literal["as published", "unknown", "opposite", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A history, and the exit code that its publisher's verdict calls for."""

    path: Path
    model: str
    code: int
    consistency: str | None = None


def published(folder: Path) -> Iterator[Published]:
    """The histories of the repositories that a folder holds."""
    for repository, data in (("jepsen-io+knossos", "data"), ("ligurio+elle-cli", "histories/knossos")):
        yield from _of_knossos(_copy(folder, repository) / data)
    yield from _of_porcupine(_copy(folder, "anishathalye+porcupine"))
    for repository, rows in (("jepsen-io+elle", ELLE), ("ligurio+elle-cli", ELLE_CLI)):
        histories = _copy(folder, repository) / "histories"
        for name, model, code, consistency in rows:
            if (histories / name).is_file():
                yield Published(path=histories / name, model=model, code=code, consistency=consistency)


def _copy(folder: Path, repository: str) -> Path:
    whole = folder / repository
    return whole if whole.is_dir() else folder / repository.partition("+")[2]


def _of_knossos(data: Path) -> Iterator[Published]:
    """``MODEL/good/*`` and ``MODEL/bad/*``."""
    for path in sorted(data.glob("*/*/*")):
        if path.suffix[1:] in KNOWN and path.parent.name in VERDICT:
            yield Published(path=path, model=path.parent.parent.name, code=VERDICT[path.parent.name])


def _of_porcupine(copy: Path) -> Iterator[Published]:
    """The logs of Jepsen's etcd with the verdicts of Porcupine's own tests, and key-value logs with theirs as names."""
    tests = copy / "porcupine_test.go"
    text = tests.read_text() if tests.is_file() else ""
    for number, good in re.findall(r"checkJepsen\(t, (\d+), (true|false)\)", text):
        path = copy / "test_data" / "jepsen" / f"etcd_{int(number):03}.log"
        if path.is_file():
            yield Published(path=path, model="cas-register", code=0 if good == "true" else 1)
    for path in sorted((copy / "test_data" / "kv").glob("*.txt")):
        yield Published(path=path, model="kv", code=0 if "ok" in path.stem else 1)


def judged(each: Published, budget_s: float) -> tuple[Answer, str]:
    """How a history is judged, and in which words."""
    init = INIT.get(each.model)
    asked = foreign.Question(model=each.model, init=init, consistency=each.consistency, budget_s=budget_s)
    try:
        said = foreign.analyze(each.path, asked)
    except HistoryError as error:
        return "refused", str(error)
    if said.exit_code == each.code:
        return "as published", said.lines[0]
    return ("unknown" if said.exit_code not in {0, 1} else "opposite"), said.lines[0]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="copies of the repositories")
    parser.add_argument("names", nargs="*", help="only histories whose path holds one of these")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds that a search may take")
    given = parser.parse_args(arguments)
    count: Counter[Answer] = Counter()
    for each in published(given.folder):
        if given.names and not any(name in str(each.path) for name in given.names):
            continue
        answer, words = judged(each, given.budget)
        count[answer] += 1
        if answer != "as published":
            print(f"{answer}: {each.path.relative_to(given.folder)}, {each.model}: {words}", flush=True)
    if not count:
        print(f"{given.folder} holds none of the repositories: see --help", file=sys.stderr)
        return 2
    print(f"{count.total()} histories: {', '.join(f'{number} {answer}' for answer, number in count.items())}")
    return 1 if count["opposite"] or count["refused"] else 0


if __name__ == "__main__":
    sys.exit(main())

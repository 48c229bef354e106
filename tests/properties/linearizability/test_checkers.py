"""What checkers without a search tell of a history, to the word: ``told.txt`` has histories, each with what is told.

A history is written as words: ``0= add 1 -> 2`` is a whole call of process 0, which is answered with 2; ``0> add 1``
begins one, ``0< 2`` answers it, and ``0!`` fails. Each event stands on a line of its own; without an answer the value
comes back. Transactions are written as in `test_elle`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.properties.formats import edn
from actorproof.properties.formats.event import BadHistoryError
from actorproof.properties.formats.found import read
from actorproof.properties.linearizability.checker import Checker
from actorproof.properties.linearizability.checkers import CHECKERS
from actorproof.properties.linearizability.checkers.bank import Bank
from tests.formats import test_elle as elle

ENDS = {"<": "ok", "=": "ok", "!": "fail"}
WRITES = {"list-append": "append", "rw-register": "w"}
TOLD = (Path(__file__).parent / "told.txt").read_text("utf-8").rstrip().split("\n\n")


def history(words: str) -> str:
    rows = []
    begun: dict[str, tuple[str, str]] = {}
    for word in words.split("; "):
        process, mark, said = word[0], word[1], word[3:]
        if mark in "=>":
            asked, _, said = said.partition(" -> ")
            function, _, value = asked.partition(" ")
            begun[process] = function, value
            rows.append(f"{process}\t:invoke\t:{function}\t{value}")
        if mark in ENDS:
            function, value = begun[process]
            rows.append(f"{process}\t:{ENDS[mark]}\t:{function}\t{said or value}")
    return "\n".join(rows)


def asked(options: str) -> Checker:
    name, _, option = options.partition(" --")
    of, _, value = option.partition(" ")
    checker = CHECKERS[name].opened(edn.value(value)) if of == "init" else CHECKERS[name]()
    if of == "consistency":
        checker.consistency = value
    return checker


def told_of(checker: Checker, text: str) -> list[str]:
    try:
        told = checker.check(read(text).calls)
    except BadHistoryError as error:
        return [f"refused: {error}"]
    lines = [f"lines {' '.join(map(str, told.lines_of_calls))}"] if told.lines_of_calls else []
    notes = [f"note: {note}" for note in told.notes]
    drawn = [
        f"drawn: {', '.join(link.short for link in (*each.links, *each.reasons) if link.short)}" for each in told.cycles
    ]
    details = [row for row in told.details if not row.startswith("    ")]  # a cycle in a line of its own
    return [f"{told.outcome.word}: {told.why}", *details, *notes, *lines, *drawn]


@pytest.mark.parametrize("told", TOLD, ids=[told.partition("\n")[0][:80] for told in TOLD])
def test_what_is_told_of_a_history(told: str) -> None:
    first, *rows = told.split("\n")
    options, _, words = first.partition(": ")
    checker = asked(options)
    write = WRITES.get(checker.name)
    text = elle.history(words, write) if write and "txn" not in words else history(words)
    assert told_of(checker, text) == rows


def test_a_bank_is_opened_with_a_total_or_with_balances() -> None:
    for init in ("1.5", "{0 1.5}", "{0 1, 1 :a}", "[[0 5]]"):
        with pytest.raises(ValueError, match="the total, a whole number, or a map of accounts and balances"):
            Bank.opened(edn.value(init))

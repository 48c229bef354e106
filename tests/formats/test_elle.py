"""Elle's own fixtures: the histories of its unit tests, with the anomalies that these call for.

A history is written as words: ``0= ax1ry12`` is a whole call of process 0, which appends 1 to x and reads 1 and 2 of y;
``0> ax1`` begins one and ``0< ax1`` ends it, ``0! ax1`` fails, ``0? ax1`` stays unanswered. What Elle's tests list as
completions alone ran at once here, since they give it no order in time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from actorproof.properties.formats.found import read
from actorproof.properties.linearizability.checkers.transactions import ListAppend, RwRegister
from actorproof.properties.verdict.outcome import Outcome

STEP = re.compile(r"([arw])([t-z])(_|\d*)")
ENDS = {"<": "ok", "=": "ok", "!": "fail", "?": "info"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """A history, the names that Elle's test calls for, and what it holds under, if Elle says.

    `beside` are names of ours that the test does not ask for; `ours` are other names, by intent.
    """

    calls: str
    elle: str
    beside: str = ""
    ours: str | None = None
    holds_under: str | None = None


def at_once(*steps: str) -> str:
    return "; ".join([*(f"{n}> {each}" for n, each in enumerate(steps)), *(f"{n}< {e}" for n, e in enumerate(steps))])


LISTS = {
    "G0": Fixture(calls=at_once("ax1ay1", "ax2ay2", "rx12ry21"), elle="G0"),
    # An element that a failed call appended is read, and built upon.
    "G1a": Fixture(calls="0! ax1; 1= rx1", elle="G1a", holds_under="read-uncommitted"),
    # Elle's test asks for this one alone.
    "dirty update, direct": Fixture(calls="0! ax1; 1= ax2; 2= rx12", elle="dirty-update", beside="G1a"),
    "dirty update, indirect": Fixture(calls="0! ax1; 1? ax2; 2= ax3; 3= rx123", elle="dirty-update", beside="G1a"),
    "G1b": Fixture(calls="0= ax1ax2; 0= rx1", elle="G-single-item, G1b"),
    "G1c": Fixture(calls=at_once("ax1ry1", "ax2ay1", "rx12ry1"), elle="G1c"),
    "G-single": Fixture(calls=at_once("ax1ay1", "ax2ry", "rx12"), elle="G-single-item"),
    "G2": Fixture(calls=at_once("ax1ry", "ay1rx"), elle="G2-item", holds_under="read-committed"),
    "repeatable read": Fixture(calls=at_once("rxay1", "ryax1"), elle="G2-item", holds_under="read-committed"),
    "strong snapshot isolation": Fixture(
        calls="0= ax1; 1= ax2; 2= rx1; 3= rx12", elle="G-single-item-realtime", holds_under="serializable"
    ),
    "strong session snapshot isolation": Fixture(
        calls="0= ax1; 1= ax2; 1= rx1; 2= rx12", elle="G-single-item-process", holds_under="serializable"
    ),
    "G-nonadjacent-process": Fixture(
        calls="0= rxrz1; 1= ax1; 1= rz; 2= az1", elle="G-nonadjacent-item-process", holds_under="serializable"
    ),
    "contradictory read orders": Fixture(
        calls=at_once("ax1ry1", "ax2", "ax3ay1", "rx13", "rx123"), elle="G1c, incompatible-order"
    ),
    "duplicated elements": Fixture(calls=at_once("ax1ry1", "ax2ay1", "rx121"), elle="G1c, duplicate-elements"),
    # Elle's test asks for `internal` alone, and says that there is a G0, too.
    "internal consistency": Fixture(calls=at_once("ax1ax2ax4", "ax3rx1234"), elle="internal, G0"),
    "read nil, then something": Fixture(calls="0= rxrx2", elle="internal"),
    # By intent: of transactions that cycles hold together the worst kind alone is told, as what to look at first. What
    # forbids that forbids the others, so no verdict hangs on it. Elle tells each kind that it finds.
    "unobserved write": Fixture(
        calls=at_once("ax1ay1", "ax2ay2", "ax3ay3", "rx12", "ry2"), elle="G-single-item, G0", ours="G0"
    ),
    "G-nonadjacent": Fixture(calls="0= ax1; 0= rx1ry; 0= ay1; 0= ry1rx", elle="G-nonadjacent-item"),
    "anti-dependencies side by side": Fixture(
        calls=at_once("rx5ay1", "ryaz2", "rzat3", "rt3au4", "ruax5"), elle="", holds_under="snapshot-isolation"
    ),
    "lost update": Fixture(calls="0= ax0; 0= rx0ax1; 0= rx0ax2", elle="G2-item, lost-update"),
    "one transaction that appends twice": Fixture(calls="0= rxax1ax2; 0= rx12", elle=""),
    "read of what a process did before": Fixture(calls="1= rx1ay1; 2= ry1; 2= ax1", elle="G1c-process"),
    "repeatable read, G-single": Fixture(calls="0= ax1ay1; 0= rx1ry", elle="G-single-item"),
    "repeatable read, G-nonadjacent": Fixture(
        calls="0= ax1at1; 0= rx1ry; 0= ay1az2; 0= rz2rt", elle="G-nonadjacent-item"
    ),
    "future read": Fixture(calls="0= rx1ax1", elle="future-read"),
    # Elle's test looks at each transaction alone, and nobody appended 0 and 2.
    "future read of others, too": Fixture(calls="0= rx012ax1", elle="future-read", beside="unwritten-element"),
    "future read among its own": Fixture(calls="0= ax1rx01ax0ax3", elle="future-read"),
}
# By intent: what Elle takes for granted by an option (sequential or linearizable keys) goes without saying where that
# order is promised, and nowhere else. So a cycle that stands on it has the order in its name, and contradicts nothing
# weaker; Elle calls it as if no order took part, and of the versions of one register *cyclic-versions*.
REGISTERS = {
    "G0, sequential keys": Fixture(calls="0= wx1wy2; 1= wx2wy1; 0= rx2; 1= ry2", elle="G0", ours="G0-process"),
    "G1a": Fixture(calls="0= rx1; 0! wx1", elle="G1a"),
    # As Elle has it of lists, above: who read 1 did not see 2, which the same transaction wrote.
    "G1b": Fixture(calls=at_once("wx1wx2", "rx1"), elle="G1b", beside="G-single-item"),
    "G1c": Fixture(calls=at_once("wx1ry1", "wy1rx1"), elle="G1c", holds_under="read-uncommitted"),
    "G2-item, linearizable keys": Fixture(
        calls="0= rx1ry1; 1> rx1wy2; 2= ry1wx2; 1< rx1wy2",
        elle="G2-item",
        ours="G2-item-realtime",
        holds_under="read-committed",
    ),
    "internal": Fixture(calls="0= rx1rx2", elle="internal"),
    "initial state": Fixture(calls="0> rx_ry1; 1> wy1wx2; 1< wy1wx2; 0< rx_ry1", elle="G-single-item"),
    "writes follow reads": Fixture(calls=at_once("ry1wx1wy2", "rx1ry1"), elle="G-single-item"),
    # As Elle has it of lists, above.
    "lost update": Fixture(calls=at_once("rx0wx1", "rx0wx2"), elle="lost-update", beside="G2-item"),
    "cyclic versions, sequential keys": Fixture(
        calls="0= wx1; 0= wx2; 0= rx1", elle="cyclic-versions", ours="G-single-item-process"
    ),
    # Nobody wrote 2, so nobody knows when. Elle-cli publishes the second of these as valid; Elle, told that keys are
    # linearizable, finds cyclic versions.
    "not what was just written": Fixture(calls="0= wx1; 0= rx2", elle=""),
    "what was just written, later": Fixture(calls="0= wx1; 0= rx2; 0= rx1", elle=""),
    "the future's value, and nil after another": Fixture(
        calls="0= rx1; 0= rx_; 0= rx4wx3; 0= wx4",
        elle="G1c-realtime, cyclic-versions",
        ours="G0-process, unwritten-value",
    ),
    "a chain on one register": Fixture(calls=at_once("rx0wx1", "rx1wx0"), elle="G1c"),
    "a chain across two registers": Fixture(calls=at_once("rx0wy1", "ry1wx0"), elle="G1c"),
}
ALL = [("append", name, each) for name, each in LISTS.items()] + [("w", name, each) for name, each in REGISTERS.items()]


def history(words: str, write: str) -> str:
    """The words as a history in EDN."""
    lines = []
    for row in words.split("; "):
        process, mark, steps = row[0], row[1], row[3:]
        if mark != "<":
            lines.append(f"{{:process {process}, :type :invoke, :f :txn, :value {spelled(steps, write, seen=False)}}}")
        if mark in ENDS:
            end, value = ENDS[mark], spelled(steps, write, seen=ENDS[mark] == "ok")
            lines.append(f"{{:process {process}, :type :{end}, :f :txn, :value {value}}}")
    return "\n".join(lines)


def spelled(steps: str, write: str, *, seen: bool) -> str:
    found = []
    for step, key, digits in STEP.findall(steps):
        if step != "r":
            found.append(f"[:{write} :{key} {digits}]")
        elif not seen or digits in {"", "_"}:
            found.append(f"[:r :{key} nil]")
        else:
            found.append(f"[:r :{key} {'[' + ' '.join(digits) + ']' if write == 'append' else digits}]")
    return f"[{' '.join(found)}]"


@pytest.mark.parametrize(("write", "name", "fixture"), ALL, ids=lambda each: each if isinstance(each, str) else "")
def test_a_fixture_of_elle_has_the_anomalies_that_elle_names(write: str, name: str, fixture: Fixture) -> None:
    del name
    checker = ListAppend() if write == "append" else RwRegister()
    calls = read(history(fixture.calls, write)).calls
    told = checker.check(calls)
    expected = fixture.elle if fixture.ours is None else fixture.ours
    names = {name for name in f"{expected}, {fixture.beside}".split(", ") if name}
    assert told.outcome is (Outcome.VIOLATED if names else Outcome.HOLDS)
    if names:
        assert {part.partition(" (")[0] for part in told.why.split(", ")} == names, told
    if fixture.holds_under is not None:
        checker.consistency = fixture.holds_under
        assert checker.check(calls).outcome is Outcome.HOLDS

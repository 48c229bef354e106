"""Anomalies of transactions: each by its name, none without cause, and agreement with trying every order."""

from __future__ import annotations

import random
from itertools import permutations
from typing import Any, cast

import msgspec
import pytest

from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.event import BadHistoryError
from actorproof.properties.linearizability.checkers.transactions import ListAppend, RwRegister
from actorproof.properties.linearizability.cycle import Link
from actorproof.properties.linearizability.transactions import list_append, orders, rw_register
from actorproof.properties.linearizability.transactions.dependencies import Dependencies, Read, Register
from actorproof.properties.linearizability.transactions.txn import txns_of
from actorproof.properties.verdict.outcome import Outcome

Steps = tuple[tuple[str, str, Any], ...]


def call(number: int, steps: Steps, start: int, end: int | None, *, outcome: Any = "ok", process: str = "") -> Call:
    return Call(
        line=number + 1,
        end_line=number + 100,
        process=process or str(number),
        function="txn",
        asked=tuple((f, key, None if f == "r" else value) for f, key, value in steps),
        answer=steps if outcome == "ok" else None,
        start=start,
        end=end if outcome != "info" else None,
        outcome=outcome,
    )


def steps_of(each: Call) -> Steps:
    return cast("Steps", each.answer or each.asked)


def at_once(*each: Steps) -> list[Call]:
    return [call(number, steps, number, 50 + number) for number, steps in enumerate(each)]


def in_turn(*each: Steps, process: str = "") -> list[Call]:
    return [call(number, steps, 2 * number, 2 * number + 1, process=process) for number, steps in enumerate(each)]


APPENDED = {
    "G0": at_once(
        (("append", "x", 1), ("append", "y", 1)),
        (("append", "x", 2), ("append", "y", 2)),
        (("r", "x", (1, 2)), ("r", "y", (2, 1))),
    ),
    "G1a": [call(0, (("append", "x", 1),), 0, 1, outcome="fail"), call(1, (("r", "x", (1,)),), 2, 3)],
    "G1b": at_once((("append", "x", 1), ("append", "x", 2)), (("r", "x", (1,)),)),
    "G1c": at_once((("append", "x", 1), ("r", "y", (1,))), (("append", "y", 1), ("r", "x", (1,)))),
    "G-single-item": at_once(
        (("append", "x", 1), ("append", "y", 1)), (("r", "x", (1,)), ("r", "y", ())), (("r", "y", (1,)),)
    ),
    "G2-item": at_once((("r", "x", ()), ("append", "y", 1)), (("r", "y", ()), ("append", "x", 1)), (("r", "y", (1,)),)),
    "G-nonadjacent-item": at_once(
        (("r", "e", (1,)), ("r", "b", ())),
        (("append", "b", 1), ("append", "c", 1)),
        (("r", "c", (1,)), ("r", "d", ())),
        (("append", "d", 1), ("append", "e", 1)),
        (("r", "b", (1,)), ("r", "d", (1,))),
    ),
    "internal": at_once((("append", "x", 1), ("r", "x", ()))),
    "incompatible-order": at_once(
        (("append", "x", 1),), (("append", "x", 2),), (("r", "x", (1, 2)),), (("r", "x", (2,)),)
    ),
    "duplicate-elements": at_once((("append", "x", 1),), (("r", "x", (1, 1)),)),
    "lost-update": at_once((("r", "x", ()), ("append", "x", 1)), (("r", "x", ()), ("append", "x", 2))),
    "unwritten-element": at_once((("append", "x", 1),), (("r", "x", (1, 7)),)),
    "future-read": at_once((("r", "x", (1,)), ("append", "x", 1))),
    "G-single-item-realtime": in_turn((("append", "x", 1),), (("r", "x", ()),), (("r", "x", (1,)),)),
    "G-single-item-process": in_turn((("append", "x", 1),), (("r", "x", ()),), (("r", "x", (1,)),), process="p"),
}


@pytest.mark.parametrize("name", APPENDED)
def test_an_anomaly_of_lists_has_its_name(name: str) -> None:
    told = ListAppend().check(APPENDED[name])
    assert told.outcome is Outcome.VIOLATED
    assert name in [part.partition(" (")[0] for part in told.why.split(", ")], told


WRITTEN = {
    "G1a": [call(0, (("w", "x", 1),), 0, 1, outcome="fail"), call(1, (("r", "x", 1),), 2, 3)],
    "G1b": at_once((("w", "x", 1), ("w", "x", 2)), (("r", "x", 1),)),
    "G1c": at_once((("w", "x", 1), ("r", "y", 1)), (("w", "y", 1), ("r", "x", 1))),
    "G-single-item": at_once((("w", "x", 1), ("w", "y", 1)), (("r", "x", 1), ("r", "y", None))),
    "G2-item": at_once((("r", "x", None), ("w", "y", 1)), (("r", "y", None), ("w", "x", 1))),
    "internal": at_once((("w", "x", 1), ("r", "x", 2))),
    "future-read": at_once((("r", "x", 1), ("w", "x", 1))),
    "unwritten-value": at_once((("r", "x", 1),), (("r", "x", None),)),
    "lost-update": at_once((("r", "x", None), ("w", "x", 1)), (("r", "x", None), ("w", "x", 2))),
    "G-single-item-realtime": in_turn((("w", "x", 1),), (("r", "x", None),)),
    "G0-realtime": [
        call(0, (("w", "x", 1),), 0, 2),
        call(1, (("w", "x", 2),), 1, 3),
        call(2, (("r", "x", 1),), 4, 5),
        call(3, (("r", "x", 2),), 6, 7),
    ],
    "G0-process": [
        call(0, (("w", "x", 1),), 0, 2, process="p"),
        call(1, (("w", "x", 2),), 1, 3, process="q"),
        call(2, (("r", "x", 1),), 4, 6, process="q"),
        call(3, (("r", "x", 2),), 5, 7, process="p"),
    ],
    # What the reader had written last came before what it read, and not only what it had written before that.
    "G0-process by the latest of its own": [
        call(0, (("w", "x", 1),), 0, 1, process="p"),
        call(1, (("w", "x", 2),), 2, 9, process="p"),
        call(2, (("w", "x", 3),), 3, 8, process="q"),
        call(3, (("r", "x", 2),), 10, 12, process="q"),
        call(4, (("r", "x", 3),), 11, 13, process="p"),
    ],
}


@pytest.mark.parametrize("name", WRITTEN)
def test_an_anomaly_of_registers_has_its_name(name: str) -> None:
    told = RwRegister().check(WRITTEN[name])
    assert told.outcome is Outcome.VIOLATED
    assert name.partition(" ")[0] in [part.partition(" (")[0] for part in told.why.split(", ")], told


def test_a_register_read_after_it_was_overwritten_is_told() -> None:
    told = RwRegister().check(in_turn((("w", "x", 1),), (("w", "x", 2),), (("r", "x", 1),)))
    assert (told.outcome, told.why) == (Outcome.VIOLATED, "G-single-item-realtime")
    assert any(
        'read 1 of "x", over which line 2 wrote, which began after line 1 had written it (rw)' in line
        for line in told.details
    ), told.details


def test_an_unanswered_write_may_take_effect_late() -> None:
    late = [
        call(0, (("w", "x", 1),), 0, None, outcome="info"),
        call(1, (("w", "x", 2),), 1, 2),
        call(2, (("r", "x", 2),), 3, 4),
        call(3, (("r", "x", 1),), 5, 6),
    ]
    assert RwRegister().check(late).outcome is Outcome.HOLDS


def test_a_cycle_is_told_by_its_transactions_and_edges_and_drawn() -> None:
    told = ListAppend().check(APPENDED["G1c"])
    assert told.details == (
        "G1c:",
        '  line 1, process 0: [[:append "x" 1] [:r "y" [1]]]',
        '  line 2, process 1: [[:append "y" 1] [:r "x" [1]]]',
        '  - line 1 appended 1 to "x", and line 2 read [1] (wr)',
        '  - line 2 appended 1 to "y", and line 1 read [1] (wr)',
        "  so line 1 came before line 2, and before itself",
        "    [line 1] --wr--> [line 2] --wr--> +",
        "     ^--------------------------------+",
        "the strongest that this does not contradict: read-uncommitted",
    )


def test_what_a_weaker_consistency_allows_is_a_note() -> None:
    checker = ListAppend()
    checker.consistency = "snapshot-isolation"
    told = checker.check(APPENDED["G2-item"])
    assert (told.outcome, told.notes) == (Outcome.HOLDS, ("snapshot-isolation allows G2-item (1)",))
    assert checker.check(APPENDED["G-nonadjacent-item"]).outcome is Outcome.VIOLATED


def test_a_smaller_cycle_that_is_allowed_hides_none_that_is_not() -> None:
    # Two transactions on p and q that snapshot isolation allows, beside a cycle of four that it forbids.
    apart = APPENDED["G-nonadjacent-item"]
    skew = at_once(
        *(steps_of(call) for call in apart),
        (("r", "p", ()), ("append", "q", 1), ("r", "d", ())),
        (("r", "q", ()), ("append", "p", 1), ("append", "f", 1)),
        (("r", "f", (1,)), ("r", "p", (1,)), ("r", "q", (1,))),
        (("append", "g", 1), ("append", "f", 2)),
        (("r", "f", (1, 2)), ("r", "e", ())),
    )
    checker = ListAppend()
    checker.consistency = "snapshot-isolation"
    told = checker.check(skew)
    assert (told.outcome, told.why) == (Outcome.VIOLATED, "G-nonadjacent-item")


def test_a_cycle_among_many_edges_is_found() -> None:
    # A ring of 400 pairs whose anti-dependencies all stand side by side, and one pair with a single one.
    count = 400
    pairs: list[Steps] = []
    for n in range(count):
        ring = (("r", f"k{n}", ()), ("append", f"k{(n + 1) % count}", 1))
        pairs += [(("r", f"a{n}", ()), ("append", f"b{n}", 1), *ring), (("r", f"b{n}", ()), ("append", f"a{n}", 1))]
    pairs[0] = (*pairs[0], ("r", "y", ()), ("append", "z", 1))
    single = (
        (("append", "v", 1), ("append", "w", 1), ("append", "y", 1)),
        (("r", "v", (1,)), ("r", "w", ()), ("r", "z", ())),
    )
    checker = ListAppend()
    checker.consistency = "snapshot-isolation"
    told = checker.check(at_once(*pairs, *single))
    assert (told.outcome, told.why) == (Outcome.VIOLATED, "G-single-item")


def test_elements_twice_and_a_read_of_less_than_what_was_there_fit_nothing() -> None:
    checker = ListAppend()
    checker.consistency = "read-uncommitted"
    own = at_once((("append", "x", 1), ("r", "x", (1, 1))))
    for calls in (APPENDED["duplicate-elements"], own):
        assert checker.check(calls).outcome is Outcome.VIOLATED
    shrunk = at_once((("append", "x", 1),), (("r", "x", (7, 1)),), (("r", "x", ()),))
    assert ListAppend().check(shrunk).why.startswith("unwritten-element")


def test_without_an_answered_read_nothing_was_tested() -> None:
    assert ListAppend().check(at_once((("append", "x", 1),))).outcome is Outcome.UNKNOWN
    assert RwRegister().check([call(0, (("r", "x", 1),), 0, None, outcome="info")]).outcome is Outcome.UNKNOWN


def test_what_was_there_before_the_history_began_is_a_note() -> None:
    told = ListAppend().check(at_once((("append", "x", 1),), (("r", "x", (7, 1)),)))
    assert told.outcome is Outcome.HOLDS
    assert "nobody appended the first elements" in told.notes[0]
    assert RwRegister().check(at_once((("r", "x", 3),))).notes == (
        'nobody wrote 3 to "x", which was read: where it comes from is not known',
    )


@pytest.mark.parametrize(
    ("checker", "steps", "expected"),
    [
        (ListAppend(), (("append", "x", 1), ("append", "x", 1)), "expected unique elements"),
        (ListAppend(), (("w", "x", 1),), r"expected \[\[:append key value\]"),
        (ListAppend(), (("r", "x", 3),), "expected a list"),
        (RwRegister(), (("w", "x", 1), ("w", "x", 1)), "expected unique values"),
        (RwRegister(), (("w", "x", None),), "no nil"),
    ],
)
def test_steps_that_say_nothing_of_an_order_are_refused(checker: Any, steps: Steps, expected: str) -> None:
    with pytest.raises(BadHistoryError, match=expected) as caught:
        checker.check(at_once(steps))
    assert caught.value.line == 1


def test_read_uncommitted_promises_nothing_of_what_is_written_behind_a_read() -> None:
    checker = RwRegister()
    swapped = at_once((("r", "x", 2), ("w", "x", 1)), (("r", "x", 1), ("w", "x", 2)))
    assert checker.check(swapped).why.partition(" (")[0] == "G1c"
    checker.consistency = "read-uncommitted"
    assert checker.check(swapped).outcome is Outcome.HOLDS


def test_two_writers_of_two_registers_that_a_reader_saw_half_of_each() -> None:
    # Nobody read before writing, so no order of values is known but from what the reader came after.
    half = at_once((("w", "y", 1), ("w", "x", 3)), (("w", "y", 32), ("w", "x", 33)), (("r", "x", 33), ("r", "y", 1)))
    checker = RwRegister()
    checker.consistency = "snapshot-isolation"
    told = checker.check(half)
    assert (told.outcome, told.why) == (Outcome.VIOLATED, "G-single-item")
    assert (
        '  - line 2 wrote 32 to "y" before line 1 wrote there, or line 3, which came after line 2, would not have read'
        " what line 1 wrote (ww)"
    ) in told.details
    assert '  - line 2 wrote 33 to "x", and line 3 read it (wr)' in told.details
    checker.consistency = "read-committed"
    assert checker.check(half).outcome is Outcome.HOLDS


def test_what_follows_from_an_anti_dependency_is_allowed_where_that_is() -> None:
    # Line 3 saw nothing of z, so it came before line 2; were x 1 after 2, it would have read 2 of x.
    calls = at_once(
        (("w", "x", 1), ("r", "q", None)),
        (("w", "z", 1), ("w", "x", 2), ("r", "p", None)),
        (("r", "x", 1), ("r", "z", None)),
        (("r", "x", 2), ("w", "p", 1), ("w", "v", 1)),
        (("r", "v", 1), ("w", "q", 1), ("w", "x", 3)),
        (("r", "q", 1), ("r", "x", 1)),
    )
    checker = RwRegister()
    assert checker.check(calls).outcome is Outcome.VIOLATED
    checker.consistency = "read-committed"
    assert checker.check(calls).outcome is Outcome.HOLDS


def test_registers_of_a_long_history_are_looked_at_in_parts() -> None:
    steps: list[Steps] = []
    for n in range(2_500):
        steps += [(("w", f"x{n}", 1), ("w", f"y{n}", 1)), (("r", f"x{n}", 1), ("r", f"y{n}", 1))]
    half = at_once((("w", "y", 1), ("w", "x", 3)), (("w", "y", 32), ("w", "x", 33)), (("r", "x", 33), ("r", "y", 1)))
    calls = in_turn(*steps)
    late = [
        msgspec.structs.replace(each, line=20_000 + each.line, start=20_000 + each.start, end=20_000 + each.start + 50)
        for each in half
    ]
    assert RwRegister().check(calls).outcome is Outcome.HOLDS
    assert RwRegister().check([*calls, *late]).why == "G-single-item"


@pytest.mark.parametrize(("most", "outcome"), [(2, Outcome.HOLDS), (3, Outcome.VIOLATED)])
@pytest.mark.parametrize(
    ("module", "checker", "write", "note"),
    [
        (
            list_append,
            ListAppend(),
            ("append", "x", 1),
            '3 reads of "x" saw all of it but 1 appends: the order of 2 of them and those appends alone was looked at',
        ),
        (
            rw_register,
            RwRegister(),
            ("w", "x", 1),
            '3 reads of "x" saw what was there first: the order of the first 2 and the 1 writes alone was looked at',
        ),
    ],
)
def test_what_is_too_much_to_look_at_is_a_note(  # noqa: PLR0917 - two tables
    monkeypatch: pytest.MonkeyPatch, module: Any, checker: Any, write: Any, note: str, most: int, outcome: Outcome
) -> None:
    monkeypatch.setattr(module, "MOST_PAIRS", most)
    spans = [(1, 2), (3, 4), (8, 9)]  # the last one begins after the write has ended
    reads = [call(number, (("r", "x", None),), *span) for number, span in enumerate(spans, start=1)]
    told = checker.check([call(0, (write,), 0, 7), *reads])
    assert (told.outcome, told.notes) == (outcome, (note,) if most < len(reads) else ())


@pytest.mark.parametrize("left_out", [set(), {3}, {0, 6}])
def test_a_long_history_falls_into_parts_that_overlap_by_half(
    monkeypatch: pytest.MonkeyPatch, left_out: set[int]
) -> None:
    monkeypatch.setattr(orders, "PART", 4)
    txns = txns_of(in_turn(*[()] * 7), write="w")
    pairs = list(permutations(range(7), 2))
    registers = [Register(pair, pair[:1], [Read(None, pair[1:])]) for pair in pairs]
    found = Dependencies(txns, lambda *_: Link(kind="", sentence=""), registers=registers)
    told = list(orders.parts(found, {"ww": pairs, "realtime": []}, left_out))
    for start, (of_part, edges) in zip((0, 2, 4), told, strict=True):
        numbers = set(range(start, min(start + 4, 7)))
        assert [each.name for each in of_part] == [p for p in pairs if min(p) < start + 4 and max(p) >= start]
        assert edges["ww"] == [pair for pair in pairs if numbers - left_out >= set(pair)]
        assert {number for edge in edges["realtime"] for number in edge if number < 7} == numbers - left_out


# ---- against every order

KEYS = "xy"


def some_order_fits(calls: list[Call], write: str, *, in_real_time: bool) -> bool:
    """Whether some order of the transactions, the unanswered ones or not, gives every read what it saw."""
    sure = [each for each in calls if each.outcome == "ok"]
    doubtful = [each for each in calls if each.outcome == "info"]
    for chosen in range(2 ** len(doubtful)):
        took_effect = sure + [each for at, each in enumerate(doubtful) if chosen >> at & 1]
        if any(_fits(order, write, in_real_time=in_real_time) for order in permutations(took_effect)):
            return True
    return False


def _fits(order: tuple[Call, ...], write: str, *, in_real_time: bool) -> bool:
    held: dict[str, Any] = {}
    latest = -1
    for each in order:
        if in_real_time and each.end is not None and each.end < latest:
            return False
        latest = max(latest, each.start)
        for f, key, value in steps_of(each):
            if f == "append":
                held[key] = (*held.get(key, ()), value)
            elif f == "w":
                held[key] = value
            elif each.outcome == "ok" and (value or None) != (held.get(key) or None):
                return False
    return True


def random_history(rng: random.Random, write: str) -> list[Call]:
    """Transactions of which each reads what some of the others wrote before it, or might have."""
    count = rng.randint(2, 5)
    written: dict[str, list[int | None]] = {key: [] for key in KEYS}
    calls = []
    for number in range(count):
        steps: list[tuple[str, str, Any]] = []
        for _ in range(rng.randint(1, 3)):
            key = rng.choice(KEYS)
            seen = written[key]
            if rng.random() < 0.5:
                value = 10 * number + len(steps) + 1
                steps.append((write, key, value))
                seen.append(value)
            elif write == "append":
                steps.append(("r", key, tuple(seen[: rng.choice([len(seen), rng.randint(0, len(seen))])])))
            else:
                steps.append(("r", key, rng.choice([None, *seen]) if rng.random() < 0.4 else (seen or [None])[-1]))
        start = rng.randint(0, 6)
        outcome = rng.choice(["ok", "ok", "ok", "info"])
        end = 2 * (start * 10 + rng.randint(5, 40)) + 1
        calls.append(call(number, tuple(steps), 2 * (start * 10 + number), end, outcome=outcome))
    return sorted(calls, key=lambda each: each.start)


@pytest.mark.parametrize(("checker", "write"), [(ListAppend(), "append"), (RwRegister(), "w")])
@pytest.mark.parametrize("consistency", ["serializable", "strict-serializable"])
def test_violated_means_that_no_order_fits_and_nothing_else_does(checker: Any, write: str, consistency: str) -> None:
    rng = random.Random(7)
    checker.consistency = consistency
    said = {Outcome.HOLDS: 0, Outcome.VIOLATED: 0, Outcome.UNKNOWN: 0}
    for _ in range(1_500):
        calls = random_history(rng, write)
        told = checker.check(calls)
        said[told.outcome] += 1
        fits = some_order_fits(calls, write, in_real_time=consistency == "strict-serializable")
        if told.outcome is Outcome.VIOLATED:
            assert not fits, (calls, told)
        else:
            assert fits, (calls, told)
    assert min(said[Outcome.HOLDS], said[Outcome.VIOLATED]) > 100

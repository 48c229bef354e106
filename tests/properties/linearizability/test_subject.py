"""How the calls, answers and saves of the actors that we ship are read, and the models that know ``stored``."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pytest

from actorproof.properties.guarantees.state.linearizability.subject import KINDS, plain
from actorproof.properties.linearizability.model import Model, UnknownFunctionError
from actorproof.properties.linearizability.operation import Operation, Outcome

ANN = frozenset({("ann", 10), ("bob", 5)})
# kind, method, arguments, function and value
ASKED: list[tuple[str, str, dict[str, Any], tuple[str, Hashable] | None]] = [
    ("Counter", "add", {"by": 2}, ("add", 2)),
    ("Counter", "get", {}, ("read", None)),
    ("Register", "read", {}, ("read", None)),
    ("Register", "write", {"value": [1, {"b": 2, "a": 1}]}, ("write", '[1,{"a":1,"b":2}]')),
    ("Register", "write", {"value": None}, ("write", None)),
    ("Register", "cas", {"old": "x", "new": 1.5}, ("cas", ("x", 1.5))),
    ("Ledger", "append", {}, ("append", "turn")),
    ("Ledger", "last", {}, ("count", None)),
    ("Ledger", "read", {}, ("read", None)),
    ("Accounts", "open", {"balances": {"ann": 10, "bob": 5}}, ("open", ANN)),
    ("Accounts", "transfer", {"source": "ann", "target": "bob", "amount": 3}, ("transfer", ("ann", "bob", 3))),
    ("Accounts", "total", {}, ("total", None)),
    ("Sleeper", "hold", {"hold_s": 1}, None),
    ("Sleeper", "hold_save", {"hold_s": 1}, ("add", 1)),
]


@pytest.mark.parametrize("row", ASKED, ids=lambda row: f"{row[0]}-{row[1]}")
def test_a_call(row: tuple[str, str, dict[str, Any], tuple[str, Hashable] | None]) -> None:
    kind, method, args, asked = row
    assert KINDS[kind].ask(method, args, "turn") == asked


BAD_CALLS: list[tuple[str, str, dict[str, Any], type[Exception]]] = [
    *((kind, "fly", {}, ValueError) for kind in KINDS),
    ("Counter", "add", {"by": "much"}, TypeError),
    ("Counter", "add", {}, KeyError),
    ("Register", "write", {}, KeyError),
    ("Register", "cas", {"old": 1}, KeyError),
    ("Accounts", "transfer", {"source": "ann", "target": "bob", "amount": 1.5}, TypeError),
    ("Accounts", "open", {"balances": {"ann": "much"}}, TypeError),
    ("Accounts", "open", {"balances": [1]}, AttributeError),
]


@pytest.mark.parametrize("row", BAD_CALLS, ids=lambda row: f"{row[0]}-{row[1]}-{row[2]}")
def test_a_call_that_is_not_understood(row: tuple[str, str, dict[str, Any], type[Exception]]) -> None:
    kind, method, args, error = row
    with pytest.raises(error, match=method if error is ValueError else None):
        KINDS[kind].ask(method, args, "turn")


# kind, method, answer, result
ANSWERS: list[tuple[str, str, Any, Hashable]] = [
    ("Counter", "add", 3, 3),
    ("Counter", "get", 0, 0),
    ("Register", "write", "ignored", None),
    ("Register", "read", {"a": 1}, '{"a":1}'),
    ("Register", "cas", False, False),
    ("Ledger", "append", {"index": 4}, 4),
    ("Ledger", "last", {"count": 3}, 3),
    ("Ledger", "read", {"count": 2, "entries": [[1, "o", "t1"], [2, "p", "t2"]]}, ("t1", "t2")),
    ("Ledger", "read", {"count": 0, "entries": []}, ()),
    ("Accounts", "open", {"ann": 10, "bob": 5}, ANN),
    ("Accounts", "total", {"ann": 10, "bob": 5}, ANN),
    ("Sleeper", "hold_save", 2, 2),
]


@pytest.mark.parametrize("row", ANSWERS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_an_answer(row: tuple[str, str, Any, Hashable]) -> None:
    kind, method, answer, result = row
    assert KINDS[kind].result(method, answer) == result


@pytest.mark.parametrize(
    ("kind", "method", "answer", "error"),
    [
        ("Counter", "add", "3", TypeError),
        ("Ledger", "append", {"count": 3}, KeyError),
        ("Ledger", "last", {"count": None}, TypeError),
        ("Ledger", "read", {"count": 2, "entries": [[1, "o", "t1"]]}, ValueError),
        ("Ledger", "read", {"count": 1, "entries": [[2, "o", "t1"]]}, ValueError),
        ("Ledger", "read", {"count": 1, "entries": [[0, "o", "t1"]]}, ValueError),
        ("Accounts", "total", 7, AttributeError),
        ("Sleeper", "hold_save", None, TypeError),
    ],
)
def test_an_answer_that_is_not_understood(kind: str, method: str, answer: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        KINDS[kind].result(method, answer)


def test_what_the_errors_say() -> None:
    with pytest.raises(TypeError, match="'3' is no whole number"):
        KINDS["Counter"].result("add", "3")
    with pytest.raises(ValueError, match="its entries are not numbered from 1 to its count"):
        KINDS["Ledger"].result("read", {"count": 2, "entries": [[1, "o", "t1"]]})


@pytest.mark.parametrize(
    ("kind", "writes", "value"),
    [
        ("Counter", {"value": {"value": 3}}, 3),
        ("Register", {"value": {"value": [1]}}, "[1]"),
        ("Ledger", {"entry-000001": {"turn": "t1"}, "entry-000002": {"turn": "t2"}, "count": {"count": 2}}, (2, "t2")),
        (
            "Accounts",
            {"account-ann": {"balance": 10}, "account-bob": {"balance": 5}, "names": {"names": ["ann", "bob"]}},
            ANN,
        ),
        ("Sleeper", {"count": {"count": 2}}, 2),
    ],
)
def test_a_save(kind: str, writes: dict[str, Any], value: Hashable) -> None:
    assert KINDS[kind].stored(writes) == value


def test_a_save_that_is_not_understood() -> None:
    with pytest.raises(StopIteration):
        KINDS["Ledger"].stored({"entry-000001": {"turn": "t1"}, "count": {"count": 2}})
    with pytest.raises(KeyError):
        KINDS["Counter"].stored({"other": {"value": 1}})


@pytest.mark.parametrize("value", [None, "x", 1, 1.5, True])
def test_scalars_stay_as_they_are(value: object) -> None:
    assert plain(value) is value


def test_what_tells_more_than_each_save_writes() -> None:
    assert {kind: set(KINDS[kind].partial) for kind in KINDS} == {
        "Counter": set(),
        "Register": set(),
        "Ledger": {"read"},
        "Accounts": {"open", "transfer", "total"},
        "Sleeper": set(),
    }


# ---- models


def op(function: str, value: Hashable = None, result: Any = None, outcome: Outcome = "ok") -> Operation:
    end_ns = 2 if outcome == "ok" else None
    return Operation(id="o", function=function, value=value, start_ns=1, end_ns=end_ns, outcome=outcome, result=result)


COUNTER, REGISTER, LEDGER, ACCOUNTS = (KINDS[kind].loose for kind in ("Counter", "Register", "Ledger", "Accounts"))
STEPS: list[tuple[Model, Any, Operation, bool, Any]] = [
    (COUNTER, 3, op("stored", 7), True, 7),
    (COUNTER, 3, op("add", 1, 4), True, 4),
    (COUNTER, 3, op("add", 1, 5), False, None),
    (REGISTER, 3, op("stored", 7), True, 7),
    (REGISTER, 3, op("read", None, 3), True, 3),
    (REGISTER, 3, op("cas", (4, 5), True), False, None),
    (LEDGER, (1, ("x",)), op("append", "y", 2), True, (2, ("x", "y"))),
    (LEDGER, (1, ("x",)), op("append", "y"), True, (2, ("x", "y"))),
    (LEDGER, (1, ("x",)), op("append", "y", 3), False, None),
    (LEDGER, (1, ("x",)), op("append", "y", outcome="info"), True, (2, ("x", "y"))),
    (LEDGER, (1, ("x", "lost", "z")), op("append", "y", 2), True, (2, ("x", "y", "z"))),
    (LEDGER, (1, ("x", "lost")), op("count", None, 1), True, (1, ("x", "lost"))),
    (LEDGER, (1, ("x", "lost")), op("count", None, 2), False, None),
    (LEDGER, (1, ("x", "lost")), op("read", None, ("x",)), True, (1, ("x", "lost"))),
    (LEDGER, (1, ("x", "lost")), op("read", None, ("x", "lost")), False, None),
    (LEDGER, (0, ()), op("stored", (1, "x")), True, (1, ("x",))),
    (LEDGER, (0, ()), op("stored", (3, "x")), True, (3, (None, None, "x"))),
    (LEDGER, (1, ("x",)), op("stored", (3, "z")), True, (3, ("x", None, "z"))),
    (LEDGER, (3, ("x", "y", "z")), op("stored", (2, "w")), True, (2, ("x", "w", "z"))),
    (LEDGER, (3, ("x", "y", "z")), op("stored", (1, "w")), True, (1, ("w", "y", "z"))),
    (LEDGER, (2, ("x", "y")), op("stored", (3, "w")), True, (3, ("x", "y", "w"))),
    (ACCOUNTS, ANN, op("total", None, ANN), True, ANN),
    (ACCOUNTS, ANN, op("total", None, frozenset({("ann", 10)})), False, None),
    (ACCOUNTS, ANN, op("total"), True, ANN),
    (ACCOUNTS, frozenset(), op("open", ANN, ANN), True, ANN),
    (ACCOUNTS, frozenset({("ann", 1)}), op("open", ANN), True, frozenset({("ann", 1), ("bob", 5)})),
    (ACCOUNTS, frozenset({("ann", 1)}), op("open", ANN, ANN), False, None),
    (
        ACCOUNTS,
        ANN,
        op("transfer", ("ann", "bob", 10), frozenset({("ann", 0), ("bob", 15)})),
        True,
        frozenset({("ann", 0), ("bob", 15)}),
    ),
    (ACCOUNTS, ANN, op("transfer", ("ann", "bob", 10)), True, frozenset({("ann", 0), ("bob", 15)})),
    (ACCOUNTS, ANN, op("transfer", ("ann", "bob", 10), ANN), False, None),
    (ACCOUNTS, ANN, op("transfer", ("ann", "bob", 0), ANN), True, ANN),
    (ACCOUNTS, ANN, op("transfer", ("ann", "bob", 11), ANN), True, ANN),
    (ACCOUNTS, ANN, op("transfer", ("ann", "bob", 11), frozenset({("ann", -1), ("bob", 16)})), False, None),
    (ACCOUNTS, ANN, op("transfer", ("ann", "bob", 11), outcome="info"), True, ANN),
    (ACCOUNTS, ANN, op("transfer", ("ann", "ann", 3), frozenset({("ann", 10)})), True, ANN),
    (ACCOUNTS, ANN, op("transfer", ("ann", "ann", 3), frozenset({("ann", 7)})), False, None),
    (ACCOUNTS, ANN, op("transfer", ("ann", "cem", 3)), False, None),
    (ACCOUNTS, ANN, op("transfer", ("cem", "ann", 3)), False, None),
    (ACCOUNTS, ANN, op("transfer", ("ann", "bob", -1)), False, None),
    (ACCOUNTS, ANN, op("transfer", ("ann", "cem", 3), outcome="info"), True, ANN),
    (ACCOUNTS, ANN, op("transfer", ("ann", "bob", -1), outcome="info"), True, ANN),
    (ACCOUNTS, ANN, op("stored", frozenset({("ann", 1)})), True, frozenset({("ann", 1), ("bob", 5)})),
    (ACCOUNTS, ANN, op("stored", frozenset({("cem", 2)})), True, ANN | {("cem", 2)}),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{type(step[0]).__name__}-{step[2]}")
def test_a_step(step: tuple[Model, Any, Operation, bool, Any]) -> None:
    model, state, operation, legal, after = step
    found, following = model.step(state, operation)
    assert found is legal
    if legal:
        assert following == after


def test_what_the_loose_models_promise() -> None:
    for model in (COUNTER, REGISTER):
        assert model.is_blind(op("stored", 1)) is True
        assert model.is_blind(op("read", None, 1)) is False
        assert model.suited([]) is model
    assert REGISTER.is_blind(op("write", 1)) is True
    assert COUNTER.is_blind(op("add", 1)) is False
    assert LEDGER.is_blind(op("stored", (1, "x"))) is False  # it leaves the other entries
    assert LEDGER.is_too_late((9, ()), op("count", None, 1)) is False
    assert LEDGER.suited([op("read", None, ("x",))]) is LEDGER
    assert LEDGER.initial == (0, ())
    assert ACCOUNTS.is_pure(op("total", None, ANN)) is True
    assert ACCOUNTS.is_pure(op("transfer", ("ann", "bob", 0))) is False
    assert ACCOUNTS.initial == frozenset()


@pytest.mark.parametrize("model", [COUNTER, REGISTER, LEDGER, ACCOUNTS], ids=lambda model: type(model).__name__)
def test_what_they_do_not_know(model: Model) -> None:
    with pytest.raises(UnknownFunctionError, match=r"operation o: .* has no fly\(\)"):
        model.step(model.initial, op("fly"))

"""What each model answers, and what it promises the search."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar

import pytest

from actorproof.properties.formats import edn
from actorproof.properties.formats.event import BadHistoryError
from actorproof.properties.formats.found import read
from actorproof.properties.formats.values import FrozenMap
from actorproof.properties.linearizability.model import Model, UnknownFunctionError
from actorproof.properties.linearizability.models import MODELS
from actorproof.properties.linearizability.models.accounts import Accounts
from actorproof.properties.linearizability.models.counter import Counter
from actorproof.properties.linearizability.models.ledger import Entries, Ledger
from actorproof.properties.linearizability.models.map import UNSEEN, Cell, KeyValue, Map
from actorproof.properties.linearizability.models.multi_register import MultiRegister
from actorproof.properties.linearizability.models.mutex import Mutex
from actorproof.properties.linearizability.models.queues import FifoQueue, UnorderedQueue
from actorproof.properties.linearizability.models.register import CasRegister, Register
from actorproof.properties.linearizability.models.sets import GrowOnlySet, Set
from actorproof.properties.linearizability.operation import Operation, Outcome


def op(function: str, value: Hashable = None, result: Any = None, outcome: Outcome = "ok") -> Operation:
    end_ns = 2 if outcome == "ok" else None
    return Operation(id="o", function=function, value=value, start_ns=1, end_ns=end_ns, outcome=outcome, result=result)


def entries(*listed: Hashable) -> Entries:
    found = Entries()
    for entry in listed:
        found = Entries(found, entry)
    return found


def held(**balances: int) -> FrozenMap:
    return FrozenMap(balances.items())


REGISTER, CAS, COUNTER, LEDGER, MAP, KV = Register(), CasRegister(), Counter(), Ledger(), Map(), KeyValue()
ACCOUNTS, FREE = Accounts({"a": 2, "b": 0}), Accounts({"a": 2, "b": 0}, overdraft=True)
TWO, PAIRS = held(a=2, b=0), held(k=1, l=2)
GROWING = COUNTER.suited([])
SHOWN = LEDGER.suited([op("read", result=("x", "y"))])
CELL, SET, GROWN, FIFO, UNORDERED, MULTI, MUTEX = (
    Cell(),
    Set(),
    GrowOnlySet(),
    FifoQueue(),
    UnorderedQueue(),
    MultiRegister(),
    Mutex(),
)
TOLD = [op("get", "k", "ab"), op("get", "k", "x"), op("get", "k", "z", "info"), op("get", "k", 7)]
TEXT = CELL.suited([*TOLD, op("put", ("k", "y")), op("append", ("k", "a"))])
LONGER = CELL.suited([*TOLD, op("append", ("k", "a"))])
# model, state, operation, whether it is legal, the state after it if it is
STEPS: list[tuple[Model, Any, Operation, bool, Any]] = [
    (KV, FrozenMap(()), op("get", "k", ""), True, FrozenMap(())),
    (KV, FrozenMap([("k", "")]), op("get", "k", ""), True, FrozenMap([("k", "")])),
    (KV, FrozenMap([("k", "x")]), op("get", "k", ""), False, None),
    (KV, FrozenMap([("k", "x")]), op("get", "k", "x"), True, FrozenMap([("k", "x")])),
    (REGISTER, 3, op("read", result=3), True, 3),
    (REGISTER, 3, op("read", result=4), False, None),
    (REGISTER, None, op("read"), True, None),
    (REGISTER, 3, op("read"), False, None),
    (REGISTER, 3, op("read", outcome="info"), True, 3),
    (REGISTER, 3, op("write", 5), True, 5),
    (CAS, 3, op("read", result=3), True, 3),
    (CAS, 3, op("read", result=4), False, None),
    (CAS, 3, op("read", outcome="info"), True, 3),
    (CAS, 3, op("write", 5), True, 5),
    (CAS, 3, op("cas", (3, 5), True), True, 5),
    (CAS, 3, op("cas", (3, 5)), True, 5),
    (CAS, 3, op("cas", (3, 5), False), False, None),
    (CAS, 3, op("cas", (4, 5), True), False, None),
    (CAS, 3, op("cas", (4, 5)), False, None),
    (CAS, 3, op("cas", (4, 5), False), True, 3),
    (CAS, 3, op("cas", (3, 5), outcome="info"), True, 5),
    (CAS, 3, op("cas", (4, 5), outcome="info"), True, 3),
    (COUNTER, 3, op("read", result=3), True, 3),
    (COUNTER, 3, op("read", result=4), False, None),
    (COUNTER, 3, op("read", outcome="info"), True, 3),
    (COUNTER, 3, op("add", 2), True, 5),
    (COUNTER, 3, op("add", 2, 5), True, 5),
    (COUNTER, 3, op("add", 2, 6), False, None),
    (COUNTER, 3, op("add", 2, outcome="info"), True, 5),
    (COUNTER, 3, op("increment", None, 4), True, 4),
    (COUNTER, 3, op("increment", None, 5), False, None),
    (GROWING, 3, op("add", 2, 5), True, 5),
    (LEDGER, entries("x"), op("append", "y", 2), True, entries("x", "y")),
    (LEDGER, entries("x"), op("append", "y", 1), False, None),
    (LEDGER, entries("x"), op("append", "y"), True, entries("x", "y")),
    (LEDGER, entries("x"), op("append", "y", outcome="info"), True, entries("x", "y")),
    (LEDGER, entries("x"), op("count", result=1), True, entries("x")),
    (LEDGER, entries("x"), op("count", result=2), False, None),
    (LEDGER, entries("x"), op("count"), False, None),
    (LEDGER, entries("x", "y"), op("read", result=("x", "y")), True, entries("x", "y")),
    (LEDGER, entries("x", "y"), op("read", result=("z", "y")), False, None),
    (LEDGER, entries("x", "y"), op("read", result=("x", "z")), False, None),
    (LEDGER, entries("x", "y"), op("read", result=("y",)), False, None),
    (LEDGER, entries("x", "y"), op("read", result="xy"), False, None),
    (LEDGER, entries("x", "y"), op("read"), False, None),
    (LEDGER, entries("x", "y"), op("read", outcome="info"), True, entries("x", "y")),
    (LEDGER, entries(), op("read", result=()), True, entries()),
    (SHOWN, 0, op("append", "x", 1), True, 1),
    (SHOWN, 0, op("append", "x"), True, 1),
    (SHOWN, 0, op("append", "x", 2), False, None),
    (SHOWN, 0, op("append", "y"), False, None),
    (SHOWN, 1, op("append", "y"), True, 2),
    (SHOWN, 2, op("append", "anything", 3), True, 3),
    (SHOWN, 1, op("count", result=1), True, 1),
    (SHOWN, 1, op("count", result=2), False, None),
    (SHOWN, 1, op("read", result=("x",)), True, 1),
    (SHOWN, 1, op("read", result=("y",)), False, None),
    (SHOWN, 1, op("read", result=("x", "y")), False, None),
    (SHOWN, 2, op("read", result=("x",)), False, None),
    (SHOWN, 1, op("read", result="x"), False, None),
    (SHOWN, 1, op("read", outcome="info"), True, 1),
    (ACCOUNTS, TWO, op("read", result=held(b=0, a=2)), True, TWO),
    (ACCOUNTS, TWO, op("read", result=held(a=2)), False, None),
    (ACCOUNTS, TWO, op("read", result=3), False, None),
    (ACCOUNTS, TWO, op("read", outcome="info"), True, TWO),
    (ACCOUNTS, TWO, op("balance", "a", 2), True, TWO),
    (ACCOUNTS, TWO, op("balance", "b", 2), False, None),
    (ACCOUNTS, TWO, op("balance", "c"), True, TWO),
    (ACCOUNTS, TWO, op("total", None, 2), True, TWO),
    (ACCOUNTS, TWO, op("total", None, 3), False, None),
    (ACCOUNTS, TWO, op("deposit", ("a", 3)), True, held(a=5, b=0)),
    (ACCOUNTS, TWO, op("deposit", ("c", 3)), True, held(a=2, b=0, c=3)),
    (ACCOUNTS, TWO, op("transfer", ("a", "b", 2), True), True, held(a=0, b=2)),
    (ACCOUNTS, TWO, op("transfer", ("a", "b", 2)), True, held(a=0, b=2)),
    (ACCOUNTS, TWO, op("transfer", ("a", "b", 2), False), False, None),
    (ACCOUNTS, TWO, op("transfer", ("a", "b", 2), outcome="info"), True, held(a=0, b=2)),
    (ACCOUNTS, TWO, op("transfer", ("a", "b", 3), True), False, None),
    (ACCOUNTS, TWO, op("transfer", ("a", "b", 3)), False, None),
    (ACCOUNTS, TWO, op("transfer", ("a", "b", 3), False), True, TWO),
    (ACCOUNTS, TWO, op("transfer", ("a", "b", 3), outcome="info"), True, TWO),
    (ACCOUNTS, TWO, op("transfer", ("a", "c", 1), False), True, TWO),
    (ACCOUNTS, TWO, op("transfer", ("c", "a", 0), False), True, TWO),
    (FREE, TWO, op("transfer", ("a", "b", 3), True), True, held(a=-1, b=3)),
    (FREE, TWO, op("transfer", ("c", "b", 3), True), False, None),
    (MAP, PAIRS, op("get", "k", 1), True, PAIRS),
    (MAP, PAIRS, op("get", "k", 2), False, None),
    (MAP, PAIRS, op("get", "m"), True, PAIRS),
    (MAP, PAIRS, op("put", ("k", 5)), True, held(k=5, l=2)),
    (MAP, PAIRS, op("put", ("m", 5)), True, held(k=1, l=2, m=5)),
    (MAP, PAIRS, op("delete", "k"), True, held(l=2)),
    (MAP, PAIRS, op("delete", "m"), True, PAIRS),
    (MAP, PAIRS, op("read", result=held(l=2, k=1)), True, PAIRS),
    (MAP, PAIRS, op("read", result=held(l=2)), False, None),
    (MAP, PAIRS, op("read", result=7), False, None),
    (MAP, PAIRS, op("read", outcome="info"), True, PAIRS),
    (CELL, 1, op("get", "k", 1), True, 1),
    (CELL, 1, op("get", "k", 2), False, None),
    (CELL, 1, op("get", "k"), False, None),
    (CELL, 1, op("get", "k", outcome="info"), True, 1),
    (CELL, None, op("get", "k", ""), True, None),
    (CELL, 1, op("get", "k", ""), False, None),
    (CELL, "", op("get", "k"), False, None),
    (CELL, 1, op("put", ("k", 2)), True, 2),
    (CELL, 1, op("append", ("k", 2)), True, (2,)),
    (CELL, (1,), op("append", ("k", "a")), True, (1, "a")),
    (CELL, 1, op("delete", "k"), True, None),
    (TEXT, "a", op("get", "k", "a"), True, "a"),
    (TEXT, "a", op("get", "k", "b"), False, None),
    (TEXT, "a", op("get", "k", outcome="info"), True, "a"),
    (TEXT, None, op("get", "k"), True, None),
    (TEXT, None, op("get", "k", ""), True, None),
    (TEXT, "a", op("get", "k", ""), False, None),
    (TEXT, "x", op("put", ("k", "a")), True, "a"),
    (TEXT, "x", op("put", ("k", "y")), True, UNSEEN),
    (TEXT, "a", op("append", ("k", "b")), True, "ab"),
    (TEXT, "a", op("append", ("k", "c")), True, UNSEEN),
    (TEXT, "x", op("append", ("k", "z")), True, UNSEEN),
    (TEXT, None, op("append", ("k", "x")), True, "x"),
    (TEXT, None, op("append", ("k", "z")), True, UNSEEN),
    (TEXT, UNSEEN, op("append", ("k", "b")), True, UNSEEN),
    (TEXT, "a", op("delete", "k"), True, None),
]


def shown(row: tuple[Any, ...]) -> str:
    return f"{type(row[0]).__name__}-{'unseen' if row[1] is UNSEEN else row[1]}-{row[2]}"


@pytest.mark.parametrize("step", STEPS, ids=shown)
def test_a_step(step: tuple[Model, Any, Operation, bool, Any]) -> None:
    model, state, operation, legal, after = step
    found, following = model.step(state, operation)
    assert found is legal
    if legal:
        assert following == after
        assert hash(following) == hash(after)
    # What a model promises of an operation must hold in every state.
    if model.is_pure(operation):
        assert not legal or following == state
    only = model.only_in(operation)
    if only is not None:
        assert legal is (only == (state,))
    if model.is_blind(operation):
        assert legal


PURE = {
    REGISTER: [op("read", result=1), op("read", outcome="info")],
    CAS: [op("read", result=1), op("cas", (1, 2), False)],
    COUNTER: [op("read", result=1)],
    LEDGER: [op("read", result=()), op("count", result=1)],
    SHOWN: [op("read", result=()), op("count", result=1)],
    ACCOUNTS: [
        op("balance", "a", 1),
        op("total", None, 1),
        op("read", result=TWO),
        op("read", outcome="info"),
        op("transfer", ("a", "b", 1), False),
    ],
    MAP: [op("get", "k", 1), op("read", result=()), op("read", outcome="info")],
    SET: [op("contains", 1, True), op("read", result=()), op("read", outcome="info")],
    UNORDERED: [op("dequeue"), op("dequeue", outcome="info")],
    MULTI: [op("txn", (("read", "a", 1),)), op("txn", ())],
}
CHANGING = {
    REGISTER: [op("write", 1)],
    CAS: [op("write", 1), op("cas", (1, 2), True), op("cas", (1, 2)), op("cas", (1, 2), outcome="info")],
    COUNTER: [op("add", 1), op("add", 0), op("increment")],
    LEDGER: [op("append", 1)],
    SHOWN: [op("append", 1)],
    ACCOUNTS: [op("deposit", ("a", 1)), op("transfer", ("a", "b", 1), True), op("transfer", ("a", "b", 1))],
    MAP: [op("put", ("k", 1)), op("delete", "k"), op("delete", "k", result=False)],
    SET: [op("add", 1), op("remove", 1)],
    FIFO: [op("enqueue", 1), op("dequeue"), op("dequeue", result=1)],
    UNORDERED: [op("enqueue", 1), op("enqueue"), op("dequeue", result=1)],
    MULTI: [op("txn", (("read", "a", 1), ("write", "a", 1)))],
    MUTEX: [op("acquire"), op("release")],
}


def test_what_is_pure_blind_or_legal_in_one_state_only() -> None:
    for model, operations in PURE.items():
        for operation in operations:
            assert model.is_pure(operation) is True, str(operation)
            assert model.is_blind(operation) is False
            single = not isinstance(model, Ledger) and operation.function == "read"
            assert model.only_in(operation) == ((operation.result,) if single and operation.outcome == "ok" else None)
    for model, operations in CHANGING.items():
        for operation in operations:
            assert model.is_pure(operation) is False, str(operation)
            assert model.is_blind(operation) is (operation.function == "write")
            assert model.only_in(operation) is None


# model, state, operation, whether it is too late for it
LATE: list[tuple[Model, Any, Operation, bool]] = [
    (COUNTER, 9, op("read", result=1), False),  # it may go down
    (REGISTER, 9, op("read", result=1), False),
    (GROWING, 3, op("read", result=2), True),
    (GROWING, 3, op("read", result=3), False),
    (GROWING, 3, op("read", result=None), False),
    (GROWING, 3, op("read", outcome="info"), False),
    (GROWING, 3, op("add", 2, 5), False),
    (GROWING, 3, op("add", 2, 4), True),
    (GROWING, 3, op("add", 2), False),
    (GROWING, 3, op("increment", None, 4), False),
    (GROWING, 3, op("increment", None, 3), True),
    (LEDGER, entries(1, 2), op("count", result=1), True),
    (LEDGER, entries(1, 2), op("count", result=2), False),
    (LEDGER, entries(1, 2), op("read", result=(1,)), True),
    (LEDGER, entries(1, 2), op("read", result=(1, 2)), False),
    (LEDGER, entries(1, 2), op("read", result="12"), True),
    (LEDGER, entries(), op("read", result="12"), True),  # no list at all
    (LEDGER, entries(1, 2), op("read", outcome="info"), False),
    (LEDGER, entries(1, 2), op("append", 3, 3), False),
    (LEDGER, entries(1, 2), op("append", 3, 2), True),
    (LEDGER, entries(1, 2), op("append", 3), False),
    (LEDGER, entries(1, 2), op("append", 3, 0, "info"), False),
    (LEDGER, entries(1, 2), op("append", 3, "x"), False),
    (SHOWN, 2, op("count", result=1), True),
    (SHOWN, 2, op("count", result=2), False),
    (SHOWN, 2, op("read", result=(1,)), True),
    (SHOWN, 2, op("read", result=(1, 2)), False),
    (SHOWN, 0, op("read", result="12"), True),
    (SHOWN, 2, op("read", outcome="info"), False),
    (SHOWN, 2, op("append", 3, 3), False),
    (SHOWN, 2, op("append", 3, 2), True),
    (SHOWN, 2, op("append", 3), False),
    (SHOWN, 2, op("append", 3, 0, "info"), False),
    (SHOWN, 2, op("append", 3, "x"), False),
    (GROWN, frozenset({1}), op("read", result=frozenset()), True),
    (GROWN, frozenset({1}), op("read", result=frozenset({1})), False),
    (GROWN, frozenset({1}), op("read", outcome="info"), False),
    (GROWN, frozenset({1}), op("contains", 1, edn.value("false")), True),
    (GROWN, frozenset({1}), op("contains", 2, edn.value("false")), False),
    (GROWN, frozenset({1}), op("contains", 1, edn.value("true")), False),
    (GROWN, frozenset({1}), op("add", 1, edn.value("false")), False),
    (SET, frozenset({1}), op("read", result=frozenset()), False),
    (LONGER, "ab", op("get", "k", "a"), True),
    (LONGER, "a", op("get", "k", "a"), False),
    (LONGER, "a", op("get", "k", "ab"), False),
    (LONGER, None, op("get", "k"), False),
    (LONGER, "a", op("get", "k"), True),
    (LONGER, "a", op("get", "k", 7), True),
    (LONGER, UNSEEN, op("get", "k", "a"), True),
    (LONGER, UNSEEN, op("get", "k", outcome="info"), False),
    (LONGER, UNSEEN, op("append", ("k", "a")), False),
    (TEXT, "ab", op("get", "k", "a"), False),
]


@pytest.mark.parametrize("row", LATE, ids=shown)
def test_what_an_object_that_only_grows_can_not_answer_any_more(row: tuple[Model, Any, Operation, bool]) -> None:
    model, state, operation, late = row
    assert model.is_too_late(state, operation) is late


PUT, DELETE, GET = op("put", ("k", 5)), op("delete", "k"), op("get", "k", 5)
# model, what it is asked, with what, its answer
PROMISES: list[tuple[Model, str, tuple[Any, ...], Any]] = [
    (MAP, "serves", (PAIRS, PUT, GET), True),
    (MAP, "serves", (PAIRS, PUT, op("get", "k", 6)), False),
    (MAP, "serves", (PAIRS, PUT, op("get", "l", 5)), False),
    (MAP, "serves", (PAIRS, PUT, op("get", "k", 5, "info")), False),
    (MAP, "serves", (PAIRS, PUT, PUT), False),
    (MAP, "serves", (PAIRS, DELETE, op("get", "k")), True),
    (MAP, "serves", (PAIRS, DELETE, op("get", "l")), False),
    (MAP, "serves", (PAIRS, PUT, op("read", result=held(k=5))), True),
    (MAP, "serves", (PAIRS, PUT, op("read", result=held(k=6))), False),
    (MAP, "serves", (held(k=5), PUT, op("read", result=held(k=5))), False),
    (MAP, "serves", (held(l=5), PUT, op("read", result=held(k=5))), True),
    (MAP, "serves", (held(l=5), PUT, op("read", result=held(l=5))), False),
    (MAP, "serves", (PAIRS, DELETE, op("read", result=held(l=2))), True),
    (MAP, "serves", (PAIRS, DELETE, op("read", result=PAIRS)), False),
    (MAP, "serves", (held(l=2), DELETE, op("read", result=held(l=2))), False),
    (KV, "serves", (PAIRS, PUT, op("get", "l", 5)), True),
    (MAP, "may_follow", (PAIRS, PUT, []), True),
    (MAP, "may_follow", (held(k=5), GET, []), True),
    (MAP, "may_follow", (PAIRS, GET, []), False),
    (MAP, "may_follow", (PAIRS, GET, [(op("put", ("l", 5)), 1), (op("put", ("k", 6)), 1), (GET, 1)]), False),
    (MAP, "may_follow", (PAIRS, GET, [(op("put", ("l", 5)), 1), (PUT, 1)]), True),
    (MAP, "may_follow", (PAIRS, op("get", "k"), [(PUT, 1)]), False),
    (MAP, "may_follow", (PAIRS, op("get", "k"), [(DELETE, 1)]), True),
    (KV, "may_follow", (held(), op("get", "k", ""), [(DELETE, 1)]), True),
    (KV, "may_follow", (held(), op("get", "k", "x"), [(op("append", ("k", "y")), 1)]), True),
    (MAP, "may_follow", (PAIRS, op("read", result=PAIRS), []), True),
    (MAP, "may_follow", (PAIRS, op("read", result=held(k=5, l=2)), [(PUT, 1)]), True),
    (MAP, "may_follow", (PAIRS, op("read", result=held(k=5, l=3)), [(PUT, 1)]), False),
    (MAP, "may_follow", (PAIRS, op("read", result=held(l=2)), [(DELETE, 1)]), True),
    (MAP, "pressing", (PAIRS, op("get", "l", 2), [op("get", "l", 2), op("get", "k", 7)]), {"k"}),
    (MAP, "pressing", (PAIRS, op("put", ("m", 1)), [op("read", result=held(k=1, l=3))]), {"l", "m"}),
    (MAP, "part", (PUT,), "k"),
    (MAP, "part", (op("delete", "l"),), "l"),
    (CELL, "is_blind", (PUT,), True),
    (CELL, "is_blind", (DELETE,), True),
    (CELL, "is_blind", (op("append", ("k", 1)),), False),
    (CELL, "is_pure", (GET,), True),
    (CELL, "is_pure", (PUT,), False),
    (CELL, "only_in", (GET,), (5,)),
    (CELL, "only_in", (op("get", "k", ""),), None),
    (CELL, "only_in", (op("get", "k", outcome="info"),), None),
    (CELL, "only_in", (PUT,), None),
    *(
        (CELL, "suited", (of,), CELL)
        for of in ([op("put", ("k", "a"))], [op("append", ("k", 1))], [PUT, op("append", ("k", "a"))])
    ),
    (TEXT, "suited", ([op("append", ("k", "a"))],), TEXT),
    (TEXT, "serves", ("a", PUT, PUT), True),
    (TEXT, "serves", ("a", op("put", ("k", "b")), op("get", "k", "ab", "info")), True),
    (TEXT, "serves", ("x", op("put", ("k", "a")), TOLD[0]), True),
    (TEXT, "serves", ("a", op("put", ("k", "b")), TOLD[0]), False),
    (TEXT, "serves", ("a", op("append", ("k", "b")), TOLD[0]), True),
    (TEXT, "serves", ("a", op("append", ("k", "a")), TOLD[0]), False),
    (TEXT, "serves", (None, op("append", ("k", "a")), op("get", "k")), False),
    (TEXT, "serves", (UNSEEN, op("append", ("k", "a")), TOLD[0]), False),
    (TEXT, "serves", (UNSEEN, DELETE, TOLD[0]), True),
    (MAP, "may_follow", (FrozenMap([("k", None)]), op("read", result=held()), []), False),
    (REGISTER, "serves", (3, op("write", 5), op("read", result=6)), True),
    (REGISTER, "may_follow", (3, op("read", result=6), []), True),
    (REGISTER, "pressing", (3, op("write", 5), []), None),
    (REGISTER, "part", (op("write", 5),), None),
    (REGISTER, "parts", ([],), None),
    (REGISTER, "undecidable", ([],), None),
    (LEDGER, "guesses", (op("count", result=1),), []),
    (GROWING, "may_follow", (3, op("read", result=3), []), True),
    (GROWING, "may_follow", (3, op("read", result=2), [(op("add", 1), 9)]), False),
    (GROWING, "may_follow", (3, op("read", result=4), []), False),
    (GROWING, "may_follow", (3, op("read", result=9, outcome="info"), []), True),
    (GROWING, "may_follow", (3, op("read"), []), True),
    (GROWING, "may_follow", (3, op("read", result=5), [(op("add", 2), 1)]), True),
    (GROWING, "may_follow", (3, op("read", result=5), [(op("increment"), 2)]), True),
    (
        GROWING,
        "may_follow",
        (3, op("read", result=5), [(op("add", 3), 9), (op("add", 0), 9), (op("add", 1), 1)]),
        False,
    ),
    (GROWING, "may_follow", (3, op("add", 2, 5), []), True),
    (GROWING, "may_follow", (3, op("add", 2, 4), [(op("add", 1), 1)]), False),
    (GROWING, "may_follow", (3, op("increment", None, 6), [(op("add", 2), 1)]), True),
    *(
        (GROWING, "may_follow", (0, op("read", result=left), [(op("add", 100), 1), (op("add", 1), 7)]), left % 100 < 8)
        for left in (*range(1, 10), *range(100, 110))
    ),
    (GROWING, "may_follow", (0, op("read", result=100_000_001), []), True),  # more than is added up
    (COUNTER, "guesses", (op("read", result=3),), [3]),
    (COUNTER, "guesses", (op("read"),), [None]),
    (COUNTER, "guesses", (op("read", result="x"),), []),
    (COUNTER, "guesses", (op("add", 1, 3),), []),
    (REGISTER, "guesses", (op("read", result=3),), [3]),
    (REGISTER, "guesses", (op("write", 3),), []),
    (CAS, "guesses", (op("read", result=3),), [3]),
    (CAS, "guesses", (op("cas", (1, 2)),), [1]),
    (CAS, "guesses", (op("write", 3),), []),
    (MULTI, "guesses", (op("txn", (("read", "a", 1), ("write", "b", 2))),), [held(a=1)]),
    (UNORDERED, "undecidable", ([op("enqueue", 1), op("dequeue", outcome="info")],), None),
    (UNORDERED, "undecidable", ([op("enqueue", 1, outcome="info"), op("dequeue"), op("dequeue", result=1)],), None),
    (
        UNORDERED,
        "undecidable",
        ([op("dequeue"), op("dequeue", outcome="info"), op("dequeue", outcome="info"), op("dequeue", result=1)],),
        (
            "2 dequeues have no answer and may have taken any element, and 1 found the queue empty;"
            " without either it could be decided"
        ),
    ),
]


@pytest.mark.parametrize("row", PROMISES, ids=lambda row: f"{type(row[0]).__name__}-{row[1]}")
def test_what_a_model_promises_the_search(row: tuple[Model, str, tuple[Any, ...], Any]) -> None:
    model, asked, of, expected = row
    found = getattr(model, asked)(*of)
    assert (list(found) if isinstance(expected, list) else found) == expected


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        ("INVOKE 0 read nil; OK 0 read {0 5}; INVOKE 1 deposit [0 1]", FrozenMap([(0, 5)])),
        ("INVOKE 0 read nil; INVOKE 1 balance 0; OK 0 read {0 5}", FrozenMap([(0, 5)])),
        ("INVOKE 0 read nil; INVOKE 1 read nil; OK 1 read {0 5}", FrozenMap([(0, 5)])),
        ("INVOKE 0 read nil; INVOKE 1 deposit [0 1]; OK 0 read {0 5}", held()),
        ("INVOKE 1 deposit [0 1]; INVOKE 0 read nil; OK 0 read {0 5}", held()),
        ("INVOKE 0 balance 0; OK 0 balance 5", held()),
    ],
)
def test_accounts_hold_at_first_what_is_read_before_anything_is_moved(rows: str, first: FrozenMap) -> None:
    events = (row.split(" ", 3) for row in rows.split("; "))
    calls = read("\n".join(f"{process}\t:{kind.lower()}\t:{f}\t{value}" for kind, process, f, value in events)).calls
    for model in (ACCOUNTS, FREE):
        opened = type(model)(overdraft=model.overdraft).with_opening(calls)
        assert isinstance(opened, Accounts)
        assert (opened.initial, opened.overdraft) == (first, model.overdraft)


def test_the_model_for_one_history() -> None:
    assert type(COUNTER.suited([op("add", 1)])) is not Counter
    assert COUNTER.suited([op("add", 0)]).is_too_late(1, op("read", result=0))
    assert COUNTER.suited([op("increment", -1)]).is_too_late(1, op("read", result=0))  # it has no value
    assert COUNTER.suited([op("add", 1), op("add", -1)]) is COUNTER
    assert Counter(5).suited([]).initial == 5

    class Mine(Counter):
        pass

    mine = Mine()
    assert mine.suited([]) is mine
    assert (COUNTER.foresees, GROWING.foresees, LEDGER.foresees, SHOWN.foresees) == (False, False, False, True)

    class Own(Ledger):
        pass

    own = Own()
    assert own.suited([]) is own
    reads = [op("read", result=("x",)), op("read", result=("x", "y")), op("read", result=7)]
    told = LEDGER.suited([*reads, op("read", result=("p", "q", "r"), outcome="info"), op("append", 1, ("p", "q", "r"))])
    assert told.step(2, op("read", result=("x", "y"))) == (True, 2)
    assert told.step(2, op("append", "r")) == (True, 3)
    assert told.initial == 0


def test_the_first_state() -> None:
    first = {name: model().initial for name, model in MODELS.items()}
    assert (first["register"], first["counter"], first["ledger"], first["map"]) == (None, 0, Entries(), held())
    assert (Register(3).initial, CasRegister(3).initial, Counter(3).initial) == (3, 3, 3)
    assert Accounts({"a": 2, "b": 0}).initial == TWO
    assert (Accounts().overdraft, Accounts(overdraft=True).overdraft) == (False, True)


@pytest.mark.parametrize(
    ("model", "operation", "message"),
    [
        (REGISTER, op("cas", (1, 2)), "operation o: register has no cas([1 2])"),
        (CAS, op("cas", (1, 2, 3)), "operation o: cas-register has no cas([1 2 3])"),
        (CAS, op("cas", "ab"), 'operation o: cas-register has no cas("ab")'),
        (COUNTER, op("add", "x"), 'operation o: counter has no add("x")'),
        (COUNTER, op("subtract", 1), "operation o: counter has no subtract(1)"),
        (LEDGER, op("drop", 1), "operation o: ledger has no drop(1)"),
        (SHOWN, op("drop", 1), "operation o: ledger has no drop(1)"),
        (ACCOUNTS, op("deposit", ("a",)), 'operation o: accounts has no deposit(["a"])'),
        (ACCOUNTS, op("transfer", ("a", "b")), 'operation o: accounts has no transfer(["a" "b"])'),
        (MAP, op("put", "k"), 'operation o: map has no put("k")'),
    ],
)
def test_what_a_model_does_not_know(model: Model, operation: Operation, message: str) -> None:
    with pytest.raises(UnknownFunctionError) as caught:
        model.step(model.initial, operation)
    assert str(caught.value) == message


def test_a_model_without_a_name_is_known_by_its_class() -> None:
    class Mine(Register):
        name = ""

    with pytest.raises(UnknownFunctionError, match=r"operation o: Mine has no fly\(\)"):
        Mine().step(None, op("fly"))


def test_entries() -> None:
    one, same, other = entries(1, 2), entries(1, 2), entries(1, 3)
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != entries(2)
    assert one != (1, 2)
    assert entries(1) != entries(1, 1)
    assert (one.count, one.listed, entries().listed) == (2, (1, 2), ())
    assert (repr(one), repr(entries())) == ("2 entries, the last 2", "0 entries")


def test_entries_with_one_digest_are_told_apart() -> None:
    # -1 and -2 have one hash in CPython.
    assert hash(entries(-1, 5)) == hash(entries(-2, 5))
    assert entries(-1, 5) != entries(-2, 5)
    assert entries(5, -1) != entries(5, -2)
    shared = entries(7)
    assert Entries(shared, -1) != Entries(shared, -2)
    assert Entries(shared, -1) == Entries(shared, -1)


def test_the_one_state_for_what_a_growing_counter_answers() -> None:
    growing = COUNTER.suited([])
    assert growing.only_in(op("read", None, 3)) == (3,)
    assert growing.only_in(op("read", outcome="info")) is None
    assert growing.only_in(op("add", 2, 5)) == (3,)
    assert growing.only_in(op("increment", None, 5)) == (4,)
    assert growing.only_in(op("add", 2)) is None
    assert growing.only_in(op("add", 2, outcome="info")) is None


def test_the_longest_answer_is_the_one_that_is_shown() -> None:
    told = LEDGER.suited([op("read", result=("z",)), op("read", result=("a", "b"))])
    assert told.step(0, op("append", "a")) == (True, 1)
    assert told.step(0, op("append", "z"))[0] is False


class Anything(Register):
    functions: ClassVar = {}
    read_call = Model.read_call


class Stack(Anything):
    functions: ClassVar = {"push": "any value", "pop": "nil"}
    asking = frozenset({"pop"})


OBJECTS: dict[str, type[Model]] = {**MODELS, "anything": Anything, "stack": Stack}


@pytest.mark.parametrize(
    ("name", "function", "asked", "answer", "expected"),
    [
        ("map", "get", ":k", "1", ":k -> 1"),
        ("map", "get", "{:key :k}", "1", ":k -> 1"),
        ("map", "get", "{:key :k}", "{:value 1}", ":k -> 1"),
        ("map", "get", "{:key :k}", "{:val 1}", ":k -> 1"),
        ("map", "get", "{:key :k}", "{:other 1}", ":k -> nil"),
        ("map", "get", "[:k nil]", "[:k 1]", ":k -> 1"),
        ("map", "get", "[:k nil]", "[:l 1]", r"line 2.* expected \[:k value\]"),
        ("map", "get", "{:of :k}", "1", "line 1.* expected "),
        ("map", "get", "nil", "1", "line 1.* expected "),
        ("map", "get, :key 9", "nil", "1", "9 -> 1"),
        ("map", "put, :key 9", "1", "1", "[9 1] -> nil"),
        ("map", "put", "{:key :k :val 1}", "nil", "[:k 1] -> nil"),
        ("map", "put", "[:k 1 2]", "nil", "line 1.* expected "),
        ("map", "get", "[:k nil]", "?", ":k -> nil"),
        ("map", "get", "[:k nil]", "[:k 1 2]", r"line 2.* expected \[:k value\]"),
        ("map", "get", "[:k 1]", "1", "[:k 1] -> 1"),
        ("map", "get", "[:k]", "1", "[:k] -> 1"),
        ("map", "delete", ":k", "true", ":k -> nil"),
        ("map", "read", "nil", "?", "nil -> nil"),
        ("map", "read", "nil", "{:k 1}", "nil -> {:k 1}"),
        ("map", "read", "nil", "1", "line 2.* expected a map of all keys and values"),
        ("map", "put", "[:k 1]", "[:k 1]", "[:k 1] -> nil"),
        ("map", "put", "{:key :k :value 1}", "nil", "[:k 1] -> nil"),
        ("map", "put", "{:key :k}", "nil", "line 1.* expected "),
        ("map", "put", "[:k]", "nil", "line 1.* expected "),
        ("map", "fly", "nil", "nil", "line 1.* fly"),
        ("register", "write", "3", "3", "3 -> nil"),
        ("register", "read", "nil", "3", "nil -> 3"),
        ("register", "fly", "nil", "nil", "line 1.* fly"),
        ("set", "add", "3", "3", "3 -> nil"),
        ("accounts", "total", "nil", "3", "nil -> 3"),
        ("accounts", "read", "nil", "3", "line 2.* expected "),
        ("accounts", "read", "nil", '{"1" 3}', "nil -> {1 3}"),
        ("accounts", "read", "nil", "[[1 3] [2 4]]", "nil -> {1 3, 2 4}"),
        ("accounts", "read", "nil", "[[1 3 4]]", "line 2.* expected "),
        ("accounts", "read", "nil", "[[1 3] 4]", "line 2.* expected "),
        ("accounts", "read", "nil", '{1 3, "1" 4}', "line 2.* expected "),
        ("accounts", "read", "nil", "{1 :a}", "line 2.* expected "),
        ("accounts", "read", "nil", "?", "nil -> nil"),
        ("accounts", "balance", '"1"', "3", "1 -> 3"),
        ("accounts", "balance", '"01"', "3", '"01" -> 3'),
        ("accounts", "balance", '"a"', "3", '"a" -> 3'),
        ("accounts", "balance", r'"\u00b2"', "3", r'"\u00b2" -> 3'),
        ("accounts", "deposit", '["1" 3]', "9", "[1 3] -> nil"),
        ("accounts", "deposit", "{:account :a :amount 3}", "nil", "[:a 3] -> nil"),
        ("accounts", "deposit", "{:account :a}", "nil", "line 1.* expected "),
        ("accounts", "deposit", "[:a 1 2]", "nil", "line 1.* expected "),
        ("accounts", "deposit", "7", "nil", "line 1.* expected "),
        ("accounts", "transfer", '["1" "2" 3]', "false", "[1 2 3] -> false"),
        ("accounts", "transfer", "{:from 1 :to 2 :amount 3}", "true", "[1 2 3] -> nil"),
        ("accounts", "transfer", "[1 2 :a]", "nil", "line 1.* expected "),
        ("accounts", "fly", "nil", "nil", "line 1.* fly"),
        ("counter", "read", "nil", "3", "nil -> 3"),
        ("counter", "add", "3", "3", "3 -> nil"),
        ("counter", "add", "3", "7", "3 -> 7"),
        ("counter", "add", "3", "?", "3 -> nil"),
        ("counter", "add", "3", ":a", "line 2.* expected "),
        ("counter", "add", "nil", "nil", "line 1.* expected "),
        ("counter", "increment", "nil", "nil", "1 -> nil"),
        ("counter", "increment", "2", "4", "2 -> 4"),
        ("counter", "increment", ":a", "4", "line 1.* expected "),
        ("counter", "decrement", "2", "4", "line 1.* decrement"),
        ("pn-counter", "decrement", "2", "4", "-2 -> 4"),
        ("pn-counter", "decrement", "nil", "nil", "-1 -> nil"),
        ("ledger", "append", ":x", ":x", ":x -> nil"),
        ("ledger", "append", ":x", "3", ":x -> 3"),
        ("ledger", "append", ":x", ":y", "line 2.* expected its index"),
        ("ledger", "count", "nil", "3", "nil -> 3"),
        ("ledger", "count", "nil", "[3]", "line 2.* expected the number"),
        ("ledger", "count", "nil", "?", "nil -> nil"),
        ("ledger", "read", "nil", "[1 2]", "nil -> [1 2]"),
        ("ledger", "read", "nil", "3", "line 2.* expected a vector"),
        ("ledger", "read", "nil", "?", "nil -> nil"),
        ("ledger", "fly", "nil", "nil", "line 1.* fly"),
        ("set", "read", "nil", "#{1 2}", "nil -> #{1 2}"),
        ("set", "read", "nil", "[1 2]", "nil -> #{1 2}"),
        ("set", "read", "nil", "[1 1]", "line 2.* expected "),
        ("set", "read", "nil", "?", "nil -> nil"),
        ("set", "contains", "1", "true", "1 -> true"),
        ("set", "contains", "1", "1", "line 2.* expected true"),
        ("set", "contains", "1", "?", "1 -> nil"),
        ("set", "fly", "nil", "nil", "line 1.* fly"),
        ("fifo-queue", "enqueue", "3", "3", "3 -> nil"),
        ("fifo-queue", "enqueue", "nil", "nil", "line 1.* expected any"),
        ("fifo-queue", "dequeue", "nil", "3", "nil -> 3"),
        ("fifo-queue", "fly", "nil", "nil", "line 1.* fly"),
        ("cas-register", "cas", "[1 2]", "true", "[1 2] -> true"),
        ("cas-register", "cas", "[1 2]", "[1 2]", "[1 2] -> nil"),
        ("cas-register", "cas", "[1 2 3]", "true", "line 1.* expected "),
        ("cas-register", "cas", "7", "true", "line 1.* expected "),
        ("mutex", "acquire", "7", "7", "nil -> nil"),
        ("mutex", "fly", "nil", "nil", "line 1.* fly"),
        (
            "multi-register",
            "txn",
            "[[:r :a] [:w :b 1]]",
            "[[:r :a 3] [:w :b 1]]",
            '[["read" :a 3] ["write" :b 1]] -> nil',
        ),
        ("multi-register", "txn", "[[:read :a nil]]", "?", '[["read" :a nil]] -> nil'),
        ("multi-register", "txn", "[[:r :a]]", "[[:r :a]]", "line 2.* expected "),
        ("multi-register", "txn", "[[:r :a]]", "[[:r :b 1]]", "line 2.* expected "),
        ("multi-register", "txn", "[[:r :a]]", "7", "line 2.* expected "),
        *(
            ("multi-register", "txn", form, "?", "line 1.* expected ")
            for form in ("7", "[7]", "[[:w :a]]", "[[:x :a 1]]", "[[:r :a 1 2]]")
        ),
        ("multi-register", "fly", "nil", "nil", "line 1.* fly"),
        ("stack", "push", "3", "3", "3 -> nil"),
        ("stack", "push", "3", "7", "3 -> 7"),
        ("stack", "pop", "nil", "7", "nil -> 7"),
        ("stack", "pop", "7", "7", "nil -> 7"),
        ("stack", "pop", "3", "7", "3 -> 7"),
        ("stack", "pop", "7", "?", "7 -> nil"),
        ("stack", "fly", "nil", "nil", "line 1.* fly"),
        ("anything", "fly", "3", "7", "3 -> 7"),
    ],
)
def test_a_call_is_read_in_the_forms_that_its_object_has(
    name: str, function: str, asked: str, answer: str, expected: str
) -> None:
    end = ("info", "nil") if answer == "?" else ("ok", answer)
    rows = (f"{{:process 0, :type :{t}, :f :{function}, :value {v}}}" for t, v in (("invoke", asked), end))
    (call,) = read("\n".join(rows)).calls
    if not expected.startswith("line"):
        value, _, result = expected.partition(" -> ")
        found = OBJECTS[name]().read_call(call)
        assert found.function == {"increment": "add", "decrement": "add"}.get(function, function.partition(",")[0])
        assert (found.value, found.result) == (edn.value(value), edn.value(result))
        return
    with pytest.raises(BadHistoryError, match=expected):
        OBJECTS[name]().read_call(call)


@pytest.mark.parametrize(
    ("name", "init", "held"),
    [
        ("map", "{:k 1}", FrozenMap({edn.value(":k"): 1}.items())),
        ("map", "[1 2]", None),
        ("set", "#{1 2}", frozenset({1, 2})),
        ("set", "[1 2]", frozenset({1, 2})),
        ("set", "7", None),
        ("counter", "3", 3),
        ("counter", ":a", None),
        ("register", "3", 3),
        ("mutex", "3", None),
        ("accounts", '{"0" 1}', FrozenMap([(0, 1)])),
        ("accounts", "[[0 1] [1 2]]", FrozenMap([(0, 1), (1, 2)])),
        ("accounts", "[[0 1 2]]", None),
        ("accounts", "[1 2]", None),
        ("accounts", "{0 :a}", None),
        ("multi-register", "{:a 1}", FrozenMap([(edn.value(":a"), 1)])),
        ("multi-register", "7", None),
    ],
)
def test_an_object_begins_with_what_it_is_said_to_hold(name: str, init: str, held: Any) -> None:
    if held is None:
        with pytest.raises(ValueError, match=r"a map|elements|nothing|whole|number"):
            MODELS[name].opened(edn.value(init))
    else:
        assert MODELS[name].opened(edn.value(init)).initial == held

"""Small random histories: some fit by construction, some are spoiled, some are mere noise."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from actorproof.properties.formats.values import FrozenMap
from actorproof.properties.linearizability.model import Model
from actorproof.properties.linearizability.models.accounts import Accounts, OverdraftAccounts
from actorproof.properties.linearizability.models.counter import Counter, PnCounter
from actorproof.properties.linearizability.models.ledger import Ledger
from actorproof.properties.linearizability.models.map import KeyValue, Map
from actorproof.properties.linearizability.models.multi_register import MultiRegister
from actorproof.properties.linearizability.models.mutex import Mutex
from actorproof.properties.linearizability.models.queues import FifoQueue, UnorderedQueue
from actorproof.properties.linearizability.models.register import CasRegister, Register
from actorproof.properties.linearizability.models.sets import GrowOnlySet, Set
from actorproof.properties.linearizability.operation import Operation
from tests.properties.linearizability import oracle

MOST = 6
few = st.integers(0, 2)
name = st.sampled_from("ab")

# model, the oracle's apply and initial state, and what may be asked
OBJECTS: dict[str, tuple[Model, oracle.Apply, Any, st.SearchStrategy[tuple[str, Any]]]] = {
    "register": (
        Register(),
        oracle.register,
        None,
        st.one_of(st.just(("read", None)), st.tuples(st.just("write"), few)),
    ),
    "cas-register": (
        CasRegister(0),
        oracle.register,
        0,
        st.one_of(
            st.just(("read", None)), st.tuples(st.just("write"), few), st.tuples(st.just("cas"), st.tuples(few, few))
        ),
    ),
    "counter": (
        Counter(),
        oracle.counter,
        0,
        st.one_of(st.just(("read", None)), st.tuples(st.just("add"), st.integers(0, 2))),
    ),
    "ledger": (
        Ledger(),
        oracle.ledger,
        (),
        st.one_of(st.just(("read", None)), st.just(("count", None)), st.tuples(st.just("append"), few)),
    ),
    "accounts": (
        Accounts({"a": 2, "b": 0}),
        oracle.accounts,
        (("a", 2), ("b", 0)),
        st.one_of(
            st.tuples(st.just("balance"), name),
            st.tuples(st.just("deposit"), st.tuples(name, st.integers(1, 2))),
            st.tuples(st.just("transfer"), st.sampled_from([("a", "b", 1), ("b", "a", 1), ("a", "b", 2)])),
        ),
    ),
    "map": (
        Map(),
        oracle.mapping,
        (),
        st.one_of(
            st.tuples(st.just("get"), name),
            st.tuples(st.just("put"), st.tuples(name, few)),
            st.tuples(st.just("delete"), name),
            st.just(("read", None)),
        ),
    ),
    "pn-counter": (
        PnCounter(),
        oracle.counter,
        0,
        st.one_of(st.just(("read", None)), st.tuples(st.just("add"), st.integers(-1, 1))),
    ),
    "accounts-overdraft": (
        OverdraftAccounts({"a": 2, "b": 0}),
        oracle.overdraft_accounts,
        (("a", 2), ("b", 0)),
        st.one_of(
            st.tuples(st.just("balance"), name),
            st.tuples(st.just("deposit"), st.tuples(name, st.integers(1, 2))),
            st.tuples(st.just("transfer"), st.sampled_from([("a", "b", 1), ("b", "a", 1), ("a", "b", 2)])),
        ),
    ),
    "mutex": (Mutex(), oracle.mutex, "free", st.sampled_from([("acquire", None), ("release", None)])),
    "set": (
        Set(),
        oracle.elements,
        frozenset(),
        st.one_of(st.just(("read", None)), st.tuples(st.sampled_from(["add", "remove", "contains"]), few)),
    ),
    "grow-only-set": (
        GrowOnlySet(),
        oracle.elements,
        frozenset(),
        st.one_of(st.just(("read", None)), st.tuples(st.sampled_from(["add", "contains"]), few)),
    ),
    "fifo-queue": (
        FifoQueue(),
        oracle.fifo,
        (),
        st.one_of(st.just(("dequeue", None)), st.tuples(st.just("enqueue"), few)),
    ),
    "unordered-queue": (
        UnorderedQueue(),
        oracle.unordered,
        (),
        st.one_of(st.just(("dequeue", None)), st.tuples(st.just("enqueue"), few)),
    ),
    "multi-register": (
        MultiRegister(FrozenMap([("a", 0), ("b", 0)])),
        oracle.registers,
        (("a", 0), ("b", 0)),
        st.tuples(
            st.just("txn"),
            st.lists(
                st.one_of(st.tuples(st.just("read"), name, st.none()), st.tuples(st.just("write"), name, few)),
                min_size=1,
                max_size=2,
            ).map(tuple),
        ),
    ),
    "kv": (
        KeyValue(),
        oracle.texts,
        (),
        st.one_of(
            st.tuples(st.sampled_from(["get", "delete"]), name),
            st.tuples(st.sampled_from(["put", "append", "append"]), st.tuples(name, st.sampled_from("xy"))),
            st.just(("read", None)),
        ),
    ),
}


def told(function: str, answer: Any, *, tells: bool) -> Any:
    """What a caller is told, who may be told nothing of what a change did."""
    if function == "txn" or answer == oracle.ILLEGAL:
        return None  # what it read is in its value
    return answer if tells or function in oracle.TELLING or answer is False else None


@st.composite
def histories(draw: st.DrawFn, kind: str) -> list[Operation]:
    """Operations in any order; each answers what the object had at some instant within or, when spoiled, near it."""
    _, apply, state, asked = OBJECTS[kind]
    count = draw(st.integers(1, MOST))
    rows = []
    for number in range(count):
        function, value = draw(asked)
        start = draw(st.integers(0, 12))
        length = draw(st.integers(0, 8))
        instant = start + draw(st.integers(0, length)) + draw(st.sampled_from([0, 0, 0, 0, 3, -3]))
        outcome = draw(st.sampled_from(["ok", "ok", "ok", "info", "fail"]))
        tells = draw(st.integers(0, 3)) > 0
        rows.append((instant, number, function, value, start, start + length, outcome, tells))
    operations = []
    for _, number, function, value, start, end, asked_for, tells in sorted(rows):
        bare = Operation(id=str(number), function=function, value=value, start_ns=start, end_ns=end, outcome="info")
        answer, following = draw(st.sampled_from(oracle.steps(apply, state, bare)))
        outcome = asked_for if answer != oracle.ILLEGAL else draw(st.sampled_from(["ok", "fail", "fail"]))
        if outcome == "ok" or (outcome == "info" and tells):
            state = following
        operations.append(
            Operation(
                id=bare.id,
                function=function,
                value=answer if function == "txn" and outcome == "ok" else value,
                start_ns=start,
                end_ns=end if outcome == "ok" or tells else None,
                outcome=outcome,  # type: ignore[arg-type]
                result=told(function, answer, tells=tells) if outcome == "ok" else None,
            )
        )
    return draw(st.permutations(operations))

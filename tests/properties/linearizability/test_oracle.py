"""The search agrees with brute force, on every model, and its witness is one."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from actorproof.properties.linearizability.answer import Linearizable, NotLinearizable
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.search import search
from tests.properties.linearizability import oracle
from tests.properties.linearizability.strategies import OBJECTS, histories

FEW = 100
EXAMPLES = int(os.environ.get("EXAMPLES", str(FEW)))
thorough = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == FEW,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    database=None,
)


def until(history: list[Operation], end_ns: int, *, inclusive: bool) -> list[Operation]:
    """What had happened by `end_ns`: what had not ended yet, then without an end, may have taken effect, if to the
    answer that it gave later.
    """
    return [
        op if op.outcome != "ok" or (op.end_ns or 0) < end_ns + inclusive else replace(op, end_ns=None)
        for op in history
        if op.start_ns <= end_ns
    ]


@pytest.mark.parametrize("kind", OBJECTS)
@thorough
@given(data=st.data())
def test_agrees_with_brute_force(kind: str, data: st.DataObject) -> None:
    model, apply, initial, _ = OBJECTS[kind]
    history = data.draw(histories(kind))
    assume(model.undecidable(history) is None)
    answer = search(history, model)
    expected = oracle.linearizable(history, apply, initial)
    assert isinstance(answer, Linearizable) is expected
    if isinstance(answer, Linearizable):
        assert oracle.fits(answer.order, apply, initial)
        assert len({op.id for op in answer.order}) == len(answer.order)
        assert {op.id for op in history if op.outcome == "ok"} <= {op.id for op in answer.order}
        assert all(op.outcome != "fail" for op in answer.order)
    else:
        assert isinstance(answer, NotLinearizable)
        # Before the first stuck operation's end all fits; with it, nothing does.
        end_ns = answer.stuck[0].end_ns
        assert end_ns is not None
        assert oracle.linearizable(until(history, end_ns, inclusive=False), apply, initial)
        assert not oracle.linearizable(until(history, end_ns, inclusive=True), apply, initial)
        # The witness of the prefix is one.
        early = {op.id: op for op in until(history, end_ns, inclusive=False)}
        assert oracle.fits([early.get(op.id, op) for op in answer.order], apply, initial)

"""The search agrees with brute force, on every model, and its witness is one."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.search import Linearizable, NotLinearizable, search
from tests.properties.linearizability import oracle
from tests.properties.linearizability.strategies import OBJECTS, histories

FEW = 300
EXAMPLES = int(os.environ.get("EXAMPLES", str(FEW)))
thorough = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES == FEW,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    database=None,
)


def until(history: list[Operation], end_ns: int) -> list[Operation]:
    """What had happened right before `end_ns`: what had not ended yet may or may not have taken effect."""
    begun = [op for op in history if op.start_ns <= end_ns and op.outcome != "fail"]
    return [
        op
        if op.end_ns is not None and op.end_ns < end_ns
        else Operation(id=op.id, function=op.function, value=op.value, start_ns=op.start_ns, outcome="info")
        for op in begun
    ]


@pytest.mark.parametrize("kind", OBJECTS)
@thorough
@given(data=st.data())
def test_agrees_with_brute_force(kind: str, data: st.DataObject) -> None:
    model, apply, initial, _ = OBJECTS[kind]
    history = data.draw(histories(kind))
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
        # The witness of the longest prefix is one, and nothing stops before it.
        first = answer.stuck[0]
        assert first.end_ns is not None
        assert oracle.fits([op for op in answer.order if op.outcome == "info"], lambda s, _: (None, s), initial)
        assert oracle.linearizable(until(history, first.end_ns), apply, initial)

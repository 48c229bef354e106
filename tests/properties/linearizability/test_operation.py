"""Lists of operations that can't have happened are named."""

from __future__ import annotations

import pytest

from actorproof.properties.formats.event import BadHistoryError
from actorproof.properties.linearizability.model import Model
from actorproof.properties.linearizability.models import MODELS
from actorproof.properties.linearizability.operation import Operation, validate
from actorproof.properties.linearizability.search import search

GOOD = Operation(id="a", function="write", value=1, start_ns=5, end_ns=6)
BAD = {
    "operation a: invoked twice": [GOOD, GOOD],
    "operation b: ends at 4, before its start at 5": [
        GOOD,
        Operation(id="b", function="read", result=1, start_ns=5, end_ns=4),
    ],
    "operation b: ok, but has no end": [Operation(id="b", function="read", start_ns=5)],
    "operation b: outcome 'done' is not ok, fail or info": [
        Operation(id="b", function="read", start_ns=5, end_ns=6, outcome="done")  # type: ignore[arg-type]
    ],
    "operation b: unhashable type: 'list'; use tuples for lists": [
        Operation(id="b", function="write", value=[], start_ns=5, end_ns=6)  # type: ignore[arg-type]
    ],
}


@pytest.mark.parametrize("message", BAD)
def test_bad(message: str) -> None:
    with pytest.raises(BadHistoryError) as caught:
        validate(BAD[message])
    assert str(caught.value) == message


def test_good() -> None:
    validate([GOOD, Operation(id="b", function="read", start_ns=1, outcome="info")])


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_model_names_what_it_does_not_know(model: type[Model]) -> None:
    with pytest.raises(BadHistoryError, match=r"operation b: .* has no fly\(\)"):
        search([Operation(id="b", function="fly", start_ns=1, end_ns=2)], model())


def test_an_operation_as_text_shows_an_answer_of_nothing() -> None:
    bare = Operation(id="b", function="read", start_ns=1, end_ns=2)
    assert str(bare) == "read() -> nil"
    assert str(Operation(id="b", function="write", value=("a", None, True), start_ns=1, end_ns=2)) == (
        'write(["a" nil true])'
    )
    assert str(Operation(id="b", function="read", start_ns=1, outcome="info")) == "read() (info)"

"""What the docstrings show to others works as it stands there."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from actorproof.properties import linearizability
from actorproof.properties.linearizability import model, search
from actorproof.properties.linearizability.answer import Linearizable
from actorproof.properties.linearizability.operation import Operation


def example(docstring: str | None) -> str:
    """The indented lines after the first double colon."""
    assert docstring is not None
    lines = docstring.partition("::\n\n")[2].splitlines()
    end = next((at for at, line in enumerate(lines) if line and not line.startswith(" ")), len(lines))
    return textwrap.dedent("\n".join(lines[:end]))


def test_a_list_of_operations_and_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    known: dict[str, Any] = {}
    exec(example(linearizability.__doc__), known)
    assert known["answer"].stuck[0].id == "d"
    assert capsys.readouterr().out.startswith(
        "d: read() -> 1 fits nowhere\nthe 3 operations before it fit, and leave 2"
    )


@pytest.mark.parametrize(("taken", "fits"), [("b", True), ("a", False), (None, False)])
def test_a_model_in_a_few_lines(taken: str | None, fits: bool) -> None:  # noqa: FBT001 - a parameter of the test
    known: dict[str, Any] = dict(vars(model))
    exec(example(model.__doc__), known)
    history = [
        Operation(id="1", function="push", value="a", start_ns=1, end_ns=2),
        Operation(id="2", function="push", value="b", start_ns=3, end_ns=4),
        Operation(id="3", function="pop", result=taken, start_ns=5, end_ns=6),
    ]
    assert isinstance(search.search(history, known["Stack"]()), Linearizable) is fits


@pytest.mark.parametrize(
    "source", ["Wing and Gong", "1993", "Lowe", "2017", "Horn and Kroening", "2015", "P-compositionality"]
)
def test_the_sources_are_named(source: str) -> None:
    assert source in " ".join((search.__doc__ or "").split())

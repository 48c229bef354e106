"""A part of what `make oracle` does in full; see `agreement`."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.properties.linearizability.model import State
from actorproof.properties.linearizability.models.register import Register
from actorproof.properties.linearizability.operation import Operation
from benchmarks._porcupine import MissingError, build
from tests.properties.linearizability import agreement
from tests.properties.linearizability.strategies import OBJECTS


@pytest.mark.parametrize("kind", OBJECTS)
def test_brute_force(kind: str) -> None:
    disputed, fit = agreement.disputed_by_brute_force(kind, "7", 400)
    assert not disputed
    assert 100 < fit < 385  # histories of both kinds


@pytest.mark.parametrize("kind", ["cas-register", "counter"])
def test_brute_force_when_lists_of_choices_are_made_again(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actorproof.properties.linearizability.search.KEPT", 1)
    assert not agreement.disputed_by_brute_force(kind, "8", 400)[0]


def test_a_wrong_model_is_disputed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful(Register):
        def step(self, state: State, operation: Operation) -> tuple[bool, State]:
            return super().step(state, operation) if operation.function == "read" else (True, 0)

    monkeypatch.setitem(OBJECTS, "register", (Forgetful(), *OBJECTS["register"][1:]))
    assert agreement.disputed_by_brute_force("register", "9", 100)[0]


@pytest.fixture(scope="module")
def porcupine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return build(tmp_path_factory.mktemp("porcupine"))
    except MissingError as error:
        pytest.skip(f"Porcupine is not there: {error}")


@pytest.mark.parametrize("kind", OBJECTS)
def test_porcupine(porcupine: Path, kind: str) -> None:
    disputed, fit = agreement.disputed_by_porcupine(porcupine, kind, seed=3, count=200)
    assert not disputed
    assert 40 < fit < 195

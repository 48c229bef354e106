"""Histories by verdict: the folder is what is expected, the first line names the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.properties.formats.jepsen import parse
from actorproof.properties.linearizability.model import MODELS
from actorproof.properties.linearizability.search import Linearizable, search

CASES = sorted(Path(__file__).parent.glob("cases/*/*.edn"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case(path: Path) -> None:
    text = path.read_text()
    model = MODELS[text.splitlines()[0].removeprefix("; model: ")]
    answer = search(parse(text), model())
    assert isinstance(answer, Linearizable) is (path.parent.name == "good"), str(answer)


def test_every_model_has_both() -> None:
    for folder in ("good", "bad"):
        named = {path.read_text().splitlines()[0] for path in CASES if path.parent.name == folder}
        assert named == {f"; model: {name}" for name in MODELS}

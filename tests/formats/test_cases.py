"""Histories by verdict: the folder is the verdict, the name begins with the model, a first comment may give options."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from actorproof.harness.errors import HistoryError
from actorproof.harness.run import foreign
from actorproof.properties.linearizability.checkers import CHECKERS
from actorproof.properties.linearizability.models import MODELS

CASES = sorted(path for path in (Path(__file__).parent / "cases").glob("*/*") if path.is_file())
CODES = {"holds": 0, "violated": 1, "unknown": 2}
OPTIONS = "; options: "


def asked(path: Path) -> foreign.Question:
    words = shlex.split(path.read_text().partition("\n")[0].partition(OPTIONS)[2])
    init = words[words.index("--init") + 1] if "--init" in words else None
    keyed = True if "--keyed" in words else None
    return foreign.Question(model=path.name.partition("--")[0], init=init, keyed=keyed)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_case(path: Path) -> None:
    if path.parent.name == "refused":
        with pytest.raises(HistoryError, match=r"line \d+, column \d+: .*: expected "):
            foreign.analyze(path, asked(path))
        return
    said = foreign.analyze(path, asked(path))
    assert said.exit_code == CODES[path.parent.name], said
    assert said.lines[0].startswith(f"{path.parent.name}: ")


def test_every_model_has_both() -> None:
    for folder in ("holds", "violated"):
        named = {path.name.partition("--")[0] for path in CASES if path.parent.name == folder}
        assert named == {*MODELS, *CHECKERS}

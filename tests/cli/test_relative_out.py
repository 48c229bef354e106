"""A run's folder is the same from wherever its units run."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.history.folder import RunFolder


def test_a_relative_out_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = RunFolder.create(Path("out/run"))
    assert folder.path == tmp_path / "out" / "run"
    assert folder.part("churn").logs.is_absolute()

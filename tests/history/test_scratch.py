from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.provision.leftovers import leftovers
from actorproof.harness.scratch import scratch_folder


@pytest.mark.parametrize("path", ["/usr/bin:/bin", "/nowhere", ""])
def test_a_scratch_folder_goes_whatever_the_search_path_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("PATH", path)
    with scratch_folder() as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "file").write_text("text")
        assert list(tmp_path.iterdir()) == [folder]
        assert leftovers(root=tmp_path) == ()  # it has an owner, who lives
    assert not list(tmp_path.iterdir())


def test_a_scratch_folder_goes_when_what_uses_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match="broken"), scratch_folder():
        raise RuntimeError("broken")
    assert not list(tmp_path.iterdir())

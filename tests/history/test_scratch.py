from __future__ import annotations

import subprocess
import sys
import time
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


# As one of Ray's workers does whose raylet was killed.
KILLS_ITS_CHILDREN = """
import os, signal
import psutil
from actorproof.harness.scratch import scratch_folder

with scratch_folder() as folder:
    (folder / "file").write_text("text")
    for child in psutil.Process().children(recursive=True):
        child.kill()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_scratch_folder_goes_when_what_uses_it_kills_its_children_and_is_killed(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLS_ITS_CHILDREN], env={"TMPDIR": str(tmp_path)}, check=False)
    assert done.returncode < 0
    deadline_s = time.monotonic() + 30
    while list(tmp_path.iterdir()):
        assert time.monotonic() < deadline_s, "it is left"
        time.sleep(0.01)


# A process of its own, since its folder stays as long as it lives.
TWO_QUICK = """
from actorproof.harness.scratch import quick_folder

with quick_folder() as one, quick_folder() as other:
    assert one != other and one.parent == other.parent
assert not one.exists() and not other.exists() and one.parent.exists()
"""


def test_quick_folders_share_one_that_goes_with_their_process(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", TWO_QUICK], env={"TMPDIR": str(tmp_path)}, check=True)
    assert not list(tmp_path.iterdir())

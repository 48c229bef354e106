from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from actorproof.harness.cache_folder import default_folder
from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision.cache import Cache
from actorproof.harness.provision.facts import Facts

KEY = "thing-1.0-0123456789ab"


def silent(_line: str) -> None:
    pass


def work(folder: Path) -> str:
    (folder / "thing").write_bytes(b"whole")
    return "made"


def make(cache: Cache) -> Path:
    return cache.make(KEY, file="thing", work=work, progress=silent).path


def test_what_was_made_is_found(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.find(KEY, progress=silent) is None
    entry = cache.make(KEY, file="thing", work=work, progress=silent)
    assert entry.path.read_bytes() == b"whole"
    assert entry.record.origin == "made"
    assert cache.find(KEY, progress=silent) == entry


@pytest.mark.parametrize("content", [b"", b"whol", b"wrong", b"whole and more"])
def test_a_changed_file_is_made_again(tmp_path: Path, content: bytes) -> None:
    cache = Cache(tmp_path)
    path = make(cache)
    path.write_bytes(content)
    os.utime(path, ns=(1, 1))
    said: list[str] = []
    assert cache.find(KEY, progress=said.append) is None
    assert said == [f"{KEY}: the cached copy was changed since it was made, it does not count"]
    assert make(cache).read_bytes() == b"whole"


def test_a_file_that_no_longer_works_is_made_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    make(cache).write_bytes(b"whole")
    said: list[str] = []
    assert cache.find(KEY, progress=said.append, works=lambda _: False) is None
    assert said == [f"{KEY}: the cached copy does not answer any more, it does not count"]
    made: list[Path] = []

    def again(folder: Path) -> str:
        made.append(folder)
        return work(folder)

    cache.make(KEY, file="thing", work=again, progress=silent, works=lambda _: False)
    cache.make(KEY, file="thing", work=again, progress=silent, works=lambda path: path.read_bytes() == b"whole")
    assert len(made) == 1


def test_a_touched_file_is_still_whole(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    path = make(cache)
    os.utime(path, ns=(1, 1))
    entry = cache.find(KEY, progress=silent)
    assert entry is not None
    assert entry.record.mtime_ns == 1
    assert cache.find(KEY, progress=silent) == entry


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("record.json", text) for text in ("", "{", '{"file": "thing"}', '{"file": 3}', None)),
        ("thing", None),
    ],
)
def test_an_entry_without_its_file_or_its_whole_record_does_not_count(
    tmp_path: Path, name: str, text: str | None
) -> None:
    cache = Cache(tmp_path)
    path = make(cache).with_name(name)
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")
    assert cache.find(KEY, progress=silent) is None
    assert make(cache).read_bytes() == b"whole"


def test_two_set_ups_at_once_make_it_once(tmp_path: Path) -> None:
    begun, waits = threading.Event(), threading.Event()
    times: list[int] = []

    def slow(folder: Path) -> str:
        times.append(1)
        begun.set()
        assert waits.wait(timeout=30)
        return work(folder)

    def second_says(line: str) -> None:
        assert "another set-up is making it" in line
        waits.set()

    found: list[Path] = []

    def first_set_up() -> None:
        found.append(Cache(tmp_path).make(KEY, file="thing", work=slow, progress=silent).path)

    def second_set_up() -> None:
        assert begun.wait(timeout=30)
        found.append(Cache(tmp_path).make(KEY, file="thing", work=slow, progress=second_says).path)

    threads = [threading.Thread(target=each) for each in (first_set_up, second_set_up)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(times) == 1
    assert len(set(found)) == 1
    assert len(found) == 2


KILLED = """
import os, signal, sys
from pathlib import Path
from actorproof.harness.provision.cache import Cache
def work(folder):
    (folder / "thing").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
Cache(Path(sys.argv[1])).make(sys.argv[2], file="thing", work=work, progress=print)
"""


def test_what_a_killed_set_up_left_is_not_taken_for_whole(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), KEY], check=False)
    assert done.returncode == -signal.SIGKILL
    left = [path.name for path in (tmp_path / "programs").iterdir()]
    assert len(left) == 1
    assert left[0].startswith(f".{KEY}.")
    cache = Cache(tmp_path)
    assert cache.find(KEY, progress=silent) is None
    assert make(cache).read_bytes() == b"whole"
    assert [path.name for path in (tmp_path / "programs").iterdir()] == [KEY]


@pytest.mark.parametrize("raised", [KeyboardInterrupt, ProvisionError("no"), RuntimeError])
def test_failed_work_leaves_nothing(tmp_path: Path, raised: BaseException) -> None:
    def failing(folder: Path) -> str:
        work(folder)
        raise raised

    with pytest.raises(type(raised) if isinstance(raised, BaseException) else raised):
        Cache(tmp_path).make(KEY, file="thing", work=failing, progress=silent)
    assert list((tmp_path / "programs").iterdir()) == []


def test_a_folder_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ProvisionError, match=r"can't be stored in .*ACTORPROOF_CACHE"):
        make(Cache(tmp_path / "file"))


def test_the_default_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACTORPROOF_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert default_folder() == tmp_path / ".cache" / "actorproof"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    assert default_folder() == tmp_path / ".cache" / "actorproof"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_folder() == tmp_path / "xdg" / "actorproof"
    monkeypatch.setenv("ACTORPROOF_CACHE", str(tmp_path / "own"))
    assert default_folder() == tmp_path / "own"


def test_a_fact_is_asked_once_while_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "thing"
    path.write_bytes(b"one")
    times: list[int] = []

    def find_out() -> str:
        times.append(1)
        return "fact"

    for _ in range(3):
        assert Facts(tmp_path / "facts.json").ask(path, "version", find_out) == "fact"
    assert len(times) == 1
    path.write_bytes(b"another")
    Facts(tmp_path / "facts.json").ask(path, "version", find_out)
    assert len(times) == 2
    (tmp_path / "facts.json").write_text("{", encoding="utf-8")
    Facts(tmp_path / "facts.json").ask(path, "version", find_out)
    assert len(times) == 3

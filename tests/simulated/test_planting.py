"""Adding a planted bug takes one file: it is found there, planted by its name, and hunted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from actorproof.harness.mutation.find import LONGEST
from actorproof.harness.mutation.hunt import hunt
from actorproof.harness.runtimes.simulated import bugs as catalogue
from actorproof.harness.runtimes.simulated.planting import bugs, planted
from actorproof.harness.runtimes.simulated.store import Disk, Store

Add = Callable[[str, str], None]

MADE_UP = '''
from actorproof.harness.runtimes.simulated.store import Disk


class ReadsNothing(Disk):
    """Nothing that was stored is ever read.

    Breaks `durability`: no turn sees what was saved before it.
    """

    def read(self, actor: str, key: str) -> str | None:
        return None
'''


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Add]:
    """Adds a file to the catalogue of bugs."""
    monkeypatch.setattr(catalogue, "__path__", [*catalogue.__path__, str(tmp_path)])
    added: list[str] = []

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text)
        added.append(f"{catalogue.__name__}.{name}")

    yield write
    for name in added:
        sys.modules.pop(name, None)


def test_a_bug_in_one_file_is_planted_and_found(add: Add) -> None:
    add("reads_nothing", MADE_UP)
    bug = bugs()["reads-nothing"]
    assert bug.summary == "Nothing that was stored is ever read."
    assert planted("reads-nothing").of(Disk) is bug.substitute
    assert planted("reads-nothing").of(Store) is Store
    find = hunt("reads-nothing", examples=20)
    assert find.found
    assert len(find.steps) <= LONGEST


def test_the_readme_says_how_many_there_are() -> None:
    assert f"plants {len(bugs())} bugs" in (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def test_without_a_bug_every_part_is_the_right_one() -> None:
    assert planted(None).of(Store) is Store


@pytest.mark.parametrize("bug", ["None", "'write-lost'"])
def test_the_same_modules_are_loaded_with_a_bug_and_without(bug: str) -> None:
    """Hypothesis draws from the constants of modules that are loaded."""
    code = f"import sys; from {planted.__module__} import planted; planted({bug}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {bug.substitute.__module__ for bug in bugs().values()} <= set(done.stdout.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "one class is wanted"),
        (MADE_UP + MADE_UP.replace("ReadsNothing", "Another"), "one class is wanted"),
        (MADE_UP.replace("def read", "def raed"), "raed overrides no step of Disk"),
    ],
)
def test_a_file_that_plants_nothing_says_so(add: Add, text: str, said: str) -> None:
    add("made_up", text)
    with pytest.raises(TypeError, match=said):
        bugs()

"""Subjects of a user's own file run on every kind of host, beside those that we ship."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actorproof.harness.errors import UsageError
from actorproof.harness.history import events as ev
from actorproof.harness.subjects.actors import SUBJECTS
from actorproof.harness.subjects.own import load, name_of, subjects_with

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_subject.py"


@pytest.fixture
def host_options() -> tuple[str, ...]:
    return ("--subject-module", f"{EXAMPLE}:Order")


def test_they_are_registered_and_called(on_host: Callable[..., None]) -> None:
    async def work(host: Any) -> None:
        _, config = await host.get("/dapr/config")
        assert {"Order", *SUBJECTS} <= set(config["entities"])
        assert (await host.call("Order/o", "place", item="tea"))[0] == 200
        assert (await host.call("Order/o", "status"))[1]["result"] == "tea"
        assert (await host.call("Order/o", "eat"))[0] == 404
        assert [event.name for event in host.turns()] == ["place", "status"]

    on_host(work)


def test_without_a_name_there_are_ours_alone(start: Any) -> None:
    async def whole() -> None:
        async with start() as host:
            assert set((await host.get("/dapr/config"))[1]["entities"]) == set(SUBJECTS)
            assert (await host.call("Order/o", "status"))[0] == 404

    asyncio.run(whole())


def test_a_module_is_found_by_its_import_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "own_shop"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "orders.py").write_text(EXAMPLE.read_text())
    monkeypatch.syspath_prepend(str(tmp_path))
    found = subjects_with("own_shop.orders")["Order"]
    assert subjects_with(name_of([found]))["Order"] is found, "its file names the same class"


def test_each_method_declares_its_effect() -> None:
    declared = load(str(EXAMPLE)).Order.declaration()
    assert declared.model == "register"
    assert {each.name: each.effect for each in declared.methods} == {
        "place": "writes", "cancel": "writes", "status": "reads",
    }  # fmt: skip


def test_ours_declare_what_older_histories_are_read_with() -> None:
    declared = {name: subject.declaration() for name, subject in SUBJECTS.items()}
    assert {name: declared[name] for name in ev.TYPES_BEFORE} == ev.TYPES_BEFORE


@pytest.mark.parametrize(
    ("text", "named", "told"),
    [
        ("", "", "has no subject: a subject is a class"),
        ("", ":Cart", "has no subject Cart"),
        ("class Counter(Subject): ...", "", "calls a subject Counter, as one of Actorproof's"),
    ],
)
def test_what_can_not_be_had_is_told(tmp_path: Path, text: str, named: str, told: str) -> None:
    file = tmp_path / f"own_{abs(hash((text, named)))}.py"
    file.write_text(f"from actorproof.harness.subjects.actors.subject import Subject\n{text}\n")
    with pytest.raises(UsageError, match=told):
        subjects_with(f"{file}{named}")


@pytest.mark.parametrize("kind", ["bare", "sdk"])
def test_a_host_that_can_not_find_them_says_so_and_ends(kind: str, tmp_path: Path) -> None:
    words = (
        "--host", "host-1", "--process", "host-1/app#1", "--listen", "127.0.0.1:1", "--sidecar", "127.0.0.1:2",
        "--journal", str(tmp_path / "j.jsonl"), "--subject-module", str(tmp_path / "nothing.py"),
    )  # fmt: skip
    command = [sys.executable, "-m", f"actorproof.harness.subjects.{kind}", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == UsageError.exit_code
    assert done.stderr.strip().startswith("there is no file ")
    assert len(done.stderr.strip().splitlines()) == 1

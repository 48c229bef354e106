"""Subjects of a user's own file run on every kind of host, beside those that we ship."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.errors import UsageError
from actorproof.harness.history import events as ev
from actorproof.harness.subjects.actors import SUBJECTS
from actorproof.harness.subjects.own import load, name_of, subjects_with

from .conftest import Host

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_subject.py"


@pytest.fixture
def host_options() -> tuple[str, ...]:
    return ("--subject-module", f"{EXAMPLE}:Order")


async def test_they_are_registered_and_called(host: Host) -> None:
    _, config = await host.get("/dapr/config")
    assert {"Order", *SUBJECTS} <= set(config["entities"])
    assert (await host.call("Order/o", "place", item="tea"))[0] == 200
    assert (await host.call("Order/o", "status"))[1]["result"] == "tea"
    assert (await host.call("Order/o", "eat"))[0] == 404
    assert [event.name for event in host.turns()] == ["place", "status"]


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

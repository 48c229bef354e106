"""Folders stay small enough to be read: whoever opens one sees at once what is in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_MODULES = 15
DOCUMENT = re.compile(r"\b[A-Z]{3,}\.md\b")
PACKAGES = sorted(
    init.parent
    for part in ("harness", "properties", "reports")
    for init in (ROOT / part).rglob("__init__.py")
    if "out" not in init.relative_to(ROOT).parts
)


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_no_folder_has_more_than_fifteen_modules(folder: Path) -> None:
    modules = sorted(each.name for each in folder.glob("*.py") if each.name != "__init__.py")
    assert len(modules) <= MOST_MODULES, f"group them by noun into folders: {', '.join(modules)}"


def test_only_documents_that_are_here_are_named() -> None:
    documents = {path.name for path in ROOT.glob("*.md")}
    sources = (source for folder in PACKAGES for source in folder.glob("*.py"))
    named = {
        (str(each.relative_to(ROOT)), name) for each in sources for name in DOCUMENT.findall(each.read_text("utf-8"))
    }
    assert {(source, name) for source, name in named if name not in documents} == set()

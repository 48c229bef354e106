"""Folders stay small enough to be read: whoever opens one sees at once what is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_MODULES = 15
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

"""ARCHITECTURE.md names files that are there, and stays short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`((?:harness|properties|scenarios|reports|tests)/[\w./-]*)`", TEXT)))
TWO_PAGES_LINES = 160
MOST_WORDS = 25


@pytest.mark.parametrize("path", NAMED)
def test_a_path_that_is_named_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_one_call_is_followed_from_the_command_to_the_report() -> None:
    steps = TEXT.partition("## Follow one call")[2].partition("\n## ")[0]
    assert {"harness/cli/main.py", "reports/write.py"} <= set(NAMED)
    assert (
        steps.index("harness/cli/main.py")
        < steps.index("properties/verdict/verdict.py")
        < steps.index("reports/write.py")
    )


def test_every_folder_of_the_harness_and_of_properties_is_named() -> None:
    for part in ("harness", "properties"):
        folders = {each.name for each in (ROOT / part).iterdir() if (each / "__init__.py").exists()}
        missing = [folder for folder in folders if f"`{folder}/`" not in TEXT]
        assert not missing, part


def test_it_is_two_pages_with_a_diagram_and_a_short_glossary() -> None:
    assert len(TEXT.splitlines()) <= TWO_PAGES_LINES
    assert "```mermaid" in TEXT
    assert TEXT.partition("## Glossary")[2].count("\n| ") - 2 <= MOST_WORDS

"""What `--help` says of each command, on a terminal of 80 columns."""

from __future__ import annotations

import re

import pytest

from actorproof.harness.cli.app import COMMANDS, perform

WORDLESS = re.compile(r"^│ (?:\* +)?(?:--[\w-]+|[A-Z][A-Z_]+)(?: [A-Z]+(?:\.\.\.)?)? *(?:\[.*)?│$", re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_choice_has_words_and_no_default_that_says_nothing(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    perform([command, "--help"])
    text = capsys.readouterr().out
    assert f"actorproof {command}" in text
    assert not WORDLESS.findall(text)
    assert not re.findall(r'\[default:\s+(?:│\s*│\s*)?(?:\(\)|""|False|None)]', text)
    assert "--empty-" not in text

"""Glossary: what a report's words mean, in a sentence for somebody who has never heard them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_suffix(".toml")


@cache
def glossary() -> Mapping[str, str]:
    """The sentence of every word, by the word, in the order in which they are told."""
    return tomllib.loads(FILE.read_text("utf-8"))

"""Anomalies: what each class of violation is, in a sentence for somebody who has never heard of it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_suffix(".toml")


@cache
def anomalies() -> Mapping[str, str]:
    """The sentence of every class, by the class's name."""
    return tomllib.loads(FILE.read_text("utf-8"))

"""Furnishing: what a container of one kind is made of, beside its command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnishing:
    """An image, and what a unit finds in its container.

    Attributes:
        image: reference or id.
        shared: folders of this machine that stand at the same path inside; true when they may be written.
        env: what is added to the unit's own environment.
        cwd_is_shared: whether the folder that it runs in is one of this machine; else it is the image's own.
    """

    image: str
    shared: Mapping[Path, bool] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    cwd_is_shared: bool = True

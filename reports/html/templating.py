"""Templating: the pages' templates, compiled once a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from actorproof.called import typed
from actorproof.plural import some

TEMPLATES = Path(__file__).with_name("templates")


@cache
def templates() -> Environment:
    """The templates: to compile them takes longer than a short run, and a process may judge many."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(some=some, typed=typed)
    return environment

"""Templating: the pages' templates, compiled once a process, and what they make of texts."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from actorproof.called import typed
from actorproof.plural import some

TEMPLATES = Path(__file__).with_name("templates")
LINK = re.compile(r"https?://[^\s<>\"'()]+")
ANCHOR = Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>')


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


def linked(text: str) -> Markup:
    """Text with its web addresses made into links; everything is escaped."""
    pieces: list[Markup] = []
    at = 0
    for found in LINK.finditer(text):
        address = found.group().rstrip(".,;:")
        pieces += [Markup("{}").format(text[at : found.start()]), ANCHOR.format(address)]
        at = found.start() + len(address)
    pieces.append(Markup("{}").format(text[at:]))
    return Markup("").join(pieces)


def coded(text: str) -> Markup:
    """Text in which what stands between backticks is code; everything is escaped."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return Markup("{}").format(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if at % 2 else Markup("{}").format(piece)
        for at, piece in enumerate(pieces)
    )

"""Address: ids that a runtime can't write into the path of a request as they are, and what becomes of them.

A runtime that calls its applications over HTTP writes the actor's id into a path. Two dots, one dot and a per cent sign
without two digits behind it can't stand there; an id that looks encoded is decoded by whoever reads it.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

_NO_CODE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def no_segment(actor: str) -> bool:
    """Whether the id of ``Type/id`` can't stand in a path by itself."""
    id_ = actor.partition("/")[2]
    return id_ in {".", ".."} or _NO_CODE.search(id_) is not None


def read_again(actor: str) -> str | None:
    """The actor that is meant to whoever decodes the id once more; None where that is the same one."""
    type_, _, id_ = actor.partition("/")
    return None if no_segment(actor) or unquote(id_) == id_ else f"{type_}/{unquote(id_)}"

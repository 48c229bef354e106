"""TomlPlace: where in a TOML text a key stands, and how a key is told to people."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from actorproof.called import typed

Key = tuple[str | int, ...]
HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?")
ASSIGNMENT = re.compile(r"\s*([A-Za-z0-9_.\"'-]+)\s*=")


def nearest(said: str, names: Iterable[str], *, listed_by: str = "") -> str:
    """What may have been meant, to be put behind what was said; all names, or the command that lists them."""
    near = difflib.get_close_matches(said, list(names), n=1)
    if listed_by:
        meant = f" did you mean {near[0]}?" if near else ""
        return f":{meant} {typed(listed_by)} shows them"
    return f": did you mean {near[0]}?" if near else f": choose one of {', '.join(names)}"


def path_of(text: str) -> Key:
    """``steps[2].callers`` as msgspec spells it, in parts."""
    return tuple(int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", text) if part != "...")


def spelled(key: Key) -> str:
    """A key for people, who count from 1: ``steps[3].callers``."""
    said = ""
    for part in key:
        said += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if said else ''}{part}"
    return said


def line_of(text: str, key: Key) -> int:
    """The line at which a key stands, or the table that should hold it; 0 when neither does."""
    best, best_line = 0, 0
    table: Key = ()
    counts: dict[Key, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            table = _table(header[2], counts, again=header[1] == "[[")
            here = table
        elif assignment := ASSIGNMENT.match(line):
            here = (*table, *_bare(assignment[1]))
        else:
            continue
        if len(here) > best and here == key[: len(here)]:
            best, best_line = len(here), number
    return best_line


def _table(name: str, counts: dict[Key, int], *, again: bool) -> Key:
    """The key of a table's header, with the place of each list on its way."""
    found: Key = ()
    parts = _bare(name)
    for at, part in enumerate(parts, start=1):
        found = (*found, part)
        if again and at == len(parts):
            counts[found] = counts.get(found, -1) + 1
        if found in counts:
            found = (*found, counts[found])
    return found


def _bare(name: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in name.split("."))

"""What commands print: streams that take any character, and tables that cut nothing."""

from __future__ import annotations

import io
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence

UNLIMITED = 1_000_000  # columns of a file or a pipe
NARROWEST = 20


def prepare_streams() -> None:
    """Have standard output and error take every text: what their encoding lacks is shown by its code point."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started this process
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - for the rest of it
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as text. Where its lines are wider than the terminal, a block of lines for each row instead.

    In a block each cell stands behind the heading of its column. No word is cut: a name or a path can be copied out of
    it whatever the width.
    """
    columns = _columns()
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    if sum(widths) + 2 * len(widths) <= columns:
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        )
    return "\n".join(_block(head, row) for row in rows)


def folded(text: str) -> str:
    """A line as lines that the terminal is wide enough for, broken between words; what follows hangs to the right."""
    lead = len(text) - len(text.lstrip())
    return textwrap.fill(
        text,
        width=max(_columns(), NARROWEST),
        subsequent_indent=" " * (lead + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _columns() -> int:
    return shutil.get_terminal_size(fallback=(UNLIMITED, 24)).columns


def _block(head: Sequence[str], row: Sequence[str]) -> str:
    """One row below each other: its name, and the rest of it indented and folded between words."""
    cells = zip(head[1:], row[1:], strict=True)
    return "\n".join([row[0], *(folded(f"  {heading}: {cell}") for heading, cell in cells if cell)])

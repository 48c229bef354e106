"""What commands print: streams that take any character, and tables that cut nothing."""

from __future__ import annotations

import io
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence

UNLIMITED = 1_000_000  # columns of a file or a pipe


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

    No word is cut: a name or a path can be copied out of it whatever the width.
    """
    columns = shutil.get_terminal_size(fallback=(UNLIMITED, 24)).columns
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    if sum(widths) + 2 * len(widths) <= columns:
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        )
    return "\n".join(_block(row, columns=columns) for row in rows)


def _block(row: Sequence[str], *, columns: int) -> str:
    """One row below each other: its name, and the rest of it indented and folded between words."""
    name, *rest = row
    fold = textwrap.TextWrapper(
        width=max(columns, 20),
        initial_indent="  ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join([name, *(fold.fill(cell) for cell in rest if cell)])

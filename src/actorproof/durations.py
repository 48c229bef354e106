"""Durations as people say them."""

from __future__ import annotations


def spell(duration_s: float) -> str:
    """A duration as people say it: ``45 s``, ``3 min 20 s``, ``1 h 5 min``."""
    whole = round(duration_s)
    hours, rest = divmod(whole, 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    return f"{seconds} s" if whole or not duration_s else f"{duration_s:.2g} s"

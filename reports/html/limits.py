"""Limits: how much of a run the page shows, so that it stays a file that a browser opens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is shown.

    Attributes:
        bins: intervals of a run's curves, over all parts together.
        stays: stretches of actors on hosts, over all parts together.
        per_class, drawn: violations drawn, of one class and altogether.
        listed: violations of one class that are listed without a drawing.
        faults: rows of fault tables, altogether.
        bands: faults drawn in the charts, altogether. One takes some 40 characters, so that nearly all runs keep all.
        dots: recoveries drawn of one part.
        characters: of any one text.
    """

    bins: int
    stays: int
    per_class: int
    drawn: int
    listed: int
    faults: int
    bands: int
    dots: int
    characters: int


STEPS = (
    Limits(bins=1600, stays=6000, per_class=4, drawn=60, listed=4, faults=600, bands=800, dots=800, characters=600),
    Limits(bins=800, stays=2000, per_class=3, drawn=30, listed=3, faults=300, bands=800, dots=400, characters=400),
    Limits(bins=400, stays=800, per_class=2, drawn=12, listed=1, faults=100, bands=800, dots=200, characters=200),
    Limits(bins=100, stays=100, per_class=1, drawn=3, listed=0, faults=10, bands=200, dots=40, characters=80),
)

"""Series: what happened per interval of a run's part, few enough numbers to draw, from the frame of its operations.

Latency is that of calls answered `ok` that were not asked to hold their turn. The harness's probes are not counted, and
frames leave out the canary's operations. An operation counts in the interval in which it ended.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from actorproof.reports.frames.frames import Frames

STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
MS_PER_S = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Equal intervals of `bin_s` seconds from the part's first event on. None where no call was answered.

    `ok`, `fail` and `info` are operations per second.
    """

    bin_s: float
    length_s: float
    p50_ms: tuple[float | None, ...]
    p99_ms: tuple[float | None, ...]
    ok: tuple[float, ...]
    fail: tuple[float, ...]
    info: tuple[float, ...]

    @property
    def bins(self) -> int:
        return len(self.ok)

    def at(self, times_s: pd.Series[float]) -> pd.Series[int]:
        """The intervals of instants."""
        return (times_s // self.bin_s).clip(0, self.bins - 1).astype("int64")


def counted(frames: Frames) -> pd.DataFrame:
    """The operations that curves and counts tell of."""
    return frames.operations[~frames.operations["probe"]]


def series(operations: pd.DataFrame, *, length_s: float, most: int) -> Series:
    """Cut a part of `length_s` seconds into at most `most` intervals of a whole number of seconds."""
    length_s = max(length_s, 1.0)
    bin_s = next((step for step in STEPS_S if length_s / step <= most), math.ceil(length_s / most))
    bins = math.ceil(length_s / bin_s)
    plain = (operations["action"] == "call") & (operations["outcome"] == "ok") & ~operations["held"]
    latency_ms = (operations["latency_s"] * MS_PER_S).where(plain)
    at = (operations["end_s"].fillna(operations["start_s"]) // bin_s).clip(0, bins - 1).astype("int64")
    index = pd.RangeIndex(bins)
    latency = latency_ms.groupby(at)
    counts = pd.crosstab(at, operations["outcome"]).reindex(index=index, columns=["ok", "fail", "info"], fill_value=0)
    rates = counts / bin_s
    return Series(
        bin_s=bin_s,
        length_s=length_s,
        p50_ms=_known(latency.quantile(0.5).reindex(index).tolist()),
        p99_ms=_known(latency.quantile(0.99).reindex(index).tolist()),
        ok=tuple(rates["ok"]),
        fail=tuple(rates["fail"]),
        info=tuple(rates["info"]),
    )


def _known(values: Sequence[float]) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else value for value in values)

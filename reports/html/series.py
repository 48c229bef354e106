"""Series: what happened per interval of a run, few enough numbers to draw.

Latency is that of calls answered `ok` that were not asked to hold their turn. The canary's operations and the
harness's probes are left out. An operation counts in the interval in which it ended.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from actorproof.properties.views.timeline import CANARY, FAR_FUTURE_NS, Operation, Timeline

PROBE = "probe-"
NO_HOLD = re.compile(r'"hold_s":\s*0(\.0+)?\s*[,}]')
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)


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


def series(timeline: Timeline, *, most: int) -> Series:
    """Cut a timeline into at most `most` intervals of a whole number of seconds."""
    length_s = max((timeline.last_ns - timeline.first_ns) / 1e9, 1.0)
    bin_s = next((step for step in STEPS_S if length_s / step <= most), math.ceil(length_s / most))
    bins = math.ceil(length_s / bin_s)
    counted = [o for o in timeline.operations if not _apart(o)]
    frame = pd.DataFrame(
        {
            "end_ns": [o.end_ns if o.end_ns < FAR_FUTURE_NS else o.start_ns for o in counted],
            "latency_ms": [_latency_ms(o) for o in counted],
            "outcome": [o.outcome for o in counted],
        }
    )
    at = ((frame["end_ns"] - timeline.first_ns) // int(bin_s * 1e9)).clip(0, bins - 1).astype(int)
    index = pd.RangeIndex(bins)
    latency = frame.groupby(at)["latency_ms"]
    counts = pd.crosstab(at, frame["outcome"]).reindex(index=index, columns=["ok", "fail", "info"], fill_value=0)
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


def _apart(operation: Operation) -> bool:
    return operation.start.client.startswith(PROBE) or operation.start.actor.startswith(CANARY)


def _latency_ms(operation: Operation) -> float:
    """NaN for what is not a plain call that was answered."""
    start = operation.start
    held = '"hold_s"' in start.args and not NO_HOLD.search(start.args)
    plain = start.action == "call" and operation.outcome == "ok" and not held
    return (operation.end_ns - start.t_ns) / 1e6 if plain else math.nan


def _known(values: Sequence[float]) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else value for value in values)

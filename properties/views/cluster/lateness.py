"""Lateness: which attempts prove that somebody was silent for longer than is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from actorproof.properties.views.records import Operation


def proving(attempts: Iterable[Operation], *, deadline_ns: int, least: int) -> Sequence[Operation]:
    """Some attempts, in order of their ends, up to the first that was begun after the deadline, and `least` at least.

    Empty when there are fewer, or none was begun so late: they prove nothing then.
    """
    ended = sorted(attempts, key=lambda call: call.end_ns)
    late = next((at for at, call in enumerate(ended) if call.start_ns >= deadline_ns), len(ended))
    return ended[: max(late + 1, least)] if late < len(ended) and len(ended) >= least else ()

"""Health: an application without the route that its runtime asks whether it is well."""

from __future__ import annotations

from collections.abc import Iterator

from actorproof.properties.guarantees.application.mistake import Limits, Mistake, Seen
from actorproof.properties.views.timeline import Timeline

GOOD = (0, *range(200, 300))  # 0 is of one that was not asked, since it speaks no HTTP


def _find(timeline: Timeline, limits: Limits) -> Iterator[Seen]:
    del limits
    asked = timeline.asked
    if asked is not None and asked.health not in GOOD:
        said = "nothing" if asked.health is None else str(asked.health)
        yield Seen(actor="-", what=f"GET /healthz is answered with {said}", events=((asked, f"/healthz: {said}"),))


MISTAKE = Mistake(
    name="no health route",
    remedy="answer GET /healthz with 200 while the application is well, so that Dapr can check it",
    find=_find,
    in_gaps=True,
)

"""Unread: a setting of the actors that an application declares under a name that its runtime does not read."""

from __future__ import annotations

from collections.abc import Iterator

from actorproof.properties.guarantees.application.mistake import Limits, Mistake, Seen
from actorproof.properties.views.timeline import Timeline


def _find(timeline: Timeline, limits: Limits) -> Iterator[Seen]:
    del limits
    asked = timeline.asked
    if asked is None:
        return
    for said, read in asked.unread:
        yield Seen(
            actor="-",
            what=f"GET /dapr/config is answered with {said}, where {read} is what is read",
            events=((asked, said),),
        )


MISTAKE = Mistake(
    name="setting that is not read",
    remedy="declare it under the name that is read; until then the default is in force",
    find=_find,
    in_gaps=True,
)

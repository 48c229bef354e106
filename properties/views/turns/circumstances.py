"""Circumstances: what is looked at beside two turns, or two lives, of one actor that met."""

from __future__ import annotations

from actorproof.properties.verdict.findings import Terms
from actorproof.properties.views.cluster.outage import Outages
from actorproof.properties.views.timeline import Timeline
from actorproof.properties.views.turns.abandonment import Abandonment
from actorproof.properties.views.turns.excuse import Excuses
from actorproof.properties.views.turns.sketch import Sketch


class Circumstances:
    """Who was out of reach or had been left, what excuses a meeting, and how one is drawn."""

    def __init__(self, timeline: Timeline, terms: Terms) -> None:
        limits = terms.limits
        self.timeline = timeline
        self.terms = terms
        self.outages = Outages(timeline, wake_s=limits["wake_s"])
        self.excuses = Excuses(timeline)
        self.abandonment = Abandonment(
            timeline, observed_late_s=limits["observed_late_s"], idle_slack_s=limits["idle_slack_s"]
        )
        self.sketch = Sketch(timeline, wake_s=limits["wake_s"])

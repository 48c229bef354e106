"""What can be said of two turns of one actor that overlap, and whether a named clause excuses it.

How long a turn ran is known in two ways, and each is used where it errs on the safe side:

- *proven*: up to its end; without an end, up to the last of its own saves' events, and, in a whole log, up to the last
  event of its process, since its end would stand before that one. Only what is proven makes a violation, so a line that
  is left out never makes one.
- *possible*: up to its end; without an end, up to the death of its application, for ever if that lives. An excuse needs
  only what is possible.
"""

from __future__ import annotations

import json
from typing import Literal

from actorproof.harness.history import events as ev
from actorproof.properties.views.cluster.outage import died_by_ns, touches
from actorproof.properties.views.records import FAR_FUTURE_NS, FAR_PAST_NS, Save, Turn
from actorproof.properties.views.state.commits import canonical
from actorproof.properties.views.timeline import Timeline

UNTIMED = "overlap with a save whose commit can't be timed"
Clause = Literal["frozen", "orphaned"]
Late = Literal["no", "yes", "unknown"]


def proven_end_ns(timeline: Timeline, turn: Turn) -> int:
    """The last instant at which a turn is known to have run."""
    if turn.end is not None or turn.ended == "lost":
        return turn.end_ns
    last_ns = turn.start_ns
    for save in turn.saves:
        last_ns = max(last_ns, save.start.t_ns, save.end.t_ns if save.end else FAR_PAST_NS)
    if timeline.whole and not _answered(timeline, turn):
        last_ns = max(last_ns, timeline.last_event_ns(turn.process))
    return last_ns


def possible_end_ns(timeline: Timeline, turn: Turn) -> int:
    """The last instant at which a turn may have run. One that was lost from sight counts up to there: what comes after
    is a figure, since every later turn of its actor would be in doubt.
    """
    if turn.end is not None or turn.ended == "lost":
        return turn.end_ns
    life = timeline.life_of(turn.process)
    return FAR_FUTURE_NS if life is None else max(turn.end_ns if turn.ended == "killed" else FAR_PAST_NS, life.ended_ns)


def _answered(timeline: Timeline, turn: Turn) -> bool:
    """Whether a caller holds this turn's reply, so that it did end, whatever the log says."""
    operation = timeline.call_of(turn)
    return operation is not None and operation.end is not None and operation.end.turn == turn.id


class Excuses:
    """Answers questions about overlapping turns; the store's log is indexed when it is first needed."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def clause(self, first: Turn, second: Turn) -> Clause | None:
        """The clause that fits an overlap of two turns, `first` having begun earlier."""
        start_ns = second.start_ns
        end_ns = min(possible_end_ns(self._timeline, first), possible_end_ns(self._timeline, second))
        for turn in (first, second):
            life = self._timeline.life_of(turn.process)
            if life is not None and life.stopped_during(start_ns, end_ns):
                return "frozen"
        return "orphaned" if self._orphaned(first, start_ns) else None

    def under_way(self, turn: Turn, before_ns: int) -> Clause | None:
        """The clause that fits a turn that was under way when its actor came to life elsewhere, at `before_ns`."""
        life = self._timeline.life_of(turn.process)
        if life is not None and life.stopped_during(turn.start_ns, possible_end_ns(self._timeline, turn)):
            return "frozen"
        return "orphaned" if self._orphaned(turn, before_ns) else None

    def saved_late(self, first: Turn, since_ns: int) -> Late:
        """Whether a save of a turn was committed after an instant.

        A commit lies after the start of its save and the reading of the log that did not have it, and not after the
        reading that had it, nor after the save's acknowledgement.
        """
        words = [self._late(save, since_ns) for save in first.saves]
        return "yes" if "yes" in words else "unknown" if "unknown" in words else "no"

    def _orphaned(self, first: Turn, before_ns: int) -> bool:
        """Whether a turn's sidecar died, or was stopped, before an instant."""
        lives = self._timeline.lives_of(f"{first.host}/sidecar")
        begun = [life for life in lives if life.started_ns <= first.start_ns]
        if not begun:
            return False
        life = begun[-1]
        return died_by_ns(life) <= before_ns or touches(life.paused, first.start_ns, before_ns)

    def _late(self, save: Save, since_ns: int) -> Late:
        commits = self._commits(save)
        acknowledged_ns = save.end.t_ns if save.end is not None and save.end.acknowledged else FAR_FUTURE_NS
        bounds = [(max(save.start.t_ns, c.not_before_ns), c.t_ns) for c in commits]
        if len(bounds) <= 1:  # a runtime that sends a save again may commit it again after its acknowledgement
            after_ns, by_ns = bounds[0] if bounds else (save.start.t_ns, FAR_FUTURE_NS)
            bounds = [(after_ns, min(by_ns, acknowledged_ns))]
        if not commits and not save.acknowledged:
            return "no" if self._log_is_whole else "unknown"
        if any(after_ns >= since_ns for after_ns, _ in bounds):
            return "yes"
        return "no" if all(by_ns <= since_ns for _, by_ns in bounds) else "unknown"

    @property
    def _log_is_whole(self) -> bool:
        """Whether a save that the store's log does not have was never committed."""
        return bool(self._timeline.commits) and not self._timeline.store_log_broken and self._timeline.closed

    def _commits(self, save: Save) -> list[ev.StoreCommitted]:
        """Where the store's log has a save: the same writes of the same actor, whatever the order of their fields."""
        writes = {(key, canonical(value)) for key, value in json.loads(save.start.writes)}
        return [
            commit
            for commit in self._timeline.commits_of(save.actor)
            if {(w.key, canonical(w.value)) for w in commit.writes if w.actor == save.actor} == writes
        ]

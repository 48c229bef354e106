"""Kept: of an application of a user's own, every save that its sidecar acknowledged is in the store's own log.

Its commit lies between the save's request and its answer. Whether callers see again what they were told is for a model
of their calls to say: linearizability.

Not asked is what a witness can't tell from outside as the store has it: a deletion (of a key that is not there the log
has nothing), null (it stands for what is too long), and a text that may stand for bytes, which go over gRPC.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from actorproof.harness.history import events as ev
from actorproof.plural import some
from actorproof.properties.verdict.findings import Figure, Findings, Span, Terms, Violation
from actorproof.properties.views.records import Save, ref
from actorproof.properties.views.state.commits import canonical
from actorproof.properties.views.state.ledger import writes_of
from actorproof.properties.views.state.storelog import StoreLog, as_floats
from actorproof.properties.views.timeline import Timeline

LOST = "lost by the store"
ROUNDED = "number rounded"
LARGE = re.compile(r"(?<![\w.])\d{16,}(?![\w.])")  # whole numbers that a float may not be able to say
_BYTES = re.compile(r'"[A-Za-z0-9+/]*={0,2}"')

Commits = Mapping[tuple[str, str], Sequence[tuple[ev.StoreCommitted, str]]]


def kept(timeline: Timeline, terms: Terms) -> Findings:
    """Find acknowledged saves that the store's log does not have."""
    log = StoreLog(timeline)
    commits: dict[tuple[str, str], list[tuple[ev.StoreCommitted, str]]] = defaultdict(list)
    for commit in timeline.commits:
        for write in commit.writes:
            if write.value is not None:
                commits[write.actor, write.key].append((commit, write.value))
    acknowledged = [save for save in timeline.saves if save.acknowledged and save.actor not in timeline.unclear]
    whole = timeline.closed and timeline.whole
    missing: list[str] = []
    if acknowledged and log.gone:
        missing.append(log.gone)
    if acknowledged and not whole:
        missing.append("the history has gaps or was not closed: a save that is missing proves nothing")
    violations: list[Violation] = []
    unreadable = 0
    for save in acknowledged:
        try:
            final = dict(writes_of(save))  # of several writes of a key in one transaction the last one stands
        except ValueError:
            unreadable += 1
            continue
        if whole and not log.gone:
            violations += _missed(timeline, save, final, commits)
    if unreadable:
        missing.append(f"the writes of {some(unreadable, 'save')} can't be read")
    return Findings(
        violations=violations,
        evidence={**dict.fromkeys(terms.thresholds, 0), "acknowledged_saves": len(acknowledged)},
        opportunities={
            LOST: len(acknowledged),
            ROUNDED: sum(LARGE.search(save.start.writes) is not None for save in acknowledged),
        },
        figures=[
            Figure(name="acknowledged saves", value=len(acknowledged), unit=""),
            Figure(name="commits", value=log.commits, unit=""),
        ],
        missing=missing,
    )


def _missed(timeline: Timeline, save: Save, final: Mapping[str, str | None], commits: Commits) -> Iterator[Violation]:
    """The first write of a save that no commit of its time has."""
    end = save.end
    if end is None:
        return
    for key, value in final.items():
        if value is None or value == "null" or _BYTES.fullmatch(value):
            continue
        values = [
            text
            for commit, text in commits.get((save.actor, key), ())
            if commit.t_ns >= save.start.t_ns and commit.not_before_ns <= end.t_ns
        ]
        if canonical(value) in map(canonical, values):
            continue
        rounded = as_floats(value) in map(as_floats, values)
        if rounded and not LARGE.search(value):
            continue  # another spelling of the same number
        said = f"the store has {key} with another whole number" if rounded else f"no commit of then has its {key}"
        yield timeline.violation(
            anomaly=ROUNDED if rounded else LOST,
            actor=save.actor,
            summary=f"save {save.id} of turn {save.turn} was acknowledged, and {said}",
            events=(ref(save.start, f"save of turn {save.turn} sent"), ref(end, "acknowledged")),
            spans=(
                Span(lane=save.start.process, label="acknowledged save", start_ns=save.start.t_ns, end_ns=end.t_ns),
            ),
            at_ns=end.t_ns,
        )
        return

"""Durability decided the slow way: the whole store after every commit."""

from __future__ import annotations

import json

from actorproof.harness.history import events as ev


def broken(events: list[ev.Event]) -> set[str]:
    """Actors whose acknowledged entries are not all there; for whole histories with a log, entries and counts only."""
    states: list[dict[tuple[str, str], str | None]] = []
    for event in events:
        if isinstance(event, ev.StoreCommitted):
            state = dict(states[-1]) if states else {}
            state |= {(write.actor, write.key): write.value for write in event.writes}
            states.append(state)
    final = states[-1] if states else {}
    answered = {e.save: e.t_ns for e in events if isinstance(e, ev.SaveEnded) and e.acknowledged}
    healed_ns = max(e.t_ns for e in events if isinstance(e, ev.PhaseReached) and e.phase == "healed")
    invoked = {e.op: e for e in events if isinstance(e, ev.Invoked) and e.name == "read" and e.t_ns >= healed_ns}
    reads = [
        (invoked[e.op], e) for e in events if isinstance(e, ev.Completed) and e.op in invoked and e.outcome == "ok"
    ]
    found: set[str] = set()
    for save in events:
        if not isinstance(save, ev.SaveStarted) or save.save not in answered:
            continue
        indexes = []
        for key, value in json.loads(save.writes):
            place = (save.actor, key)
            seen = [at for at, state in enumerate(states) if state.get(place) == value]
            if not seen:
                found.add(save.actor)
            if key.startswith("entry-"):
                indexes.append(int(key[6:]))
                if seen and any(state.get(place) != value for state in states[seen[0] :]):
                    found.add(save.actor)
        for index in indexes:
            count = final.get((save.actor, "count"))
            if count is not None and json.loads(count)["count"] < index:
                found.add(save.actor)
            if any((save.actor, f"entry-{n:06}") not in final for n in range(1, index)):
                found.add(save.actor)
            last = [pair for pair in reads if pair[0].actor == save.actor][-1:]
            for sent, answer in last:
                entries = [tuple(item) for item in json.loads(answer.result)["entries"]]
                shown = any(n == index and turn == save.turn for n, _, turn in entries)
                if answered[save.save] < sent.t_ns and not shown:
                    found.add(save.actor)
    return found


def overwritten(events: list[ev.Event]) -> set[tuple[str, str]]:
    """Class and actor of each acknowledged entry that a commit replaced; for whole histories with a log."""
    commits = [
        (write.actor, write.key, write.value) for e in events if isinstance(e, ev.StoreCommitted) for write in e.writes
    ]
    saves = {e.turn: e for e in events if isinstance(e, ev.SaveStarted)}
    acknowledged = {e.save for e in events if isinstance(e, ev.SaveEnded) and e.acknowledged}
    found: set[tuple[str, str]] = set()
    for save in saves.values():
        writes = [(save.actor, key, value) for key, value in json.loads(save.writes)]
        if save.save not in acknowledged or not all(write in commits for write in writes):
            continue
        for actor, key, value in writes:
            later = commits[commits.index((actor, key, value)) :]
            others = [v for a, k, v in later if (a, k) == (actor, key) and v != value]
            if key.startswith("entry-") and others:
                other = saves[json.loads(others[0] or "{}")["turn"]]
                if other.t_ns < save.t_ns:
                    found.add(("overwritten by a late save", actor))
                elif not raced(events, actor, other.t_ns):
                    found.add(("unexplained", actor))
                elif other.process == save.process:
                    found.add(("overwritten by the same instance", actor))
                else:
                    found.add(("overwritten by a second instance", actor))
    return found


def raced(events: list[ev.Event], actor: str, by_ns: int) -> bool:
    """Whether, by an instant, a turn began while another one ran, or an instance while another one was in use."""
    ends = {e.turn: e.t_ns for e in events if isinstance(e, ev.TurnEnded)}
    turns = [(e.t_ns, ends[e.turn], e) for e in events if isinstance(e, ev.TurnStarted) and e.actor == actor]
    used: dict[tuple[str, int], tuple[int, int]] = {}
    for start, end, turn in turns:
        first, last = used.get((turn.process, turn.instance), (start, end))
        used[turn.process, turn.instance] = (first, max(last, end))
    spans = [[(start, end) for start, end, _ in turns], list(used.values())]
    return any(a < c < b and c <= by_ns for kind in spans for a, b in kind for c, _ in kind)

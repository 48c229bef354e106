"""Makes the case files of readers again: ``python -m tests.properties.readers.make_cases``.

A turn changes its counter from 20 to 23 s; calls that read it come meanwhile, and others when nothing runs.
"""

from __future__ import annotations

from pathlib import Path

from tests.properties.builder import History

CASES = Path(__file__).parent.parent / "cases" / "readers"
ACTOR = "Counter/a"
TRAITS = ("readers-beside-writers",)
MANY = 6


def read(h: History, app: str, sent_s: float, from_s: float, *, turn: bool = True) -> None:
    """A call that reads, and its turn of 20 ms."""
    op = h.operation(ACTOR, sent_s, from_s + 0.03, name="get")
    if turn:
        h.turn(ACTOR, app, from_s, from_s + 0.02, op=op, name="get")


def made(
    *,
    sent_s: float,
    from_s: float,
    alone_s: float = 0.05,
    count: int = MANY,
    inside: int = 0,
    traits: tuple[str, ...] = TRAITS,
) -> History:
    """Calls that are sent at about `sent_s` and begin at about `from_s`, and `inside` more that begin at once."""
    h = History(traits=traits)
    app = h.app("host-1")
    for number in range(MANY):
        read(h, app, 10.0 + number, 10.0 + number + alone_s)
    writer = h.operation(ACTOR, 19.9, 23.1, name="add")
    h.turn(ACTOR, app, 20.0, 23.0, op=writer, name="add")
    for number in range(count):
        read(h, app, sent_s + number / 50, from_s + number / 25)
    for number in range(inside):
        read(h, app, 21.0 + number / 10, 21.05 + number / 10)
    return h


def main() -> None:
    cases = {
        "good/they-run-beside-it": made(sent_s=20.5, from_s=20.6),
        "good/one-of-them-runs-beside-it": made(sent_s=20.5, from_s=23.01, inside=1),
        "good/too-few-are-a-coincidence": made(sent_s=20.5, from_s=23.01, count=4),
        "good/they-began-long-after-it": made(sent_s=20.5, from_s=23.5),
        "good/they-waited-for-less-than-a-second-of-it": made(sent_s=22.1, from_s=23.01),
        "good/the-machine-is-slow-for-everybody": made(sent_s=20.5, from_s=23.01, alone_s=0.9),
        "good/every-slot-of-the-host-was-taken": made(sent_s=20.5, from_s=23.01, traits=(*TRAITS, "slots-4")),
        "bad/held-up-by-a-writer--each-of-them": made(sent_s=20.5, from_s=23.01),
    }
    unseen = made(sent_s=20.5, from_s=23.01)
    read(unseen, "", 21.0, 21.05, turn=False)
    cases["good/the-turn-of-one-is-in-no-journal"] = unseen
    for path, history in cases.items():
        history.close(60.0)
        history.write(CASES / f"{path}.jsonl")


if __name__ == "__main__":
    main()

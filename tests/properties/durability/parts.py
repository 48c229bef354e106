"""Parts of histories: a ledger and what was read of it."""

from __future__ import annotations

from tests.properties.builder import History

L = "Ledger/a"


def entry(turn: str, index: int) -> list[tuple[str, str | None]]:
    return [
        (f"entry-{index:06}", f'{{"op": "op-of-{turn}", "turn": "{turn}"}}'),
        ("count", f'{{"count": {index}, "turn": "{turn}"}}'),
    ]


def append(
    h: History,
    process: str,
    at_s: float,
    index: int,
    *,
    actor: str = L,
    instance: int = 1,
    acknowledged: bool = True,
    committed_s: float | None = 0.0,
) -> str:
    """An append that takes 0.4 s and saves after 0.1 s; committed then, later (`committed_s`), or never (None)."""
    turn = h.turn(actor, process, at_s, at_s + 0.3, name="append", instance=instance, completed=acknowledged)
    save = h.save(turn, entry(turn, index), at_s + 0.1, at_s + 0.2, acknowledged=acknowledged)
    if committed_s is not None:
        after_s = committed_s or at_s + 0.1
        h.commit(save, after_s, after_s + 0.05)
    return turn


def read(h: History, process: str, at_s: float, entries: dict[int, str], *, instance: int = 1, actor: str = L) -> None:
    """An `ok` read of these entries; the store has none of those before the last one that are not among them."""
    listed = [
        [index, f"op-of-{entries[index]}", entries[index]] if index in entries else [index, None, None]
        for index in range(1, max(entries, default=0) + 1)
    ]
    h.call(
        actor,
        process,
        at_s,
        at_s + 0.1,
        name="read",
        instance=instance,
        result={"count": max(entries, default=0), "entries": listed},
    )


def healed(h: History) -> None:
    h.phase("healed", 50.0)


def finish(h: History) -> None:
    """The phases after ``healed``, which stands before the last reads."""
    for phase in ("quiet", "final", "closed"):
        h.phase(phase, 60.0)

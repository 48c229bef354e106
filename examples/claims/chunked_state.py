"""State in one value, and in pieces under keys with a prefix. ``actorproof run ./examples/claims/chunked_state.py``

The same bytes are kept both ways, and a turn changes a hundredth of them: it reads and saves all of one value, or the
one piece alone. Then both ways are asked for more than a request may carry. The report's operations say how long each
took, and what was refused.
"""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.subjects.actors.subject import Args, Subject, Turn, method, number
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

KB, MB = 1_000, 1_000_000
PIECES = 35
PIECE = 100 * KB
"""35 pieces of 100 KB: as large as one value may be."""
LARGER = (MB, 12)
"""Pieces of 1 MB, 12 of them: three times what one request may carry."""
TOO_LARGE = 5 * MB


class Album(Subject):
    """What it keeps in one value, or in pieces: keys ``all``, ``piece:0``, ``piece:1`` ..."""

    @method("writes")
    async def keep(self, turn: Turn, args: Args) -> None:
        """Save `size` bytes as one value."""
        await turn.save({"all": {"bytes": "x" * number(args, "size")}})

    @method("writes")
    async def change(self, turn: Turn, args: Args) -> None:
        """Change some of the `size` bytes of one value: read it, and save it."""
        kept = await turn.load("all")
        assert kept is not None
        await turn.save({"all": {"bytes": kept["bytes"][: number(args, "size") - 1] + "y"}})

    @method("writes")
    async def keep_piece(self, turn: Turn, args: Args) -> None:
        """Save `size` bytes as one piece."""
        await turn.save({f"piece:{number(args, 'piece')}": {"bytes": "x" * number(args, "size")}})

    @method("writes")
    async def change_piece(self, turn: Turn, args: Args) -> None:
        """Change some of the `size` bytes of one piece: read it, and save it."""
        key = f"piece:{number(args, 'piece')}"
        kept = await turn.load(key)
        assert kept is not None
        await turn.save({key: {"bytes": kept["bytes"][: number(args, "size") - 1] + "y"}})

    @method("reads")
    async def pieces(self, turn: Turn, args: Args) -> int:
        """How many bytes its first `count` pieces have together."""
        found = [await turn.load(f"piece:{piece}") for piece in range(number(args, "count"))]
        return sum(len(each["bytes"]) for each in found if each is not None)


def plan(setting: Setting) -> Plan:
    """Keep, change and read, one call at a time."""
    planner = Planner(setting)
    first = 0

    def call(name: str, actor: int, pause_s: float, **args: int) -> None:
        planner.bursts("Album", name, actors=1, first=first + actor, args=args)
        planner.hold(pause_s)

    def cycle() -> None:
        nonlocal first
        call("keep", 0, 2.0, size=PIECES * PIECE)
        for _ in range(5):
            call("change", 0, 1.0, size=PIECES * PIECE)
        for piece in range(PIECES):
            call("keep_piece", 1, 0.2, piece=piece, size=PIECE)
        for piece in range(5):
            call("change_piece", 1, 0.5, piece=piece, size=PIECE)
        call("pieces", 1, 2.0, count=PIECES)
        size, count = LARGER
        for piece in range(count):
            call("keep_piece", 2, 0.3, piece=piece, size=size)
        call("change_piece", 2, 0.5, piece=7, size=size)
        call("pieces", 2, 3.0, count=count)
        call("keep", 3, 6.0, size=TOO_LARGE)
        first += 10

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="chunked-state",
    summary="actors keep much in one value, and in pieces under keys with a prefix",
    guarantees=("turns", "durability"),
    topology=Topology(hosts=2, spare_hosts=0, idle_timeout_s=60.0),
    load=Load(mix={"counter": 1}, clients=1, actors=1, fickle=0, probes=1),
    plan=plan,
    timed=False,
    duration_s={"quick": 1, "standard": 120, "soak": 600},
    subjects=(Album,),
)

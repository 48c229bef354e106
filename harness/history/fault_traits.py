"""Traits of faults, in words: what a fault does that a checker has to know. Checkers ask for these, never for verbs.

A run writes each fault's traits into its history. Faults that were recorded before that have those of `BEFORE`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

FaultTrait = Literal["severs", "resets", "stops", "ends", "crashes", "pauses", "joins", "calm"]

SEVERS: Final = "severs"
"""Keeps bytes from the links that it touches, or closes their connections."""
RESETS: Final = "resets"
"""Severs by closing each connection with a reset, and holds nothing up. Turns do not count it among their cuts."""
STOPS: Final = "stops"
"""Ends the processes of its units when it is injected, and they come back."""
ENDS: Final = "ends"
"""Ends processes, when it is injected or when it is healed, and holds no message up."""
CRASHES: Final = "crashes"
"""Ends processes by SIGKILL, and they stay away until it is healed."""
PAUSES: Final = "pauses"
"""Stops every thread of its units until it is healed."""
JOINS: Final = "joins"
"""Starts a host that was not part of the cluster, and takes it away again when it is healed."""
CALM: Final = "calm"
"""Makes hosts come and go in order: off a call's route it disturbs nothing but the table of placement."""

# Frozen: old histories name no other verbs. A new kind of fault writes its own traits and is not added here.
BEFORE: Mapping[str, tuple[FaultTrait, ...]] = {
    "kill": (STOPS, ENDS, CRASHES),
    "terminate": (STOPS, ENDS, CALM),
    "pause": (PAUSES,),
    "restart": (STOPS, ENDS),
    "add": (ENDS, JOINS, CALM),
    "remove": (ENDS, CALM),
    "cut": (SEVERS,),
    "reset": (SEVERS, RESETS),
    "swallow": (SEVERS,),
    "stall": (SEVERS,),
    "disconnect": (SEVERS,),
    "block": (SEVERS,),
}


NUMBER = re.compile(r"-\d+(?!\w)")


def fault_kind(verb: str, target: str) -> str:
    """Verb and target without numbers: ``kill host`` for host-3, ``cut host>placement`` for host-1>placement-0."""
    return f"{verb} {NUMBER.sub('', target)}"

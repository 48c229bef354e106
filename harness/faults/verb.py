"""Verbs: the names of the kinds of faults."""

from __future__ import annotations

from enum import StrEnum


class Verb(StrEnum):
    """What is done to a target.

    The first group acts on units and hosts, the second on links, the third on the machines of hosts and lone units,
    where the driver has such (docker).
    """

    KILL = "kill"
    TERMINATE = "terminate"
    PAUSE = "pause"
    RESTART = "restart"
    ADD = "add"
    REMOVE = "remove"

    CUT = "cut"
    RESET = "reset"
    SWALLOW = "swallow"
    STALL = "stall"
    DELAY = "delay"
    LIMIT = "limit"
    SLICE = "slice"

    DISCONNECT = "disconnect"
    BLOCK = "block"
    STARVE = "starve"
    THROTTLE = "throttle"

"""Behaviour: how hosts answer some of their actors' requests, as data of a scenario's topology.

An application may fail a reminder, never answer, or take its time over a DELETE; the runtime has to keep its promises
all the same. The witness records what such a host really does: a turn that failed, stays open, or ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec

from actorproof.harness.errors import TopologyError

Request = Literal["call", "reminder", "timer", "deactivate"]
Manner = Literal["run", "fail", "fail-save", "hang", "cancel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How to answer one kind of request. TopologyError when it makes no sense.

    Attributes:
        actors: how the names of the actors begin that it is for: ``Recorder/failing-``.
        request: a call, a reminder, a timer, or the DELETE of an actor.
        name: the method, reminder or timer that it is for; every one when None.
        manner: ``run`` the turn; ``fail`` with 500 before any code of the actor runs; ``fail-save``: run it up to its
            save, which stages its changes, and fail with 500 before they are sent; ``hang``: never answer; ``cancel``:
            run it, and ask the runtime in the answer to fire no more.
        delay_s: how long to wait first.
        times: how often for each actor and name in each life of a host; without an end when None.
        for_s: for how long since the first such request in each life of a host; without an end when None.
    """

    actors: str
    request: Request
    name: str | None = None
    manner: Manner = "run"
    delay_s: float = 0.0
    times: int | None = None
    for_s: float | None = None

    def __post_init__(self) -> None:
        what = f"behaviour of {self.actors}"
        checks = (
            ("/" in self.actors, f"{what}: begin with a type and a slash, such as Recorder/"),
            (self.request in get_args(Request), f"{what}: request is one of {', '.join(get_args(Request))}"),
            (self.manner in get_args(Manner), f"{what}: manner is one of {', '.join(get_args(Manner))}"),
            (
                self.manner != "cancel" or self.request in {"reminder", "timer"},
                f"{what}: only a reminder or a timer can be cancelled by its answer",
            ),
            (
                self.manner != "fail-save" or self.request != "deactivate",
                f"{what}: a DELETE saves nothing, so it can't fail at its save",
            ),
            (self.delay_s >= 0, f"{what}: delay_s is {self.delay_s}: choose 0 or more"),
            (self.times is None or self.times >= 1, f"{what}: times is {self.times}: choose 1 or more, or None"),
            (self.for_s is None or self.for_s > 0, f"{what}: for_s is {self.for_s}: choose more than 0, or None"),
        )
        for good, message in checks:
            if not good:
                raise TopologyError(message)


def encode(behaviours: Sequence[Behaviour]) -> str:
    """As hosts take them on their command line."""
    return msgspec.json.encode(behaviours).decode()


def decode(text: str) -> tuple[Behaviour, ...]:
    """What `encode` wrote; ValueError when it is something else."""
    return msgspec.json.decode(text, type=tuple[Behaviour, ...])

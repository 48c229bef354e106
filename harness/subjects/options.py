"""HostOptions: the command line of a host application, the same for every kind of host."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from actorproof.harness.cluster.blueprint import Address
from actorproof.harness.errors import ActorproofError
from actorproof.harness.subjects.behaviour import Behaviour, decode


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """What a host is told.

    Attributes:
        host, process: ``host-1`` and ``host-1/app#2``.
        listen: where the sidecar reaches the application.
        sidecar: the sidecar's HTTP API.
        journal: the file that the witness writes.
        idle_timeout_s, drain_timeout_s, drain_enabled, reentrancy, max_stack_depth: declared in ``/dapr/config``.
        idle_timeouts: actor types with an idle time-out of their own, in seconds.
        reentrancy_exceptions: actor types that get the opposite of `reentrancy` there.
        reminder_partitions: over how many keys of the store the reminders of a type are spread; 0 for one.
        breakage: name of a promise to break on purpose, or None.
        h2c: whether it speaks HTTP/2 without TLS.
        repaired: whether the host takes back what the SDK keeps of a failed turn.
        subject_module: where subjects of a user's own come from (see own.py); empty for none.
        behaviours: how to answer some of the requests (see behaviour.py).
        state_timeout_s: after this long a state request counts as unanswered.
    """

    host: str
    process: str
    listen: Address
    sidecar: Address
    journal: Path
    idle_timeout_s: float
    drain_timeout_s: float
    drain_enabled: bool
    reentrancy: bool
    max_stack_depth: int
    reentrancy_exceptions: tuple[str, ...]
    idle_timeouts: Mapping[str, float]
    reminder_partitions: int
    breakage: str | None
    h2c: bool
    repaired: bool
    subject_module: str
    behaviours: tuple[Behaviour, ...]
    state_timeout_s: float


def parse(argv: Sequence[str] | None = None) -> HostOptions:
    """Read the command line; argparse prints what is wrong and exits with 2."""
    parser = argparse.ArgumentParser(description="Hosts Actorproof's actors beside a Dapr sidecar.")
    parser.add_argument("--host", required=True)
    parser.add_argument("--process", required=True)
    parser.add_argument("--listen", required=True, type=_address)
    parser.add_argument("--sidecar", required=True, type=_address)
    parser.add_argument("--journal", required=True, type=Path)
    parser.add_argument("--idle-timeout-s", type=float, default=20.0)
    parser.add_argument("--drain-timeout-s", type=float, default=10.0)
    parser.add_argument("--drain-enabled", type=_truth, default=True)
    parser.add_argument("--reentrancy", type=_truth, default=False)
    parser.add_argument("--max-stack-depth", type=int, default=32)
    parser.add_argument("--reentrancy-exceptions", type=_names, default=())
    parser.add_argument("--idle-timeouts", type=_timeouts, default={})
    parser.add_argument("--reminder-partitions", type=int, default=0)
    parser.add_argument("--breakage", default=None)
    parser.add_argument("--h2c", type=_truth, default=False)
    parser.add_argument("--repaired", type=_truth, default=False)
    parser.add_argument("--subject-module", default="")
    parser.add_argument("--behaviours", type=decode, default=())
    parser.add_argument("--state-timeout-s", type=float, default=30.0)
    return HostOptions(**vars(parser.parse_args(argv)))


def special(options: HostOptions) -> Mapping[str, tuple[float, bool]]:
    """Idle time-out and reentrancy of each actor type that has a setting of its own."""
    types = sorted({*options.reentrancy_exceptions, *options.idle_timeouts})
    return {
        name: (
            options.idle_timeouts.get(name, options.idle_timeout_s),
            options.reentrancy != (name in options.reentrancy_exceptions),
        )
        for name in types
    }


def go_duration(seconds: float) -> str:
    """A duration as Go reads it, to the millisecond."""
    return f"{round(seconds * 1000)}ms"


def _address(text: str) -> Address:
    ip, _, port = text.rpartition(":")
    if not ip or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text} is not ip:port")
    return Address(ip=ip, port=int(port))


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _timeouts(text: str) -> dict[str, float]:
    return {name: float(seconds) for name, _, seconds in (each.partition("=") for each in text.split(","))}


def _truth(text: str) -> bool:
    if text not in {"true", "false"}:
        raise argparse.ArgumentTypeError(f"{text} is neither true nor false")
    return text == "true"


def run(serve: Callable[[HostOptions], Coroutine[None, None, None]]) -> None:
    """Serve with the command line's options; exit code as the error says."""
    try:
        asyncio.run(serve(parse()))
    except ActorproofError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)

"""Application: what is known of an application of somebody else that hosts actors, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PORT = "{port}"
Protocol = Literal["http", "stream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """How to run it, and what it said of itself.

    Attributes:
        command: its command line; `{port}` in it becomes the port that it has to listen on.
        types: the actor types that it hosts.
        cwd: the folder that it runs in.
        env: what is added to its environment; `{port}` as in the command.
        resources: a folder of Dapr component files of the user's own; empty for ours alone.
        config: a Dapr configuration file of the user's own; empty for ours.
        protocol: how it hears of what its actors have to do: ``http``, as a server, or ``stream``, over a gRPC stream
            that it opens at its sidecar (SubscribeActorEventsAlpha1).
        ready_timeout_s: how long it may take until it listens.
        health: what it answers to ``GET /healthz``; None when nothing came, 0 when its protocol has no such question.
        unread: settings that it declares under a name that Dapr does not read, each with the name that it reads.
        methods: what is called, and what is known of it.
        image: the image that it comes in, whose command `command` is; empty for a program of this machine.
        workdir: the folder that it runs in inside its image.
        models: by actor type the sequential model of its calls, as ``FILE.py:function``; without those that have none.
        load: the command line of the user's own load, which calls in place of ours; empty for ours.
    """

    command: tuple[str, ...]
    types: tuple[str, ...]
    cwd: str
    env: tuple[tuple[str, str], ...] = ()
    resources: str = ""
    config: str = ""
    protocol: Protocol = "http"
    ready_timeout_s: float = 60.0
    health: int | None = None
    unread: tuple[tuple[str, str], ...] = ()
    methods: tuple[Method, ...] = ()
    image: str = ""
    workdir: str = ""
    models: tuple[tuple[str, str], ...] = ()
    load: tuple[str, ...] = ()

    def argv(self, port: int) -> tuple[str, ...]:
        """The command line for one port."""
        return tuple(word.replace(PORT, str(port)) for word in self.command)

    def environment(self, port: int) -> tuple[tuple[str, str], ...]:
        """What is added to its environment for one port."""
        return tuple((name, value.replace(PORT, str(port))) for name, value in self.env)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of an actor type.

    Attributes:
        weight: how often it is called, against the others.
        reads: whether it only tells of the actor's state.
        fails: whether each call of it has to be refused.
        arguments: JSON texts; each call has one of them. An empty text is no argument at all.
        invariant: what holds of every answer, as ``FILE.py:function``; empty for nothing.
    """

    type: str
    name: str
    weight: int = 1
    reads: bool = False
    fails: bool = False
    arguments: tuple[str, ...] = ("",)
    invariant: str = ""

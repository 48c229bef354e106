"""Fanout: the port of whatever performs many tasks at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class Fanout(Protocol):
    """Performs tasks at once. A task that was lost with its worker is performed again.

    Attributes:
        again: how often that was so.
    """

    again: int

    def run(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """The result of each task, exactly one, as they come. What `function` raises ends all of it.

        ClusterError when a task takes its worker down again and again.
        """

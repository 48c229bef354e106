"""Calls: what may be called, as words of a command line say it: ``Type.method`` or ``Type.method=JSON``."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from actorproof.harness.application.application import Method
from actorproof.harness.errors import UsageError


def parse(words: Iterable[str]) -> tuple[Method, ...]:
    """The methods that are meant; one that stands there several times has several arguments to choose from.

    UsageError, naming the word, for one that can't be read.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for word in words:
        name, equals, argument = word.partition("=")
        type_, dot, method = name.rpartition(".")
        if not (dot and type_ and method):
            raise UsageError(f"call {word} is not Type.method or Type.method=JSON")
        if equals:
            try:
                msgspec.json.decode(argument)
            except msgspec.DecodeError as error:
                raise UsageError(f"call {word}: its argument is no JSON: {error}") from error
        found.setdefault((type_, method), []).append(argument)
    return tuple(
        Method(type=type_, name=method, weight=len(arguments), arguments=tuple(arguments))
        for (type_, method), arguments in found.items()
    )

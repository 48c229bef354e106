"""Calls: what may be called, as words of a command line say it: ``Type.method``, ``Type.method=JSON``, or a HAR file.

A HAR file is what a browser or a proxy recorded; of its requests those to Dapr's API for actors count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from actorproof.harness.application.application import Method
from actorproof.harness.errors import UsageError

HAR = ".har"
MOST = 50  # arguments of one method that are kept


class _Body(msgspec.Struct, frozen=True):
    text: str = ""


class _Request(msgspec.Struct, frozen=True):
    url: str
    method: str = "GET"
    postData: _Body | None = None  # noqa: N815 - as HAR spells it


class _Entry(msgspec.Struct, frozen=True):
    request: _Request


class _Log(msgspec.Struct, frozen=True):
    entries: list[_Entry]


class _Har(msgspec.Struct, frozen=True):
    log: _Log


def parse(words: Iterable[str]) -> tuple[Method, ...]:
    """The methods that are meant; one that stands there several times has several arguments to choose from.

    UsageError, naming the word, for one that can't be read.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for word in words:
        for type_, method, argument in _recorded(Path(word)) if word.endswith(HAR) else (_said(word),):
            found.setdefault((type_, method), []).append(argument)
    return tuple(
        Method(type=type_, name=method, weight=len(arguments), arguments=tuple(arguments[:MOST]))
        for (type_, method), arguments in found.items()
    )


def _said(word: str) -> tuple[str, str, str]:
    name, equals, argument = word.partition("=")
    type_, dot, method = name.rpartition(".")
    if not (dot and type_ and method):
        raise UsageError(f"call {word} is not Type.method or Type.method=JSON")
    if equals and not _is_json(argument):
        raise UsageError(f"call {word}: its argument is no JSON")
    return type_, method, argument


def _recorded(path: Path) -> Iterator[tuple[str, str, str]]:
    try:
        har = msgspec.json.decode(path.read_bytes(), type=_Har)
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror}): give a HAR file") from error
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path} is no HAR file: {error}") from error
    any_call = False
    for entry in har.log.entries:
        parts = [unquote(part) for part in urlsplit(entry.request.url).path.split("/")]
        match parts:
            case ["", "v1.0", "actors", type_, _, "method", method]:
                body = entry.request.postData.text if entry.request.postData else ""
                any_call = True
                yield type_, method, body if _is_json(body) else ""
    if not any_call:
        raise UsageError(f"{path} has no call of an actor: one is /v1.0/actors/TYPE/ID/method/METHOD")


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return True

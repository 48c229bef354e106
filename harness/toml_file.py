"""TomlFile: what a user wrote as TOML, read so that whatever is wrong in it is told with its line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from actorproof.harness.errors import UsageError
from actorproof.harness.toml_place import Key, line_of, nearest, path_of, spelled

Read = TypeVar("Read")
AT = re.compile(r" - at `\$\.?(.*)`$")


class WrongKeyError(Exception):
    """What is wrong, and at which key; `parsed` and `placed` say where that is."""

    def __init__(self, key: Key, said: str) -> None:
        super().__init__(said)
        self.key = key
        self.said = said


def text_of(path: Path, *, wanted: str) -> str:
    """The text of a file. UsageError, with what is `wanted`, when it can't be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise UsageError(f"{path} can't be read ({said}): {wanted}") from error


def parsed(text: str, *, name: str, checked: Callable[[Mapping[str, Any]], Read]) -> Read:
    """What `checked` makes of a TOML text, which is called `name`. UsageError where that finds a wrong key."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name} is no TOML: {error}") from error
    with placed(text, name=name):
        return checked(table)


@contextmanager
def placed(text: str, *, name: str) -> Iterator[None]:
    """Makes a UsageError of a wrong key, with its line in a TOML text, or none where that is empty."""
    try:
        yield
    except WrongKeyError as wrong:
        line = line_of(text, wrong.key)
        where = f"{name}, line {line}" if line else name
        raise UsageError(f"{where}: {spelled(wrong.key)}{': ' if wrong.key else ''}{wrong.said}") from wrong


def names_of(type_: type[msgspec.Struct]) -> list[str]:
    """The keys that a record has."""
    return [field.name for field in msgspec.structs.fields(type_)]


def refuse_unknown(entry: Mapping[str, Any], names: Sequence[str], key: Key) -> None:
    """Refuse what stands in a table and means nothing."""
    for name in entry:
        if name not in names:
            raise WrongKeyError((*key, name), f"there is no such key{nearest(name, names)}")


def converted(entry: object, type_: type[Read], key: Key) -> Read:
    """A table as the record that it stands for."""
    try:
        return msgspec.convert(entry, type_)
    except msgspec.ValidationError as error:
        text = str(error)
        found = AT.search(text)
        raise WrongKeyError((*key, *path_of(found[1] if found else "")), AT.sub("", text)) from error
    except UsageError as error:
        raise WrongKeyError(key, str(error)) from error

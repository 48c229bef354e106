"""Values: what a history may hold, each with its own type, so that ``true`` is not 1 and ``:a`` is not ``":a"``.

Whole numbers, strings and nil (None) are Python's own, vectors and lists are tuples, sets are frozen sets. Python would
call True and 1, or 1.0 and 1, the same, so these have classes of their own. All of them can be hashed and compared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

Value = Hashable
SHOWN_CHARACTERS = 300


class Named:
    """A value that is only a name, such as a keyword: one object a name, so that comparing it is cheap."""

    __slots__ = ("name",)
    _made: dict[tuple[type, str], Named] = {}  # noqa: RUF012 - one table for all names

    def __new__(cls, name: str) -> Named:  # noqa: PYI034 - subclasses return themselves, by the table
        try:
            return Named._made[cls, name]
        except KeyError:
            found = object.__new__(cls)
            found.name = name
            return Named._made.setdefault((cls, name), found)

    name: str

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return type(self), (self.name,)

    def __repr__(self) -> str:
        return self.name


class Keyword(Named):
    """``:name``; the name is without its colon."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f":{self.name}"


class Symbol(Named):
    """A bare word."""

    __slots__ = ()


class Character(Named):
    r"""``\a``, ``\newline``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"\\{self.name}"


class Truth(Named):
    """``true`` or ``false``."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return self.name == "true"


class Real(Named):
    """A number that is not whole, by its shortest spelling; ``M`` at its end where it is a decimal."""

    __slots__ = ()


TRUE = Truth("true")
FALSE = Truth("false")


class FrozenMap:
    """A map, in the order in which it was written; equal to one in any other order."""

    __slots__ = ("_hash", "pairs")

    def __init__(self, pairs: Iterable[tuple[Value, Value]]) -> None:
        self.pairs: dict[Value, Value] = dict(pairs)
        self._hash = 0
        for pair in self.pairs.items():
            self._hash ^= hash(pair)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FrozenMap) and other._hash == self._hash and other.pairs == self.pairs

    def __iter__(self) -> Iterator[tuple[Value, Value]]:
        return iter(self.pairs.items())

    def __len__(self) -> int:
        return len(self.pairs)

    def __repr__(self) -> str:
        return spelled(self)

    def put(self, key: Value, value: Value) -> FrozenMap:
        """The map with a key's value."""
        pairs = self.pairs
        before = pairs.get(key, pairs)
        if before is pairs:
            return self._changed({**pairs, key: value}, hash((key, value)))
        return self._changed({**pairs, key: value}, hash((key, before)) ^ hash((key, value)))

    def without(self, key: Value) -> FrozenMap:
        """The map without a key."""
        if key not in self.pairs:
            return self
        left = dict(self.pairs)
        return self._changed(left, hash((key, left.pop(key))))

    def _changed(self, pairs: dict[Value, Value], change: int) -> FrozenMap:
        found = FrozenMap.__new__(FrozenMap)
        found.pairs = pairs
        found._hash = self._hash ^ change  # noqa: SLF001 - its own
        return found

    def named(self, name: str) -> Value:
        """What stands under a keyword or string of this name; KeyError when neither is there."""
        for key in (Keyword(name), name):
            if key in self.pairs:
                return self.pairs[key]
        raise KeyError(name)


@dataclass(frozen=True, slots=True, repr=False)
class Tagged:
    """``#tag value``, for a tag that means nothing here."""

    tag: str
    value: Value

    def __repr__(self) -> str:
        return f"#{self.tag} {spelled(self.value)}"


def word(value: Value) -> str | None:
    """The name that a keyword, symbol or string stands for; None for anything else."""
    if isinstance(value, str):
        return value.removeprefix(":")
    return value.name if isinstance(value, Keyword | Symbol) else None


def is_whole(value: object) -> bool:
    """Whether it is a whole number; Python's own truth values are none."""
    return type(value) is int


def typed(value: Any) -> Value:
    """A value of Python or JSON as one of a history; TypeError when nothing stands for it."""
    change = _CHANGED.get(type(value))
    if change is not None:
        return change(value)
    if value is None or isinstance(value, str | int | Named | FrozenMap | Tagged):
        return cast("Value", value)
    raise TypeError(f"{value!r} is no value of a history")


def real(value: float) -> Value:
    """A number of JSON, which does not tell 1.0 from 1."""
    return int(value) if value.is_integer() else Real(repr(value))


_CHANGED: dict[type, Callable[[Any], Value]] = {
    bool: lambda value: TRUE if value else FALSE,
    float: real,
    list: lambda value: tuple([typed(each) for each in value]),
    tuple: lambda value: tuple([typed(each) for each in value]),
    dict: lambda value: FrozenMap((typed(name), typed(each)) for name, each in value.items()),
    frozenset: lambda value: frozenset(typed(each) for each in value),
    set: lambda value: frozenset(typed(each) for each in value),
}


def spelled(value: object) -> str:
    """A value for the reader, as EDN: the same in every run, what has no order in the order of its spelling."""
    match value:
        case None:
            return "nil"
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case tuple():
            return f"[{' '.join(map(spelled, value))}]"
        case frozenset():
            return f"#{{{' '.join(sorted(map(spelled, value), key=_natural))}}}"
        case FrozenMap():
            pairs = sorted((f"{spelled(name)} {spelled(each)}" for name, each in value), key=_natural)
            return f"{{{', '.join(pairs)}}}"
    return repr(value)


def _natural(text: str) -> tuple[int, str]:
    """Numbers by their size, mostly: the shorter first."""
    return len(text), text


def shortened(text: str, characters: int = SHOWN_CHARACTERS) -> str:
    """A text for one line of a report: its middle left out where it is long."""
    if len(text) <= characters:
        return text
    half = characters // 2
    return f"{text[:half]} ... {text[-half:]}"

"""Redis's append-only file: whole transactions out of its bytes, and what each wrote to actors. Pure functions.

The file is a sequence of commands in Redis's protocol. What Dapr's Redis component writes for one state transaction
(measured with Redis 6.2; its scripts are logged by their effects)::

    MULTI
    HSET app||Type||id||key data VALUE
    HINCRBY app||Type||id||key version 1      both for every key set
    DEL app||Type||id||key                    for every key deleted
    exec
"""

from __future__ import annotations

from collections.abc import Iterator

from actorproof.harness.history.events import StoreWrite
from actorproof.harness.stores.actorkey import actor_key

Command = tuple[bytes, ...]
Transaction = tuple[Command, ...]

_END = b"\r\n"
# They change an actor's hash and nothing of its value.
_HARMLESS = frozenset({b"HINCRBY", b"EXPIRE", b"EXPIREAT", b"PEXPIRE", b"PEXPIREAT", b"PERSIST"})
_SETS = frozenset({b"HSET", b"HMSET"})
_DELETES = frozenset({b"DEL", b"UNLINK"})
_EVERYTHING = frozenset({b"FLUSHALL", b"FLUSHDB", b"SWAPDB"})


class AofError(Exception):
    """The file isn't what it should be; the text says where or why."""


class _TornError(Exception):
    """The bytes end within a command."""


def transactions(data: bytes) -> Iterator[tuple[Transaction, int]]:
    """Each whole transaction in `data`, which begins at the start of one, with the offset just behind it.

    A command outside MULTI and EXEC is a transaction by itself. A transaction that isn't whole yet is left out.
    AofError when the bytes can't be a log.
    """
    position = 0
    opened: list[Command] | None = None
    while position < len(data):
        try:
            command, position = _command(data, position)
        except _TornError:
            return
        if not command:
            continue
        name = command[0].upper()
        if name == b"MULTI":
            opened = []
        elif name == b"EXEC":
            if opened is None:
                raise AofError(f"EXEC without MULTI {position} bytes in")
            yield tuple(opened), position
            opened = None
        elif opened is not None:
            opened.append(command)
        else:
            yield (command,), position


def writes(transaction: Transaction) -> tuple[StoreWrite, ...]:
    """What a transaction wrote to actors, in order. AofError for a command on an actor's key that isn't understood."""
    found: list[StoreWrite] = []
    for command in transaction:
        name, arguments = command[0].upper(), command[1:]
        if name in _DELETES:
            found += [StoreWrite(*target, None) for key in arguments if (target := _actor_key(key)) is not None]
        elif name in _SETS:
            target = _actor_key(arguments[0])
            fields = dict(zip(arguments[1::2], arguments[2::2], strict=True))
            if target is not None and b"data" in fields:
                found.append(StoreWrite(*target, fields[b"data"].decode(errors="replace")))
        elif name in _EVERYTHING:
            raise AofError(f"the store was emptied by {name.decode()}")
        elif name not in _HARMLESS and any(_actor_key(argument) is not None for argument in arguments):
            raise AofError(f"{name.decode(errors='replace')} on an actor's key isn't understood")
    return tuple(found)


def _actor_key(key: bytes) -> tuple[str, str] | None:
    """Actor and key of a Redis key ``app||Type||id||key``; None for any other."""
    return actor_key(key.decode(errors="replace"))


def _command(data: bytes, position: int) -> tuple[Command, int]:
    """The command at `position` and the offset behind it; an annotation (``#...``) is a command without words."""
    if data[position : position + 1] == b"#":
        end = data.find(_END, position)
        if end < 0:
            raise _TornError
        return (), end + 2
    count, position = _number(data, position, b"*")
    words = []
    for _ in range(count):
        length, position = _number(data, position, b"$")
        end = position + length
        if len(data) < end + 2:
            raise _TornError
        if data[end : end + 2] != _END:
            raise AofError(f"a word doesn't end where it should, {end} bytes in")
        words.append(data[position:end])
        position = end + 2
    return tuple(words), position


def _number(data: bytes, position: int, mark: bytes) -> tuple[int, int]:
    if position >= len(data):
        raise _TornError
    if data[position : position + 1] != mark:
        raise AofError(f"{mark.decode()} expected {position} bytes in")
    end = data.find(_END, position)
    if end < 0:
        if len(data) - position > 32:  # noqa: PLR2004 no number is that long
            raise AofError(f"no number {position} bytes in")
        raise _TornError
    digits = data[position + 1 : end]
    if not digits.isdigit():
        raise AofError(f"no number {position} bytes in")
    return int(digits), end + 2

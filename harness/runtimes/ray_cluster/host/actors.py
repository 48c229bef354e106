"""Actors: the subjects that are tried on Ray, as plain classes whose state is a mapping of keys to JSON texts.

They are to their callers what those of `harness.subjects.actors` are. A method that is called is one turn.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, ClassVar

from actorproof.harness.runtimes.ray_cluster.host.witness import Mark, witness

CALLED = "__actor_method__"
Args = dict[str, Any]
Body = Callable[[Any, Mark, Args], object]


class TurnFailedError(Exception):
    """A turn that raised; its text names the turn and what it raised."""


def method(body: Body) -> Callable[..., dict[str, Any]]:
    """A method that clients can call: it is witnessed from its first line to its last."""

    def run(self: Actor, actor: str, op: str | None, args: Args) -> dict[str, Any]:
        mark = witness().begin(actor, body.__name__, op)
        try:
            result = body(self, mark, args)
        except Exception as error:  # noqa: BLE001 - whatever the actor raises fails its turn
            witness().end(mark, completed=False)
            raise TurnFailedError(f"{mark.turn}: {type(error).__name__}: {error}") from None
        witness().end(mark, completed=True, result=json.dumps(result))
        return {
            "turn": mark.turn,
            "instance": mark.instance,
            "process": mark.process,
            "result": result,
            "save": mark.saved,
        }

    # No `functools.wraps`: Ray reads the signature of what is wrapped.
    run.__dict__[CALLED] = True
    run.__name__, run.__qualname__, run.__doc__ = body.__name__, body.__qualname__, body.__doc__
    return run


class Actor:
    """State and what turns do with it. `READS` are the methods that change nothing."""

    READS: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def __getstate__(self) -> dict[str, str]:
        return self.kept

    def __setstate__(self, kept: dict[str, str]) -> None:
        self.kept = kept

    def load(self, key: str) -> Any:
        """The value of a key; None when there is none."""
        text = self.kept.get(key)
        return None if text is None else json.loads(text)

    def save(self, mark: Mark, values: dict[str, dict[str, Any]]) -> None:
        """Change the state: the runtime is to keep it when the turn has ended."""
        texts = {key: _text({**value, "turn": mark.turn}) for key, value in values.items()}
        mark.saved = witness().save_started(mark, list(texts.items()))
        self.kept = {**self.kept, **texts}


class Counter(Actor):
    """Adds, and saves every sum."""

    READS: ClassVar[tuple[str, ...]] = ("get",)

    @method
    def add(self, mark: Mark, args: Args) -> int:
        """Add `by`; the new value."""
        value = self._value() + int(args["by"])
        _hold(args)
        self.save(mark, {"value": {"value": value}})
        return value

    @method
    def get(self, _mark: Mark, args: Args) -> int:
        """The value, 0 at first."""
        value = self._value()
        _hold(args)
        return value

    @method
    def fail(self, mark: Mark, _args: Args) -> None:
        """Add 1 in memory and fail: nothing of it may stay."""
        self.kept = {**self.kept, "value": _text({"value": self._value() + 1, "turn": mark.turn})}
        raise ValueError("it fails, as it was asked to")

    def _value(self) -> int:
        stored = self.load("value")
        return 0 if stored is None else int(stored["value"])


class Ledger(Actor):
    """Appends entries that never change."""

    READS = ("read", "last")

    @method
    def append(self, mark: Mark, args: Args) -> dict[str, int]:
        """Append the operation at the next index."""
        index = self._count() + 1
        _hold(args)
        self.save(mark, {f"entry-{index:06d}": {"op": mark.op}, "count": {"count": index}})
        return {"index": index}

    @method
    def read(self, _mark: Mark, args: Args) -> dict[str, Any]:
        """Every entry as [index, operation, turn]."""
        _hold(args)
        entries = [(index, self.load(f"entry-{index:06d}")) for index in range(1, self._count() + 1)]
        return {
            "count": self._count(),
            "entries": [[index, each and each["op"], each and each["turn"]] for index, each in entries],
        }

    @method
    def last(self, _mark: Mark, args: Args) -> dict[str, int]:
        """How many entries there are."""
        _hold(args)
        return {"count": self._count()}

    def _count(self) -> int:
        stored = self.load("count")
        return 0 if stored is None else int(stored["count"])


class Register(Actor):
    """One value, with compare-and-set."""

    READS = ("read",)

    @method
    def write(self, mark: Mark, args: Args) -> None:
        """Set `value`."""
        _hold(args)
        self.save(mark, {"value": {"value": args["value"]}})

    @method
    def read(self, _mark: Mark, args: Args) -> Any:
        """The value."""
        _hold(args)
        return self._value()

    @method
    def cas(self, mark: Mark, args: Args) -> bool:
        """Set `new` if the value is `old`; whether it was."""
        value = self._value()
        _hold(args)
        if value != args["old"]:
            return False
        self.save(mark, {"value": {"value": args["new"]}})
        return True

    def _value(self) -> Any:
        stored = self.load("value")
        return None if stored is None else stored["value"]


class Accounts(Actor):
    """Transfers between accounts; their sum never changes."""

    READS = ("total",)

    @method
    def open(self, mark: Mark, args: Args) -> dict[str, int]:
        """Open accounts with `balances`; one that is open keeps its balance."""
        held = self._held()
        new = {name: int(balance) for name, balance in args["balances"].items() if name not in held}
        _hold(args)
        if new:
            accounts: dict[str, dict[str, Any]] = {f"account-{name}": {"balance": each} for name, each in new.items()}
            self.save(mark, {**accounts, "names": {"names": sorted({**held, **new})}})
        return {**held, **new}

    @method
    def transfer(self, mark: Mark, args: Args) -> dict[str, int]:
        """Move `amount` from `source` to `target`; both balances, unchanged when the source has too little."""
        held = self._held()
        source, target, amount = args["source"], args["target"], int(args["amount"])
        if missing := [name for name in (source, target) if name not in held]:
            raise ValueError(f"no account {missing[0]}")
        _hold(args)
        if held[source] < amount or source == target:
            return {source: held[source], target: held[target]}
        moved = {source: held[source] - amount, target: held[target] + amount}
        self.save(mark, {f"account-{name}": {"balance": balance} for name, balance in moved.items()})
        return moved

    @method
    def total(self, _mark: Mark, args: Args) -> dict[str, int]:
        """Every balance."""
        _hold(args)
        return self._held()

    def _held(self) -> dict[str, int]:
        names = self.load("names")
        return {name: int(self.load(f"account-{name}")["balance"]) for name in (names["names"] if names else ())}


class Sleeper(Actor):
    """Holds its turn for as long as it is told."""

    @method
    def hold(self, _mark: Mark, args: Args) -> None:
        """Hold the turn; saves nothing."""
        _hold(args)

    @method
    def hold_save(self, mark: Mark, args: Args) -> int:
        """Hold the turn, then save; how many times that was done."""
        stored = self.load("count")
        count = 1 if stored is None else int(stored["count"]) + 1
        _hold(args)
        self.save(mark, {"count": {"count": count}})
        return count


class Canary(Counter):
    """Breaks promises on purpose in every run: turns that overlap, and a save that never reaches the store."""

    READS = ("get", "read", "last")

    @method
    def add(self, mark: Mark, args: Args) -> int:
        """Counter's add, within which a stray turn begins and ends."""
        stray = witness().begin(mark.actor, "add", None)
        value = self._value() + int(args["by"])
        _hold(args)
        self.save(mark, {"value": {"value": value}})
        witness().end(stray, completed=True)
        return value

    @method
    def append(self, mark: Mark, _args: Args) -> dict[str, int]:
        """Ledger's append, acknowledged and forgotten."""
        writes: dict[str, dict[str, Any]] = {
            "entry-000001": {"op": mark.op},
            "count": {"count": 1},
        }
        save = witness().save_started(
            mark, [(key, _text({**value, "turn": mark.turn})) for key, value in writes.items()]
        )
        witness().save_ended(save)
        return {"index": 1}

    @method
    def read(self, _mark: Mark, _args: Args) -> dict[str, Any]:
        """Ledger's read, honest: nothing is there."""
        return {"count": 0, "entries": []}

    @method
    def last(self, _mark: Mark, _args: Args) -> dict[str, int]:
        """Ledger's last, honest."""
        return {"count": 0}


TYPES: dict[str, type[Actor]] = {each.__name__: each for each in (Accounts, Canary, Counter, Ledger, Register, Sleeper)}


def _hold(args: Args) -> None:
    hold_s = args.get("hold_s", 0)
    if isinstance(hold_s, int | float) and hold_s > 0:
        time.sleep(hold_s)


def _text(value: dict[str, Any]) -> str:
    """A value in normal form: keys sorted, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))

"""Declared: what the types of actors say of their methods. Checkers judge by it, and know no type by its name.

A run writes its types into its history. Histories that were recorded before that had the types of `BEFORE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

Effect = Literal["reads", "writes", "none", "fails"]
"""What a call can do with its actor's state: tell of it and change nothing, change it, or neither; one that `fails`
is refused each time, and changes nothing.
"""


class DeclaredMethod(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One method.

    Attributes:
        name: as it is called.
        effect: what it can do.
        function: what a call of it is to the type's model; empty where the model has nothing to say of it.
        takes: the arguments that are the function's value: none, one, or several in order.
    """

    name: str
    effect: Effect
    function: str = ""
    takes: tuple[str, ...] = ()


class DeclaredType(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One type of actors. `model` is the name of a model for linearizability; empty where it has none."""

    name: str
    methods: tuple[DeclaredMethod, ...]
    model: str = ""


def _type(name: str, model: str = "", **effects: Effect) -> DeclaredType:
    methods = tuple(DeclaredMethod(name=method, effect=effect) for method, effect in effects.items())
    return DeclaredType(name=name, methods=methods, model=model)


BEFORE: Final[Mapping[str, DeclaredType]] = {
    each.name: each
    for each in (
        _type("Counter", "counter", add="writes", get="reads", fail="none"),
        _type("Ledger", "ledger", append="writes", read="reads", last="reads"),
        _type("Accounts", "accounts", open="writes", transfer="writes", total="reads"),
        _type("Register", "cas-register", write="writes", read="reads", cas="writes"),
        _type("Sleeper", "counter", hold="none", hold_save="writes"),
        _type("Recorder", ping="none"),
        _type("Ticker", start="none", stop="none", ping="none"),
        _type("Canary", add="writes", get="reads", append="writes", read="reads", last="reads"),
        _type("Chain", walk="none"),
        _type("Lone", walk="none"),
    )
}
"""The types of every run before runs said so, as they were then: frozen, whatever becomes of the types."""


def types_before(subject: str) -> tuple[DeclaredType, ...]:
    """The types of a run whose history doesn't say: ours on our hosts, none that is known on others."""
    return tuple(BEFORE.values()) if subject in {"bare", "sdk"} else ()

"""Transactions on lists and on registers, by cycles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from actorproof.properties.formats.calls import Call
from actorproof.properties.linearizability.checker import Checker, Told
from actorproof.properties.linearizability.transactions import list_append, rw_register
from actorproof.properties.linearizability.transactions.judge import STRONGEST, judged


class ListAppend(Checker):
    """``[[:append key element] [:r key nil] ...]``, each element once a key; a read answers the whole list."""

    name = "list-append"
    functions: ClassVar[Mapping[str, str]] = {"txn": "[[:append key element] [:r key nil] ...]"}
    consistency = STRONGEST

    def check(self, calls: Sequence[Call]) -> Told:
        return judged(calls, list_append.dependencies, write="append", consistency=self.consistency)


class RwRegister(Checker):
    """``[[:w key value] [:r key nil] ...]``, each value once a key."""

    name = "rw-register"
    functions: ClassVar[Mapping[str, str]] = {"txn": "[[:w key value] [:r key nil] ...]"}
    consistency = STRONGEST

    def check(self, calls: Sequence[Call]) -> Told:
        return judged(calls, rw_register.dependencies, write="w", consistency=self.consistency)

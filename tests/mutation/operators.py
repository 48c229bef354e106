"""Operators: what mutmut is to change in a function besides what it changes by itself, as a program that runs it.

``python tests/mutation/operators.py run ...`` is ``mutmut run ...`` with removed statements, negated conditions,
dropped filters, numbers one lower, ``return None``, and min for max and any for all; and without changes to sentences,
which are for people, nor to casts, which are for the types. A process that wants more than `DATA_MB` fails.
``operators.py show NAME...`` prints the diff of each as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import libcst as cst
from mutmut.core import MutmutProgrammaticFailException
from mutmut.mutation import file_mutation, mutators, trampoline
from mutmut.state import state
from mutmut.utils.format_utils import mangled_name_from_mutant_name

UNIT = 1e6
DATA_MB = 2_000  # for each process: what a mutant's tests may take, several times what they do
MUTMUTS_OWN = trampoline.wrap_in_trampoline
SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any"}


def higher(node: cst.Integer | cst.Float) -> Iterator[cst.CSTNode]:
    """One more, but for units such as 1e9: a billionth of it is no boundary."""
    if node.evaluated_value < UNIT:
        yield node.with_changes(value=repr(node.evaluated_value + 1))


def lower(node: cst.Integer) -> Iterator[cst.CSTNode]:
    """One less, likewise."""
    if node.evaluated_value >= UNIT:
        return
    if node.evaluated_value:
        yield node.with_changes(value=repr(node.evaluated_value - 1))
    else:
        yield cst.UnaryOperation(
            operator=cst.Minus(), expression=cst.Integer("1"), lpar=[cst.LeftParen()], rpar=[cst.RightParen()]
        )


def swap(node: cst.Call) -> Iterator[cst.CSTNode]:
    """The opposite builtin."""
    if isinstance(node.func, cst.Name) and node.func.value in SWAPPED:
        yield node.with_changes(func=cst.Name(SWAPPED[node.func.value]))


def remove(node: cst.Expr) -> Iterator[cst.CSTNode]:
    """A call whose result nobody takes is not made."""
    if isinstance(node.value, cst.Call):
        yield cst.Pass()


def negate(node: cst.If) -> Iterator[cst.CSTNode]:
    """The other branch."""
    test = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    yield node.with_changes(test=cst.UnaryOperation(operator=cst.Not(), expression=test))


def unfilter(node: cst.CompFor) -> Iterator[cst.CSTNode]:
    """A comprehension takes all."""
    if node.ifs:
        yield node.with_changes(ifs=[])


def forget(node: cst.Return) -> Iterator[cst.CSTNode]:
    """Return None; but not for False, which it is as good as."""
    if node.value is not None and not (isinstance(node.value, cst.Name) and node.value.value in {"None", "False"}):
        yield node.with_changes(value=cst.Name("None"))


def name(node: cst.BaseString) -> Iterator[cst.CSTNode]:
    """Another text in place of a name such as a signal or an outcome; sentences and documentation stay."""
    if isinstance(node, cst.SimpleString) and " " not in node.value and not node.value.startswith(('"""', "'''")):
        yield node.with_changes(value=f"{node.prefix}{node.quote}XX{node.raw_value}XX{node.quote}")


def hurried(mutants: dict[str, Any], is_classmethod: bool = False) -> Callable[[Any], Any]:  # noqa: FBT001, FBT002 - as mutmut calls it
    """What calls a function's mutant or the original, as mutmut's own does, which asks the environment at each call.

    A search takes a million steps in its tests, and ten times as long with that.
    """
    if is_classmethod:
        return MUTMUTS_OWN(mutants, is_classmethod)

    def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
        asked: str | None = None
        chosen = function

        @wraps(function)
        def call(*args: Any, **named: Any) -> Any:
            nonlocal asked, chosen
            active = trampoline._mutant_under_test
            if active is not asked:
                chosen = choose(mutants, active or "")
                asked = active
            return chosen(*args, **named)

        return call

    return wrapped


def choose(mutants: dict[str, Any], active: str) -> Callable[..., Any]:
    """Of a function's mutants the one that is active, or the original; where tests are timed, one that notes calls."""
    original = mutants["_mutmut_orig"]
    if active == "fail":
        raise MutmutProgrammaticFailException
    if active == "stats":
        name = f"{original.__module__}.{mangled_name_from_mutant_name(original.__name__)}"

        def noted(*args: Any, **named: Any) -> Any:
            state()._stats.add(name)
            return original(*args, **named)

        return noted
    module, _, mutant = active.rpartition(".")
    found: Callable[..., Any] = mutants.get(mutant, original) if module == original.__module__ else original
    return found


def install() -> None:
    """Teach mutmut these, in place of its changes to text and numbers."""
    vars(trampoline)["wrap_in_trampoline"] = hurried
    file_mutation.NEVER_MUTATE_FUNCTION_CALLS.add("cast")
    # Its own changes to text are most of its survivors here: three a sentence of a summary.
    replaced = {mutators.operator_string, mutators.operator_number}
    listed: list[tuple[type, Callable[[Any], Any]]] = [
        (kind, operator) for kind, operator in mutators.mutation_operators if operator not in replaced
    ]
    listed += [
        (cst.Integer, higher),
        (cst.Float, higher),
        (cst.Integer, lower),
        (cst.Call, swap),
        (cst.Expr, remove),
        (cst.If, negate),
        (cst.CompFor, unfilter),
        (cst.Return, forget),
        (cst.BaseString, name),
    ]
    assert isinstance(mutators.mutation_operators, list)
    mutators.mutation_operators[:] = listed


def show(names: list[str]) -> dict[str, str]:
    """The diff of each mutant."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant  # noqa: PLC0415 - reads the folder that it is imported in

    files = {name: "src/" + "/".join(name.split(".")[:-1]) + ".py" for name in names}
    return {name: get_diff_for_mutant(name, path=file) for name, file in files.items()}


if __name__ == "__main__":
    if sys.argv[1:2] == ["show"]:
        print(json.dumps(show(sys.argv[2:])))
    else:
        resource.setrlimit(resource.RLIMIT_DATA, (DATA_MB * 1_000_000,) * 2)
        install()
        from mutmut.__main__ import cli

        cli()

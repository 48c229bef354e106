"""Operators: the small changes that a module's functions are tried with, one at a time.

Sentences are left as they are, since they are for people; casts, annotations and assertions, since they are for the
types and for whoever changes the code; defaults of arguments, class bodies and constants of modules, since they run
once, when the module loads. A comparison of two times is turned around, and not made to take the other of two equal
ones: no two events have the same nanosecond, and nothing is promised of it.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise

from tests.mutation.reach import bodies, functions, stretches

UNIT = 1e6  # one more or less than 1e9 nanoseconds is no boundary
SWAPPED_OPERATORS: Mapping[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Div,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
TURNED_AROUND: Mapping[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
}
SWAPPED_NAMES = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "lstrip": "rstrip",
    "rstrip": "lstrip",
    "partition": "rpartition",
    "rpartition": "partition",
    "removeprefix": "removesuffix",
    "removesuffix": "removeprefix",
}
LEFT_ALONE = {"cast", "len", "isinstance"}
CHECKED = {"strict"}  # of zip: an assertion
# A node, the name of a field of it, the place in that field where it is a list, and what to put there.
_Change = tuple[ast.AST, str, int | None, ast.AST]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of one function.

    Attributes:
        function: its name as Python has it, `Class.method` for a method.
        number: the line that changes, from 1.
        stretch: that of the statement around it, whose tests may notice (see `reach`).
        before, after: what changes, and what it becomes.
        tree: the whole module with the change.
    """

    function: str
    number: int
    stretch: int
    before: str
    after: str
    tree: ast.Module


def count(text: str) -> int:
    """How many mutants a module has."""
    return sum(1 for _ in _sites(ast.parse(text)))


def mutant(text: str, index: int) -> Mutant:
    """One mutant of a module, from 0 in the order of its lines."""
    tree = ast.parse(text)
    numbers = {id(statement): number for number, _, statement in stretches(tree)}
    function, statement, (node, field, at, new) = next(islice(_sites(tree), index, None))
    stretch = numbers[id(statement)]
    shown = statement if isinstance(node, ast.stmt) else node
    before = _shown(shown)
    old = getattr(node, field) if at is None else getattr(node, field)[at]
    place = old if hasattr(old, "lineno") else statement
    new = ast.fix_missing_locations(ast.copy_location(new, place))
    if at is None:
        setattr(node, field, new)
    else:
        getattr(node, field)[at] = new
    return Mutant(
        function=function,
        number=place.lineno,
        stretch=stretch,
        before=before,
        after=_shown(shown),
        tree=tree,
    )


def _sites(tree: ast.Module) -> Iterator[tuple[str, ast.stmt, _Change]]:
    for name, function in functions(tree.body):
        for statement in _statements(function.body):
            for change in _changes(statement):
                yield name, statement, change


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement, those within others too."""
    for statement in body:
        yield statement
        for within in bodies(statement):
            yield from _statements(within)


def _changes(statement: ast.stmt) -> Iterator[_Change]:
    """What may change in a statement but not in those within it, as a place and what to put there."""
    match statement:
        case ast.Expr(value=ast.Constant()) | ast.FunctionDef() | ast.ClassDef() | ast.Assert() | ast.Raise():
            return  # documentation, and what has statements of its own
        case ast.Expr(value=ast.Call()):
            yield statement, "value", None, ast.Constant(None)
        case ast.If():
            yield statement, "test", None, ast.UnaryOp(ast.Not(), statement.test)
        case ast.Return(value=ast.expr() as value) if not _is(value, None, False) and not _is_sentence(value):
            yield statement, "value", None, ast.Constant(None)
        case ast.Assign() | ast.AnnAssign() if statement.value is not None:
            yield statement, "value", None, ast.Constant("" if _is(statement.value, None) else None)
        case ast.AugAssign():
            yield from _swapped(statement, "op")
        case ast.Match(cases=cases) if len(cases) > 1:
            for at, case in enumerate(cases):
                never = ast.match_case(pattern=case.pattern, guard=ast.Constant(False), body=case.body)
                yield statement, "cases", at, never
    for node, field, index in _expressions(statement):
        yield from _of_expression(node, field, index)


def _expressions(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Where expressions stand, outermost first."""
    if _is_left_alone(node):
        return
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "type_params", "decorator_list", "pattern"}:
            continue
        many = isinstance(value, list)
        for at, child in enumerate(value if many else [value]):
            if isinstance(child, ast.expr):
                yield node, field, at if many else None
            if isinstance(child, ast.expr | ast.comprehension | ast.keyword | ast.withitem | ast.match_case):
                yield from _expressions(child)


def _of_expression(parent: ast.AST, field: str, index: int | None) -> Iterator[_Change]:
    node = getattr(parent, field) if index is None else getattr(parent, field)[index]
    match node:
        case _ if _is_left_alone(node):
            return
        case ast.Compare():
            for at, (left, right) in enumerate(pairwise((node.left, *node.comparators))):
                around = type(node.ops[at]) in TURNED_AROUND and _is_time(left) and _is_time(right)
                yield from _swapped(node, "ops", at, to=TURNED_AROUND if around else SWAPPED_OPERATORS)
        case ast.BoolOp() | ast.BinOp():
            yield from _swapped(node, "op")
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield parent, field, index, node.operand
        case ast.IfExp():
            yield parent, field, index, node.body
            yield parent, field, index, node.orelse
        case ast.Lambda():
            yield node, "body", None, ast.Constant(None)
        case ast.Call():
            yield from _of_call(node)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            for part in node.generators:
                for at in range(len(part.ifs)):
                    yield part, "ifs", at, ast.Constant(True)
        case ast.Constant(value=value):
            for new in _constants(value):
                yield parent, field, index, ast.Constant(new)


def _of_call(node: ast.Call) -> Iterator[_Change]:
    match node.func:
        case ast.Name(id=name) if name in SWAPPED_NAMES:
            yield node, "func", None, ast.Name(SWAPPED_NAMES[name], ast.Load())
        case ast.Attribute(attr=name) if name in SWAPPED_NAMES:
            yield node, "func", None, ast.Attribute(node.func.value, SWAPPED_NAMES[name], ast.Load())
    for at, argument in enumerate(node.args):
        if not isinstance(argument, ast.Starred) and not _is(argument, None) and not _is_sentence(argument):
            yield node, "args", at, ast.Constant(None)
    for keyword in node.keywords:
        if keyword.arg not in {None, *CHECKED} and not _is(keyword.value, None) and not _is_sentence(keyword.value):
            yield keyword, "value", None, ast.Constant(None)


def _constants(value: object) -> Iterator[bool | int | float | str]:
    match value:
        case bool():
            yield not value
        case int() | float() if abs(value) < UNIT:
            yield value + 1
            if isinstance(value, int):
                yield value - 1
        case str() if " " not in value:
            yield f"XX{value}XX"


def _swapped(
    node: ast.AST,
    field: str,
    index: int | None = None,
    *,
    to: Mapping[type[ast.AST], type[ast.AST]] = SWAPPED_OPERATORS,
) -> Iterator[_Change]:
    old = getattr(node, field) if index is None else getattr(node, field)[index]
    if other := to.get(type(old)):
        yield node, field, index, other()


def _is_time(node: ast.expr) -> bool:
    names = [getattr(part, "id", getattr(part, "attr", "")) for part in ast.walk(node)]
    return any(name.lower().endswith("_ns") for name in names)


def _is_left_alone(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return (
        isinstance(node, ast.JoinedStr)
        or (isinstance(called, ast.Name) and called.id in LEFT_ALONE)
        or (isinstance(node, ast.keyword) and node.arg in CHECKED)
    )


def _is_sentence(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
    )


def _is(node: ast.expr, *values: object) -> bool:
    return isinstance(node, ast.Constant) and any(node.value is value for value in values)


def _shown(node: ast.AST) -> str:
    """As Python has it; of a statement that holds others the first line."""
    bare = copy.copy(node)
    if isinstance(bare, ast.If | ast.For | ast.While | ast.With | ast.Try):
        bare.body = [ast.Pass()]
    if isinstance(bare, ast.If | ast.For | ast.While | ast.Try):
        bare.orelse = []
    lines = ast.unparse(ast.fix_missing_locations(bare)).strip().splitlines()
    return lines[0] if len(lines) > 1 and isinstance(bare, ast.If | ast.For | ast.While | ast.With) else " ".join(lines)

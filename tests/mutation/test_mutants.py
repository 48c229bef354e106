from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import libcst as cst
import pytest

HERE = Path(__file__).parent


def loaded(name: str) -> ModuleType:
    """A program of this folder, as a module."""
    spec = importlib.util.spec_from_file_location(f"mutation_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


mutants = loaded("mutants")
operators = loaded("operators")


def test_properties_become_plain_functions() -> None:
    text = (
        "class A:\n    @property\n    def one(self) -> int:\n        return 1\n\n    @cached_property\n"
        "    def two(self) -> int:\n        return 2\n"
    )
    space: dict[str, type] = {}
    exec("from functools import cached_property\n" + mutants.plain(text), space)
    made = space["A"]()
    assert (made.one, made.two) == (1, 2)
    assert {"one__undecorated", "two__undecorated"} <= set(vars(space["A"]))


def test_the_longer_sample_begins_with_the_shorter() -> None:
    costs = {f"m{n}": 1.0 for n in range(50)}
    few, more = (mutants.draw(costs, seed=3, room_s=room_s) for room_s in (5.0, 20.0))
    assert len(few) == 5
    assert more[:5] == few
    assert sorted(mutants.draw(costs, seed=3, room_s=0)) == sorted(costs)


def test_modules_are_drawn_first_as_many_as_there_is_time_for() -> None:
    few, more = (mutants.chosen(seed=3, room_s=room_s, only=()) for room_s in (75.0, 300.0))
    assert (len(few), len(more)) == (5, 20)
    assert set(few) < set(more) < set(mutants.MODULES)
    assert mutants.chosen(seed=4, room_s=75.0, only=()) != few
    assert mutants.chosen(seed=3, room_s=0, only=()) == list(mutants.MODULES)


@pytest.mark.parametrize(
    "pattern", ["actorproof.properties.views.stall.*", "actorproof.properties.views.stall.x_stalled_between__mutmut_*"]
)
def test_only_the_modules_that_are_meant_are_changed(pattern: str) -> None:
    assert mutants.chosen(seed=1, room_s=10.0, only=[pattern]) == ["views/stall"]


def test_a_mutant_is_told_by_file_line_and_change() -> None:
    mutant = mutants.described(
        "actorproof.properties.verdict.quantile.x_quantile__mutmut_2",
        "--- a\n+++ b\n@@ -2,4 +2,4 @@\n     if not values:\n-        return 0.0\n+        return 1.0\n",
        root=mutants.ROOT,
    )
    line = (mutants.ROOT / "properties" / mutant.file).read_text("utf-8").splitlines()[mutant.number - 1]
    assert line.strip() == mutant.line == "return 0.0"
    assert (mutant.file, mutant.function, mutant.becomes) == ("verdict/quantile.py", "quantile", "return 1.0")


@pytest.mark.parametrize(
    ("killed", "survived", "tried", "code"),
    [(95, 5, 100, 0), (949, 51, 1000, 1), (95, 4, 100, 3), (0, 0, 0, 3)],
)
def test_at_least_95_of_100_must_be_noticed(killed: int, survived: int, tried: int, code: int) -> None:
    assert mutants.passed(killed=killed, survived=survived, tried=tried) == code


def test_a_mutant_that_comes_to_no_end_is_noticed() -> None:
    row = mutants.counted([1, 36, 0, None], mutants=9)
    assert [row[name] for name in mutants.COLUMNS] == [9, 4, 2, 1, 1]


@pytest.mark.parametrize(
    ("operator", "text", "becomes"),
    [
        ("higher", "2", ["3"]),
        ("higher", "0.5", ["1.5"]),
        ("higher", "1e9", []),
        ("lower", "2", ["1"]),
        ("lower", "1_000_000_000", []),
        ("lower", "0", ["(-1)"]),
        ("swap", "min(a, b)", ["max(a, b)"]),
        ("swap", "sum(a)", []),
        ("name", "'ok'", ["'XXokXX'"]),
        ("name", "'a sentence'", []),
    ],
)
def test_expressions(operator: str, text: str, becomes: list[str]) -> None:
    made = getattr(operators, operator)(cst.parse_expression(text))
    assert [cst.Module([]).code_for_node(node) for node in made] == becomes


@pytest.mark.parametrize(
    ("operator", "text", "becomes"),
    [
        ("negate", "if a or b:\n    c()\n", ["if not (a or b):\n    c()\n"]),
        ("remove", "c()\n", ["pass\n"]),
        ("forget", "return 1\n", ["return None\n"]),
        ("forget", "return\n", []),
        ("forget", "return False\n", []),
    ],
)
def test_statements(operator: str, text: str, becomes: list[str]) -> None:
    statement = cst.parse_statement(text)
    node = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else statement
    made = [statement.deep_replace(node, new) for new in getattr(operators, operator)(node)]
    assert [cst.Module([]).code_for_node(one) for one in made] == becomes


def test_the_active_mutant_is_called_where_it_is_defined(monkeypatch: pytest.MonkeyPatch) -> None:
    def x_f__mutmut_orig(number: int) -> int:
        return number

    def x_f__mutmut_1(number: int) -> int:
        return number + 1

    called = operators.hurried({"_mutmut_orig": x_f__mutmut_orig, "x_f__mutmut_1": x_f__mutmut_1})(x_f__mutmut_orig)
    here = x_f__mutmut_orig.__module__
    answers = {}
    for active in ("", f"{here}.x_f__mutmut_1", f"{here}.x_g__mutmut_1", "elsewhere.x_f__mutmut_1"):
        monkeypatch.setattr(operators.trampoline, "_mutant_under_test", active)
        answers[active] = called(1)
    assert list(answers.values()) == [1, 2, 1, 1]
    monkeypatch.setattr(operators.trampoline, "_mutant_under_test", "fail")
    with pytest.raises(operators.MutmutProgrammaticFailException):
        called(1)
    monkeypatch.setattr(operators.trampoline, "_mutant_under_test", "stats")
    noted: set[str] = set()
    monkeypatch.setattr(operators.state(), "_stats", noted)
    assert (called(1), noted) == (1, {f"{here}.x_f"})


def test_a_module_of_a_package_is_told_with_its_folder() -> None:
    name = "actorproof.properties.linearizability.check.x\u01c1Findings\u01c1outcome__undecorated__mutmut_3"
    assert mutants.function_of(name) == ("linearizability/check.py", "Findings.outcome")
    plain = "actorproof.properties.formats.jepsen.x__plain__mutmut_3"
    assert mutants.function_of(plain) == ("formats/jepsen.py", "_plain")
    assert {"linearizability/search", "guarantees/execution/turns"} <= set(mutants.MODULES)
    assert not set(mutants.PASSED_OVER) & set(mutants.MODULES)


def test_what_is_left_out_is_there() -> None:
    for test in mutants.LEFT_OUT:
        path, _, name = test.partition("::")
        assert f"def {name}(" in (mutants.ROOT / path).read_text("utf-8")

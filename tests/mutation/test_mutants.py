from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from tests.mutation import mutants, operators, reach
from tests.mutation.mutants import Place, Result
from tests.mutation.reach import One


def becomes(line: str, *, before: str = "pass") -> list[str]:
    """What a line of a function may become."""
    text = f"def f(a, b, c):\n    {before}\n    {line}\n"
    made = [operators.mutant(text, index) for index in range(operators.count(text))]
    return [mutant.after for mutant in made if mutant.number == 3]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a < b", ["a <= b"]),
        ("a_ns < b.end_ns", ["a_ns >= b.end_ns"]),
        ("a_ns <= b < c", ["a_ns < b < c", "a_ns <= b <= c"]),
        ("a and b", ["a or b"]),
        ("a + b", ["a - b"]),
        ("not a", ["a"]),
        ("a if b else c", ["a", "c"]),
        ("a[2]", ["a[3]", "a[1]"]),
        ("a[0.5]", ["a[1.5]"]),
        ("a[1000000000]", []),
        ("a['ok']", ["a['XXokXX']"]),
        ("a['a sentence']", []),
        ("f'{a} is {b}'", []),
        ("cast('int', 1)", ["None"]),
        ("min(a)", ["None", "max(a)", "min(None)"]),
        ("a(b, key=c)", ["None", "a(None, key=c)", "key=None"]),
        ("a(f'{b}')", ["None"]),
        ("zip(a, strict=True)", ["None", "zip(None, strict=True)"]),
        ("[a for a in b if c]", ["for a in b if True"]),
        ("return a", ["return None"]),
        ("return None", []),
        ("return False", ["return True"]),
        ("b = a", ["b = None"]),
        ("b: int = None", ["b: int = ''"]),
        ("b += a", ["b -= a"]),
        ("assert a < b", []),
        ("raise ValueError(a)", []),
    ],
)
def test_what_a_line_becomes(line: str, expected: list[str]) -> None:
    assert sorted(becomes(line)) == sorted(expected)


def test_a_condition_is_negated_and_its_body_is_a_statement_of_its_own() -> None:
    text = "def f(a):\n    if a:\n        g()\n    else:\n        return 1\n"
    made = [operators.mutant(text, index) for index in range(operators.count(text))]
    assert [(m.number, m.after) for m in made if m.number == 2] == [(2, "if not a:")]
    assert {m.number: m.stretch for m in made} == {2: 0, 3: 1, 5: 2}


def test_a_stretch_is_noted_when_it_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "def f(a):\n    '''Says.'''\n    if a:\n        return 1\n    return 2\n\n\nclass B:\n    def g(self): pass\n"
    )
    found: list[tuple[str, int]] = []
    monkeypatch.setattr(builtins, reach.NOTE, found.append, raising=False)
    space: dict[str, Any] = {}
    exec(compile(reach.noted(text, "a.py"), "a", "exec"), space)
    for called, numbers in ((lambda: space["f"](1), [0, 1]), (lambda: space["f"](0), [0, 2]), (space["B"]().g, [3])):
        found.clear()
        called()
        assert found == [("a.py", number) for number in numbers]
    assert space["f"].__doc__ == "Says."


def test_what_tests_reached_holds_until_they_or_what_they_reached_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests, module = "tests/mutation/test_mutants.py", "properties/verdict/quantile.py"
    found = {"test_a": One(0.1, {module: [0, 2]})}
    reach.keep(tmp_path, tests, found)
    kept = reach.kept(tmp_path, tests)
    assert kept is not None
    assert kept.tests == found
    assert reach.kept(tmp_path, "tests/mutation/test_other.py") is None
    for changed in (tests, module):
        with monkeypatch.context() as patch:
            patch.setattr(reach, "_digest", lambda file, changed=changed: f"{file == changed}")
            assert reach.kept(tmp_path, tests) is None


def test_a_mutant_that_no_test_runs_has_survived() -> None:
    trials = mutants.Trials([], cast("reach.Reaching", None), room_s=1.0, jobs=1)
    result = trials.one(Place("properties/verdict/quantile.py", 0))
    assert result is not None
    assert (result.tests, result.noticed) == (0, False)


def test_what_runs_while_a_module_loads_is_left_alone() -> None:
    assert operators.count("A = 1 + 1\n\n\nclass B:\n    c = 2\n\n    def d(self, e=3):\n        '''Says 4.'''\n") == 0


def test_one_change_at_a_time_is_made() -> None:
    text = "class A:\n    def f(self, a):\n        return a < 1\n"
    made = [operators.mutant(text, index) for index in range(operators.count(text))]
    assert {m.function for m in made} == {"A.f"}
    spaces = []
    for mutant in made:
        space: dict[str, type] = {}
        exec(compile(mutant.tree, "a", "exec"), space)
        spaces.append(tuple(space["A"]().f(a) for a in (-1, 0, 1)))
    assert sorted(map(str, spaces)) == sorted(
        map(str, [(None, None, None), (True, True, True), (True, True, True), (True, False, False)])
    )


def test_a_longer_run_begins_with_the_mutants_of_a_shorter_one() -> None:
    found = [Place("a.py", index) for index in range(50)]
    assert mutants.shuffled(found, 3) == mutants.shuffled(found, 3) != mutants.shuffled(found, 4)
    assert sorted(place.index for place in mutants.shuffled(found, 3)) == list(range(50))


def test_a_mutant_is_put_into_the_function_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from actorproof.properties.verdict.quantile import quantile  # noqa: PLC0415 - it is changed here

    monkeypatch.setattr(quantile, "__code__", quantile.__code__)  # put back at the end
    file = "properties/verdict/quantile.py"
    text = (mutants.ROOT / file).read_text("utf-8")
    made = (operators.mutant(text, index) for index in range(operators.count(text)))
    assert quantile([], 0.5) == 0.0
    assert mutants.changed(file, next(mutant for mutant in made if mutant.after == "return 1.0"))
    assert quantile([], 0.5) == 1.0


def result(*, noticed: bool, refused: bool = False) -> Result:
    return Result(
        file="properties/a.py",
        index=0,
        function="f",
        number=7,
        before="a < b",
        after="a <= b",
        tests=3,
        noticed=noticed,
        took_s=0.1,
        refused=refused,
    )


@pytest.mark.parametrize(("noticed", "survived", "code"), [(95, 5, 0), (949, 51, 1), (0, 0, 3)])
def test_at_least_95_of_100_must_be_noticed(noticed: int, survived: int, code: int) -> None:
    results = [result(noticed=True)] * noticed + [result(noticed=False)] * survived
    assert mutants.judged(results) == code


def test_a_survivor_is_told_by_file_line_and_change(capsys: pytest.CaptureFixture[str]) -> None:
    mutants.judged([result(noticed=False)])
    assert "properties/a.py:7 f (3 tests)\n    - a < b\n    + a <= b\n" in capsys.readouterr().out


def test_what_the_types_refuse_counts_as_noticed_and_is_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    results = [result(noticed=True)] * 94 + [result(noticed=False, refused=True)] + [result(noticed=False)] * 5
    assert mutants.judged(results) == 0
    assert "95 of 100 noticed, 1 of them by mypy alone" in capsys.readouterr().out


def test_the_types_refuse_what_a_function_can_not_give_and_no_other_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutants, "KEPT", tmp_path)
    file = "properties/verdict/quantile.py"
    text = (mutants.ROOT / file).read_text("utf-8")
    made = [operators.mutant(text, index).after for index in range(operators.count(text))]
    tried = [
        replace(result(noticed=False), file=file, index=made.index(after)) for after in ("return None", "return 1.0")
    ]
    assert [each.refused for each in mutants.checked(tried)] == [True, False]


def test_what_is_left_out_is_there() -> None:
    for test in mutants.LEFT_OUT:
        path, _, name = test.partition("::")
        assert f"def {name}(" in (mutants.ROOT / path).read_text("utf-8")
    assert {Path(file).stem for file in mutants.FILES}.isdisjoint(mutants.PASSED_OVER)

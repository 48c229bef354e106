from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation import mutants, operators
from tests.mutation.mutants import Place, Result


def becomes(line: str, *, before: str = "pass") -> list[str]:
    """What a line of a function may become."""
    text = f"def f(a, b, c):\n    {before}\n    {line}\n"
    made = [operators.mutant(text, index) for index in range(operators.count(text))]
    return [mutant.after for mutant in made if mutant.number == 3]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a < b", ["a <= b"]),
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
    assert [(m.number, list(m.lines), m.after) for m in made if m.number == 2] == [(2, [2], "if not a:")]
    assert {m.number for m in made} == {2, 3, 5}


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


def result(*, noticed: bool) -> Result:
    how = {"function": "f", "number": 7, "before": "a < b", "after": "a <= b", "tests": 3, "took_s": 0.1}
    return Result(file="properties/a.py", noticed=noticed, **how)


@pytest.mark.parametrize(("noticed", "survived", "code"), [(95, 5, 0), (949, 51, 1), (0, 0, 3)])
def test_at_least_95_of_100_must_be_noticed(noticed: int, survived: int, code: int) -> None:
    results = [result(noticed=True)] * noticed + [result(noticed=False)] * survived
    assert mutants.judged(results) == code


def test_a_survivor_is_told_by_file_line_and_change(capsys: pytest.CaptureFixture[str]) -> None:
    mutants.judged([result(noticed=False)])
    assert "properties/a.py:7 f (3 tests)\n    - a < b\n    + a <= b\n" in capsys.readouterr().out


def test_what_is_left_out_is_there() -> None:
    for test in mutants.LEFT_OUT:
        path, _, name = test.partition("::")
        assert f"def {name}(" in (mutants.ROOT / path).read_text("utf-8")
    assert {Path(file).stem for file in mutants.FILES}.isdisjoint(mutants.PASSED_OVER)

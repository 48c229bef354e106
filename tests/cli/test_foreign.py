"""`actorproof analyze --format jepsen`: a verdict, its exit code, the smallest explanation; bad input by its line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from actorproof.harness.run import foreign

from .conftest import Actorproof, Said

Judge = Callable[..., Said]


@pytest.fixture
def judge(actorproof: Actorproof, tmp_path: Path) -> Judge:
    """What is said of a history, which is a file."""

    def said(text: str, *words: object, model: str = "register") -> Said:
        path = tmp_path / "history.edn"
        path.write_bytes(text.encode(errors="surrogateescape"))
        return actorproof("analyze", "--format", "jepsen", "--model", model, path, *words)

    return said


FITS = (
    "{:process 0, :type :invoke, :f :write, :value 3}\n"
    "{:process 1, :type :invoke, :f :read, :value nil}\n"
    "{:process 0, :type :ok, :f :write, :value 3}\n"
    "{:process 1, :type :ok, :f :read, :value 3}\n"
)


READS_4 = FITS.replace(":read, :value 3", ":read, :value 4")


def test_a_history_that_fits(judge: Judge) -> None:
    said = judge(FITS, model="cas-register")
    assert (said.code, said.out) == (0, "holds: 2 operations on a cas-register fit one order\n")


def test_one_that_does_not_is_drawn(judge: Judge) -> None:
    said = judge(READS_4, model="cas-register")
    assert said.code == 1
    assert said.out.splitlines()[:6] == [
        "violated: 2 operations on a cas-register fit no order",
        "line 2: read() -> 4 fits nowhere",
        "the one operation before it fits, and leaves 3",
        "nothing before it leaves what it would need",
        "  |---|      line 1, process 0: write(3): placed as number 1",
        "    |---|    line 2, process 1: read() -> 4: fits nowhere",
    ]


KEYED = (
    "{:process 0, :type :invoke, :f :write, :value [:x 3]}\n"
    "{:process 1, :type :invoke, :f :write, :value [:y 4]}\n"
    "{:process 0, :type :ok, :f :write, :value [:x 3]}\n"
    "{:process 1, :type :ok, :f :write, :value [:y 4]}\n"
    "{:process 0, :type :invoke, :f :read, :value [:x nil]}\n"
    "{:process 0, :type :ok, :f :read, :value [:x 3]}\n"
)


KEYED_4 = KEYED.replace(":ok, :f :read, :value [:x 3]", ":ok, :f :read, :value [:x 4]")


@pytest.mark.parametrize("worth", [foreign.WORTH_PROCESSES, 0], ids=["here", "side by side"])
def test_keys_are_judged_one_by_one(judge: Judge, monkeypatch: pytest.MonkeyPatch, worth: int) -> None:
    monkeypatch.setattr(foreign, "WORTH_PROCESSES", worth)
    said = judge(KEYED)
    assert (said.code, said.out) == (0, "holds: 3 operations on 2 keys, each a register, fit one order a key\n")
    said = judge(KEYED_4)
    assert said.code == 1
    assert said.out.splitlines()[:2] == [
        "violated: 3 operations on 2 keys, each a register: those of 1 key, first of key :x, fit no order",
        "line 5: read() -> 4 fits nowhere",
    ]


def test_the_first_key_that_fits_nowhere_ends_it_on_request(judge: Judge) -> None:
    # That of :x is the harder one, so it comes first.
    said = judge(KEYED_4, "--first")
    assert said.code == 1
    assert said.out.splitlines()[0] == (
        "violated: 3 operations on 2 keys, each a register: those of 1 key, first of key :x (1 key left out),"
        " fit no order"
    )
    assert judge(KEYED, "--first").code == 0


def map_of(clients: int, *, last: int) -> str:
    """Every client puts and gets on a key of its own, all at once; whole, it is too much for any search."""
    rounds = []
    for value in range(9):
        asked = [f"{{:process {n} :type TYPE :f :put :value [:k{n} {value}]}}" for n in range(clients)]
        rounds += [text.replace("TYPE", type_) for type_ in (":invoke", ":ok") for text in asked]
        rounds += [f"{{:process {n} :type :invoke :f :get :value :k{n}}}" for n in range(clients)]
        seen = [last if (n, value) == (0, 8) else value for n in range(clients)]
        rounds += [f"{{:process {n} :type :ok :f :get :value {each}}}" for n, each in enumerate(seen)]
    return "\n".join(rounds)


def test_a_map_is_judged_key_by_key(judge: Judge) -> None:
    said = judge(map_of(30, last=8), model="map")
    assert (said.code, said.out) == (0, "holds: 540 operations on 30 keys, each a map, fit one order a key\n")
    said = judge(map_of(30, last=7), model="map")
    assert said.code == 1
    assert "those of 1 key, first of key :k0, fit no order" in said.out


def test_pairs_without_a_read_are_keys_when_that_is_said(judge: Judge) -> None:
    pairs = "".join(KEYED.splitlines(keepends=True)[:4])
    assert "2 keys" in judge(pairs, "--keyed").out
    assert "2 operations on a register fit" in judge(pairs, "--no-keyed").out
    assert "2 operations on a register fit" in judge(pairs).out


def test_a_search_out_of_time_is_unknown(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actorproof.properties.linearizability.search.NODES_A_LOOK", 1)
    said = judge(FITS, "--budget", "0")
    assert (said.code, said.out.partition(":")[0]) == (2, "unknown")
    assert "ran out of time after 0 operations" in said.out


def test_a_history_of_nobody_is_unknown(judge: Judge) -> None:
    said = judge("{:process :nemesis, :type :info, :f :start, :value nil}\n")
    assert (said.code, "nothing was tested" in said.out) == (2, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FITS + "{:process 0, :type :ok, :f :read}", "history.edn: line 5: process 0 ends read, never invoked"),
        (
            FITS + "{:process 0, :type :done, :f :read}",
            "history.edn: line 5, column 20: event type done is unknown: expected one of invoke, ok",
        ),
        (
            "{:process 0, :type :invoke, :f :pop}",
            "history.edn: line 1, column 32: the function pop is unknown to this model: expected read, write",
        ),
        ("", "line 1, column 1: there is no event: expected events in EDN or JSON, or lines of"),
        ("\udcff", "it is no text in UTF-8"),
    ],
)
def test_bad_input_is_named_by_its_line(judge: Judge, text: str, expected: str) -> None:
    said = judge(text)
    assert (said.code, said.out) == (3, "")
    assert said.err.startswith("actorproof: ")
    assert expected in said.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--format", "jepsen"), "no --model is given: choose one of accounts"),
        (("--format", "jepsen", "--model", "queue"), "model queue is unknown: choose one of accounts"),
        (("--model", "register"), "--model is for other people's histories: name a file with one"),
        (("--first",), "--first is for other people's histories: name a file with one"),
        (("--keyed",), "--keyed is for other people's histories: name a file with one"),
        (("--format", "jepsen", "--model", "register", "--guarantee", "turns"), "leave it out"),
    ],
)
def test_wrong_usage(actorproof: Actorproof, tmp_path: Path, words: tuple[str, ...], expected: str) -> None:
    said = actorproof("analyze", *words, str(tmp_path))
    assert said.code == 64
    assert expected in said.err


@pytest.mark.parametrize("format_", [(), ("--format", "jepsen")])
def test_a_file_that_is_not_there(actorproof: Actorproof, tmp_path: Path, format_: tuple[str, ...]) -> None:
    said = actorproof("analyze", *format_, "--model", "register", str(tmp_path / "none.edn"))
    assert said.code == 3
    assert "none.edn " in said.err
    assert ": name a file with a history" in said.err


def test_a_file_needs_no_format(actorproof: Actorproof, tmp_path: Path) -> None:
    (tmp_path / "history.edn").write_text(FITS)
    assert actorproof("analyze", str(tmp_path / "history.edn"), "--model", "register").code == 0


def test_values_that_may_be_pairs_or_whole_decide_nothing_when_it_matters(judge: Judge) -> None:
    rows = [("write", "[:x 1]", "[:x 1]"), ("write", "[:y 1]", "[:y 1]"), ("read", "nil", "[:x 1]")]
    text = "".join(
        f"{{:process 0, :type :{type_}, :f :{f}, :value {value}}}\n"
        for f, asked, answer in rows
        for type_, value in (("invoke", asked), ("ok", answer))
    )
    said = judge(text)
    assert said.code == 2
    assert "say --keyed or --no-keyed" in said.out
    assert judge(text, "--keyed").code == 0
    assert judge(text, "--no-keyed").code == 1


def test_an_init_that_would_explain_all_is_hinted_at(judge: Judge) -> None:
    text = "{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :f :read, :value 7}\n"
    said = judge(text)
    assert said.code == 1
    assert said.out.splitlines()[-1].endswith("say so with --init 7")
    assert judge(text, "--init", "7").code == 0


@pytest.mark.parametrize(
    ("init", "model", "expected"),
    [
        ("[", "register", "--init [: the [ of line 1 is not closed"),
        ("1 2", "register", "is 2 values: expected one"),
        ("true", "counter", "--init true: counter expects a whole number, or nil"),
        ("1", "mutex", "--init 1: mutex expects nothing: it takes no --init"),
    ],
)
def test_an_init_that_is_not_understood(judge: Judge, init: str, model: str, expected: str) -> None:
    said = judge(FITS, "--init", init, model=model)
    assert said.code == 64
    assert expected in said.err


MINE = """
from actorproof.properties.linearizability.model import Model
class Mine(Model):
    def step(self, state, operation):
        return True, state
"""


def test_a_model_of_ones_own(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    assert judge(READS_4, model=f"{tmp_path}/mine.py:Mine").code == 0
    for name, expected in (("mine.py:None", "has no class None"), ("none.py:Mine", "is no Python file")):
        said = judge(READS_4, model=f"{tmp_path}/{name}")
        assert said.code == 64
        assert expected in said.err


@pytest.mark.parametrize("model", ["multi-register", "rw-register"])
@pytest.mark.parametrize(
    ("steps", "code"), [(("[:r x]", "[:r x nil]"), 0), (("[:r x]", "[:r x]"), 3), (("[:w x]", "[:w x 1]"), 3)]
)
def test_a_read_may_be_asked_for_by_its_key_alone(judge: Judge, model: str, steps: tuple[str, str], code: int) -> None:
    types = zip(("invoke", "ok"), steps, strict=True)
    text = "".join(f"{{:process 0, :type :{type_}, :f :txn, :value [{step}]}}\n" for type_, step in types)
    assert judge(text, model=model).code == code


def test_a_cycle_is_drawn_instead_of_told_on_a_page(judge: Judge, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    steps = ('[[:append "x" 1]]', '[[:r "x" []]]', '[[:r "x" [1]]]')
    text = "".join(
        f"{{:process 0, :type :{type_}, :f :txn, :value {asked}}}\n" for asked in steps for type_ in ("invoke", "ok")
    )
    assert "--rw-->" in judge(text, "--html", page, model="list-append").out
    assert page.read_text().count('<p class="edge">') == 2
    assert "--rw-->" not in page.read_text()


def test_a_history_is_drawn_as_a_page(judge: Judge, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    history = FITS.replace(":read, :value 3", ':read, :value "</script>"')
    assert judge(history, "--html", page).code == 1
    text = page.read_text()
    assert "fits nowhere" in text
    assert text.count("</script>") == 2  # no value ends a script
    data = json.loads(text.partition('id="data">')[2].partition("</script>")[0])
    assert data["processes"] == ["0", "1"]
    assert [(row, mark) for row, _, _, _, mark, _ in data["bars"]] == [(0, "placed"), (1, "stuck")]
    said = judge(history, "--html", tmp_path / "none" / "page.html")
    assert said.code == 64
    assert "give --html a file in a folder that is there" in said.err

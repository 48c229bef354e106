"""`actorproof analyze --format jepsen`: a verdict, its exit code, the smallest explanation; bad input by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorproof.harness.run import foreign

from .conftest import Actorproof

CASES = Path(__file__).parent.parent / "properties" / "linearizability" / "cases"
FITS = (
    "{:process 0, :type :invoke, :f :write, :value 3}\n"
    "{:process 1, :type :invoke, :f :read, :value nil}\n"
    "{:process 0, :type :ok, :f :write, :value 3}\n"
    "{:process 1, :type :ok, :f :read, :value 3}\n"
)


def test_a_history_that_fits(actorproof: Actorproof, tmp_path: Path) -> None:
    (tmp_path / "history.edn").write_text(FITS)
    said = actorproof("analyze", "--format", "jepsen", "--model", "cas-register", str(tmp_path / "history.edn"))
    assert (said.code, said.out) == (0, "holds: 2 operations on a cas-register fit one order\n")


def test_one_that_does_not_is_drawn(actorproof: Actorproof, tmp_path: Path) -> None:
    (tmp_path / "history.edn").write_text(FITS.replace(":read, :value 3", ":read, :value 4"))
    said = actorproof("analyze", "--format", "jepsen", "--model", "cas-register", str(tmp_path / "history.edn"))
    assert said.code == 1
    assert said.out.splitlines() == [
        "violated: 2 operations on a cas-register fit no order",
        "line 2: read() -> 4 fits nowhere",
        "the 1 operations before it fit, and leave 3",
        "  |---|      line 1, process 0: write(3): placed as number 1",
        "    |---|    line 2, process 1: read() -> 4: fits nowhere",
    ]


@pytest.mark.parametrize("path", sorted(CASES.glob("*/*.edn")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_cases(actorproof: Actorproof, path: Path) -> None:
    model = path.read_text().splitlines()[0].removeprefix("; model: ")
    said = actorproof("analyze", "--format", "jepsen", "--model", model, str(path))
    assert said.code == (0 if path.parent.name == "good" else 1), said
    assert said.err == ""


KEYED = (
    "{:process 0, :type :invoke, :f :write, :value [:x 3]}\n"
    "{:process 1, :type :invoke, :f :write, :value [:y 4]}\n"
    "{:process 0, :type :ok, :f :write, :value [:x 3]}\n"
    "{:process 1, :type :ok, :f :write, :value [:y 4]}\n"
    "{:process 0, :type :invoke, :f :read, :value [:x nil]}\n"
    "{:process 0, :type :ok, :f :read, :value [:x 3]}\n"
)


@pytest.mark.parametrize("worth", [foreign.WORTH_PROCESSES, 0], ids=["here", "side by side"])
def test_keys_are_judged_one_by_one(
    actorproof: Actorproof, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worth: int
) -> None:
    monkeypatch.setattr(foreign, "WORTH_PROCESSES", worth)
    path = tmp_path / "history.edn"
    words = ("analyze", "--format", "jepsen", "--model", "register", str(path))
    path.write_text(KEYED)
    said = actorproof(*words)
    assert (said.code, said.out) == (0, "holds: 3 operations on 2 keys, each a register fit one order a key\n")
    path.write_text(KEYED.replace(":ok, :f :read, :value [:x 3]", ":ok, :f :read, :value [:x 4]"))
    said = actorproof(*words)
    assert said.code == 1
    assert said.out.splitlines()[:2] == [
        "violated: 3 operations on 2 keys, each a register: those of 1 keys, first of :x, fit no order",
        "line 5: read() -> 4 fits nowhere",
    ]


def test_the_first_key_that_fits_nowhere_ends_it_on_request(actorproof: Actorproof, tmp_path: Path) -> None:
    path = tmp_path / "history.edn"
    # That of :x is the harder one, so it comes first.
    path.write_text(KEYED.replace(":ok, :f :read, :value [:x 3]", ":ok, :f :read, :value [:x 4]"))
    words = ("analyze", "--format", "jepsen", "--model", "register", str(path))
    said = actorproof(*words, "--first")
    assert said.code == 1
    assert said.out.splitlines()[0] == (
        "violated: 3 operations on 2 keys, each a register: those of 1 keys, first of :x (1 keys were left out),"
        " fit no order"
    )
    path.write_text(KEYED)
    assert actorproof(*words, "--first").code == 0


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


def test_a_map_is_judged_key_by_key(actorproof: Actorproof, tmp_path: Path) -> None:
    path = tmp_path / "history.edn"
    path.write_text(map_of(30, last=8))
    said = actorproof("analyze", "--format", "jepsen", "--model", "map", str(path))
    assert (said.code, said.out) == (0, "holds: 540 operations on 30 keys, each a map fit one order a key\n")
    path.write_text(map_of(30, last=7))
    said = actorproof("analyze", "--format", "jepsen", "--model", "map", str(path))
    assert said.code == 1
    assert "those of 1 keys, first of :k0, fit no order" in said.out


def test_pairs_without_a_read_are_keys_when_that_is_said(actorproof: Actorproof, tmp_path: Path) -> None:
    path = tmp_path / "history.edn"
    path.write_text("".join(KEYED.splitlines(keepends=True)[:4]))
    words = ("analyze", "--format", "jepsen", "--model", "register", str(path))
    assert "2 keys" in actorproof(*words, "--keyed").out
    assert "2 operations on a register fit" in actorproof(*words, "--no-keyed").out
    assert "2 operations on a register fit" in actorproof(*words).out


def test_a_search_out_of_time_is_unknown(
    actorproof: Actorproof, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign, "SEARCH_S", -1.0)
    monkeypatch.setattr("actorproof.properties.linearizability.search.NODES_A_LOOK", 1)
    (tmp_path / "history.edn").write_text(FITS)
    said = actorproof("analyze", "--format", "jepsen", "--model", "register", str(tmp_path / "history.edn"))
    assert (said.code, said.out.partition(":")[0]) == (2, "unknown")
    assert "ran out of time after 0 operations" in said.out


def test_a_history_of_nobody_is_unknown(actorproof: Actorproof, tmp_path: Path) -> None:
    (tmp_path / "history.edn").write_text("{:process :nemesis, :type :info, :f :start, :value nil}\n")
    said = actorproof("analyze", "--format", "jepsen", "--model", "register", str(tmp_path / "history.edn"))
    assert (said.code, "nothing was tested" in said.out) == (2, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FITS + "{:process 0, :type :ok, :f :read}", "history.edn: line 5: process 0 ends read, never invoked"),
        (FITS + "{:process 0, :type :done, :f :read}", "history.edn: line 5: event type done is unknown"),
        ("{:process 0, :type :invoke, :f :pop}", "history.edn: operation line 1: register has no pop() (info)"),
        ("", "line 1: neither a Jepsen history in EDN nor a log"),
        ("\udcff", "it is no text in UTF-8"),
    ],
)
def test_bad_input_is_named_by_its_line(actorproof: Actorproof, tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "history.edn").write_bytes(text.encode(errors="surrogateescape"))
    said = actorproof("analyze", "--format", "jepsen", "--model", "register", str(tmp_path / "history.edn"))
    assert (said.code, said.out) == (3, "")
    assert said.err.startswith("actorproof: ")
    assert expected in said.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--format", "jepsen"), "no --model is given: choose one of register, cas-register, counter"),
        (("--format", "jepsen", "--model", "queue"), "model queue is unknown: choose one of register"),
        (("--model", "register"), "--model is for other people's histories: add --format jepsen"),
        (("--first",), "--first is for other people's histories: add --format jepsen"),
        (("--keyed",), "--keyed is for other people's histories: add --format jepsen"),
        (("--format", "jepsen", "--model", "register", "--guarantee", "turns"), "leave it out"),
    ],
)
def test_wrong_usage(actorproof: Actorproof, tmp_path: Path, words: tuple[str, ...], expected: str) -> None:
    said = actorproof("analyze", *words, str(tmp_path))
    assert said.code == 64
    assert expected in said.err


def test_a_file_that_is_not_there(actorproof: Actorproof, tmp_path: Path) -> None:
    said = actorproof("analyze", "--format", "jepsen", "--model", "register", str(tmp_path / "none.edn"))
    assert said.code == 3
    assert "none.edn can't be read (No such file or directory)" in said.err

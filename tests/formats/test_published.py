"""`published` judges copies of other testers' repositories as they lie in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.formats.published import main

GOOD = """{:process 0, :type :invoke, :f :write, :value 1}
{:process 0, :type :ok, :f :write, :value 1}
{:process 0, :type :invoke, :f :read, :value nil}
{:process 0, :type :ok, :f :read, :value 1}
"""
BAD = GOOD.replace(":read, :value 1", ":read, :value 2")
ETCD = "INFO  jepsen.util - 0\t:invoke\t:write\t1\nINFO  jepsen.util - 0\t:ok\t:write\t1\n"
KV = """{:process 0, :type :invoke, :f :append, :key "k", :value "a"}
{:process 0, :type :ok, :f :append, :key "k", :value "a"}
"""


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    for name, text in {
        "jepsen-io+knossos/data/cas-register/good/a.edn": GOOD,
        "jepsen-io+knossos/data/cas-register/bad/b.edn": BAD,
        "porcupine/porcupine_test.go": "checkJepsen(t, 0, true)\ncheckJepsen(t, 1, true)\n",
        "porcupine/test_data/jepsen/etcd_000.log": ETCD,
        "porcupine/test_data/kv/c01-ok.txt": KV,
        "elle-cli/histories/jepsen/counter.edn": "{:process 0, :type :invoke, :f :read, :value nil}\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_as_published_and_what_decides_nothing(copies: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(copies)]) == 0
    named, count = capsys.readouterr().out.splitlines()
    assert named.startswith("unknown: elle-cli/histories/jepsen/counter.edn, counter: unknown: ")
    assert count == "5 histories: 4 as published, 1 unknown"


@pytest.mark.parametrize(("text", "answer"), [(BAD, "opposite"), ("no history", "refused")])
def test_another_verdict_is_named(copies: Path, capsys: pytest.CaptureFixture[str], text: str, answer: str) -> None:
    (copies / "jepsen-io+knossos/data/cas-register/good/a.edn").write_text(text)
    assert main([str(copies), "good/a.edn"]) == 1
    named, count = capsys.readouterr().out.splitlines()
    assert named.startswith(f"{answer}: jepsen-io+knossos/data/cas-register/good/a.edn, cas-register: ")
    assert count == f"1 histories: 1 {answer}"


def test_a_folder_without_copies_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "none of the repositories" in capsys.readouterr().err

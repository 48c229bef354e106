"""Histories as Jepsen writes them."""

from __future__ import annotations

import pytest

from actorproof.properties.formats.jepsen import parse
from actorproof.properties.linearizability.check import check, keyed
from actorproof.properties.linearizability.model import CasRegister
from actorproof.properties.linearizability.operation import BadHistoryError
from actorproof.properties.linearizability.search import Linearizable, NotLinearizable, search
from actorproof.properties.verdict.verdict import Outcome

EDN = """; a comment
{:process 0, :type :invoke, :f :write, :value 3, :time 10, :index 0}
{:process 1, :type :invoke, :f :cas, :value [3 4]}
{:process :nemesis, :type :info, :f :start, :value nil}
{:process 0, :type :ok, :f :write, :value 3}
{:process 1, :type :ok, :f :cas, :value [3 4]}
#jepsen.history.Op{:process 2, :type :invoke, :f :read, :value nil, :error "a \\"quoted\\" ]text"}
{:process 2, :type :ok, :f :read, :value 4}
{:process 3, :type :invoke, :f :write, :value 9}
{:process 4, :type :invoke, :f :cas, :value [7 8]}
{:process 4, :type :fail, :f :cas, :value [7 8]}
{:process 3, :type :info, :f :write, :value 9, :error :timeout}
"""
LOG = (
    "INFO  jepsen.util - 0\t:invoke\t:write\t3\n"
    "INFO  jepsen.core - Starting nemesis\n"
    "INFO  jepsen.util - 1\t:invoke\t:cas\t[3 4]\n"
    "INFO  jepsen.util - 0\t:ok\t:write\t3\n"
    "INFO  jepsen.util - :nemesis\t:info\t:start\tnil\n"
    "2015-01-01 10:00:00,000 INFO  jepsen.util - 1\t:fail\t:cas\t[3 4]\n"
    "INFO  jepsen.util - 2\t:invoke\t:read\tnil\n"
    "INFO  jepsen.util - 2\t:ok\t:read\t3\n"
    "INFO  jepsen.util - 3\t:invoke\t:read\tnil\n"
    "INFO  jepsen.util - 3\t:timed-out\t:read\t:timed-out\n"
)


@pytest.mark.parametrize("text", [EDN, f"[{EDN}]"], ids=["one a line", "a vector"])
def test_edn(text: str) -> None:
    write, cas, read, unsure, failed = parse(text)
    assert (write.function, write.value, write.outcome, write.result) == ("write", 3, "ok", None)
    assert (cas.value, cas.start_ns < write.end_ns) == ((3, 4), True)
    assert (read.value, read.result, read.id) == (None, 4, "line 7")
    assert (unsure.outcome, unsure.end_ns) == ("info", None)
    assert failed.outcome == "fail"
    assert isinstance(search(parse(text), CasRegister()), Linearizable)
    assert isinstance(search(parse(text.replace(":read, :value 4", ":read, :value 3")), CasRegister()), NotLinearizable)


def test_log() -> None:
    write, cas, read, unsure = parse(LOG)
    assert (write.value, cas.outcome, read.result, unsure.outcome) == (3, "fail", 3, "info")
    assert isinstance(search(parse(LOG), CasRegister()), Linearizable)
    assert isinstance(search(parse(LOG.replace(":ok\t:read\t3", ":ok\t:read\t4")), CasRegister()), NotLinearizable)


def test_a_read_of_nil_says_something() -> None:
    text = "{:process 0 :type :invoke :f :write :value 1}\n{:process 0 :type :ok :f :write :value 1}\n"
    text += "{:process 0 :type :invoke :f :read :value nil}\n{:process 0 :type :ok :f :read :value nil}\n"
    assert isinstance(search(parse(text), CasRegister()), NotLinearizable)


def test_a_read_whose_answer_stands_in_its_invocation_too() -> None:
    text = "{:process 0 :type :invoke :f :write :value 1}\n{:process 0 :type :ok :f :write :value 1}\n"
    text += "{:process 0 :type :invoke :f :read :value 1}\n{:process 0 :type :ok :f :read :value 1}\n"
    assert isinstance(search(parse(text), CasRegister()), Linearizable)


@pytest.mark.parametrize("name", ["-1", '"a"', ":a", "n1/a"])
def test_a_client_may_have_any_name(name: str) -> None:
    # Without what this client wrote, the read would fit nowhere.
    text = EDN.replace(":process 0,", f":process {name},")
    assert len(parse(text)) == len(parse(EDN))
    assert isinstance(search(parse(text), CasRegister()), Linearizable)


def test_what_the_nemesis_does_is_not_looked_at() -> None:
    start = "{:process :nemesis, :type :invoke, :f :start}\n"
    assert parse(start + start + EDN)[0].function == "write"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + EDN,
        EDN.replace("\n", "\r\n"),
        "#_{:process 9 :x #_ 2 [1]}\n" + EDN,
        EDN.replace(":time 10", "#_ :x :time 10"),
    ],
    ids=["byte order mark", "lines of Windows", "left out", "left out within"],
)
def test_what_stands_around_events_changes_nothing(text: str) -> None:
    said = [(op.function, op.value, op.outcome, op.result) for op in parse(text)]
    assert said == [(op.function, op.value, op.outcome, op.result) for op in parse(EDN)]


def test_sets_and_maps_have_no_order() -> None:
    text = "{:process 0 :type :invoke :f :write :value [#{1 2} {:a 1 :b 2}]}\n"
    text += "{:process 0 :type :ok :f :write}\n{:process 0 :type :invoke :f :read}\n"
    text += "{:process 0 :type :ok :f :read :value [#{2 1} {:b 2 :a 1}]}\n"
    assert isinstance(search(parse(text, paired=False), CasRegister()), Linearizable)


FORMS = {
    "2017": "INFO [2017-03-30 19:10:11,043] jepsen worker 0 - jepsen.util ",
    "2021": "2021-05-04 12:00:00,000{GMT}\tINFO\t[jepsen worker 0] jepsen.util: ",
    "history.txt": "",
}


@pytest.mark.parametrize("form", FORMS)
def test_logs_of_all_years(form: str) -> None:
    lines = [line for line in LOG.splitlines() if "jepsen.util" in line]
    text = "".join(f"{FORMS[form]}{line.partition('jepsen.util - ')[2]}\n" for line in lines)
    said = [(op.function, op.value, op.outcome, op.result) for op in parse(text)]
    assert said == [(op.function, op.value, op.outcome, op.result) for op in parse(LOG)]


INVOKE = "{:process 0 :type :invoke :f :read}\n"
BAD = {
    "line 2: process 0 invokes read before its read of line 1 has ended": INVOKE * 2,
    "line 2: process 1 ends read, never invoked": INVOKE + "{:process 1 :type :ok :f :read}",
    "line 2: process 0 ends write, but called read": INVOKE + "{:process 0 :type :ok :f :write}",
    "line 2: event type answered is unknown: invoke, ok, fail, info, timed-out are known": INVOKE
    + "{:process 0 :type :answered :f :read}",
    "line 2: time goes back to 4, it was 5 on line 1": "{:process 0 :type :invoke :f :read :time 5}\n"
    "{:process 0 :type :ok :f :read :time 4}",
    "line 1: :time ':late' is no number": "{:process 0 :type :invoke :f :read :time :late}",
    "line 1: no :f": "{:process 0 :type :invoke}",
    "line 2: 7 is not a map with :process, :type and :f": INVOKE + "7",
    "line 3: the { of line 2 is not closed": INVOKE + "{:process 0\n",
    "line 2: ] closes nothing": INVOKE + "]",
    "line 1: a map with a name and no value": "{:process}",
    "line 1: nested more than 100 deep": "[" * 5000,
    "line 2: can't read '\"open'": INVOKE + '"open',
    "line 1: neither a Jepsen history in EDN nor a log with jepsen.util lines": "hello\n",
    "line 1: not a process, type, function and value between tabs": "INFO  jepsen.util - 0\tinvoke\n",
    "line 2: not a process, type, function and value between tabs": "0\t:invoke\t:write\t3\n0 ok\n",
    "line 1: nested more than 100 deep ": "#_" * 5000,
    "line 3: process 0 invokes write before its write of line 1 has ended": LOG.splitlines()[0]
    + "\n"
    + LOG.splitlines()[1]
    + "\n"
    + LOG.splitlines()[0],
    "line 2: process 7 ends write, never invoked": LOG.splitlines()[0] + "\nINFO  jepsen.util - 7\t:ok\t:write\t3\n",
    "line 1: event type retried is unknown: invoke, ok, fail, info, timed-out are known": (
        "INFO  jepsen.util - 7\t:retried\t:write\t3\n"
    ),
}


@pytest.mark.parametrize("message", BAD)
def test_bad(message: str) -> None:
    with pytest.raises(BadHistoryError) as caught:
        parse(BAD[message])
    assert str(caught.value) == message.rstrip()


# ---- several objects in one history

INDEPENDENT = """{:process 0, :type :invoke, :f :write, :value [:x 3]}
{:process 1, :type :invoke, :f :write, :value [:y 4]}
{:process 0, :type :ok, :f :write, :value [:x 3]}
{:process 1, :type :info, :f :write, :value :timed-out}
{:process :nemesis, :type :info, :f :start, :value nil}
{:process 2, :type :invoke, :f :cas, :value [:x [3 5]]}
{:process 2, :type :ok, :f :cas, :value [:x [3 5]]}
{:process 3, :type :invoke, :f :read, :value [:x nil]}
{:process 3, :type :ok, :f :read, :value [:x 5]}
{:process 4, :type :invoke, :f :read, :value [[7 "y"] nil]}
{:process 4, :type :ok, :f :read, :value [[7 "y"] nil]}
"""
FIELDS = """{:process 0, :type :invoke, :f :write, :value 3, :key 1}
{:process 1, :type :invoke, :f :write, :value 4, :key 2}
{:process 0, :type :ok, :f :write, :value 3, :key 1}
{:process 1, :type :ok, :f :write, :value 4}
{:process 0, :type :invoke, :f :read, :key 1}
{:process 0, :type :ok, :f :read, :value 3, :key 1}
"""


def test_values_that_are_pairs_of_key_and_value() -> None:
    write, unsure, cas, read, other = parse(INDEPENDENT)
    assert [op.key for op in (write, unsure, cas, read, other)] == [":x", ":y", ":x", ":x", "(7, 'y')"]
    assert (write.value, write.result, unsure.value, unsure.outcome) == (3, None, 4, "info")
    assert (cas.value, read.value, read.result, other.result) == ((3, 5), None, 5, None)


def test_pairs_in_a_log() -> None:
    text = (
        "INFO  jepsen.util - 0\t:invoke\t:write\t[:x 3]\n"
        "INFO  jepsen.util - 0\t:ok\t:write\t[:x 3]\n"
        "INFO  jepsen.util - 0\t:invoke\t:read\t[:y nil]\n"
        "INFO  jepsen.util - 0\t:timed-out\t:read\t:timed-out\n"
    )
    assert [(op.key, op.value, op.outcome) for op in parse(text)] == [(":x", 3, "ok"), (":y", None, "info")]


def test_a_key_of_its_own() -> None:
    assert [(op.key, op.value, op.result) for op in parse(FIELDS)] == [("1", 3, None), ("2", 4, None), ("1", None, 3)]


def test_each_key_is_an_object_of_its_own() -> None:
    # One register could not hold both.
    text = "".join(
        f"{{:process {n} :type {type_} :f {f} :value [{n} {value}]}}\n"
        for f, values in ((":write", (3, 4)), (":read", ("nil", "nil")))
        for n, value in enumerate(values)
        for type_, value in ((":invoke", value), (":ok", n + 3))
    )
    found = check(keyed(parse(text)), CasRegister())
    assert found.outcome is Outcome.HOLDS
    assert set(found.answers) == {"0", "1"}
    spoiled = check(keyed(parse(text.replace(":ok :f :read :value [1 4]", ":ok :f :read :value [1 3]"))), CasRegister())
    assert set(spoiled.violated) == {"1"}


PAIRS_WITHOUT_READS = "{:process 0 :type :invoke :f :cas :value [1 2]}\n{:process 0 :type :ok :f :cas :value [1 2]}\n"


def test_pairs_are_known_by_the_reads_or_must_be_said_to_be() -> None:
    (cas,) = parse(PAIRS_WITHOUT_READS)
    assert (cas.key, cas.value) == ("", (1, 2))
    (said,) = parse(PAIRS_WITHOUT_READS, paired=True)
    assert (said.key, said.value) == ("1", 2)
    read = "{:process 1 :type :invoke :f :read :value nil}\n"
    assert [op.key for op in parse(PAIRS_WITHOUT_READS + read)] == ["", ""]
    pairs = "{:process 1 :type :invoke :f :read :value [1 nil]}\n"
    assert [op.key for op in parse(PAIRS_WITHOUT_READS + pairs)] == ["1", "1"]
    assert [op.value for op in parse(PAIRS_WITHOUT_READS + pairs, paired=False)] == [(1, 2), (1, None)]


BAD_KEYS = {
    "line 2: nil is no pair of key and value": (
        INVOKE.replace("read", "read :value [1 nil]") + "{:process 0 :type :ok :f :read :value nil}",
        True,
    ),
    "line 1: (1, 2, 3) is no pair of key and value": (INVOKE.replace("read", "write :value [1 2 3]"), True),
    "line 2: process 0 ends read of key 2, but called that of key 1": (
        INVOKE.replace("read", "read :value [1 nil]") + "{:process 0 :type :ok :f :read :value [2 3]}",
        None,
    ),
    "line 2: process 0 ends read of key 2, but called that of no key": (
        INVOKE + "{:process 0 :type :ok :f :read :value 3 :key 2}",
        None,
    ),
    "line 2: process 1 invokes read of no key": (
        INVOKE.replace("read", "read :key 1") + INVOKE.replace("process 0", "process 1"),
        None,
    ),
    "line 2: :index 4 comes twice, first on line 1": (
        INVOKE.replace("read", "read :index 4") + "{:process 0 :type :ok :f :read :index 4}",
        None,
    ),
}


@pytest.mark.parametrize("message", BAD_KEYS)
def test_bad_keys(message: str) -> None:
    text, paired = BAD_KEYS[message]
    with pytest.raises(BadHistoryError) as caught:
        parse(text, paired=paired)
    assert str(caught.value) == message


# ---- what EDN may hold


def read_back(text: str) -> object:
    """A value as the answer of a read."""
    ends = "{:process 0 :type :invoke :f :read}\n{:process 0 :type :ok :f :read :value " + text + "}"
    (read,) = parse(ends, paired=False)
    return read.result


VALUES: list[tuple[str, object]] = [
    ("nil", None),
    ("true", True),
    ("false", False),
    ("7", 7),
    ("+7", 7),
    ("-7", -7),
    ("7N", 7),
    ("7M", 7),
    ("1.5", 1.5),
    ("-1.", -1.0),
    ("+1.5M", 1.5),
    ("15e-1", 1.5),
    ("15E-1M", 1.5),
    ("1e+2", 100.0),
    ("1x", "1x"),
    ("a/b", "a/b"),
    (":key", ":key"),
    ("[1 [2, 3]]", (1, (2, 3))),
    ("(1 2)", (1, 2)),
    ("#{1 2}", (1, 2)),
    ("{:a 1, :b [2]}", ((":a", 1), (":b", (2,)))),
    ("{}", ()),
    ("{{:a 1} 2}", ((((":a", 1),), 2),)),
    ("{2 3, :b 1}", ((":b", 1), (2, 3))),
    ("[1 ; two\n 3]", (1, 3)),
    ("[1 #_2 3]", (1, 3)),
    ('#inst "2015"', "2015"),
    ("#my/tag [1]", (1,)),
    ('"a\\n\\t\\r\\"\\\\\\z]"', 'a\n\t\r"\\\\z]'),
    ('""', ""),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_a_value(text: str, value: object) -> None:
    found = read_back(text)
    assert found == value
    assert type(found) is type(value)


def test_depth() -> None:
    assert read_back("[" * 99 + "]" * 99) is not None  # in a map, which is one more
    with pytest.raises(BadHistoryError, match="line 2: nested more than 100 deep"):
        read_back("[" * 100 + "]" * 100)
    side_by_side = "[" + "[]" * 200 + "]"
    assert read_back(side_by_side) == ((),) * 200
    assert read_back("[" + "#_1 " * 200 + "]") == ()
    with pytest.raises(BadHistoryError, match="line 2: nested more than 100 deep"):
        read_back("[" * 50 + "#_1" + "[" * 50 + "]" * 100)


def test_lines_are_counted_through_everything() -> None:
    text = (
        '; one\n\n{:process 0,\n :type :invoke :f :write :value "a\nb"}\n'
        "[{:process 1 :type :invoke :f :read}\n{:process 1 :type :ok :f :read :value 3}]\n7"
    )
    with pytest.raises(BadHistoryError, match="line 8: 7 is not a map"):
        parse(text)
    assert [op.id for op in parse(text.removesuffix("7"))] == ["line 3", "line 6"]


def test_operations_stand_by_their_starts_and_times_are_places() -> None:
    text = "".join(
        f"{{:process {process} :type :{type_} :f :write :value {process}, :time {time}}}\n"
        for process, type_, time in [(0, "invoke", 5), (1, "invoke", 5), (1, "ok", 6), (2, "invoke", 7), (0, "fail", 7)]
    )
    assert [(op.process, op.start_ns, op.end_ns, op.outcome) for op in parse(text)] == [
        ("0", 0, 4, "fail"),
        ("1", 1, 2, "ok"),
        ("2", 3, None, "info"),
    ]


def test_what_an_end_says() -> None:
    text = "".join(
        f"{{:process {n} :type :invoke :f {f} :value {asked}}}\n{{:process {n} :type {type_} :f {f} :value {told}}}\n"
        for n, (f, asked, type_, told) in enumerate(
            [
                (":add", 1, ":ok", 5),
                (":add", 1, ":ok", 1),
                (":add", 1, ":info", 5),
                (":add", 1, ":fail", 5),
                (":read", "nil", ":timed-out", ":timed-out"),
                (":read", 3, ":ok", 4),
                (":read", 3, ":fail", 4),
            ]
        )
    )
    assert [(op.value, op.result, op.outcome) for op in parse(text)] == [
        (1, 5, "ok"),
        (1, None, "ok"),
        (1, None, "info"),
        (1, None, "fail"),
        (None, None, "info"),
        (None, 4, "ok"),
        (3, None, "fail"),
    ]


def test_the_nemesis_may_do_as_it_likes() -> None:
    text = "".join(
        f"{{:process :nemesis :type {type_} :f :start :value {value} :key 1}}\n"
        for type_, value in ((":info", "nil"), (":invoke", 1), (":info", 2), (":info", 2))
    )
    assert [op.process for op in parse(text + INVOKE)] == ["0"]
    assert [op.key for op in parse(text.replace(" :key 1", "") + INDEPENDENT)] == [":x", ":y", ":x", ":x", "(7, 'y')"]


def test_log_lines() -> None:
    text = (
        "INFO  jepsen.util - all done\n"
        "INFO  jepsen.util - 0\t\t:invoke\t:read\n"
        "INFO  jepsen.util - 0\t:ok\t:read\t1 2\n"
    )
    assert [(op.id, op.value, op.result) for op in parse(text)] == [("line 2", None, (1, 2))]


def test_which_form_a_text_has() -> None:
    for opening, closing in (("[", "]"), ("(", ")"), ("#{", "}"), ("", ""), ("  \n ; x\n  ", "")):
        assert len(parse(opening + INVOKE + closing)) == 1
    with pytest.raises(BadHistoryError, match="line 1: neither"):
        parse("")
    with pytest.raises(BadHistoryError, match="line 1: neither"):
        parse("hello " + INVOKE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{:type :invoke :f :read}", "line 1: no :process"),
        ("{:process 0 :f :read}", "line 1: no :type"),
        ("[1 2)", "line 1: the [ of line 1 is not closed"),
        ("[\n1\n2}", "line 3: the [ of line 1 is not closed"),
        ("{\n:a 1 :b}", "line 1: a map with a name and no value"),
        ("[]\n)", "line 2: ) closes nothing"),
        ('{:process "' + "x" * 30, "line 1: can't read '" + '"' + "x" * 19 + "'"),
        ("[7]", "line 1: 7 is not a map with :process, :type and :f"),
    ],
)
def test_what_is_no_history(text: str, message: str) -> None:
    with pytest.raises(BadHistoryError) as caught:
        parse(text)
    assert str(caught.value) == message


def test_an_end_of_a_nemesis_pair_is_no_matter_but_an_answer_needs_its_key() -> None:
    begun = "{:process 0 :type :invoke :f :read :value [1 nil]}\n"
    with pytest.raises(BadHistoryError, match="line 2: 5 is no pair of key and value"):
        parse(begun + "{:process 0 :type :ok :f :read :value 5}")
    for type_ in ("fail", "info", "timed-out"):
        (read,) = parse(begun + f"{{:process 0 :type :{type_} :f :read :value 5}}")
        assert (read.key, read.value) == ("1", None)

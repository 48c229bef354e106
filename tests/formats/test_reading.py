"""From a text of any format to calls."""

from __future__ import annotations

from typing import Any

import pytest

from actorproof.properties.formats import json_text
from actorproof.properties.formats.event import BadHistoryError
from actorproof.properties.formats.found import FORMATS, read
from actorproof.properties.formats.keys import keyed, look_keyed, may_be_keyed
from actorproof.properties.formats.values import TRUE, FrozenMap, Keyword, Real

EDN = """{:process 0, :type :invoke, :f :write, :value 1, :time 10, :index 0}
{:process :nemesis, :type :info, :f :start, :value nil, :time 11, :index 1}
{:process 1, :type :invoke, :f :cas, :value [1 2], :time 12, :index 2}
{:process 0, :type :ok, :f :write, :value 1, :time 13, :index 3}
{:process 1, :type :info, :f :cas, :value [1 2], :time 14, :index 4}
{:process 2, :type :invoke, :f :read, :value nil, :time 15, :index 5}
{:process 2, :type :ok, :f :read, :value 2, :time 16, :index 6}
{:process 3, :type :invoke, :f :read, :value nil, :time 17, :index 7}
{:process 3, :type :fail, :f :read, :value nil, :time 18, :index 8}
"""
JSONL = """{"process": 0, "type": "invoke", "f": "write", "value": 1}
{"process": "nemesis", "type": "info", "f": "start", "value": null}
{"process": 1, "type": "invoke", "f": "cas", "value": [1, 2]}
{"process": 0, "type": "ok", "f": "write", "value": 1.0}

{"process": 1, "type": "info", "f": "cas", "value": [1, 2]}
{"process": 2, "type": "invoke", "f": "read"}
{"process": 2, "type": "ok", "f": "read", "value": 2}
{"process": 3, "type": "invoke", "f": "read", "value": null}
{"process": 3, "type": "fail", "f": "read", "value": null, "error": "no"}
"""
TXT = """0\t:invoke\t:write\t1
:nemesis\t:info\t:start\tnil
1\t:invoke\t:cas\t[1 2]
0\t:ok\t:write\t1
1\t:timed-out\t:cas\t:timed-out
2\t:invoke\t:read\tnil
2\t:ok\t:read\t2
3\t:invoke\t:read\tnil
3\t:fail\t:read\tnil\tno such thing
"""
ROWS = [line for line in JSONL.splitlines() if line]
TEXTS = {
    "edn": EDN,
    "edn, vector": f"[{EDN}]",
    "edn, list": f"({EDN})",
    "edn, set": f"#{{{EDN}}}",
    "edn, pasted": "\n".join(f"{n:5}\t{line}" for n, line in enumerate(EDN.splitlines(), start=1)),
    "edn, pasted with colons": "\n".join(f"{n}: {line}" for n, line in enumerate(EDN.splitlines(), start=1)),
    "edn, pasted, with an empty line": "".join(f"{n} {line}\n\n" for n, line in enumerate(EDN.splitlines(), start=1)),
    "edn, byte order mark": "\ufeff" + EDN,
    "edn, lines of Windows": EDN.replace("\n", "\r\n"),
    "edn, over lines": EDN.replace(", :f", ",\n  :f"),
    "edn, namespaced": EDN.replace("{:process", "#:op{:process"),
    "json, lines": JSONL,
    "json, array": f"[{','.join(ROWS)}]",
    "json, array over lines": "[\n" + ",\n".join(ROWS) + "\n]\n",
    "json, objects over lines": JSONL.replace(', "f"', ',\n  "f"'),
    "json, array, indented": f"  [{','.join(ROWS)}]",
    "json, some objects over lines": JSONL.replace('"f": "read"', '\n"f": "read"'),
    "json, names as keywords": JSONL.replace('"f": "', '"f": ":').replace('"type": "', '"type": ":'),
    "txt": TXT,
    "txt, nothing for nil": TXT.replace("read\tnil", "read"),
    "txt, after an empty line": f" \n{TXT}",
    "txt, spaces": TXT.replace("\t", "   "),
    "txt, pasted": "\n".join(f"{n:5} {line}" for n, line in enumerate(TXT.splitlines(), start=1)),
    "log": "".join(f"INFO  jepsen.util - {line}\n" for line in TXT.splitlines()),
    "log, with other lines": "hello\n" + "".join(f"INFO  jepsen.util - {line}\nx y\n" for line in TXT.splitlines()),
    "log, with other words": "".join(
        f"INFO  jepsen.util - {line}\nINFO  jepsen.util - Run complete\n" for line in TXT.splitlines()
    ),
    "log, 2017": "".join(
        f"INFO [2017-03-30 19:10:11,043] jepsen worker 0 - jepsen.util {line}\n" for line in TXT.splitlines()
    ),
    "log, 2021": "".join(
        f"2021-05-04 12:00:00,000{{GMT}}\tINFO\t[jepsen worker 0] jepsen.util: {line}\n" for line in TXT.splitlines()
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_history_says_the_same_in_every_format(name: str) -> None:
    found = read(TEXTS[name])
    assert [(c.process, c.function, c.asked, c.answer, c.outcome, c.start, c.end) for c in found.calls] == [
        ("0", "write", 1, 1, "ok", 0, 2),
        ("1", "cas", (1, 2), None, "info", 1, None),
        ("2", "read", None, 2, "ok", 4, 5),
        ("3", "read", None, None, "fail", 6, 7),
    ]
    assert (found.format, found.notes) == (name.partition(",")[0], [])


def test_calls_on_one_line_have_names_of_their_own() -> None:
    names = [call.id for call in read(f"[{','.join(ROWS)}]").calls]
    assert len(set(names)) == len(names)
    assert names[0] == "line 1, event 1"
    assert read(EDN).calls[0].id == "line 1"
    rows = EDN.splitlines()
    mixed = "\n".join([" ".join(rows[:4]), *rows[4:]])
    assert [call.id for call in read(mixed).calls] == ["line 1, event 1", "line 1, event 2", "line 3", "line 5"]


def test_values_of_json_keep_their_types() -> None:
    text = '{"process":0,"type":"invoke","f":"write","value":VALUE}\n'
    values: list[tuple[str, Any]] = [
        ("true", TRUE),
        ("1", 1),
        ("1.0", 1),
        ("1.5", Real("1.5")),
        ("null", None),
        ('":a"', ":a"),
        ('{"a": [true]}', FrozenMap([("a", (TRUE,))])),
        ("123456789012345678901234567890", 123456789012345678901234567890),
    ]
    for spelling, value in values:
        (call,) = read(text.replace("VALUE", spelling)).calls
        assert call.asked == value
        assert type(call.asked) is type(value)


def test_an_index_decides_the_order_and_a_time_that_goes_back_is_a_note() -> None:
    rows = EDN.splitlines()
    assert [call.function for call in read("\n".join([*rows[5:], *rows[:5]])).calls] == ["write", "cas", "read", "read"]
    found = read(EDN.replace(":time 15", ":time 3"))
    assert found.notes == ["time goes back at line 6, from 14 to 3; the order of the events counts, not their times"]
    (twice,) = read(EDN.replace(":time 15", ":time 3").replace(":time 18", ":time 4")).notes
    assert "from 14 to 3, the first of 2 such lines; the order" in twice
    assert read(EDN.replace(":time 15", ':time "soon"')).notes == []
    assert read(EDN.replace(":time 15", ':time\n"soon"')).notes == []
    assert read(EDN.replace(":time 15", ":time 14")).notes == []
    assert [call.line for call in read(EDN.replace(", :index 2", "")).calls] == [1, 3, 6, 8]


def test_a_format_may_be_named() -> None:
    assert read(EDN, format_="edn").format == "edn"
    assert {"edn", "json", "jsonl", "txt", "log", "porcupine"} == set(FORMATS)
    with pytest.raises(BadHistoryError):
        read(EDN, format_="json")


INVOKE = "{:process 0 :type :invoke :f :read}\n"
BAD = {
    "line 2: process 0 invokes read before its read of line 1 has ended": INVOKE * 2,
    "line 2: process 1 ends read, never invoked": INVOKE + "{:process 1 :type :ok :f :read}",
    "line 2, column 26: process 0 ends write, but called read": INVOKE + "{:process 0 :type :ok :f :write}",
    "line 2, column 19: event type answered is unknown: expected one of invoke, ok, fail, info, timed-out": INVOKE
    + "{:process 0 :type :answered :f :read}",
    "line 1: no :type: expected one of invoke, ok, fail, info, timed-out": "{:process 0 :f :read}",
    "line 1, column 30: :f is 3: expected a name such as :read": "{:process 0 :type :invoke :f 3}",
    "line 1, column 40: :index is :a: expected a whole number": "{:process 0 :type :invoke :f :x :index :a}",
    "line 2, column 32: :index 4 comes twice, first on line 1": "{:process 0 :type :ok :index 4}\n"
    "{:process 0 :type :info :index 4}",
    "line 3: no :index, while that of line 2 goes back: expected one on every event, or in order": (
        "{:process 0 :type :invoke :index 4}\n{:process 0 :type :ok :index 3}\n{:process 1 :type :invoke}"
    ),
    "line 1, column 1: 'hello' is no history: expected events in EDN or JSON, or lines of Jepsen's history.txt or"
    " jepsen.log": "hello\n0\t:invoke\t:write\t3\n",
    "line 1, column 1: there is no event: expected events in EDN or JSON, or lines of Jepsen's history.txt or"
    " jepsen.log": "\n",
    "line 2, column 5: :f is 3: expected a name such as :read": "{:process 0 :type :invoke\n :f 3}",
    "line 2: event type answered is unknown: expected one of invoke, ok, fail, info, timed-out": (
        "INFO jepsen.util - 0\t:invoke\t:read\tnil\nINFO jepsen.util - 0\t:answered\t:read\tnil"
    ),
    "line 2: no :type: expected one of invoke, ok, fail, info, timed-out": (
        '{"process":0,"type":"invoke"}\n{"process":0}'
    ),
    "line 4, column 8: event type x is unknown: expected one of invoke, ok, fail, info, timed-out": (
        '{"process":0,\n"type":"invoke","f":"read"}\n{"process":1,\n"type":"x","f":"read"}\n\n\n'
    ),
    "line 2, column 1: '0 ok' is no event: expected process, :type, :function and value, between tabs or spaces": (
        "0\t:invoke\t:write\t3\n0 ok\n"
    ),
    "line 2, column 12: no JSON: Expecting ',' delimiter": '{"process":0,"type":"invoke"}\n{"type":1 2}',
    "line 1, column 1: no event: expected events in EDN or JSON, or lines of Jepsen's history.txt or jepsen.log": "[]",
    "line 1, column 1: no history in JSON: JSON is malformed: invalid character (byte 12)": '[{"process":NaN}]',
    "line 1, column 1: no event: Expected `object`, got `array`: expected an object with process, type, f and value": (
        '[{"process":0,"type":"invoke","f":"read"},[1]]'
    ),
    "line 2, column 37: process 0 ends read of key 2, but called that of key 1": (
        "{:process 0 :type :invoke :f :read :key 1}\n{:process 0 :type :ok :f :read :key 2}"
    ),
    "line 2, column 37: process 0 ends read of key 2, but called that of no key": (
        INVOKE + "{:process 0 :type :ok :f :read :key 2}"
    ),
    "line 1, column 32: :f is 3: expected a name such as :read": "1 {:process 0 :type :invoke :f 3}",
    "line 2, column 1: '1 :blah :write' is no event: expected process, :type, :function and value, between tabs or"
    " spaces": "0 :invoke :write 3\n1 :blah :write",
    "line 2, column 1: no event: JSON is malformed: invalid character (byte 11): expected an object with process,"
    " type, f and value": '{"process":0,"type":"invoke"}\n{"process":NaN},  ',
    "line 1, column 1: '1 {:process 0 :type :invoke :f :read}' is no event: expected process, :type, :function and"
    " value, between tabs or spaces": f"1 {INVOKE}{INVOKE}",
    "line 2: the [ of line 1 is not closed: expected ]": "0\t:invoke\t:write\t3\n0\t:ok\t:write\t[3",
    "line 2: process 1 invokes read without a :key": INVOKE.replace("read", "read :key 1")
    + INVOKE.replace("process 0", "process 1"),
}


@pytest.mark.parametrize("message", BAD)
def test_what_is_no_history_is_refused_by_its_place(message: str) -> None:
    with pytest.raises(BadHistoryError) as caught:
        read(BAD[message])
    assert str(caught.value).replace("column 11:", "column 12:") == message


@pytest.mark.parametrize(
    ("function", "value", "outcome", "answer", "may"),
    [
        ("write", "[1 2]", "ok", "[1 2]", True),
        ("write", "[1 2 3]", "ok", "[1 2 3]", False),
        ("write", "2", "ok", "2", False),
        ("cas", "[1 2 3]", "ok", "[1 2 3]", True),
        ("cas", "[1 2 3 4]", "ok", "[1 2 3 4]", False),
        ("read", "nil", "ok", "[1 2]", True),
        ("read", "[1 nil]", "ok", "2", False),
        ("read", "nil", "ok", "[1 2 3]", False),
        ("read", "nil", "info", "nil", True),
        ("read", "[1 nil]", "info", "nil", True),
        ("read", "3", "info", "nil", False),
    ],
)
def test_a_value_may_name_a_key_when_it_is_a_pair(
    function: str, value: str, outcome: str, answer: str, *, may: bool
) -> None:
    text = (
        f"{{:process 0, :type :invoke, :f :{function}, :value {value}}}\n"
        f"{{:process 0, :type :{outcome}, :f :{function}, :value {answer}}}"
    )
    assert may_be_keyed(read(text).calls) is may


def test_without_calls_no_value_names_a_key() -> None:
    assert not may_be_keyed([])


ASKED = "{{:process 0, :type :invoke, :f :{}, :value {}}}\n"


@pytest.mark.parametrize(
    ("asked", "may", "look"),
    [
        ([("read", "[1 nil]"), ("write", "[1 2]")], True, True),
        ([("read", "[1 nil]"), ("write", "2")], False, False),
        ([("read", "[1 nil]"), ("read", "[1 2]")], True, False),
        ([("write", "[1 2]")], True, False),
    ],
)
def test_calls_look_keyed_where_each_read_has_a_key_alone(
    asked: list[tuple[str, str]], *, may: bool, look: bool
) -> None:
    text = "".join(ASKED.format(*each).replace(":process 0", f":process {at}") for at, each in enumerate(asked))
    calls = read(text).calls
    assert (may_be_keyed(calls), look_keyed(calls)) == (may, look)


@pytest.mark.parametrize("end", ["{:process 0 :type :ok :f :read}", "{:process 0\n:type :ok :f :read}"])
def test_an_end_needs_no_key(end: str) -> None:
    for call in ("{:process 0 :type :invoke :f :read :key 1}\n", "{:process 0\n:type :invoke :f :read :key 1}\n"):
        assert [call.key for call in read(call + end).calls] == [1]


def test_rows_of_an_array_that_are_alike_have_lines_of_their_own() -> None:
    row = '{"process":0,"type":"ok","f":"read"}'
    assert [event.line for event in json_text.events(f"[{row},\n{row},\n\n{row}]")] == [1, 2, 4]
    assert [event.line for event in json_text.events(f"{row}\n\n{row}")] == [1, 3]
    over_lines = row.replace(",", ",\n", 1)
    assert [event.line for event in json_text.events(f"{over_lines}\n{over_lines},\n\n{row}")] == [1, 3, 6]


def test_a_call_that_never_ends_is_unknown() -> None:
    (call,) = read("{:process 7, :type :invoke, :f :write, :value 3, :key :k}").calls
    asked = call.process, call.function, call.asked, call.key, call.line, call.start
    assert asked == ("7", "write", 3, Keyword("k"), 1, 0)
    assert (call.answer, call.outcome, call.end, call.end_line) == (None, "info", None, None)


def test_what_is_wrong_may_have_no_place() -> None:
    assert str(BadHistoryError("no such thing")) == "no such thing"


def test_keys_are_taken_out_of_values() -> None:
    text = """{:process 0, :type :invoke, :f :write, :value [:x 3]}
{:process 1, :type :invoke, :f :cas, :value [:x [3 5]]}
{:process 2, :type :invoke, :f :cas, :value [:x 3 5]}
{:process 2, :type :ok, :f :cas, :value [:x 3 5]}
{:process 3, :type :invoke, :f :read, :value nil}
{:process 3, :type :ok, :f :read, :value [:y 4]}
{:process 4, :type :invoke, :f :read, :value [:y nil]}
{:process 4, :type :ok, :f :read, :value [:y nil]}
{:process 6, :type :invoke, :f :write, :value [:z 3]}
{:process 6, :type :ok, :f :write, :value [:z 3]}
{:process 7, :type :invoke, :f :read, :value [:z nil]}
{:process 5, :type :invoke, :f :read, :value nil}
"""
    assert [(call.key, call.asked, call.answer) for call in keyed(read(text).calls)] == [
        (Keyword("x"), 3, None),
        (Keyword("x"), (3, 5), None),
        (Keyword("x"), (3, 5), (3, 5)),
        (Keyword("y"), None, 4),
        (Keyword("y"), None, None),
        (Keyword("z"), 3, 3),
        (Keyword("z"), None, None),
    ]
    calls = read("{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :f :read, :value 7}").calls
    with pytest.raises(BadHistoryError, match=r"^line 2: read is answered with 7: expected \[key value\]"):
        keyed(calls)
    for value in ("[1 2]", "[1 [2 3 4]]", "[1 [2]]", "[1 2 3 4]"):
        with pytest.raises(BadHistoryError, match=r"line 1: cas .* expected \[key \[old new\]\] or \[key old new\]"):
            keyed(read(f"{{:process 0, :type :invoke, :f :cas, :value {value}}}").calls)
    for value, expected in (("nil", r"\[key value\]"), ("7", r"\[key value\]"), ("[1 2 3]", r"\[key value\]")):
        with pytest.raises(BadHistoryError, match=f"line 1: write .* expected {expected}"):
            keyed(read(f"{{:process 0, :type :invoke, :f :write, :value {value}}}").calls)

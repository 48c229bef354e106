"""What EDN may hold, on one line and over several, and how a fault in it is named."""

from __future__ import annotations

import pickle
from typing import Any, cast

import pytest

from actorproof.properties.formats import edn
from actorproof.properties.formats.event import BadHistoryError
from actorproof.properties.formats.values import (
    FALSE,
    TRUE,
    Character,
    FrozenMap,
    Keyword,
    Real,
    Symbol,
    Tagged,
    Value,
    shortened,
    spelled,
    typed,
)

K = Keyword
VALUES: list[tuple[str, Any]] = [
    ("nil", None),
    ("true", TRUE),
    ("false", FALSE),
    ("7", 7),
    ("+7", 7),
    ("-7", -7),
    ("7N", 7),
    ("-7N", -7),
    ("+", Symbol("+")),
    ("-a", Symbol("-a")),
    ("1.5", Real("1.5")),
    ("15e-1", Real("1.5")),
    ("1.0", Real("1.0")),
    ("1.5M", Real("1.5M")),
    ("1/3", Real("1/3")),
    ("a/b", Symbol("a/b")),
    (":key", K("key")),
    ("[1 [2, [3]]]", (1, (2, (3,)))),
    ("(1 2)", (1, 2)),
    ("#{1 2}", frozenset({1, 2})),
    ("{:a 1, :b [2]}", FrozenMap([(K("a"), 1), (K("b"), (2,))])),
    ("{}", FrozenMap([])),
    ("{{:a 1} #{2}}", FrozenMap([(FrozenMap([(K("a"), 1)]), frozenset({2}))])),
    ("[1 ; two\n 3]", (1, 3)),
    ("[1 #_2 3]", (1, 3)),
    ("[1 #_ #_ 2 3 4]", (1, 4)),
    ('#inst "2015"', Tagged("inst", "2015")),
    ("#my/tag [1]", Tagged("my/tag", (1,))),
    ("#:X{:b 1}", FrozenMap([(K("X/b"), 1)])),
    ("#:a{:b 1 :c/d 2}", FrozenMap([(K("a/b"), 1), (K("c/d"), 2)])),
    ("^:meta [1]", (1,)),
    (r"\a", Character("a")),
    (r"[\newline \[]", (Character("newline"), Character("["))),
    ("##NaN", Symbol("##NaN")),
    (r'"a\n\t\r\"\\\u20ac]"', 'a\n\t\r"\\\u20ac]'),
    ('""', ""),
    ('[":a" :a "1" 1]', (":a", K("a"), "1", 1)),
]


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text for text, _ in VALUES])
def test_a_value(text: str, value: Any) -> None:
    assert edn.value(text) == value
    (event,) = edn.events(f"{{:process 0, :type :ok, :f :read, :value {text}}}")
    assert event.value == value
    (over_lines,) = edn.events(f"{{:process 0\n:type :ok, :f :read\n:value {text}}}")
    assert over_lines.value == value


def test_values_of_different_types_are_different() -> None:
    different = [
        "1",
        "1.0",
        "1M",
        "true",
        '"1"',
        ":1x",
        '":a"',
        ":a",
        "a",
        r"\a",
        "[1]",
        "#{1}",
        "nil",
        "false",
        "0",
        "#a 1",
        "#b 1",
        "#a 2",
    ]
    values = [edn.value(text) for text in different]
    assert len(set(values)) == len(values)
    assert all(one != other for at, one in enumerate(values) for other in values[:at])


@pytest.mark.parametrize("text", [text for text, _ in VALUES if "\n" not in text and "#_" not in text])
def test_a_value_is_spelled_so_that_it_can_be_read_again(text: str) -> None:
    value = edn.value(text)
    if "^" not in text:
        assert edn.value(spelled(value)) == value
    assert pickle.loads(pickle.dumps(value)) == value


BAD = {
    "line 1, column 201: nested more than 100 deep": "#_" * 5000,
    "line 1, column 101: nested more than 100 deep": "[" * 101 + "]" * 101,
    "line 1, column 105: nested more than 100 deep": "#_1 " + "[" * 101,
    "line 1, column 104: nested more than 100 deep": "[] " + "[" * 101,
    "line 2, column 1: ] closes nothing": "{}\n]",
    "line 2, column 5: the [ of line 1 is not closed: expected ]": "[1\n 2 3)",
    "line 1, column 4: the { of line 1 is not closed: expected }": "{:a",
    "line 1, column 1: a map with a name and no value: expected {:name value ...}": "{:a}",
    "line 1, column 3: can't read '\"open': expected EDN": '1 "open',
    "line 1, column 2: 1x is no number": "[1x]\n7",
    "line 1, column 1: #_ stands before nothing: expected a value": "#_",
    "line 2, column 3: #_ stands before nothing: expected a value": "\n[ #_]",
    "line 1, column 3: ^ stands before nothing: expected a value": "1 ^",
    "line 1, column 3: #my/tag stands before nothing: expected a value": "1 #my/tag",
    "line 1, column 3: #:a stands before nothing: expected a value": "1 #:a",
    "line 2, column 3: the [ of line 2 is not closed: expected ]": "\n[2",
    r"line 1, column 3: \u in a string: expected one of \n \t \r \b \f \\ \" \uXXXX": r'1 "\u12"',
    "line 1, column 1: #:a stands before [1]: expected a map": "#:a[1]",
    "line 1, column 1: a colon without a name: expected a keyword such as :read": ":",
}


@pytest.mark.parametrize("message", BAD)
def test_a_fault_is_named_by_line_and_column(message: str) -> None:
    with pytest.raises(BadHistoryError) as caught:
        list(edn.values(BAD[message]))
    assert str(caught.value) == message


def test_a_value_has_its_place_and_may_be_100_deep() -> None:
    assert [(found.line, found.column) for found in edn.values(f" 7\n\n{'[' * 100}{']' * 100} x\n")] == [
        (1, 2),
        (3, 1),
        (3, 202),
    ]
    assert [(found.line, found.column) for found in edn.values("\n7")] == [(2, 1)]


@pytest.mark.parametrize("beside", ["[] ", "#_1 ", "^a 1 ", "#a 1 ", "#:a{} "])
def test_what_stands_side_by_side_is_not_deep(beside: str) -> None:
    assert list(edn.values(beside * 101 + "7"))[-1].value == 7


def test_one_value_is_wanted_where_one_is_read() -> None:
    for text, count in (("", 0), ("1 2", 2)):
        with pytest.raises(BadHistoryError, match=f"is {count} values: expected one"):
            edn.value(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{10 1, 9 1}", "{9 1, 10 1}"), ("#{10 9}", "#{9 10}"), ('"\u20ac"', '"\u20ac"')],
)
def test_what_has_no_order_is_spelled_the_shorter_first(text: str, said: str) -> None:
    assert spelled(edn.value(text)) == said


def test_a_text_for_the_reader_is_shortened_in_its_middle() -> None:
    assert (shortened("abcde", 5), shortened("abcdef", 5)) == ("abcde", "ab ... ef")
    assert (spelled(True), spelled(False)) == ("true", "false")


def test_what_a_history_can_not_hold_is_no_value() -> None:
    with pytest.raises(TypeError, match=r"1j is no value of a history"):
        typed(1j)
    assert (typed(None), typed([True, 1.0])) == (None, (TRUE, 1))


def test_a_truth_value_is_as_true_as_it_says() -> None:
    assert (bool(TRUE), bool(FALSE)) == (True, False)


def test_a_map_has_a_length_and_shows_what_it_holds() -> None:
    found = FrozenMap([(K("a"), 1), (K("b"), 2)])
    assert (len(found), repr(found)) == (2, "{:a 1, :b 2}")


def test_an_event_may_lack_all_but_its_type() -> None:
    (short,) = edn.events("{:type :invoke}")
    (long,) = edn.events("{:type\n:invoke}")
    assert short == long
    assert (short.process, short.function) == ("nil", "txn")


def test_events_may_stand_in_one_collection_or_in_none() -> None:
    row = "{:process 0, :type :invoke, :f :read}"
    around = (("[", "]"), ("(", ")"), ("#{", "}"), ("", ""), ("  \n ; x\n  ", ""), ("[\n", "\n]\n"), ("([", "][])"))
    for opening, closing in around:
        assert [event.function for event in edn.events(f"{opening}{row}\n{row}{closing}")] == ["read", "read"]
    odd = [row.replace(":read", f":read, :value {value}") for value in ("[1 2)", "{1}", "{1 2 3}", "[{1 2]}")]
    for text in (f"[{row}", f"{row}]", f"[{row})", *odd):
        with pytest.raises(BadHistoryError):
            list(edn.events(text))


def test_a_record_of_jepsen_is_an_event() -> None:
    (event,) = edn.events("#jepsen.history.Op{:index 3, :time 5, :type :ok, :process 0, :f :read, :value [1]}")
    assert (event.index, event.time, event.type, event.value) == (3, 5, "ok", (1,))


def test_lines_are_counted_through_everything() -> None:
    text = (
        '; one\n\n{:process 0,\n :type :invoke :f :write :value "a\nb"}\n'
        "[{:process 1 :type :invoke :f :read}\n{:process 1 :type :ok :f :read :value 3}]\n7"
    )
    with pytest.raises(BadHistoryError, match="line 8, column 1: 7 is no event: expected a map"):
        list(edn.events(text))
    assert [event.line for event in edn.events(text.removesuffix("7"))] == [3, 6, 7]


def test_numbers_that_are_spelled_alike_are_one_object() -> None:
    one, other = (cast("Any", each.value)[0] for each in edn.events("{:type :ok, :f :txn, :value [1000 2000]}" * 2))
    assert one is other


SPELLINGS = [
    "[1 2 3]",
    "[1 2 3.5]",
    "[1 2 3N 4]",
    "[1 2/3 4]",
    "[007 1 -2 +3]",
    "[1, 2,3 4]",
    "[1 2 :a 3 4]",
    '[1 2 "3 4" 5 6]',
    "[[1 2][3 4]{5 6 7 8}#{9 10}(11 12)]",
    "[1\t2 3]",
    "[1\u00a02 3]",
    "[1  2 3]",
    "[[:append 1 2] [:r 3 [4 5 6]] [:r 7 nil]]",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_event_on_one_line_says_what_it_says_on_several(spelling: str) -> None:
    (short,) = edn.events(f"{{:process 0, :type :ok, :f :txn, :value {spelling}}}")
    (long,) = edn.events(f"{{:process 0, :type :ok, :f :txn, :value\n{spelling}}}")
    assert short == long
    assert repr(short.value) == repr(long.value) == repr(edn.value(spelling))


@pytest.mark.parametrize("spelling", [each for each in SPELLINGS if '"' not in each] + ["7", '"a b"', ":a"])
def test_an_event_on_one_line_needs_no_closer_look(spelling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly all events are such, and a closer look takes many times as long."""
    looked_at: list[str] = []
    value = edn.value

    def closer(text: str) -> Value:
        looked_at.append(text)
        return value(text)

    monkeypatch.setattr(edn, "value", closer)
    monkeypatch.setattr(edn, "event_of", None)
    (event,) = edn.events(f"{{:process 0, :type :ok, :f :txn, :value {spelling}}}")
    assert repr(event.value) == repr(value(spelling))
    assert [text for text in looked_at if text[0] in '[{(#"'] == []

"""Histories as Jepsen writes them."""

from __future__ import annotations

import pytest

from actorproof.properties.linearizability.jepsen import parse
from actorproof.properties.linearizability.model import CasRegister
from actorproof.properties.linearizability.operation import BadHistoryError
from actorproof.properties.linearizability.search import Linearizable, NotLinearizable, search

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
}


@pytest.mark.parametrize("message", BAD)
def test_bad(message: str) -> None:
    with pytest.raises(BadHistoryError) as caught:
        parse(BAD[message])
    assert str(caught.value) == message

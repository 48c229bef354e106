"""Parts of histories: a counter's turns, one after the other, that add, tell and fail."""

from __future__ import annotations

from tests.properties.builder import History

A = "Counter/a"


class Counting:
    """One counter on one host; a turn each tenth of a second from `at_s` on."""

    def __init__(self, h: History, app: str, *, at_s: float = 1.0, actor: str = A) -> None:
        self.h, self.app, self.actor, self.at_s, self.instance = h, app, actor, at_s, 1

    def turn(
        self, name: str, *, result: int | None = None, writes: str | None = None, acknowledged: bool = True
    ) -> str:
        """A call and its turn, failed without a result; `writes` is the JSON of ``value`` that it saves."""
        completed = result is not None
        op = self.h.operation(
            self.actor,
            self.at_s,
            self.at_s + 0.06,
            name=name,
            args={"by": 1} if name == "add" else {},
            outcome="ok" if completed else "info",
            result=result,
            status=200 if completed else 500,
            reason="" if completed else "status-500",
        )
        turn = self.h.turn(
            self.actor,
            self.app,
            self.at_s + 0.01,
            self.at_s + 0.05,
            op=op,
            name=name,
            result=result,
            completed=completed,
            instance=self.instance,
        )
        if writes is not None:
            text = writes.replace("TURN", turn)
            save = self.h.save(turn, [("value", text)], self.at_s + 0.02, self.at_s + 0.03, acknowledged=acknowledged)
            self.h.commit(save, self.at_s + 0.02, self.at_s + 0.03)
        self.at_s += 0.1
        return turn

    def add(self, total: int, *, writer: str = "TURN", acknowledged: bool = True) -> str:
        """An add that saves a sum and answers it, where its save is acknowledged."""
        writes = f'{{"turn":"{writer}","value":{total}}}'
        return self.turn("add", result=total if acknowledged else None, writes=writes, acknowledged=acknowledged)

    def get(self, total: int) -> str:
        return self.turn("get", result=total)

    def fail(self) -> str:
        return self.turn("fail")

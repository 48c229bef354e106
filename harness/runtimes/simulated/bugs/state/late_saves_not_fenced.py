from __future__ import annotations

from actorproof.harness.runtimes.simulated.store import Store, Token

SCENARIO = "simulated-held-save"


class LateSavesNotFenced(Store):
    """The store takes saves in whatever order they come.

    Breaks `durability`: one that was held up on its way overwrites what was saved after it.
    """

    def fenced(self, actor: str, token: Token) -> bool:
        return False

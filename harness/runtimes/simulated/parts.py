"""Parts: which class plays each part of the runtime. A class that derives from a part's own can take its place."""

from __future__ import annotations

from typing import Any, TypeVar

P = TypeVar("P")


class Parts:
    """The classes of one runtime: each part's own, but for what `substitute` takes the place of."""

    def __init__(self, substitute: type[Any] | None = None) -> None:
        self._substitute = substitute

    def of(self, part: type[P]) -> type[P]:
        """The class that plays a part."""
        substitute = self._substitute
        return substitute if substitute is not None and issubclass(substitute, part) else part

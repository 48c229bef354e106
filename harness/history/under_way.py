"""What may be under way when a fault strikes, in words. What each means is said, and counted, in `views.coverage`."""

from __future__ import annotations

from typing import Final, Literal, get_args

UnderWay = Literal["turn open", "save open", "call queued", "actor idle", "tick due", "table changing", "drain"]
UNDER_WAY: Final[tuple[UnderWay, ...]] = get_args(UnderWay)

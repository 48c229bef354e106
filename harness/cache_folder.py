"""CacheFolder: where what was made once is kept. Whoever asks for it loads nothing else."""

from __future__ import annotations

import os
from pathlib import Path


def default_folder() -> Path:
    """The cache folder: ACTORPROOF_CACHE, else ``actorproof`` under the user's cache folder (XDG)."""
    chosen = os.environ.get("ACTORPROOF_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG rules say that a relative path there is to be ignored.
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "actorproof"

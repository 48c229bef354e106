"""The keys under which Dapr keeps the state of actors in a store, whichever store it is."""

from __future__ import annotations

_PARTS = 4  # application, actor type, actor id, key; reminders before Dapr 1.15 have other numbers of parts


def actor_key(key: str) -> tuple[str, str] | None:
    """Actor and key of a store's ``app||Type||id||key``; None for any other."""
    parts = key.split("||")
    if len(parts) != _PARTS or not all(parts):
        return None
    _, type_, id_, name = parts
    return f"{type_}/{id_}", name

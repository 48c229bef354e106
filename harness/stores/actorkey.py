"""The keys under which Dapr keeps the state of actors in a store, whichever store it is."""

from __future__ import annotations

SEPARATOR = "||"
_REMINDERS = "actors"  # where reminders stand before Dapr 1.15, with their own numbers of parts


def actor_key(key: str) -> tuple[str, str] | None:
    """Actor and key of a store's ``app||Type||id||key``; None for any other.

    Neither the application nor the type has the separator, but the id and the key may: then where one ends and the
    other begins can't be told from the text. The shortest id is taken, and whoever knows the actors of the history
    reads it again (see `actorproof.properties.views.state.commits`).
    """
    app, found, rest = key.partition(SEPARATOR)
    type_, found_type, rest = rest.partition(SEPARATOR)
    at = rest.find(SEPARATOR, 1)  # no id is empty
    name = rest[at + len(SEPARATOR) :]
    if not (found and found_type and app and type_ and name) or at < 0 or app == _REMINDERS:
        return None
    return f"{type_}/{rest[:at]}", name

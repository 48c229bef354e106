"""Toxiproxy: one server's HTTP API, typed, and off the event loop.

What is wrong with the library toxiproxy-python stays in here: its server address is one class attribute for the whole
process, its objects stand on that class, its calls have no time-out, and it takes any status but 400, 404 and 409 for
success. So each server gets a subclass of its API class of its own, and nothing else of the library is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Protocol, cast
from urllib.parse import quote

import requests
from toxiproxy.api import APIConsumer  # type: ignore[import-untyped]  # the library has no types
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists  # type: ignore[import-untyped]  # as above

from actorproof.harness.cluster.blueprint import Address, LinkSpec
from actorproof.harness.cluster.port import Toxic
from actorproof.harness.errors import ClusterError

# No proxy of the environment may stand between us and a server on this machine.
_DIRECT = {"http": ""}


class _Consumer(Protocol):
    """The library's API class, as far as it is used."""

    def get(self, url: str, **kwargs: Any) -> requests.Response: ...

    def post(self, url: str, **kwargs: Any) -> requests.Response: ...

    def delete(self, url: str, **kwargs: Any) -> requests.Response: ...


class Toxiproxy:
    """The proxies of one Toxiproxy server. Every verb raises ClusterError when the server does not do it.

    Proxies are named as links are. `timeout_s` is for one request.
    """

    def __init__(self, api: Address, *, timeout_s: float = 5.0) -> None:
        self.api = api
        self._timeout_s = timeout_s
        self._consumer = cast("_Consumer", type("Consumer", (APIConsumer,), {"host": api.ip, "port": api.port}))

    async def version(self) -> str:
        """The server's version: it answers."""
        reply = await self._ask("ask for its version", self._consumer.get, "/version")
        return str(reply.json()["version"])

    async def populate(self, links: Iterable[LinkSpec]) -> None:
        """Create a proxy for every link, all of them disabled; what had their names before is replaced."""
        proxies = [
            {"name": link.name, "listen": str(link.listen), "upstream": str(link.upstream), "enabled": False}
            for link in links
        ]
        if proxies:
            await self._ask("create the proxies", self._consumer.post, "/populate", json=proxies)

    async def enable(self, link: str) -> None:
        """Listen for connections."""
        await self._ask(f"enable {link}", self._consumer.post, _path(link), json={"enabled": True})

    async def disable(self, link: str) -> None:
        """Close all connections and refuse new ones."""
        await self._ask(f"disable {link}", self._consumer.post, _path(link), json={"enabled": False})

    async def enabled(self) -> frozenset[str]:
        """The links whose proxies are enabled."""
        reply = await self._ask("list the proxies", self._consumer.get, "/proxies")
        return frozenset(name for name, proxy in reply.json().items() if proxy["enabled"])

    async def add_toxic(self, link: str, toxic: Toxic) -> None:
        """Add a toxic; ClusterError when the link has one of that name."""
        body = {
            "name": toxic.name,
            "type": toxic.kind,
            "stream": toxic.stream,
            "toxicity": 1.0,
            "attributes": dict(toxic.attributes),
        }
        await self._ask(f"add {toxic.name} to {link}", self._consumer.post, f"{_path(link)}/toxics", json=body)

    async def remove_toxic(self, link: str, name: str) -> None:
        """Remove a toxic; ClusterError when the link has none of that name."""
        path = f"{_path(link)}/toxics/{quote(name, safe='')}"
        await self._ask(f"remove {name} from {link}", self._consumer.delete, path)

    async def toxics(self, link: str) -> tuple[str, ...]:
        """Names of a link's toxics."""
        reply = await self._ask(f"list the toxics of {link}", self._consumer.get, f"{_path(link)}/toxics")
        return tuple(toxic["name"] for toxic in reply.json())

    async def _ask(
        self, what: str, call: Callable[..., requests.Response], path: str, **options: Any
    ) -> requests.Response:
        """Make one request in a thread; ClusterError unless it succeeds."""
        try:
            reply = await asyncio.to_thread(call, path, timeout=self._timeout_s, proxies=_DIRECT, **options)
        except (NotFound, ProxyExists, InvalidToxic) as error:
            raise ClusterError(f"toxiproxy at {self.api} can't {what}: {_text(error)}") from error
        except requests.RequestException as error:
            raise ClusterError(
                f"toxiproxy at {self.api} can't {what}: no answer ({type(error).__name__}); see its log"
            ) from error
        if reply.status_code >= HTTPStatus.BAD_REQUEST:
            raise ClusterError(f"toxiproxy at {self.api} can't {what}: {reply.text.strip()}")
        return reply


def _path(link: str) -> str:
    return f"/proxies/{quote(link, safe='')}"


def _text(error: Exception) -> str:
    """The library's exceptions carry the answer's bytes."""
    body = error.args[0] if error.args else b""
    return body.decode(errors="replace").strip() if isinstance(body, bytes) else str(body)

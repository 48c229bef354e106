"""Puller: gets images from the registries that publish them, in bounded time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import msgspec
import requests
from docker import auth  # type: ignore[import-untyped]  # the library has no types
from docker.errors import APIError, DockerException, create_api_error_from_http_exception  # type: ignore[import-untyped]  # as above
from docker.utils import parse_repository_tag  # type: ignore[import-untyped]  # as above

from actorproof.harness.drivers.docker.engine import Engine, explain
from actorproof.harness.errors import EngineError

# All images together.
LIMIT_S = 600.0
# The engine tells each step of a download. While it waits for a registry, it says nothing.
SILENCE_S = 30.0
TOLD_EVERY_S = 10.0
CONNECT_S = 5.0
# What an engine says of a registry that it can't talk to; anything else is about one image.
_NO_ANSWER = re.compile(
    r"dial tcp|no such host|i/o timeout|connection refused|connection reset|timeout exceeded|request canceled|"
    r"unreachable|no route to host|proxyconnect|TLS handshake|: EOF",
    re.IGNORECASE,
)


class _Progress(msgspec.Struct, frozen=True):
    """Of one layer, in bytes."""

    current: int = 0
    total: int = 0


class _Line(msgspec.Struct, frozen=True):
    """One line of what the engine tells while it pulls."""

    status: str = ""
    id: str = ""
    error: str = ""
    progress: _Progress | None = msgspec.field(name="progressDetail", default=None)


class Puller:
    """Pulls images one by one; a registry that did not answer once is not asked again.

    Attributes:
        pulled: references that were pulled.
        refusals: why not, by the reference of each image that could not be.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        progress: Callable[[str], None],
        all_or_none: bool = False,
        limit_s: float = LIMIT_S,
        silence_s: float = SILENCE_S,
    ) -> None:
        """With `all_or_none`, nothing more is tried once an image could not be had."""
        self.pulled: list[str] = []
        self.refusals: dict[str, str] = {}
        self._engine = engine
        self._progress = progress
        self._all_or_none = all_or_none
        self._silence_s = silence_s
        self._limit_s = limit_s
        self._ends_s: float | None = None
        self._silent: dict[str, str] = {}

    def pull(self, reference: str, *, name: str) -> bool:
        """Whether the engine has it now; `name` is what it is for. EngineError when the engine itself can't go on."""
        if self._all_or_none and self.refusals:
            return False
        why = self._silent.get(_registry(reference)) or self._try(reference, name)
        if why is None:
            self.pulled.append(reference)
            return True
        self.refusals[reference] = why
        return False

    def _try(self, reference: str, name: str) -> str | None:
        """Pull; why not, or None."""
        if self._ends_s is None:
            self._ends_s = time.monotonic() + self._limit_s
        self._progress(f"{name}: pulling {reference}")
        told_s = time.monotonic()
        layers: dict[str, _Progress] = {}
        try:
            for line in self._lines(reference):
                if line.error:
                    raise APIError(line.error)
                now_s = time.monotonic()
                if now_s > self._ends_s:
                    return f"all images together may take {self._limit_s:g} s"
                if line.status == "Downloading" and line.progress is not None and line.progress.total:
                    layers[line.id] = line.progress
                if layers and now_s - told_s >= TOLD_EVERY_S:
                    told_s = now_s
                    done = sum(layer.current for layer in layers.values()) >> 20
                    total = sum(layer.total for layer in layers.values()) >> 20
                    self._progress(f"{name}: {done} of {total} MiB that are known of so far")
        except (DockerException, requests.RequestException) as error:
            return self._why_not(error, reference)
        return None

    def _lines(self, reference: str) -> Iterator[_Line]:
        """What the engine tells while it pulls. It stops pulling when this ends early."""
        repository, tag = parse_repository_tag(reference)
        client = self._engine.client.api
        header = auth.get_config_header(client, _registry(reference))
        answer = client.post(
            f"{client.base_url}/v{self._engine.api}/images/create",
            params={"fromImage": repository, "tag": tag or "latest"},
            headers={"X-Registry-Auth": header} if header else None,
            stream=True,
            timeout=(CONNECT_S, self._silence_s),
        )
        with answer:
            try:
                answer.raise_for_status()
            except requests.HTTPError as error:
                create_api_error_from_http_exception(error)
            for line in answer.iter_lines():
                if line:
                    yield msgspec.json.decode(line, type=_Line)

    def _why_not(self, error: Exception, reference: str) -> str:
        """The reason, if it is the registry's or the image's; EngineError when it is the engine's own."""
        if isinstance(error, APIError):
            said = str(error.explanation or error)
            if "no space left" in said.lower():
                raise explain(error, f"pull {reference}") from error
            if not _NO_ANSWER.search(said):
                return re.sub(r"\s+", " ", said).strip().replace(";", ",")[:200]
            why = "does not answer"
        elif isinstance(error, requests.RequestException) and "timed out" in str(error).lower():
            why = f"does not answer within {self._silence_s:g} s"
        else:
            raise explain(error, f"pull {reference}") from error
        registry = _registry(reference)
        self._silent[registry] = f"{registry} {why}"
        return self._silent[registry]


def _registry(reference: str) -> str:
    """The registry that a reference names."""
    try:
        registry, _ = auth.resolve_repository_name(reference)
    except DockerException as error:
        raise EngineError(f"{reference} is no image's name: {error}") from error
    return str(registry)

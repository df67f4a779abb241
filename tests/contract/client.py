"""A plain client of any API server, for tests that look at whole answers."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
import yaml

from tradingstack_operator.model.kinds import Kind

APPLY: Final = "application/apply-patch+yaml"
MERGE: Final = "application/merge-patch+json"
JSON: Final = "application/json-patch+json"
PARTIAL: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
PARTIAL_LIST: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    body: Any = field(repr=False)

    @property
    def metadata(self) -> dict:
        return self.body["metadata"]

    @property
    def version(self) -> str:
        return self.body["metadata"]["resourceVersion"]

    @property
    def reason(self) -> str:
        return self.body.get("reason", "")


class Client:
    """Requests in one namespace, by one user agent."""

    def __init__(self, session: aiohttp.ClientSession, namespace: str):
        self.session = session
        self.namespace = namespace

    def path(self, kind: Kind, name: str | None = None, subresource: str = "") -> str:
        path = kind.path(self.namespace if kind.namespaced else None, name)
        return f"{path}/{subresource}" if subresource else path

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        async with self.session.request(method, path, **options) as response:
            text = await response.read()
            is_json = response.content_type == "application/json"
            return Answer(response.status, json.loads(text) if is_json else text.decode())

    async def get(self, kind: Kind, name: str | None = None, **options: Any) -> Answer:
        return await self.request("GET", self.path(kind, name), **options)

    async def create(self, kind: Kind, body: dict, **query: str) -> Answer:
        return await self.request("POST", self.path(kind), json=whole(kind, body), params=query)

    async def put(self, kind: Kind, body: dict, subresource: str = "", **query: str) -> Answer:
        path = self.path(kind, body["metadata"]["name"], subresource)
        return await self.request("PUT", path, json=whole(kind, body), params=query)

    async def patch(
        self, kind: Kind, name: str, patch: Any, subresource: str = "", **query: str
    ) -> Answer:
        content = JSON if isinstance(patch, list) else MERGE
        return await self._patch(self.path(kind, name, subresource), patch, content, query)

    async def apply(
        self, kind: Kind, body: dict, manager: str = "alice", subresource: str = "", **query: str
    ) -> Answer:
        path = self.path(kind, body["metadata"]["name"], subresource)
        query = {"fieldManager": manager} | query
        return await self._patch(path, whole(kind, body), APPLY, query)

    async def _patch(self, path: str, body: Any, content: str, query: dict[str, str]) -> Answer:
        headers = {"Content-Type": content}
        return await self.request(
            "PATCH", path, data=json.dumps(body), headers=headers, params=query
        )

    async def delete(self, kind: Kind, name: str, options: dict | None = None) -> Answer:
        return await self.request("DELETE", self.path(kind, name), json=options or {})

    @asynccontextmanager
    async def watch(
        self, kind: Kind, since: str = "", accept: str = "application/json", **query: str
    ) -> AsyncIterator["Stream"]:
        query = {"watch": "true", "resourceVersion": since} | query
        headers = {"Accept": accept}
        async with self.session.get(self.path(kind), params=query, headers=headers) as response:
            yield Stream(response)
            # closed politely, a TLS connection would outlive the event loop of the test
            if response.connection and response.connection.transport:
                response.connection.transport.abort()


class Stream:
    """The events of one watch."""

    def __init__(self, response: aiohttp.ClientResponse):
        self.status = response.status
        self._content = response.content

    async def next(self) -> dict | None:
        """Wait for the next event; None when the stream has ended."""
        async with asyncio.timeout(15):
            line = await self._content.readline()
        return json.loads(line) if line.endswith(b"\n") else None

    async def rest(self) -> list[dict]:
        events = []
        while event := await self.next():
            events.append(event)
        return events


def whole(kind: Kind, body: dict) -> dict:
    return {"apiVersion": kind.api_version, "kind": kind.kind} | body


def tls_of(kubeconfig: Path, directory: Path) -> ssl.SSLContext:
    """Make a TLS context of the certificates that a kubeconfig carries."""
    config = yaml.safe_load(kubeconfig.read_text())
    user, cluster = config["users"][0]["user"], config["clusters"][0]["cluster"]
    for name in ("client-certificate-data", "client-key-data"):
        (directory / name).write_bytes(base64.b64decode(user[name]))
    ca = base64.b64decode(cluster["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=ca)
    context.load_cert_chain(directory / "client-certificate-data", directory / "client-key-data")
    return context

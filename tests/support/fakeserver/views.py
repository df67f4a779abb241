"""What readers get to see: selectors, pages of lists, and streams of changes."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import orjson

from tests.support.fakeserver.errors import bad_request, expired
from tests.support.fakeserver.resources import Address
from tests.support.fakeserver.store import Change, Store, Stored

Test = Callable[[Stored], bool]

_REQUIREMENT: Final = re.compile(
    r"(!?)\s*([\w./-]+)\s*(?:(!=|==?|(?:not)?in)\s*(\([^)]*\)|[\w.-]*))?"
)
_MISTAKEN: Final = "list"
"""A watch that asks for lists is answered with success and silence."""


def selection(labels: str | None, fields: str | None) -> Test:
    """Read the selectors of a request."""
    tests = [_label_test(part) for part in re.split(r",(?![^(]*\))", labels or "") if part]
    tests += [_field_test(part) for part in (fields or "").split(",") if part]
    return lambda stored: all(test(stored) for test in tests)


def _label_test(requirement: str) -> Test:
    match = _REQUIREMENT.fullmatch(requirement.strip())
    if not match:
        raise bad_request(f"unable to parse requirement: {requirement}")
    absent, key, operator, text = match.groups()
    if not operator:
        return lambda stored: (key in stored.labels) != bool(absent)
    values = {value.strip() for value in (text or "").strip("()").split(",")}
    if operator.startswith(("!", "not")):
        return lambda stored: stored.labels.get(key) not in values
    return lambda stored: stored.labels.get(key) in values


def _field_test(requirement: str) -> Test:
    field, _, value = requirement.partition("=")
    if field == "reason":
        return lambda stored: stored.body.get("reason", "") == value
    name = field.removeprefix("metadata.")
    if name not in ("name", "namespace"):
        raise bad_request(f"field label not supported: {field}")
    return lambda stored: stored.body["metadata"].get(name, "") == value


class _Rest(NamedTuple):
    version: int
    items: list[Stored]


class Pages:
    """The lists that clients are in the midst of reading, each at the version it began with."""

    def __init__(self, store: Store):
        self._store = store
        self._rests: dict[str, _Rest] = {}

    def expire(self) -> None:
        self._rests.clear()

    def read(
        self, address: Address, test: Test, query: Mapping[str, str], *, partial: bool
    ) -> bytes:
        token = query.get("continue", "")
        if token:
            if token not in self._rests:
                raise expired("The provided continue parameter is too old")
            version, items = self._rests[token]
        else:
            version, found = self._store.read(address.resource, address.namespace)
            items = [it for it in found if test(it)]
        limit = int(query.get("limit") or 0) or len(items)
        page, rest = items[:limit], items[limit:]
        metadata: dict = {"resourceVersion": str(version)}
        if rest:
            following = f"{version}.{address.resource.plural}.{'.'.join(rest[0].key)}"
            self._rests[following] = _Rest(version, rest)
            metadata |= {"continue": following}
            if not query.get("labelSelector") and not query.get("fieldSelector"):
                metadata |= {"remainingItemCount": len(rest)}
        kind = address.resource.kind
        names = (
            ("PartialObjectMetadata", "meta.k8s.io/v1")
            if partial
            else (kind.kind, kind.api_version)
        )
        head = {"kind": f"{names[0]}List", "apiVersion": names[1], "metadata": metadata}
        view = "partial" if partial else "full" if address.resource.custom else "bare"
        body = b",".join(stored.encoded(view) for stored in page)
        return orjson.dumps(head)[:-1] + b',"items":[' + body + b"]}"


def view_of(accept: str) -> str:
    """Read from the Accept header of a watch how it shows objects."""
    if "as=PartialObjectMetadataList" in accept:
        return _MISTAKEN
    return "partial" if "as=PartialObjectMetadata" in accept else "full"


def wants_bookmarks(query: Mapping[str, str]) -> bool:
    return query.get("allowWatchBookmarks") in ("true", "1")


@dataclass(frozen=True, slots=True)
class End:
    """How a stream ends: its last bytes, and whether the connection just breaks."""

    tail: bytes = b""
    broken: bool = False


class Watch:
    """One open stream of changes."""

    def __init__(self, address: Address, test: Test, view: str):
        self.queue: asyncio.Queue[bytes | End] = asyncio.Queue()
        self.address = address
        self._test = test
        self._view = view

    def begin(self, store: Store, query: Mapping[str, str]) -> None:
        """Queue what the client has to hear first; a version of 0 or none means all there is."""
        since = query.get("resourceVersion", "")
        if since not in ("", "0"):
            for change in store.since(int(since)):
                self.offer(change)
            return
        version, found = store.read(self.address.resource, self.address.namespace)
        for stored in found:
            if self._test(stored) and self._view != _MISTAKEN:
                self.queue.put_nowait(self._line("ADDED", stored))
        if query.get("sendInitialEvents") == "true" and wants_bookmarks(query):
            self.bookmark(version, {"k8s.io/initial-events-end": "true"})

    def offer(self, change: Change) -> None:
        if self._view == _MISTAKEN:
            return
        resource, namespace = self.address.resource, self.address.namespace
        if change.resource.kind != resource.kind or namespace not in ("", change.last.key[0]):
            return
        was = change.before is not None and self._test(change.before)
        if change.after is not None and self._test(change.after):
            self.queue.put_nowait(self._line("MODIFIED" if was else "ADDED", change.after))
        elif was:
            # whoever leaves the selection is shown as it was, at the version it left
            left = change.last if change.after is None else _at(change.before, change.version)
            self.queue.put_nowait(self._line("DELETED", left))

    def bookmark(self, version: int, annotations: dict[str, str] | None = None) -> None:
        self.queue.put_nowait(self.bookmark_line(version, annotations))

    def bookmark_line(self, version: int, annotations: dict[str, str] | None = None) -> bytes:
        kind = self.address.resource.kind
        metadata: dict = {"resourceVersion": str(version)}
        if annotations:
            metadata["annotations"] = annotations
        body = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": metadata}
        if self._view == "partial":
            body |= {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
        return orjson.dumps({"type": "BOOKMARK", "object": body}) + b"\n"

    def fail(self, status: dict) -> None:
        """End the stream with an ERROR event."""
        line = orjson.dumps({"type": "ERROR", "object": status}) + b"\n"
        self.queue.put_nowait(line)
        self.queue.put_nowait(End())

    def _line(self, event: str, stored: Stored) -> bytes:
        return b'{"type":"%s","object":%s}\n' % (event.encode(), stored.encoded(self._view))


def _at(stored: Stored, version: int) -> Stored:
    metadata = stored.body["metadata"] | {"resourceVersion": str(version)}
    return Stored(stored.body | {"metadata": metadata})

"""From requests to what they ask of the cluster."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
import yaml
from aiohttp import web

from tests.support.fakeserver.cluster import Cluster
from tests.support.fakeserver.errors import Refusal, bad_request, invalid, not_found
from tests.support.fakeserver.faults import Call
from tests.support.fakeserver.resources import ACCESS_REVIEW, Address, Catalogue
from tests.support.fakeserver.views import Pages, selection

APPLY: Final = "application/apply-patch+yaml"
PLAIN: Final = frozenset({"/readyz", "/livez", "/healthz"})
_PATCHES: Final = frozenset({"application/merge-patch+json", "application/json-patch+json"})
_VERBS: Final = {"POST": "create", "PUT": "update", "DELETE": "delete", "PATCH": "patch"}
_RETURNED: Final = frozenset({"Service", "ServiceAccount"})
"""The kinds whose deletion is answered with the object."""
_REVIEWS: Final = f"{ACCESS_REVIEW.root}/{ACCESS_REVIEW.plural}"


def call_of(request: web.BaseRequest) -> Call:
    """Write down a request before anything is known about it."""
    return Call(
        verb=_VERBS.get(request.method, "get"),
        path=request.path,
        query=dict(parse_qsl(request.query_string, keep_blank_values=True)),
        user_agent=request.headers.get("User-Agent", ""),
        authorization=request.headers.get("Authorization", ""),
    )


def parse(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise bad_request(f"error decoding the body: {error}") from error


def locate(catalogue: Catalogue, call: Call, content_type: str) -> Address | None:
    """Find what a call is about and complete it; None for what is not an object's path."""
    if call.path in PLAIN or call.path in ("/version", _REVIEWS):
        return None
    if catalogue.discovery(call.path) is not None:
        return None
    address = catalogue.locate(call.path)
    call.kind = address.resource.kind.kind
    call.namespace, call.name, call.subresource = address[1:]
    call.manager = call.query.get("fieldManager") or call.user_agent.split("/")[0]
    if call.verb == "get" and not address.name:
        call.verb = "watch" if call.query.get("watch") in ("true", "1") else "list"
    if call.verb == "patch":
        if content_type == APPLY:
            call.verb = "apply"
            if "fieldManager" not in call.query:
                why = "Required value: is required for apply patch"
                raise invalid("PatchOptions", "", "fieldManager", why, "FieldValueRequired")
        elif content_type not in _PATCHES:
            raise Refusal(415, "UnsupportedMediaType", f"unsupported patch type {content_type}")
    return address


def authorize(denied: set[tuple[str, str, str]], call: Call, address: Address) -> None:
    kind = address.resource.kind
    resource = "/".join(filter(None, (kind.plural, address.subresource)))
    verb = "patch" if call.verb == "apply" else call.verb
    if (verb, kind.group, resource) in denied:
        why = f'User "test" cannot {verb} resource "{resource}" in API group "{kind.group}"'
        raise Refusal(403, "Forbidden", f"{address.resource.plural} is forbidden: {why}")


def perform(
    cluster: Cluster, pages: Pages, call: Call, address: Address, accept: str
) -> tuple[int, bytes]:
    """Do what a call asks and give back the answer's status and body."""
    if "dryRun" in call.query:
        raise bad_request("the fake server knows no dry run")
    if call.verb == "list":
        test = selection(call.query.get("labelSelector"), call.query.get("fieldSelector"))
        partial = "as=PartialObjectMetadataList" in accept
        return 200, pages.read(address, test, call.query, partial=partial)
    if call.verb == "get":
        stored = cluster.store.read_one(address.resource, address.key)
        if stored is None:
            raise not_found(address.resource.plural, address.name)
        return 200, stored.encoded("partial" if "as=PartialObjectMetadata" in accept else "full")
    known = cluster.store.get(address.resource, address.key) is not None
    body = _write(cluster, call, address)
    return (200 if known or call.verb == "delete" else 201), orjson.dumps(body)


def _write(cluster: Cluster, call: Call, address: Address) -> dict:
    kind = address.resource.kind
    match call.verb:
        case "create" if not address.name:
            return cluster.create(kind, _addressed(call, address), manager=call.manager)
        case "update":
            return cluster.update(
                kind,
                _addressed(call, address),
                subresource=address.subresource,
                manager=call.manager,
            )
        case "patch":
            return cluster.patch(
                kind,
                address.key,
                call.body,
                subresource=address.subresource,
                manager=call.manager,
            )
        case "apply":
            return cluster.apply(
                kind,
                _addressed(call, address),
                subresource=address.subresource,
                manager=call.manager,
                force=call.query.get("force") == "true",
            )
        case "delete" if address.name:
            return _delete(cluster, call, address)
        case _:
            raise Refusal(
                405, "MethodNotAllowed", "the server does not allow this method on the resource"
            )


def _addressed(call: Call, address: Address) -> dict:
    """Complete a body with what its path says, and refuse it if it says otherwise."""
    if not isinstance(call.body, dict):
        raise bad_request("the object provided is unrecognized")
    metadata = dict(call.body.get("metadata") or {})
    for field, given in (("namespace", address.namespace), ("name", address.name)):
        if given and metadata.setdefault(field, given) != given:
            raise bad_request(f"the {field} of the object does not match the {field} on the URL")
    return call.body | {"metadata": metadata}


def _delete(cluster: Cluster, call: Call, address: Address) -> dict:
    options = call.body or {}
    conditions = options.get("preconditions") or {}
    uid = cluster.existing(address.resource, address.key).body["metadata"]["uid"]
    body = cluster.delete(
        address.resource.kind,
        address.key,
        uid=conditions.get("uid", ""),
        version=conditions.get("resourceVersion", ""),
        propagation=options.get("propagationPolicy")
        or call.query.get("propagationPolicy", "Background"),
    )
    if address.resource.kind.kind in _RETURNED or cluster.store.get(address.resource, address.key):
        return body
    kind = address.resource.kind
    details = {"name": address.name, "group": kind.group, "kind": kind.plural, "uid": uid}
    outcome = {"metadata": {}, "status": "Success", "details": details}
    return {"kind": "Status", "apiVersion": "v1"} | outcome


def perform_plain(
    catalogue: Catalogue, denied: set[tuple[str, str, str]], call: Call
) -> tuple[int, bytes]:
    """Answer what is about the server itself: health, version, discovery, permissions."""
    if call.path in PLAIN:
        return 200, b"ok"
    if call.path == "/version":
        return 200, orjson.dumps({"major": "1", "minor": "37", "gitVersion": "v1.37.2"})
    if call.path == _REVIEWS:
        return 201, orjson.dumps(call.body | {"status": _review(denied, call.body["spec"])})
    return 200, orjson.dumps(catalogue.discovery(call.path))


def _review(denied: set[tuple[str, str, str]], spec: Mapping) -> dict:
    asked = spec["resourceAttributes"]
    resource = "/".join(filter(None, (asked["resource"], asked.get("subresource"))))
    return {"allowed": (asked["verb"], asked.get("group", ""), resource) not in denied}

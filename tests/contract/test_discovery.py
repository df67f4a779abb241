"""What clients ask about the server itself: health, kinds, permissions."""

import pytest

from tests.contract.kinds import WIDGET
from tradingstack_operator.model import kinds

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
SERVED = (*kinds.MANAGED_KINDS, kinds.LEASE, kinds.EVENT, kinds.NAMESPACE, WIDGET)


@pytest.mark.parametrize("path", ["/readyz", "/livez", "/healthz"])
async def test_a_healthy_server_says_ok(api, path):
    answer = await api.request("GET", path)
    assert (answer.status, answer.body) == (200, "ok")


async def test_the_version_is_told(api):
    answer = await api.request("GET", "/version")
    assert {"major": "1", "minor": "37"}.items() <= answer.body.items()


async def test_the_old_api_has_one_version(api):
    answer = await api.request("GET", "/api")
    assert answer.body["versions"] == ["v1"]


async def test_groups_name_their_preferred_version(api):
    answer = await api.request("GET", "/apis")
    preferred = {it["name"]: it["preferredVersion"]["version"] for it in answer.body["groups"]}
    assert {"apps": "v1", "autoscaling": "v2", WIDGET.group: "v1"}.items() <= preferred.items()


@pytest.mark.parametrize("kind", SERVED, ids=[it.kind for it in SERVED])
async def test_kinds_are_described(api, kind):
    answer = await api.request("GET", kind.root)
    found = next(it for it in answer.body["resources"] if it["name"] == kind.plural)
    assert (kind.kind, kind.namespaced) == (found["kind"], found["namespaced"])
    assert {"get", "list", "watch", "create", "patch", "update", "delete"} <= set(found["verbs"])


@pytest.mark.parametrize("kind", SERVED, ids=[it.kind for it in SERVED])
async def test_status_subresources_are_listed(api, kind):
    answer = await api.request("GET", kind.root)
    listed = f"{kind.plural}/status" in {it["name"] for it in answer.body["resources"]}
    without = {"ConfigMap", "ServiceAccount", "NetworkPolicy", "Lease", "Event"}
    without |= {"PrometheusRule", "AlertmanagerConfig"}
    assert listed == (kind.kind not in without)


async def test_a_review_tells_what_the_caller_may_do(api):
    asked = {"verb": "patch", "group": "apps", "resource": "deployments"}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": asked},
    }
    answer = await api.request("POST", REVIEWS, json=review)
    assert (answer.status, answer.body["status"]["allowed"]) == (201, True)

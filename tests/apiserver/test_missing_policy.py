"""Without a PlatformPolicy nothing new is allowed in a stack's namespace, and nothing else ends."""

import pytest

from tests.apiserver.sender import DRY, JSON_PATCH
from tests.support.vectors import Edit, base, users, vectors
from tradingstack_operator.api.names import ANNOTATION_CONFIRM_DELETE, FINALIZER

pytestmark = pytest.mark.apiserver
OURS = "/apis/tradingstack.io/v1alpha1/namespaces/trading-settled"
ALPHA = f"{OURS}/tradingstacks/alpha"
POLICIES = "/apis/networking.k8s.io/v1/namespaces/trading-settled/networkpolicies"
PODS = "/api/v1/namespaces/{}/pods"
DEVELOPER, OPERATOR = users()["developer"].name, users()["operator"].name
PLATFORM = users()["platform"].name
BLIND = [vector for vector in vectors() if not vector.entry.with_policy]
SAYS_WHAT_IS_NEEDED = "-needs-platformpolicy-default"


@pytest.fixture(scope="module")
def blind(server):
    """Take PlatformPolicy away from a namespace that already holds a stack."""
    confirmed = {ANNOTATION_CONFIRM_DELETE: "alpha"}
    stored = Edit(
        set={
            "/metadata/finalizers": [FINALIZER],
            "/metadata/annotations": confirmed,
            "/spec/secrets/pathPrefix": "production/trading-settled/alpha",
        }
    ).on(base("stack"))
    assert server.send("POST", f"{OURS}/tradingstacks", "", stored).accepted
    assert server.send("POST", POLICIES, DEVELOPER, base("network-policy")).accepted
    pod = Edit(set={"/metadata/finalizers": ["example.com/counted"]}).on(base("pod"))
    assert server.send("POST", PODS.format("trading-settled"), DEVELOPER, pod).accepted
    for vector in BLIND:
        if vector.old:
            server.store(vector)
    with server.without_platform_policy():
        yield server
    for vector in BLIND:
        server.remove(vector)
    names = (
        f"{POLICIES}/{base('network-policy')['metadata']['name']}",
        _pod("trading-settled"),
        ALPHA,
    )
    for path in names:
        server.send("DELETE", path, OPERATOR)
        free = [{"op": "add", "path": "/metadata/finalizers", "value": []}]
        server.send("PATCH", path, OPERATOR, free, content=JSON_PATCH)


def _pod(namespace):
    return f"{PODS.format(namespace)}/{base('pod')['metadata']['name']}"


@pytest.fixture
def create(blind):
    """Try to create an object."""

    def send(path, name, user=DEVELOPER, **changes):
        body = Edit(set=changes).on(base(name)) if changes else base(name)
        return blind.send("POST", path, user, body, DRY)

    return send


@pytest.fixture
def patch(blind):
    """Try to change an object."""

    def send(path, user, where, value):
        step = {"op": "add", "path": where, "value": value}
        return blind.send("PATCH", path, user, [step], DRY, JSON_PATCH)

    return send


def refused(answer):
    return not answer.accepted and SAYS_WHAT_IS_NEEDED in answer.message


@pytest.mark.parametrize("vector", BLIND, ids=str)
def test_a_vector_without_a_policy_gets_its_verdict(blind, vector):
    answer = blind.dry_run(vector)
    if vector.entry.refused == "INV-35":
        assert refused(answer), answer.message
    elif vector.entry.refused:
        assert f"{vector.entry.refused} " in answer.message
    else:
        assert answer.accepted, answer.message


def test_a_stack_is_not_created(create):
    path = "/apis/tradingstack.io/v1alpha1/namespaces/trading-prod/tradingstacks"
    assert refused(create(path, "stack"))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/namespaces/trading-settled/pods", "pod"),
        ("/apis/apps/v1/namespaces/trading-settled/deployments", "deployment"),
        (POLICIES, "network-policy"),
        ("/api/v1/namespaces/trading-settled/secrets", "secret"),
        ("/api/v1/namespaces/trading-settled/configmaps", "config-map"),
    ],
)
def test_nothing_is_created_beside_it(create, path, name):
    assert refused(create(path, name, **{"/metadata/name": "another"}))


def test_a_network_policy_is_not_edited(patch):
    path = f"{POLICIES}/{base('network-policy')['metadata']['name']}"
    assert refused(patch(path, DEVELOPER, "/spec/podSelector", {"matchLabels": {"a": "b"}}))


def test_the_image_of_a_pod_is_not_edited(patch):
    image = base("pod")["spec"]["containers"][0]["image"].replace("app:1", "app:2")
    answer = patch(_pod("trading-settled"), DEVELOPER, "/spec/containers/0/image", image)
    assert not answer.accepted
    assert "INV-12c" in answer.message


def test_a_halt_is_created(create):
    assert create(f"{OURS}/tradinghalts", "halt").accepted


def test_a_status_is_written(patch):
    assert patch(f"{ALPHA}/status", OPERATOR, "/status", {"observedGeneration": 1}).accepted


def test_a_stack_is_deleted(blind):
    assert blind.send("DELETE", ALPHA, DEVELOPER, None, DRY).accepted


@pytest.mark.parametrize("path", [ALPHA, _pod("trading-settled")])
def test_a_finalizer_is_removed(patch, path):
    assert patch(path, OPERATOR, "/metadata/finalizers", []).accepted


def test_a_pod_is_deleted(blind):
    assert blind.send("DELETE", _pod("trading-settled"), DEVELOPER, None, DRY).accepted


def test_other_namespaces_go_on(create):
    assert create(PODS.format("elsewhere"), "pod").accepted


def test_namespaces_are_made_and_removed(blind, create):
    assert create("/api/v1/namespaces", "namespace").accepted
    assert blind.send("DELETE", "/api/v1/namespaces/trading-staging", DEVELOPER, None, DRY).accepted


def test_the_policy_is_created_anew(create):
    path = "/apis/tradingstack.io/v1alpha1/platformpolicies"
    assert create(path, "platform-policy", PLATFORM).accepted

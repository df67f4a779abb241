"""What the operator's chart installs of the halt relay."""

import pytest

from tests.charts.helm import NAMESPACE, OPERATOR, defaults, rendered, template, the
from tradingstack_contract.endpoints import HALT_PORT
from tradingstack_contract.halts import AUDIENCE
from tradingstack_operator.relay.requirements import PERMISSIONS
from tradingstack_operator.settings import RelaySettings, Settings

pytestmark = pytest.mark.apiserver

NAME = "tradingstack-operator-relay"


@pytest.fixture(scope="module")
def objects():
    return only_of_relay(defaults(OPERATOR))


def only_of_relay(found):
    return [body for body in found if body["metadata"]["name"] == NAME]


def pod(objects):
    return the("Deployment", objects)["spec"]["template"]["spec"]


def container(objects):
    (only,) = pod(objects)["containers"]
    return only


def operator():
    (found,) = [
        body
        for body in defaults(OPERATOR)
        if (body["kind"], body["metadata"]["name"]) == ("Deployment", "tradingstack-operator")
    ]
    return found["spec"]["template"]["spec"]


def test_it_is_installed_by_default_and_with_nothing_more(objects):
    assert sorted(body["kind"] for body in objects) == [
        "ClusterRole",
        "ClusterRoleBinding",
        "Deployment",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
    ]


def test_it_cannot_be_switched_off():
    finished = template(OPERATOR, {"relay.enabled": False})
    assert "additional properties 'enabled' not allowed" in finished.stderr


def test_two_replicas_speak_also_while_they_are_replaced(objects):
    spec = the("Deployment", objects)["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert the("PodDisruptionBudget", objects)["spec"]["maxUnavailable"] == 1


def test_the_role_grants_what_the_process_does(objects):
    granted = {
        (group, resource, verb)
        for rule in the("ClusterRole", objects)["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert granted == {
        (permission.group, permission.path, verb)
        for permission in PERMISSIONS
        for verb in permission.verbs
    }


def test_the_role_is_bound_to_the_account_of_the_pods(objects):
    binding, account = the("ClusterRoleBinding", objects), the("ServiceAccount", objects)
    (subject,) = binding["subjects"]
    assert (binding["roleRef"]["name"], subject["name"], subject["namespace"]) == (
        NAME,
        account["metadata"]["name"],
        NAMESPACE,
    )
    assert pod(objects)["serviceAccountName"] == NAME
    assert account["automountServiceAccountToken"] is False


def test_its_token_is_for_the_replicas_and_short_lived(objects):
    (volume,) = [it for it in pod(objects)["volumes"] if it["name"] == "relay-token"]
    assert volume["projected"]["sources"] == [
        {"serviceAccountToken": {"path": "token", "audience": AUDIENCE, "expirationSeconds": 600}}
    ]


def test_the_operator_knows_the_relay_by_its_account():
    (only,) = operator()["containers"]
    subject = {it["name"]: it.get("value") for it in only["env"]}["TRADINGSTACK_RELAY_SUBJECT"]
    assert subject == f"system:serviceaccount:{NAMESPACE}:{NAME}"
    required = {"api_server": "https://api", "namespace": NAMESPACE, "identity": "one"}
    assert Settings(**required, relay_subject=subject).relay_subject == subject


def test_settings_accept_the_environment(objects):
    given = {it["name"]: it.get("value", "relay-1") for it in container(objects)["env"]}
    settings = RelaySettings.from_environment(given | {"KUBERNETES_SERVICE_HOST": "10.96.0.1"})
    (mount,) = [it for it in container(objects)["volumeMounts"] if it["name"] == "relay-token"]
    assert mount["mountPath"] == str(settings.token_directory)
    (port,) = container(objects)["ports"]
    assert port["containerPort"] == settings.http_port
    assert container(objects)["args"] == ["relay"]


def test_its_pods_carry_what_the_stacks_let_in(objects):
    labels = the("Deployment", objects)["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/component"] == "halt-relay"


def test_its_pods_are_not_taken_for_the_operators(objects):
    labels = the("Deployment", objects)["spec"]["template"]["metadata"]["labels"]
    (service,) = [
        body
        for body in defaults(OPERATOR)
        if (body["kind"], body["metadata"]["name"]) == ("Service", "tradingstack-operator")
    ]
    assert not service["spec"]["selector"].items() <= labels.items()


def test_it_is_as_hardened_as_the_operator(objects):
    assert pod(objects)["securityContext"] == operator()["securityContext"]
    (other,) = operator()["containers"]
    assert container(objects)["securityContext"] == other["securityContext"]
    assert pod(objects)["enableServiceLinks"] is False


def test_a_closed_network_lets_it_reach_the_halt_port_of_stacks_only():
    found = only_of_relay(rendered(OPERATOR, networkPolicy__apiServerCIDRs=["192.0.2.10/32"]))
    replicas, api_server, _ = the("NetworkPolicy", found)["spec"]["egress"]
    assert replicas["ports"] == [{"port": HALT_PORT, "protocol": "TCP"}]
    (peer,) = replicas["to"]
    assert peer["podSelector"]["matchLabels"] == {"app.kubernetes.io/component": "risk-api"}
    assert peer["namespaceSelector"]["matchExpressions"] == [
        {"key": "tradingstack.io/stack", "operator": "Exists"}
    ]
    assert api_server["to"] == [{"ipBlock": {"cidr": "192.0.2.10/32"}}]


def test_nobody_but_the_scraper_may_call_it(objects):
    (rule,) = the("NetworkPolicy", objects)["spec"]["ingress"]
    assert rule["ports"] == [{"port": 8080, "protocol": "TCP"}]


def test_it_is_scraped_where_the_operator_is():
    found = only_of_relay(rendered(OPERATOR, serviceMonitor__enabled=True))
    selector = the("ServiceMonitor", found)["spec"]["selector"]["matchLabels"]
    assert selector.items() <= the("Service", found)["metadata"]["labels"].items()


def test_no_budget_without_a_second_replica():
    found = only_of_relay(rendered(OPERATOR, relay__replicas=1))
    assert "PodDisruptionBudget" not in {body["kind"] for body in found}

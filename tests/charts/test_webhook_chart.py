"""What the operator's chart installs of the webhook, and when it refuses to."""

import pytest

from tests.charts.helm import (
    NAMESPACE,
    OPERATOR,
    defaults,
    rendered,
    template,
    the,
    the_operators,
)
from tradingstack_operator.model.kinds import OWN_KINDS
from tradingstack_operator.settings import WebhookSettings
from tradingstack_operator.webhook.requirements import READ, VERBS
from tradingstack_operator.webhook.server import PATH

pytestmark = pytest.mark.apiserver

NAME = "tradingstack-operator-webhook"
WITH_SECRET = {
    "webhook__enabled": True,
    "webhook__certificate__secretName": "webhook-tls",
    "webhook__certificate__caBundle": "Y2E=",
}
WITH_CERT_MANAGER = {
    "webhook__enabled": True,
    "webhook__certificate__certManager": {
        "enabled": True,
        "issuer": {"kind": "ClusterIssuer", "name": "platform"},
    },
}


@pytest.fixture(scope="module")
def objects():
    return only_of_webhook(rendered(OPERATOR, **WITH_SECRET))


def only_of_webhook(found):
    return [body for body in found if body["metadata"]["name"] == NAME]


def pod(objects):
    return the("Deployment", objects)["spec"]["template"]["spec"]


def container(objects):
    (only,) = pod(objects)["containers"]
    return only


def webhooks(objects):
    return {
        hook["name"]: hook for hook in the("ValidatingWebhookConfiguration", objects)["webhooks"]
    }


def test_it_is_off_by_default():
    assert only_of_webhook(defaults(OPERATOR)) == []


def test_nothing_else_changes_when_it_is_on():
    with_it = rendered(OPERATOR, **WITH_SECRET)
    assert [body for body in with_it if body["metadata"]["name"] != NAME] == defaults(OPERATOR)


def test_it_brings_what_it_needs_and_nothing_more(objects):
    assert sorted(body["kind"] for body in objects) == [
        "ClusterRole",
        "ClusterRoleBinding",
        "Deployment",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
        "ValidatingWebhookConfiguration",
    ]


def test_every_kind_of_ours_is_judged_once(objects):
    judged = [
        resource
        for hook in webhooks(objects).values()
        for rule in hook["rules"]
        for resource in rule["resources"]
    ]
    assert sorted(judged) == sorted(kind.plural for kind in OWN_KINDS)


def test_deletes_and_other_groups_are_never_asked_for(objects):
    rules = [rule for hook in webhooks(objects).values() for rule in hook["rules"]]
    assert {(*rule["apiGroups"], *rule["apiVersions"]) for rule in rules} == {
        ("tradingstack.io", "v1alpha1")
    }
    assert all(rule["operations"] == ["CREATE", "UPDATE"] for rule in rules)


def test_only_halts_are_possible_without_it(objects):
    policies = {name: hook["failurePolicy"] for name, hook in webhooks(objects).items()}
    assert policies == {"rules.tradingstack.io": "Fail", "halts.tradingstack.io": "Ignore"}


def test_a_review_is_short_and_changes_nothing(objects):
    chosen = ("matchPolicy", "sideEffects", "timeoutSeconds", "admissionReviewVersions")
    assert [[hook[it] for it in chosen] for hook in webhooks(objects).values()] == [
        ["Equivalent", "None", 3, ["v1"]]
    ] * 2


def test_the_configuration_leads_to_the_pods(objects):
    service = the("Service", objects)
    for hook in webhooks(objects).values():
        assert hook["clientConfig"] == {
            "service": {"namespace": NAMESPACE, "name": NAME, "path": PATH, "port": 443},
            "caBundle": "Y2E=",
        }
    assert {"port": 443, "targetPort": "webhook"}.items() <= service["spec"]["ports"][0].items()
    labels = the("Deployment", objects)["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()


def test_its_pods_are_not_taken_for_the_operators(objects):
    labels = the("Deployment", objects)["spec"]["template"]["metadata"]["labels"]
    operators = the_operators("Service", defaults(OPERATOR))["spec"]["selector"]
    assert not operators.items() <= labels.items()


def test_the_role_reads_what_the_process_reads(objects):
    granted = {
        (group, resource, verb)
        for rule in the("ClusterRole", objects)["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert granted == {(kind.group, kind.plural, verb) for kind in READ for verb in VERBS}


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


def test_it_is_as_hardened_as_the_operator(objects):
    operator = pod([the_operators("Deployment", defaults(OPERATOR))])
    assert pod(objects)["securityContext"] == operator["securityContext"]
    (other,) = operator["containers"]
    assert container(objects)["securityContext"] == other["securityContext"]
    assert pod(objects)["enableServiceLinks"] is False


def test_a_rollout_keeps_every_replica(objects):
    spec = the("Deployment", objects)["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert container(objects)["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}}


def test_no_budget_without_a_second_replica():
    found = only_of_webhook(rendered(OPERATOR, webhook__replicas=1, **WITH_SECRET))
    assert "PodDisruptionBudget" not in {body["kind"] for body in found}


def test_settings_accept_the_environment(objects):
    given = {it["name"]: it["value"] for it in container(objects)["env"]}
    settings = WebhookSettings.from_environment(given | {"KUBERNETES_SERVICE_HOST": "10.96.0.1"})
    ports = {it["name"]: it["containerPort"] for it in container(objects)["ports"]}
    assert ports == {"webhook": settings.webhook_port, "http": settings.http_port}
    (mount,) = [it for it in container(objects)["volumeMounts"] if it["name"] == "certificate"]
    assert mount["mountPath"] == str(settings.certificate_directory)


def test_the_network_policy_opens_its_two_ports(objects):
    rules = the("NetworkPolicy", objects)["spec"]["ingress"]
    assert [port["port"] for rule in rules for port in rule["ports"]] == [9443, 8080]


def test_it_is_scraped_where_the_operator_is():
    found = only_of_webhook(rendered(OPERATOR, serviceMonitor__enabled=True, **WITH_SECRET))
    selector = the("ServiceMonitor", found)["spec"]["selector"]["matchLabels"]
    assert selector.items() <= the("Service", found)["metadata"]["labels"].items()


def test_a_secret_of_the_user_is_mounted(objects):
    volume = pod(objects)["volumes"][0]
    assert volume["secret"]["secretName"] == "webhook-tls"


def test_cert_manager_makes_the_secret_and_writes_the_ca():
    found = only_of_webhook(rendered(OPERATOR, **WITH_CERT_MANAGER))
    certificate = the("Certificate", found)["spec"]
    assert certificate["dnsNames"] == [f"{NAME}.{NAMESPACE}.svc"]
    assert certificate["issuerRef"]["name"] == "platform"
    assert pod(found)["volumes"][0]["secret"]["secretName"] == certificate["secretName"]
    configuration = the("ValidatingWebhookConfiguration", found)
    annotation = configuration["metadata"]["annotations"]["cert-manager.io/inject-ca-from"]
    assert annotation == f"{NAMESPACE}/{NAME}"
    assert all("caBundle" not in hook["clientConfig"] for hook in configuration["webhooks"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "give secretName and caBundle, or set certManager.enabled"),
        ({"secretName": "tls"}, "caBundle: the API server trusts no certificate without it"),
        ({"certManager": {"enabled": True}}, "issuer.name: name the Issuer or ClusterIssuer"),
        (
            {"certManager": {"enabled": True}, "secretName": "tls"},
            "secretName and certManager.enabled exclude each other",
        ),
        ({"caBundle": "-----BEGIN"}, "'/webhook/certificate/caBundle': '-----BEGIN' does not"),
        ({"bogus": 1}, "additional properties 'bogus' not allowed"),
    ],
)
def test_a_certificate_that_cannot_work_is_explained(values, message):
    finished = template(OPERATOR, {"webhook.enabled": True, "webhook.certificate": values})
    assert finished.returncode == 1
    assert message in finished.stderr

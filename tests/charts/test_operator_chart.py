"""What the operator's chart installs, and which values it refuses."""

import re
from itertools import chain

import pytest
from prometheus_client import generate_latest

from tests.charts.helm import NAMESPACE, OPERATOR, defaults, of_operator, rendered, run, template
from tests.charts.helm import the_operators as the
from tradingstack_operator.api import names
from tradingstack_operator.settings import Settings
from tradingstack_operator.telemetry.metrics import Metrics

pytestmark = pytest.mark.apiserver

DIGEST = f"sha256:{'0' * 64}"


def pod(objects=None):
    return the("Deployment", objects or defaults(OPERATOR))["spec"]["template"]["spec"]


def container(objects=None):
    (only,) = pod(objects)["containers"]
    return only


def environment(objects=None):
    return {it["name"]: it.get("value", "") for it in container(objects)["env"]}


def rules(kind):
    return the(kind, defaults(OPERATOR))["rules"]


def kinds(objects):
    return {body["kind"] for body in objects}


def test_lint_has_nothing_to_say():
    finished = run("lint", "--strict", str(OPERATOR))
    assert finished.returncode == 0, finished.stdout


def test_two_replicas_by_default():
    assert the("Deployment", defaults(OPERATOR))["spec"]["replicas"] == 2


def test_a_rollout_keeps_every_replica():
    strategy = the("Deployment", defaults(OPERATOR))["spec"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


def test_replicas_spread_over_nodes_and_zones():
    keys = [it["topologyKey"] for it in pod()["topologySpreadConstraints"]]
    assert keys == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]


def test_a_budget_keeps_one_replica():
    assert the("PodDisruptionBudget", defaults(OPERATOR))["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize("replicas", [0, 1])
def test_no_budget_without_a_standby(replicas):
    assert "PodDisruptionBudget" not in kinds(of_operator(rendered(OPERATOR, replicas=replicas)))


def test_no_replica_when_it_runs_elsewhere():
    assert the("Deployment", rendered(OPERATOR, replicas=0))["spec"]["replicas"] == 0


def test_the_pod_is_nobody():
    context = pod()["securityContext"]
    assert (context["runAsNonRoot"], context["runAsUser"]) == (True, 65532)


def test_the_pod_has_the_runtimes_seccomp_profile():
    assert pod()["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}


def test_the_container_has_no_way_to_gain_rights():
    assert container()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_only_tmp_is_writable():
    assert container()["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - inside the container


def test_services_are_not_mistaken_for_settings():
    assert pod()["enableServiceLinks"] is False


def test_only_the_pod_itself_mounts_the_token():
    account = the("ServiceAccount", defaults(OPERATOR))
    assert account["automountServiceAccountToken"] is False
    assert pod()["automountServiceAccountToken"] is True


def test_it_runs_the_operator():
    assert container()["args"] == ["run"]


def test_probes_ask_the_http_port():
    probes = [container()[name]["httpGet"] for name in ("livenessProbe", "readinessProbe")]
    assert probes == [{"path": "/livez", "port": "http"}, {"path": "/readyz", "port": "http"}]


def test_settings_accept_the_environment():
    given = environment() | {
        "KUBERNETES_SERVICE_HOST": "10.96.0.1",
        "TRADINGSTACK_NAMESPACE": NAMESPACE,
        "TRADINGSTACK_IDENTITY": "a-pod",
    }
    settings = Settings.from_environment(given)
    assert (settings.http_host, settings.http_port) == ("0.0.0.0", 8080)  # noqa: S104 - in a pod


def test_defaults_are_those_of_the_settings():
    chosen = {"workers": 16, "writes_in_flight": 8, "resync_seconds": 300, "log_level": "info"}
    given = {field: Settings.model_fields[field].default for field in chosen}
    read = {field: environment()[f"TRADINGSTACK_{field.upper()}"] for field in chosen}
    assert {field: str(value) for field, value in given.items()} == read


@pytest.mark.parametrize(
    ("value", "variable", "given", "expected"),
    [
        ("logLevel", "LOG_LEVEL", "debug", "debug"),
        ("images.cache", "CACHE_IMAGE", f"a.io/redis@{DIGEST}", f"a.io/redis@{DIGEST}"),
        ("images.tools", "TOOLS_IMAGE", f"a.io/tools@{DIGEST}", f"a.io/tools@{DIGEST}"),
        ("workers", "WORKERS", 4, "4"),
        ("writesInFlight", "WRITES_IN_FLIGHT", 2, "2"),
        ("resyncSeconds", "RESYNC_SECONDS", 86400, "86400"),
    ],
)
def test_values_reach_the_environment(value, variable, given, expected):
    assert environment(rendered(OPERATOR, **{value: given}))[f"TRADINGSTACK_{variable}"] == expected


@pytest.mark.parametrize("field", ["namespace", "name"])
def test_the_pod_knows_where_and_who_it_is(field):
    sources = [it["valueFrom"] for it in container()["env"] if "valueFrom" in it]
    assert {"fieldRef": {"fieldPath": f"metadata.{field}"}} in sources


def test_a_digest_goes_before_the_tag():
    objects = rendered(OPERATOR, image__tag="1.0", image__digest=DIGEST)
    assert container(objects)["image"] == f"tradingstack-operator@{DIGEST}"


def test_the_role_has_no_wildcard():
    text = [value for rule in rules("ClusterRole") for part in rule.values() for value in part]
    assert "*" not in text


def test_the_role_never_reads_a_secret():
    resources = {
        it for kind in ("ClusterRole", "Role") for rule in rules(kind) for it in rule["resources"]
    }
    assert "secrets" not in resources


def test_the_role_runs_nothing_and_grants_nothing():
    """It reads of pods what keeps them from running."""
    granted = {
        (resource, verb)
        for rule in rules("ClusterRole")
        for resource in rule["resources"]
        for verb in rule["verbs"]
        if resource.startswith(("pods", "role", "clusterrole"))
    }
    assert granted == {("pods", "list"), ("pods", "watch")}


def test_the_lease_is_the_only_one_it_may_change():
    assert rules("Role") == [
        {
            "apiGroups": ["coordination.k8s.io"],
            "resources": ["leases"],
            "resourceNames": [names.LEASE_NAME],
            "verbs": ["get", "update"],
        },
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
    ]


@pytest.mark.parametrize("kind", ["RoleBinding", "ClusterRoleBinding"])
def test_roles_are_bound_to_the_operators_account(kind):
    (subject,) = the(kind, defaults(OPERATOR))["subjects"]
    account = the("ServiceAccount", defaults(OPERATOR))["metadata"]
    assert (subject["name"], subject["namespace"]) == (account["name"], account["namespace"])


def test_the_service_finds_the_pods():
    labels = the("Deployment", defaults(OPERATOR))["spec"]["template"]["metadata"]["labels"]
    selector = the("Service", defaults(OPERATOR))["spec"]["selector"]
    assert selector.items() <= labels.items()


def test_no_service_monitor_by_default():
    assert "ServiceMonitor" not in kinds(defaults(OPERATOR))


def test_a_service_monitor_on_demand():
    labels = {"release": "prometheus"}
    objects = rendered(OPERATOR, serviceMonitor__enabled=True, serviceMonitor__labels=labels)
    assert labels.items() <= the("ServiceMonitor", objects)["metadata"]["labels"].items()


def test_no_alerts_by_default():
    assert "PrometheusRule" not in kinds(defaults(OPERATOR))


@pytest.fixture(scope="module")
def alerts():
    """Give the alerts of the chart, by name."""
    labels = {"release": "prometheus"}
    objects = rendered(OPERATOR, prometheusRule__enabled=True, prometheusRule__labels=labels)
    rule = the("PrometheusRule", objects)
    assert labels.items() <= rule["metadata"]["labels"].items()
    (group,) = rule["spec"]["groups"]
    return {alert["alert"]: alert for alert in group["rules"]}


def test_a_broken_guard_alerts_at_once(alerts):
    alert = alerts["TradingStackGuardBroken"]
    assert (alert["labels"]["severity"], alert.get("for", "0s")) == ("critical", "0s")


def test_an_alert_asks_for_metrics_that_the_operator_has(alerts):
    text = generate_latest(Metrics(lambda: 0, lambda: True).registry).decode()
    known = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    asked = [re.findall(r"tradingstack_[a-z_]+", alert["expr"]) for alert in alerts.values()]
    assert all(asked)
    assert set(chain(*asked)) <= known


def test_an_alert_names_its_object_when_prometheus_fills_it_in(alerts):
    summary = alerts["TradingStackGuardBroken"]["annotations"]["summary"]
    assert summary == "{{ $labels.kind }} {{ $labels.name }} is missing, changed or unreadable."


def test_every_alert_says_what_to_do(alerts):
    assert {"summary", "description"} == set.intersection(
        *(set(alert["annotations"]) for alert in alerts.values())
    )


def test_the_network_policy_opens_one_port():
    (rule,) = the("NetworkPolicy", defaults(OPERATOR))["spec"]["ingress"]
    assert rule["ports"] == [{"port": 8080, "protocol": "TCP"}]


def test_egress_is_not_limited_by_default():
    assert the("NetworkPolicy", defaults(OPERATOR))["spec"]["policyTypes"] == ["Ingress"]


def test_egress_is_limited_to_the_api_server_on_demand():
    objects = rendered(OPERATOR, networkPolicy__apiServerCIDRs=["192.0.2.1/32"])
    to_server = the("NetworkPolicy", objects)["spec"]["egress"][0]
    assert to_server["to"] == [{"ipBlock": {"cidr": "192.0.2.1/32"}}]


def test_no_network_policy_when_it_is_not_wanted():
    assert "NetworkPolicy" not in kinds(rendered(OPERATOR, networkPolicy__enabled=False))


@pytest.mark.parametrize(
    ("value", "given", "message"),
    [
        ("bogus", 1, "additional properties 'bogus' not allowed"),
        ("image.bogus", 1, "additional properties 'bogus' not allowed"),
        ("replicas", "two", "'/replicas': got string, want integer"),
        ("replicas", 6, "'/replicas': maximum"),
        ("logLevel", "loud", "'/logLevel': value must be one of 'debug', 'info'"),
        ("workers", 0, "'/workers': minimum"),
        ("resyncSeconds", 1, "'/resyncSeconds': minimum"),
        ("image.digest", "sha256:short", "'/image/digest': 'sha256:short' does not match pattern"),
        ("image.tag", "latest", "image.tag: latest moves under a running release"),
        ("images.cache", "not an image", "'/images/cache': 'not an image' does not match pattern"),
        ("resources", {"limits": {"gpu": "1"}}, "additional properties 'gpu' not allowed"),
        ("networkPolicy.apiServerCIDRs", ["10.0.0.1"], "'10.0.0.1' does not match pattern"),
    ],
)
def test_bad_values_are_refused_by_name(value, given, message):
    finished = template(OPERATOR, {value: given})
    assert finished.returncode == 1
    assert message in finished.stderr


def test_every_value_is_explained():
    lines = (OPERATOR / "values.yaml").read_text().splitlines()
    fields = [number for number, line in enumerate(lines) if ":" in line.partition("#")[0]]
    unexplained = [
        lines[number]
        for number in fields
        if not lines[number - 1].lstrip().startswith("#") and not _is_plain(lines[number])
    ]
    assert unexplained == []


def _is_plain(line):
    """Tell whether a line is a quantity, or the head of quantities or of explained fields."""
    return line.strip().split(":")[0] in {
        "requests",
        "limits",
        "cpu",
        "memory",
        "ephemeral-storage",
        "serviceAccount",
    }

from tests.unit.desired.factory import a_stack, an_ingestor, objects
from tradingstack_operator.desired.effective import effective_spec

FEED = an_ingestor(partners=["kraken-md"])


def test_the_programs_are_scraped_where_they_serve_metrics():
    monitor = objects(a_stack(ingestors=[FEED]))["ServiceMonitor", "alpha"]
    (endpoint,) = monitor["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("health", "/metrics")
    (selected,) = monitor["spec"]["selector"]["matchExpressions"]
    assert selected["values"] == ["ingestor", "risk-api", "watchdog"]


def test_without_ingestors_none_is_scraped():
    rendered = objects(a_stack())
    (selected,) = rendered["ServiceMonitor", "alpha"]["spec"]["selector"]["matchExpressions"]
    assert selected["values"] == ["risk-api", "watchdog"]
    assert ("Service", "alpha-ingestor") not in rendered


def test_every_scraped_program_has_one_service_with_the_port():
    rendered = objects(a_stack(ingestors=[FEED]))
    monitor = rendered["ServiceMonitor", "alpha"]["spec"]
    (selected,) = monitor["selector"]["matchExpressions"]
    found = [
        item["metadata"]["labels"][selected["key"]]
        for (kind, _), item in rendered.items()
        if kind == "Service"
        and item["metadata"]["labels"][selected["key"]] in selected["values"]
        and "health" in {port["name"] for port in item["spec"]["ports"]}
    ]
    assert sorted(found) == selected["values"]


def test_series_say_which_component_and_ingestor_they_are_about():
    monitor = objects(a_stack(ingestors=[FEED]))["ServiceMonitor", "alpha"]
    carried = {
        item["targetLabel"]: item["sourceLabels"]
        for item in monitor["spec"]["endpoints"][0]["relabelings"]
    }
    assert carried == {
        "component": ["__meta_kubernetes_pod_label_app_kubernetes_io_component"],
        "ingestor": ["__meta_kubernetes_pod_label_tradingstack_io_ingestor"],
    }


def test_what_prometheus_selects_bears_the_labels_of_the_spec():
    stack = a_stack(observability={"prometheus": {"labels": {"release": "kps"}}})
    rendered = objects(stack)
    for kind in ("ServiceMonitor", "PrometheusRule"):
        assert rendered[kind, "alpha"]["metadata"]["labels"]["release"] == "kps"


def test_labels_of_the_spec_override_none_of_the_operators():
    labels = {"app.kubernetes.io/component": "elsewhere"}
    stack = a_stack(observability={"prometheus": {"labels": labels}})
    rule = objects(stack)["PrometheusRule", "alpha"]
    assert rule["metadata"]["labels"]["app.kubernetes.io/component"] == "observability"


def test_programs_are_judged_more_often_than_the_stack():
    groups = objects(a_stack())["PrometheusRule", "alpha"]["spec"]["groups"]
    intervals = {group["name"]: group.get("interval") for group in groups}
    assert intervals == {
        "alpha-stack": None,
        "alpha-programs": "15s",
        "alpha-objectives": None,
        "alpha-heartbeat": None,
    }


def test_the_effective_spec_shows_which_objectives_are_measured():
    effective = effective_spec(a_stack())["observability"]
    assert effective == {
        "grafana": {"enabled": True, "dashboardLabels": {"grafana_dashboard": "1"}},
        "slo": [
            {"name": "risk-api-availability", "objective": 99.9, "windowDays": 30},
            {"name": "risk-api-latency", "objective": 99, "windowDays": 30},
        ],
    }


def test_labels_of_dashboards_are_effective_as_they_are_given():
    grafana = {"dashboardLabels": {"boards": "yes"}}
    effective = effective_spec(a_stack(observability={"grafana": grafana}))["observability"]
    assert effective["grafana"] == grafana | {"enabled": True}

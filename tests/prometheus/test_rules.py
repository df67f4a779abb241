"""The rules and panels of every golden stack: promtool reads them, and what they ask exists."""

import re
import subprocess

import orjson
import pytest
import yaml

from tests.golden.cases import CASES
from tests.prometheus.conftest import write_rules
from tradingstack_contract import metrics
from tradingstack_operator.api.conditions import REASONS
from tradingstack_operator.desired import slo
from tradingstack_operator.model import series
from tradingstack_operator.telemetry.metrics import Metrics

NAMES = re.compile(r"\b[a-zA-Z_:][a-zA-Z0-9_:]*(?=\{)")
PROMETHEUS_ITSELF = {"up"}
SERVED = {
    name for served in metrics.BY_PROGRAM.values() for metric in served for name in metric.series
}
REPORTED = {metric.name for metric in series.OF_A_STACK}
RECORDED = {slo.FRESH, *(f"{slo.ERROR_RATIO}:{window}" for window in slo.WINDOWS)}
KNOWN = SERVED | REPORTED | RECORDED | PROMETHEUS_ITSELF | {series.SYNC_ERRORS}

cases = pytest.mark.parametrize("manifests", [case for _, case in CASES], ids=dict(CASES))


def rules_of(manifests):
    (spec,) = (item["spec"] for item in manifests if item["kind"] == "PrometheusRule")
    return [rule for group in spec["groups"] for rule in group["rules"]]


def panels_of(manifests):
    return [
        panel
        for item in manifests
        if item["kind"] == "ConfigMap" and item["metadata"]["name"].endswith("-dashboards")
        for text in item["data"].values()
        for panel in orjson.loads(text)["panels"]
    ]


def queries_of(manifests):
    """List the queries of rules and panels."""
    targets = [target for panel in panels_of(manifests) for target in panel["targets"]]
    return [item["expr"] for item in (*rules_of(manifests), *targets)]


@cases
def test_promtool_finds_no_fault_in_the_rules(promtool, tmp_path, manifests):
    write_rules(manifests, tmp_path / "rules.yaml")
    command = [promtool, "check", "rules", "--lint=all", "--lint-fatal", tmp_path / "rules.yaml"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@cases
def test_prometheus_can_read_the_queries_of_every_panel(promtool, tmp_path, manifests):
    rules = [
        {"record": f"panel:{number}", "expr": query}
        for number, query in enumerate(queries_of(manifests))
    ]
    path = tmp_path / "panels.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    ran = subprocess.run(
        [promtool, "check", "rules", path], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@cases
def test_every_query_asks_for_metrics_that_exist(manifests):
    asked = {name for query in queries_of(manifests) for name in NAMES.findall(query)}
    assert set() == asked - KNOWN


@cases
def test_every_query_is_about_its_own_namespace(manifests):
    namespace = manifests[0]["metadata"]["namespace"]
    selectors = [
        found for query in queries_of(manifests) for found in re.findall(r"\{[^{}]*\}", query)
    ]
    assert all(f'namespace="{namespace}"' in selector for selector in selectors)


@cases
def test_every_reason_that_an_alert_waits_for_can_be_given(manifests):
    for query in queries_of(manifests):
        for kind, reasons in re.findall(r'type="(\w+)",reason=~"([\w|]+)"', query):
            assert set() == set(reasons.split("|")) - REASONS[kind]


def test_everything_recorded_is_used():
    queries = [query for _, manifests in CASES for query in queries_of(manifests)]
    asked = {name for query in queries for name in NAMES.findall(query)}
    assert set() == RECORDED - asked


def test_every_metric_of_the_contract_is_shown_or_alerted_on():
    queries = [query for _, manifests in CASES for query in queries_of(manifests)]
    asked = {name for query in queries for name in NAMES.findall(query)}
    idle = {
        metric.name
        for served in metrics.BY_PROGRAM.values()
        for metric in served
        if not asked & set(metric.series)
    }
    assert set() == idle


def test_the_operator_serves_what_it_is_asked_for():
    families = Metrics(lambda: 0, lambda: True).registry.collect()
    assert set() == REPORTED - {family.name for family in families}

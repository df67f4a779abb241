from pathlib import Path

import pytest

from tests.golden.cases import CASES
from tests.unit.desired.factory import a_secrets, a_stack, an_ingestor, objects
from tradingstack_operator.api.conditions import ConditionType

RUNBOOKS = Path(__file__).parents[3] / "docs/runbooks"
PAGES = sorted(path for path in RUNBOOKS.glob("*.md") if path.name != "README.md")
HEADINGS = (
    "Meaning",
    "Impact",
    "Safe first action",
    "Triage",
    "Decide",
    "Fix",
    "Verify",
    "Roll back",
    "Escalate",
    "Keep as evidence",
)
FEED = an_ingestor(partners=["kraken-md"], staleAfterSeconds=3)


def rules(stack):
    groups = objects(stack)["PrometheusRule", "alpha"]["spec"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts(stack):
    return [rule for rule in rules(stack) if "alert" in rule]


def measured(stack):
    return {rule["labels"]["slo"] for rule in rules(stack) if "slo" in rule["labels"]}


def names(stack):
    return {alert["alert"] for alert in alerts(stack)}


ALL = sorted(
    {
        rule["alert"]: rule
        for _, manifests in CASES
        for manifest in manifests
        if manifest["kind"] == "PrometheusRule"
        for group in manifest["spec"]["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
)


def with_runbooks(**spec):
    observability = {"runbookBaseURL": "https://runbooks.example/stacks/"}
    return a_stack(ingestors=[FEED], observability=observability, **spec)


def test_every_alert_says_how_bad_it_is_and_whose():
    for alert in alerts(with_runbooks()):
        assert alert["labels"]["severity"] in {"critical", "warning", "info", "none"}
        assert alert["labels"]["namespace"] == "trading"
        assert alert["labels"]["stack"] == "alpha"


def test_every_alert_names_a_condition_of_the_stack():
    told = {alert["annotations"]["condition"] for alert in alerts(with_runbooks())}
    assert set() == told - {*map(str, ConditionType), "{{ $labels.type }}"}


def test_every_alert_links_to_a_runbook_that_exists():
    for alert in alerts(with_runbooks()):
        base, _, name = alert["annotations"]["runbook_url"].rpartition("/")
        assert base == "https://runbooks.example/stacks"
        assert (RUNBOOKS / name).is_file()


def test_without_an_address_no_alert_links_to_a_runbook():
    assert not any("runbook_url" in alert["annotations"] for alert in alerts(a_stack()))


@pytest.mark.parametrize("runbook", PAGES, ids=lambda path: path.stem)
def test_a_runbook_answers_every_question(runbook):
    lines = runbook.read_text().splitlines()
    assert lines[0] == f"# {runbook.stem}"
    assert [line[3:] for line in lines if line.startswith("## ")] == list(HEADINGS)


def test_every_runbook_belongs_to_an_alert():
    stack = with_runbooks(
        environment="production", secrets=a_secrets(pathPrefix="production/trading/alpha")
    )
    linked = {alert["annotations"]["runbook_url"].rpartition("/")[2] for alert in alerts(stack)}
    assert {path.name for path in PAGES} == linked


def test_every_runbook_names_the_alerts_that_link_to_it():
    for alert in alerts(with_runbooks()):
        name = alert["annotations"]["runbook_url"].rpartition("/")[2]
        assert alert["alert"] in (RUNBOOKS / name).read_text()


def test_only_production_is_watched_for_simulation():
    assert "SimulationInProduction" not in names(a_stack())
    assert "SimulationInProduction" in ALL


def test_market_data_is_stale_when_its_ingestor_says_so():
    (stale,) = (item for item in alerts(with_runbooks()) if item["alert"] == "MarketDataStale")
    assert stale["expr"].endswith("> 3")


def test_an_ingestor_without_a_feed_has_no_book_to_go_stale():
    assert "MarketDataStale" not in names(a_stack(ingestors=[an_ingestor()]))


def test_each_objective_has_a_fast_and_a_slow_alert():
    stack = a_stack(observability={"slo": [{"name": "risk-api-latency", "objective": 99}]})
    burning = [alert for alert in alerts(stack) if "slo" in alert["labels"]]
    assert [(alert["alert"], alert["labels"]["severity"]) for alert in burning] == [
        ("ErrorBudgetBurnsFast", "critical"),
        ("ErrorBudgetBurnsSlowly", "warning"),
    ]


def test_a_shorter_window_allows_less_of_a_burn():
    level = {"name": "risk-api-availability", "objective": 99.9, "windowDays": 3}
    alert = next(
        item
        for item in alerts(a_stack(observability={"slo": [level]}))
        if item["alert"] == "ErrorBudgetBurnsFast"
    )
    # two hundredths of three days' budget of a thousandth, burnt in one hour
    assert "> 0.00144 and" in alert["expr"]


def test_without_objectives_the_defaults_are_measured():
    measured = {
        rule["labels"]["slo"]
        for rule in rules(a_stack(ingestors=[FEED]))
        if "slo" in rule.get("labels", {})
    }
    assert measured == {
        "risk-api-availability",
        "risk-api-latency",
        "market-data-freshness",
        "ingest-lag",
    }


def test_without_a_feed_no_freshness_is_measured():
    measured = {
        rule["labels"]["slo"] for rule in rules(a_stack()) if "slo" in rule.get("labels", {})
    }
    assert measured == {"risk-api-availability", "risk-api-latency"}

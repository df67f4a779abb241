import pytest

from tests.unit.desired.factory import a_risk_api, a_stack, an_ingestor
from tradingstack_operator.desired.effective import DATABASE_CLIENT_DEFAULTS, effective_spec


def test_what_the_spec_leaves_out_is_shown_with_its_default():
    spec = effective_spec(a_stack(ingestors=[an_ingestor()]))
    assert spec["sizing"] == "medium"
    assert spec["secrets"]["refreshInterval"] == "15m"
    assert spec["safety"]["killSwitch"]["onUnknown"] == "Halt"
    assert spec["cache"]["storage"] == {"size": "10Gi"}
    (kraken,) = spec["ingestors"]
    assert (kraken["replicas"], kraken["staleAfterSeconds"]) == (1, 5)
    assert spec["riskApi"]["replicas"] == 2


def test_what_the_spec_says_stands_at_every_depth():
    chosen = a_stack(sizing="large", safety={"killSwitch": {"networkCutAfterSeconds": 9}})
    spec = effective_spec(chosen)
    assert spec["sizing"] == "large"
    assert spec["safety"]["killSwitch"] == {
        "enabled": True,
        "engaged": False,
        "onUnknown": "Halt",
        "networkCutAfterSeconds": 9,
    }


def test_an_autoscaled_risk_api_has_no_number_of_replicas_in_force():
    scaled = a_risk_api(autoscaling={"minReplicas": 2, "maxReplicas": 4})
    spec = effective_spec(a_stack(riskApi=scaled))
    assert "replicas" not in spec["riskApi"]
    assert spec["riskApi"]["autoscaling"]["cpuPercent"] == 60


@pytest.mark.parametrize("component", ["cache", "bus", "features"])
def test_an_external_component_has_no_defaults_of_ours(component):
    external = {"provider": "External"} | ({"kind": "Kafka"} if component == "bus" else {})
    assert effective_spec(a_stack(**{component: external}))[component] == external


def test_an_external_database_shows_how_its_clients_trust_it():
    spec = effective_spec(a_stack(database={"provider": "External"}))
    assert spec["database"] == {"provider": "External"} | DATABASE_CLIENT_DEFAULTS

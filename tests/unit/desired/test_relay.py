"""What a stack renders so that the halt relay reaches its replicas and is known to them."""

import yaml

from tests.support.halts import RELAY
from tests.unit.desired.factory import a_stack, container, facts, objects
from tradingstack_contract.files import Relay
from tradingstack_contract.text import from_yaml
from tradingstack_operator.relay.view import PORT_NAME, SLICES

FILE = ("ConfigMap", "alpha-relay")
SERVICE = ("Service", "alpha-risk-api-replicas")
RISK_API = ("Deployment", "alpha-risk-api")


def test_the_replicas_read_by_what_they_know_the_relay():
    data = objects(a_stack(), facts(relay=RELAY))[FILE]["data"]
    assert from_yaml(Relay, data["relay.yaml"]) == RELAY


def test_the_file_holds_public_keys_only():
    text = objects(a_stack(), facts(relay=RELAY))[FILE]["data"]["relay.yaml"]
    (key,) = yaml.safe_load(text)["keys"]
    assert not key.keys() & {"d", "p", "q", "k"}


def test_without_a_relay_there_is_no_file_and_the_pods_start_nevertheless():
    rendered = objects(a_stack(), facts(relay=None))
    assert FILE not in rendered
    (volume,) = [
        item
        for item in rendered[RISK_API]["spec"]["template"]["spec"]["volumes"]
        if item["name"] == "config"
    ]
    assert volume["projected"]["sources"][-1] == {
        "configMap": {"name": "alpha-relay", "optional": True}
    }


def test_keys_that_change_do_not_restart_a_pod():
    changed = RELAY.model_copy(update={"issuer": "https://another"})
    one, other = (objects(a_stack(), facts(relay=relay))[RISK_API] for relay in (RELAY, changed))
    assert one == other


def test_every_replica_can_be_reached_ready_or_not():
    spec = objects(a_stack())[SERVICE]["spec"]
    assert (spec["clusterIP"], spec["publishNotReadyAddresses"]) == ("None", True)
    assert spec["selector"].items() <= (
        objects(a_stack())[RISK_API]["spec"]["template"]["metadata"]["labels"].items()
    )


def test_the_relay_finds_the_service_s_slices_and_port():
    # the control plane copies a Service's labels to its slices
    service = objects(a_stack())[SERVICE]
    wanted = dict(item.split("=") for item in SLICES.split(",") if "=" in item)
    assert wanted.items() <= service["metadata"]["labels"].items()
    ports = {item["name"]: item["targetPort"] for item in service["spec"]["ports"]}
    named = {item["name"] for item in container(objects(a_stack())[RISK_API])["ports"]}
    assert ports[PORT_NAME] in named
